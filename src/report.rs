//! Everything that leaves on stderr: errors as words and exit codes, warnings, and the trace of `-v`.
//!
//! Errors are told apart by type, never by text. Whatever goes out passes one layer first, which blots out every secret
//! of this run and makes foreign text harmless to a terminal.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Read, Write};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::acquire::Event;
use crate::http::TransportError;
use crate::json::Members;
use crate::oauth::Post;
use crate::oauth::discovery::Metadata;
use crate::oauth::reply::WITHHELD;
use crate::problem::{self, Class, Problem};
use crate::render;
use crate::secret::MASK;
use crate::secret::names::{is_sensitive_name, mask_members};
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::settings::Diagnosis;
use crate::text::{capped, escaped, escaped_lines};
use crate::wire::{Call, Reply, Timings, Url};

/// At most this much of one message is shown, most of which is somebody else's text where it is long (characters).
const LONGEST: usize = 1000;

/// At most this much of a body is shown by `-v` (characters).
const SHOWN_BODY: usize = 64 << 10;

/// stdout that cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("the result could not be written to stdout")]
pub struct OutputError(#[from] pub io::Error);

impl From<OutputError> for Problem {
    fn from(error: OutputError) -> Self {
        let is_untold = error.0.kind() == io::ErrorKind::BrokenPipe;
        let mut problem = Self::new(Class::Output, error).searched();
        problem.is_untold = is_untold;
        problem
    }
}

/// The texts of a list.
pub fn texts(list: Option<Value>) -> Vec<String> {
    let Some(Value::Array(items)) = list else { return Vec::new() };
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// `value` with each text in it as `clean` leaves it.
fn cleaned(value: &Value, clean: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => clean(text).into(),
        Value::Array(items) => items.iter().map(|item| cleaned(item, clean)).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), cleaned(value, clean))).collect(),
        other => other.clone(),
    }
}

/// The one that talks.
pub struct Reporter {
    redactor: Redactor,
    diagnosis: Diagnosis,
    endpoint: Option<String>,
    /// Warnings of a run whose errors are JSON: they go into that object, or out at the end.
    held: Vec<String>,
    /// Lines that are held back until a message of a batch is done with, and which line of input that is.
    gathered: Option<(u64, RefCell<String>)>,
}

impl Reporter {
    /// One that knows no secret yet.
    pub fn new(diagnosis: Diagnosis) -> Self {
        Self { redactor: Redactor::default(), diagnosis, endpoint: None, held: Vec::new(), gathered: None }
    }

