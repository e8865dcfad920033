//! A foreign configuration becomes a profile on stdout; what its user should know goes to stderr. Nothing is sent.

use std::fs::File;
use std::io::{self, IsTerminal, Read};

use anyhow::anyhow;

use crate::cli::ImportArgs;
use crate::import::{System, import};
use crate::report::{Reporter, UsageError, write_stdout};
use crate::settings::{self, Environment, Layer};

/// Far above any real configuration.
const LARGEST: u64 = 4 << 20;

/// Runs it.
///
/// # Errors
/// Input that cannot be read, is not what the system reads, or says what no profile can.
pub fn run(args: &ImportArgs, flags: Layer, env: &Environment, reporter: &mut Reporter) -> anyhow::Result<()> {
    reporter.set_diagnosis(settings::diagnosis(&env.below(flags)?));
    let Some(system) = System::from_name(&args.from) else {
        return Err(anyhow!(UsageError {
            message: "--from names no system".into(),
            hint: "'oauth2tok import -h' lists them".into()
        }));
    };
    let text = read(args.file.as_deref(), reporter)?;
    let import = import(system, &text, args.keep_secrets);
    for note in &import.notes {
        reporter.remark(note);
    }
    let profile = import.profile?;
    if import.holds_secrets {
        reporter.warn("the profile holds secrets: keep it where only you can read it (chmod 600)");
    }
    write_stdout(&profile)?;
    Ok(())
}

fn read(file: Option<&str>, reporter: &mut Reporter) -> anyhow::Result<String> {
    let fault = |message: String| anyhow!(UsageError { message, hint: "give a file, or the text on stdin".into() });
    let mut bytes = Vec::new();
    let (name, outcome) = match file.filter(|name| *name != "-") {
        Some(path) => (path, File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))),
        None => {
            if io::stdin().is_terminal() {
                reporter.remark("reading from the terminal; end with Ctrl-D");
            }
            ("stdin", io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes))
        }
    };
    outcome.map_err(|error| fault(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(fault(format!("{name} is larger than 4 MiB")));
    }
    String::from_utf8(bytes).map_err(|_| fault(format!("{name} is not valid UTF-8")))
}
