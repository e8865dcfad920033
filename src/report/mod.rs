//! Everything that leaves: problems, warnings and the trace of `-v` on stderr, results on stdout.
//!
//! Nothing is told apart by its text. Whatever goes to stderr passes one layer first, which blots out every secret of this
//! run and makes foreign text harmless to a terminal.

mod error;
mod exchange;
mod har;
mod prompt;
mod stdout;
mod trace;
mod wait;

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::oauth::reply::WITHHELD;
use crate::problem::Class;
use crate::secret::MASK;
use crate::secret::mask::{Nature, mask};
use crate::secret::names::is_sensitive_name;
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::settings::Diagnosis;
use crate::text::{capped, escaped, escaped_lines};
use crate::wire::Url;

use har::Har;
use wait::Wait;

pub use stdout::{OutputError, copy_to_stdout, stdout_is_terminal, stdout_lines, write_stdout};

/// At most this much of one message is shown, most of which is somebody else's text where it is long (characters).
const LONGEST: usize = 1000;

/// The one that talks.
pub struct Reporter {
    redactor: Redactor,
    diagnosis: Diagnosis,
    endpoint: Option<String>,
    /// How many attempts were made there, of how many, where it was more than one.
    tried: Option<(u32, u32)>,
    /// The answer that comes next is one to a token request.
    asks_for_token: bool,
    /// A person at a terminal is told of waits.
    tells_waits: bool,
    /// The one that is under way.
    wait: Option<Wait>,
    /// Warnings and notes of a run whose errors are JSON, by their kind: those go into that object, or out at the end as these.
    held: Vec<(&'static str, String)>,
    /// A person has been asked, who is to see them as they come.
    holds_nothing: bool,
    /// Warnings that are a report's to tell.
    collected: Option<Vec<String>>,
    /// Lines that are held back until a message of a batch is done with, and which line of input that is.
    gathered: Option<(u64, RefCell<String>)>,
    /// What records the exchanges, where that is asked for.
    har: Option<Box<Har>>,
}

/// Somebody else's text without the secrets that are `known`; none of it, where there were more than can be hidden.
fn foreign(known: &Redactor, text: &str) -> String {
    if known.is_overwhelmed() { format!("({WITHHELD})") } else { known.redact(text).into_owned() }
}

/// The value of a foreign header field as it may be shown: what is secret in an answer only its names tell.
fn field(known: &Redactor, name: &str, value: &str) -> String {
    let is_hidden = is_sensitive_name(name) || known.is_overwhelmed();
    if is_hidden { MASK.into() } else { masked(known, value, Nature::Named) }
}

/// Foreign text without the secrets that are `known`, and then without what it gives away by itself: the other way round a
/// piece of one that goes on behind where a value seems to end could not be recognised.
fn masked(known: &Redactor, text: &str, nature: Nature) -> String {
    mask(&foreign(known, text), nature).into_owned()
}

impl Reporter {
    /// One that knows no secret yet.
    pub fn new(diagnosis: Diagnosis) -> Self {
        Self {
            redactor: Redactor::default(),
            diagnosis,
            endpoint: None,
            tried: None,
            asks_for_token: false,
            tells_waits: true,
            wait: None,
            held: Vec::new(),
            holds_nothing: false,
            collected: None,
            gathered: None,
            har: None,
        }
    }

    /// One that knows the same secrets, for another thread.
    pub fn fork(&self) -> Self {
        Self {
            redactor: self.redactor.clone(),
            diagnosis: self.diagnosis,
            endpoint: self.endpoint.clone(),
            tried: self.tried,
            asks_for_token: false,
            // The terminal is another thread's, or a command's.
            tells_waits: false,
            wait: None,
            held: Vec::new(),
            holds_nothing: self.holds_nothing,
            collected: None,
            gathered: None,
            har: self.har.as_ref().map(|har| Box::new(har.fork())),
        }
    }

    /// One that knows the same secrets and keeps what it has to say of a line of input until it is asked for it. What it
    /// learns goes with it, so that a long input does not make the list of secrets long.
    pub fn gathering(&self, line: u64) -> Self {
        Self { gathered: Some((line, RefCell::default())), ..self.fork() }
    }

    /// What it had to say.
    pub fn gathered(mut self) -> String {
        self.finish();
        self.record_as_it_goes();
        self.gathered.map(|(_, text)| text.into_inner()).unwrap_or_default()
    }

    /// Says what was gathered of a line of input.
    pub fn told_of_line(&self, line: u64, text: &str) {
        let heading = if self.diagnosis.json_errors {
            String::new()
        } else {
            format!(
                "* input line {line}
"
            )
        };
        self.line(format!("{heading}{text}").trim_end());
    }

    /// The warnings since this was last asked for, which from now on are not told: a report tells them, `--quiet` or not.
    pub fn collect(&mut self) -> Vec<String> {
        self.collected.replace(Vec::new()).unwrap_or_default()
    }

    /// How far a long run has come.
    pub fn progress(&self, text: &str) {
        self.line(&format!("progress: {text}"));
    }

    /// A line that the next one draws over, on a terminal; an empty one takes it away.
    pub fn status(&self, text: &str) {
        wait::draw(&self.clean(text));
    }

    /// A wait begins, for what `told` says by the time since then; what was waited for before is over. It is told on a
    /// terminal where it takes long, unless nothing is to be told, or everything is anyway.
    pub fn wait(&mut self, told: impl Fn(Duration) -> String + Send + 'static) {
        self.wait = None;
        let Diagnosis { quiet, verbose, json_errors, .. } = self.diagnosis;
        if self.tells_waits && !quiet && !verbose && !json_errors && stderr_is_terminal() {
            self.wait = Wait::begin(told);
        }
    }

