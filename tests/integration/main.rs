//! The program as its users run it, and its transport by itself: one binary, a file per concern. Ids such as `F20` name rows of the project's list of
//! standards (S), threats (T) and faults (F), `Q24` a behaviour that real servers were seen with.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set itself up has failed")]
#![expect(unreachable_pub, reason = "the harness is what the other modules see")]

mod harness;

mod advice;
mod answers;
mod assertion;
mod assertions;
mod batch;
mod batch_identity;
mod bodies;
mod cache;
mod certificates;
mod checking;
mod client_certificate;
mod completions;
mod discovery;
mod dpop;
mod dry_run;
mod dry_run_identity;
mod elsewhere;
mod errors;
mod exchange;
mod exec;
mod exec_identity;
mod faults;
mod formats;
mod github;
mod grants;
mod hostile;
mod identity_settings;
mod import;
mod import_identity;
mod kept_login;
mod key_forms;
mod keys;
mod lenient;
mod limits;
mod login_asks;
mod login_browser;
mod login_commands;
mod login_device;
mod login_settings;
mod login_two_steps;
mod login_unkept;
mod login_words;
mod logout;
mod misplaced;
mod names;
mod output;
mod own_ways;
mod paste;
mod paths;
mod pipes;
mod profiles;
mod proxy;
mod ready_made;
mod ready_tokens;
mod recipes;
mod redirects;
mod request;
mod retries;
mod secrecy;
mod settings;
mod signals;
mod signed;
mod signer;
mod strict;
mod terminal;
mod tls;
mod transport;
mod verbose;
mod wire;
mod words;
