//! One file per command, each telling its story in the order of the pipeline. They do not know each other: what they share
//! is `context` (of a process), `session` (of a token), `way` (of a server, without a client), `given` (of a token that is looked at), `keys` (of what a session signs), `proofs`
//! (of what goes with a token that is bound to a key), `api` (of a call with one), `result` (of what is printed of one), `each` (of many profiles), `ending`
//! (of what is kept and is to end), `input` (of a file that is read) and `dry_run`.

mod api;
pub mod assertion;
pub mod batch;
pub mod cache;
pub mod completions;
pub mod context;
pub mod discover;
pub mod doctor;
pub mod dry_run;
mod each;
mod ending;
pub mod exec;
pub mod explain;
pub mod given;
pub mod import;
mod input;
pub mod inspect;
pub mod introspect;
pub mod key;
mod keys;
pub mod login;
pub mod logout;
mod packed;
pub mod profile;
mod proofs;
pub mod request;
mod result;
pub mod revoke;
pub mod session;
pub mod token;
pub mod userinfo;
pub mod way;