    /// One that knows the same secrets, for another thread.
    pub fn fork(&self) -> Self {
        Self {
            redactor: self.redactor.clone(),
            diagnosis: self.diagnosis,
            endpoint: self.endpoint.clone(),
            held: Vec::new(),
            gathered: None,
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

    /// An error as an object, for a result that tells of it.
    pub fn describe(&self, problem: &Problem) -> (Class, Members) {
        (problem.class, self.members(problem, &[]))
    }

    /// That a message of a batch failed, where the result cannot tell: `error` is what [`Self::describe`] made of it.
    pub fn failed(&self, error: &Members) {
        if self.diagnosis.json_errors {
            return self.line(&error.to_text(false));
        }
        let told = |name| error.string(name).into_iter().collect::<Vec<_>>();
        self.in_words(&told("message").concat(), &texts(error.get("causes")), &told("hint"), None);
    }

    /// How far a long run has come.
    pub fn progress(&self, text: &str) {
        self.line(&format!("progress: {text}"));
    }

    /// A line that the next one draws over, on a terminal; an empty one takes it away.
    pub fn status(&self, text: &str) {
        // A line that wraps could not be drawn over.
        let text: String = self.clean(text).chars().take(stderr_columns() - 1).collect();
        let _ = io::stderr().write_all(format!("\r\x1b[K{text}").as_bytes());
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
    pub fn conceal(&mut self, what: &impl Conceal) {
        what.conceal(&mut self.redactor);
    }

    /// Hides every secret of a request from now on, and remembers where it goes.
    pub fn conceal_post(&mut self, post: &Post) {
        self.endpoint = Some(post.url.without_query().to_owned());
        self.conceal(post);
    }

    /// Hides whatever stands under the name of a token in a JSON text.
    pub fn conceal_tokens_in(&mut self, json: &[u8]) {
        self.redactor.add_tokens_in(json);
    }

    /// From here on errors are about this URL.
    pub fn about(&mut self, url: &Url) {
        self.endpoint = Some(url.without_query().to_owned());
    }

    /// The secrets that are known.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Somebody else's text without the secrets that are known; none of it, where there were more than can be hidden.
    pub fn foreign(&self, text: &str) -> String {
        if self.redactor.is_overwhelmed() { format!("({WITHHELD})") } else { self.redactor.redact(text).into_owned() }
    }

    /// Without secrets, and then cut to what a person reads.
    fn told(&self, text: &str) -> String {
        capped(&self.foreign(text), LONGEST)
    }

    /// The same for a text of `problem`.
    fn told_of(&self, problem: &Problem, text: &str) -> String {
        if problem.is_searched { capped(&self.redactor.redact(text), LONGEST) } else { self.told(text) }
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
        if !self.diagnosis.quiet {
            self.warn_always(text);
        }
    }

    /// Something that was asked for and is worth knowing. `--quiet` silences it.
    pub fn remark(&mut self, text: &str) {
        if self.diagnosis.quiet {
            return;
        }
        if self.diagnosis.json_errors {
            let text = self.clean(text);
            self.held.push(text);
        } else {
            self.labelled(AnsiColor::Cyan.on_default().bold(), "note", &self.told(text));
        }
    }

    /// A warning that nothing silences.
    pub fn warn_always(&mut self, text: &str) {
        let told = self.told(text);
        if self.diagnosis.json_errors {
            self.held.push(escaped(&told).into_owned());
        } else {
            self.labelled(AnsiColor::Yellow.on_default().bold(), "warning", &told);
        }
    }

    /// Gives out what was held back; a run that succeeds ends with it.
    pub fn finish(&mut self) {
        for message in std::mem::take(&mut self.held) {
            let mut warning = json!({ "kind": "warning", "message": message });
            if let Some((line, _)) = &self.gathered {
                warning["line"] = (*line).into();
            }
            self.line(&warning.to_string());
        }
    }

    /// A `-v` line of our own.
    pub fn note(&self, text: &str) {
        if self.diagnosis.verbose {
            self.line(&format!("* {}", self.shown(text)));
        }
    }

    /// GitHub's command that hides a value in the logs of a job. Its data is escaped, so that no value is a command itself.
    pub fn mask(&self, token: &Secret) {
        let data = token.expose().replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        self.line(&format!("::add-mask::{data}"));
    }

    /// Text of the trace: secrets are hidden unless the user asked to see them.
    fn shown(&self, text: &str) -> String {
        if self.diagnosis.show_secrets { escaped(text).into_owned() } else { self.clean(text) }
    }

    /// Tells what happens on the way to a token.
    pub fn event(&mut self, event: Event<'_>) {
        if let Event::Post(post) = event {
            self.conceal_post(post);
        }
        match event {
            Event::Warning(text) => self.warn(&text),
            _ if !self.diagnosis.verbose => {
                if let Event::Reply(reply) = event {
                    self.conceal_tokens(reply);
                }
            }
            Event::Get(call) => self.trace_call(call),
            Event::Post(post) => self.trace(">", &render::request::http(post, self.diagnosis.show_secrets)),
            Event::Reply(reply) => {
                self.conceal_tokens(reply);
                self.trace_reply(reply);
            }
            Event::Failed(error) => self.note(&error.to_string()),
            Event::Retry { wait, attempt, of } => {
                self.note(&format!("retry {attempt} of {of} in {:.1} s", wait.as_secs_f64()));
            }
            Event::Discovered(metadata) => self.trace_metadata(metadata),
            Event::Kept(verdict) => self.note(&format!("cache: {verdict}")),
            Event::Note(text) => self.note(&text),
            Event::Deviation(deviation) => self.note(&format!("deviation: {} ({})", deviation.what, deviation.section)),
        }
    }

    /// Tokens of an answer become secrets of this run, before a line of it can be shown.
    fn conceal_tokens(&mut self, reply: &Reply) {
        self.conceal_tokens_in(&reply.body);
    }

    fn trace(&self, mark: &str, text: &str) {
        // Secrets are looked for in the whole: one may hold a line end.
        let text = if self.diagnosis.show_secrets { text.into() } else { self.redactor.redact(text) };
        for line in text.lines() {
            self.line(format!("{mark} {}", escaped(line)).trim_end());
        }
    }

    fn trace_call(&self, call: &Call) {
        let mut text = render::api::http(call, self.diagnosis.show_secrets);
        if !self.diagnosis.show_secrets {
            // Before it is cut, so that no half of a secret is left at the cut.
            text = self.redactor.redact(&text).into_owned();
        }
        let shown = capped(&text, SHOWN_BODY);
        self.trace(">", &shown);
        if shown.len() < text.len() {
            self.note("the body goes on; Content-Length tells its size");
        }
    }

    /// An API call, before it goes out.
    pub fn api_call(&self, call: &Call) {
        if self.diagnosis.verbose {
            self.trace_call(call);
        }
    }

    /// The head of an API's answer.
    pub fn api_answer(&self, status: u16, headers: &[(String, String)], timings: &Timings) {
        if self.diagnosis.verbose {
            self.trace("<", &self.head(status, headers));
            self.trace_timings(timings);
        }
    }

    fn head(&self, status: u16, headers: &[(String, String)]) -> String {
        let mut text = format!("HTTP {status}\n");
        for (name, value) in headers {
            let shown = if self.diagnosis.show_secrets { value.clone() } else { self.field(name, value) };
            text.push_str(&format!("{name}: {shown}\n"));
        }
        text
    }

    /// The value of a foreign header field as it may be shown.
    pub fn field(&self, name: &str, value: &str) -> String {
        let is_hidden = is_sensitive_name(name) || self.redactor.is_overwhelmed();
        if is_hidden { MASK.into() } else { self.unnamed(value) }
    }

    /// Foreign text without the secrets that are known, and then without what its own names tell to be secret: the other way
    /// round a piece of one that goes on behind where a value seems to end could not be recognised.
    pub fn unnamed(&self, text: &str) -> String {
        mask_members(&self.foreign(text)).into_owned()
    }

    fn trace_reply(&self, reply: &Reply) {
        let mut text = self.head(reply.status, &reply.headers);
        text.push('\n');
        let body = String::from_utf8_lossy(&reply.body);
        // Before it is cut, so that no half of a secret is left at the cut.
        let body = if self.diagnosis.show_secrets { body.into_owned() } else { self.unnamed(&body) };
        text.push_str(&capped(&body, SHOWN_BODY));
        self.trace("<", &text);
        if let Some(why) = &reply.undecoded {
            self.note(&format!("the body's Content-Encoding cannot be undone: {why}"));
        }
        if reply.body.len() > SHOWN_BODY {
            self.note(&format!("the body goes on; it has {} bytes", reply.body.len()));
        }
        self.trace_timings(&reply.timings);
    }

    fn trace_timings(&self, timings: &Timings) {
        let steps = [
            ("dns", timings.dns),
            ("connect", timings.connect),
            ("tls", timings.tls),
            ("first byte", timings.first_byte),
            ("total", Some(timings.total)),
        ];
        let steps: Vec<_> = steps
            .iter()
            .filter_map(|(name, took)| Some(format!("{name} {:.1} ms", (*took)?.as_secs_f64() * 1000.0)))
            .collect();
        self.note(&format!("time: {}", steps.join(", ")));
    }

    fn trace_metadata(&self, metadata: &Metadata) {
        self.note(&format!("token_endpoint = {} (discovery)", metadata.token_endpoint.without_query()));
        for (name, values) in [("auth methods", &metadata.auth_methods), ("grants", &metadata.grant_types)] {
            if let Some(values) = values {
                self.note(&format!("the server's metadata lists these {name}: {}", values.join(", ")));
            }
        }
    }

    /// An error whose texts have been told.
    fn in_words(&self, message: &str, causes: &[String], hints: &[String], response: Option<&str>) {
        self.labelled(AnsiColor::Red.on_default().bold(), "error", message);
        for cause in causes {
            self.labelled(Style::new().bold(), "caused by", cause);
        }
        if let Some(response) = response {
            self.line(response);
        }
        for hint in hints {
            self.labelled(AnsiColor::Cyan.on_default().bold(), "hint", hint);
        }
    }

    /// Tells an error and returns the exit code.
    pub fn error(&mut self, problem: &Problem) -> u8 {
        let code = problem.class.exit_code();
        if problem.is_untold {
            return code;
        }
        if self.diagnosis.json_errors {
            let held = std::mem::take(&mut self.held);
            self.line(&self.members(problem, &held).to_text(false));
            return code;
        }
        let told = |texts: &[String]| texts.iter().map(|text| self.told_of(problem, text)).collect::<Vec<_>>();
        let message = self.told_of(problem, &problem.message());
        let response = self.response_of(problem);
        self.in_words(&message, &told(&problem.why()), &told(&problem.hints), response.as_deref());
        code
    }

    /// The error as one JSON object; every member is always there.
    fn members(&self, problem: &Problem, warnings: &[String]) -> Members {
        let told = |text: &str| self.told_of(problem, text);
        let optional = |text: Option<&String>| text.map_or(Value::Null, |text| told(text).into());
        let hint = (!problem.hints.is_empty()).then(|| problem.hints.join("; "));
        let details = &problem.details;
        let mut object = Members::default();
        object.push("kind", &problem.class.name().into());
        object.push("exit_code", &problem.class.exit_code().into());
        object.push("message", &told(&problem.message()).into());
        object.push("causes", &problem.why().iter().map(|cause| told(cause)).collect::<Vec<_>>().into());
        object.push("hint", &optional(hint.as_ref()));
        object.push("http_status", &details.http_status.into());
        object.push("endpoint", &optional(self.endpoint.as_ref()));
        object.push("oauth", &details.oauth.as_ref().map_or(Value::Null, |oauth| cleaned(oauth, &told)));
        if let Some(response) = self.response_of(problem) {
            object.push_raw("response", &response);
        }
        if !warnings.is_empty() {
            object.push("warnings", &warnings.into());
        }
        object
    }

    /// An API's answer. Cut, it would not be JSON any more; what made it has seen to its length.
    fn response_of(&self, problem: &Problem) -> Option<String> {
        let response = problem.details.response.as_ref()?;
        Some(escaped(&self.redactor.redact(response)).into_owned())
    }
}

/// True where stdout is a terminal.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// True where stderr is a terminal.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// The width of the terminal that stderr is, or the usual one.
fn stderr_columns() -> usize {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stderr())
        && size.ws_col > 1
    {
        return usize::from(size.ws_col);
    }
    80
}

/// stdout without the standard library's buffer, which takes a descriptor that is closed or only for reading for one that
/// has taken everything.
pub struct Stdout;

impl Write for Stdout {
    #[cfg(unix)]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stdout(), bytes)?)
    }

    #[cfg(not(unix))]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if cfg!(unix) { Ok(()) } else { io::stdout().flush() }
    }
}