    /// The same for the answer to what is sent to `url`.
    pub fn wait_for_answer(&mut self, url: &Url) {
        let server = self.clean(url.without_query());
        self.wait(move |since| format!("waiting for {server}, {} s", since.as_secs()));
    }

    /// It is over.
    pub fn waited(&mut self) {
        self.wait = None;
    }

    /// Takes on what the complete settings say.
    pub fn set_diagnosis(&mut self, diagnosis: Diagnosis) {
        self.diagnosis = diagnosis;
    }

    /// What is told.
    pub fn diagnosis(&self) -> Diagnosis {
        self.diagnosis
    }

    /// Hides every secret in `what` from now on.
    pub fn conceal(&mut self, what: &(impl Conceal + ?Sized)) {
        what.conceal(&mut self.redactor);
    }

    /// Hides whatever stands under the name of a token in a JSON text.
    pub fn conceal_tokens_in(&mut self, json: &[u8]) {
        self.redactor.add_tokens_in(json);
    }

    /// From here on errors are about this URL.
    pub fn about(&mut self, url: &Url) {
        self.endpoint = Some(url.without_query().to_owned());
        self.tried = None;
    }

    /// An error that follows comes after so many attempts of so many.
    pub fn tried(&mut self, attempts: u32, of: u32) {
        self.tried = Some((attempts, of));
    }

    /// The secrets that are known.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Somebody else's text without the secrets that are known; none of it, where there were more than can be hidden.
    pub fn foreign(&self, text: &str) -> String {
        foreign(&self.redactor, text)
    }

    /// The value of a foreign header field as it may be shown.
    pub fn field(&self, name: &str, value: &str) -> String {
        field(&self.redactor, name, value)
    }

    /// Foreign text without the secrets that are known, and then without what it gives away by itself.
    pub fn masked(&self, text: &str, nature: Nature) -> String {
        masked(&self.redactor, text, nature)
    }

    /// Without secrets, and then cut to what a person reads.
    fn told(&self, text: &str) -> String {
        capped(&self.foreign(text), LONGEST)
    }

    /// Text that may quote an answer, fit to go out.
    fn clean(&self, text: &str) -> String {
        escaped(&self.foreign(text)).into_owned()
    }

    fn line(&self, text: &str) {
        if let Some((_, gathered)) = &self.gathered {
            let mut gathered = gathered.borrow_mut();
            gathered.push_str(text);
            gathered.push('\n');
            return;
        }
        // In one write, so that the lines of parallel runs do not mix in a log. A closed stderr is no reason to fail:
        // nobody is there to be told.
        let line = match anstream::AutoStream::choice(&io::stderr()) {
            anstream::ColorChoice::Never => format!("{}\n", anstream::adapter::strip_str(text)),
            _ => format!("{text}\n"),
        };
        let _ = io::stderr().write_all(line.as_bytes());
    }

    /// A line of text that has been told of secrets.
    fn labelled(&self, style: Style, label: &str, told: &str) {
        self.line(&format!("{style}{label}:{style:#} {}", escaped_lines(told)));
    }

    /// Something that works but deserves a look. `--quiet` silences it.
    pub fn warn(&mut self, text: &str) {
        if !self.diagnosis.quiet || self.collected.is_some() {
            self.warn_always(text);
        }
    }

    /// Something that was asked for and is worth knowing. `--quiet` silences it.
    pub fn remark(&mut self, text: &str) {
        if self.diagnosis.quiet {
            return;
        }
        if self.diagnosis.json_errors {
            self.hold("note", self.clean(text));
        } else {
            self.labelled(AnsiColor::Cyan.on_default().bold(), "note", &self.told(text));
        }
    }

    /// A warning that nothing silences.
    pub fn warn_always(&mut self, text: &str) {
        let told = self.told(text);
        if let Some(collected) = &mut self.collected {
            collected.push(told);
        } else if self.diagnosis.json_errors {
            self.hold("warning", escaped(&told).into_owned());
        } else {
            self.labelled(AnsiColor::Yellow.on_default().bold(), "warning", &told);
        }
    }

    /// Keeps an object of this kind back as long as nobody waits for it.
    fn hold(&mut self, kind: &'static str, message: String) {
        match self.holds_nothing {
            true => self.object(kind, &message),
            false => self.held.push((kind, message)),
        }
    }

    /// Gives out what was held back; a run that succeeds ends with it.
    pub fn finish(&mut self) {
        for (kind, message) in std::mem::take(&mut self.held) {
            self.object(kind, &message);
        }
    }

    fn object(&self, kind: &str, message: &str) {
        let mut object = json!({ "kind": kind, "message": message });
        if let Some((line, _)) = &self.gathered {
            object["line"] = (*line).into();
        }
        self.line(&object.to_string());
    }

    /// GitHub's command that hides a value in the logs of a job. Its data is escaped, so that no value is a command itself.
    pub fn mask(&self, token: &Secret) {
        let data = token.expose().replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        self.line(&format!("::add-mask::{data}"));
    }
}

/// True where stderr is a terminal.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// The last words of a program that broke: where, never with what. It ends the process with the code for a bug.
#[expect(clippy::exit, reason = "a panic ends here, before its payload could be printed")]
pub fn bug(place: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: oauth2tok broke{place}\nhint: this is a fault of oauth2tok; please report it");
    std::process::exit(i32::from(Class::Bug.exit_code()));
}
