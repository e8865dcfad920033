//! The terminal and whoever sits at it: whether a person is there to be asked, and asking them.
//!
//! What is asked goes to the terminal itself, whatever stdin, stdout and stderr are.

#[cfg(not(unix))]
mod console;
#[cfg(unix)]
mod line;
#[cfg(unix)]
mod pasting;
#[cfg(unix)]
mod silent;

use std::cell::Cell;
use std::io::{self, IsTerminal};

use zeroize::Zeroizing;

use crate::home::Lookup;
use crate::json;

#[cfg(not(unix))]
pub use console::{Pasting, ask_silently, ask_yes, is_readable};
#[cfg(unix)]
pub use pasting::Pasting;
#[cfg(unix)]
pub use silent::{ask_silently, ask_yes, is_readable};

/// Why nothing came of a question.
#[derive(Debug)]
pub enum AskError {
    /// There is no terminal, or it is gone; the system says why.
    NoTerminal(io::Error),
    /// The person interrupted it.
    Interrupted,
    /// The person ended it without an answer.
    NoAnswer,
    /// The answer is longer than what was to be taken.
    TooLong,
}

/// What a person typed or pasted, wiped when it is dropped.
type Typed = Zeroizing<Vec<u8>>;

/// The longest line that is pasted (bytes).
const LONGEST: usize = 64 * 1024;

/// Variables by which a job of a CI system is known.
const OF_CI: [&str; 3] = ["CI", "BUILD_NUMBER", "TF_BUILD"];

/// More items and members of a foreign JSON are not looked at.
const ROOM: usize = 1000;

/// True where a person is there to be asked: stderr is a terminal, this process has its foreground, and no variable says
/// that this is a job.
pub fn has_person(env: Lookup<'_>) -> bool {
    !is_job(env) && is_attended()
}

/// True where a variable says that nobody is there, whatever the terminal is.
fn is_job(env: Lookup<'_>) -> bool {
    let is_on = |name: &str| env(name).is_some_and(|value| !matches!(value.as_encoded_bytes(), b"" | b"0" | b"false"));
    let is_silent = || {
        // What a client of Kubernetes tells a credential plugin (client.authentication.k8s.io/v1, `ExecCredential`).
        let told = env("KUBERNETES_EXEC_INFO")?;
        let told = json::bounded(told.to_str()?, &Cell::new(ROOM))?;
        Some(told.get("spec")?.get("interactive")?.as_bool() == Some(false))
    };
    OF_CI.into_iter().any(is_on) || is_silent() == Some(true)
}

/// True where stderr is a terminal, and what is typed there comes to this process.
fn is_attended() -> bool {
    let stderr = io::stderr();
    #[cfg(unix)]
    let is_in_foreground = crate::signals::is_in_foreground_of(&stderr);
    #[cfg(not(unix))]
    let is_in_foreground = true;
    stderr.is_terminal() && is_in_foreground
}

/// How many columns the terminal has that stderr is, where that is known.
pub fn width() -> Option<usize> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
        Some(size.ws_col.into()).filter(|columns| *columns > 0)
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_known_by_its_variables() {
        let info = |spec: &str| format!(r#"{{"apiVersion":"client.authentication.k8s.io/v1","spec":{spec}}}"#);
        for name in OF_CI {
            for (value, expected) in [("", false), ("0", false), ("false", false), ("1", true), ("true", true)] {
                let env = |asked: &str| (asked == name).then(|| value.into());
                assert_eq!(is_job(&env), expected, "{name}={value}");
            }
        }
        for (text, expected) in [
            (info(r#"{"interactive":false}"#), true),
            (info(r#"{"cluster":{"interactive":true},"interactive":false}"#), true),
            (info(r#"{"interactive":true}"#), false),
            (info(r#"{"interactive":"false"}"#), false),
            (info("{}"), false),
            (info("[]"), false),
            (r#"{"interactive":false}"#.to_owned(), false),
            ("interactive: false".to_owned(), false),
            (String::new(), false),
        ] {
            let env = |asked: &str| (asked == "KUBERNETES_EXEC_INFO").then(|| text.clone().into());
            assert_eq!(is_job(&env), expected, "{text}");
        }
        assert!(!is_job(&|_| None));
    }
}