/// Puts a result on stdout, whole or not at all as far as this process can tell.
///
/// # Errors
/// What the system says of it.
pub fn write_stdout(text: &str) -> Result<(), OutputError> {
    Stdout.write_all(text.as_bytes())?;
    Stdout.flush()?;
    Ok(())
}

/// stdout for a result of many lines. What is not flushed is not out yet.
pub fn stdout_lines() -> io::BufWriter<Stdout> {
    io::BufWriter::new(Stdout)
}

/// Puts bytes on stdout as they come, in constant memory. What a failing source gave until then has gone out.
///
/// # Errors
/// [`TransportError`] where the source fails, [`OutputError`] where stdout does.
pub fn copy_to_stdout(from: &mut impl Read) -> problem::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let amount = from.read(&mut buffer).map_err(TransportError::from_read)?;
        if amount == 0 {
            break;
        }
        Stdout.write_all(&buffer[..amount]).map_err(OutputError)?;
    }
    Stdout.flush().map_err(OutputError)?;
    Ok(())
}

/// The last words of a program that broke: where, never with what. It ends the process with the code for a bug.
#[expect(clippy::exit, reason = "a panic ends here, before its payload could be printed")]
pub fn bug(place: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: oauth2tok broke{place}\nhint: this is a fault of oauth2tok; please report it");
    std::process::exit(i32::from(Class::Bug.exit_code()));
}
