//! Where a secret comes from: the one grammar of flags and profiles, and reading it.
//!
//! The doors of this module are secret files, standard input, inherited file descriptors, the terminal and helper
//! commands. The environment comes in as a function, because it belongs to [`crate::settings`].

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::helper::{self, HelperError};
pub use super::helper::{Extent, Job};
use super::{MASK, Secret};
use crate::deadline::Deadline;
use crate::files::{self, ReadError};
use crate::home::{self, HomeError, Lookup};
use crate::named;
use crate::problem::Shortage;
use crate::terminal::{self, AskError};

/// More than any secret, less than what an endless file could do.
const CAP: u64 = 1 << 20;

/// The variable with the credential that a job in GitHub Actions asks for its identity token with.
pub const JOB_CREDENTIAL: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// A place a secret can be read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `env:NAME`
    Env(String),
    /// `file:PATH`, where `~/` may be the home directory ([`home`]).
    File(PathBuf),
    /// `command:CMD ARGS`: the words of a command that is run without a shell; the first line of its stdout counts.
    Command(Vec<String>),
    /// `stdin` or `-`
    Stdin,
    /// `fd:N`
    Fd(u32),
    /// `prompt`: the terminal, without echo.
    Prompt,
    /// `github:AUDIENCE`, or `github:` alone: the identity token of the job in GitHub Actions that this runs in. It is asked
    /// for over HTTP (`identity/`), never by a [`Reader`].
    GitHub {
        /// Whom the token is for. `None` leaves it to GitHub.
        audience: Option<String>,
    },
    /// `literal:TEXT`, or plain text.
    Literal(Secret),
}

/// Why a text is not a [`Source`]. It never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum GrammarError {
    #[error("'env:' must be followed by the name of an environment variable")]
    EnvName,
    #[error("'file:' must be followed by a path")]
    Path,
    #[error("'command:' must be followed by a command")]
    NoCommand,
    #[error("the words after 'command:' cannot be told apart: a quote is not closed")]
    Words,
    #[error("'fd:' must be followed by the number of an open file descriptor")]
    Fd,
    #[error("'fd:' is not available on Windows, where no file is inherited by its number; use 'file:' or 'stdin'")]
    NoDescriptors,
    #[error("the audience after 'github:' is empty")]
    Audience,
    #[error("the secret is empty")]
    Empty,
}

impl Source {
    /// The environment variable that the secret comes from, or that buys it.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::Env(name) => Some(name),
            Self::GitHub { .. } => Some(JOB_CREDENTIAL),
            _ => None,
        }
    }

    /// Reads the grammar: `env:`, `file:`, `command:`, `stdin` or `-`, `fd:`, `prompt`, `github:`, `literal:`, else plain
    /// text.
    ///
    /// # Errors
    /// A known prefix with nothing usable behind it, and an empty text.
    pub fn parse(text: &str) -> Result<Self, GrammarError> {
        Self::parse_on(text, cfg!(windows))
    }

    fn parse_on(text: &str, windows: bool) -> Result<Self, GrammarError> {
        let source = match text.split_once(':') {
            Some(("env", name)) => Self::Env(name.to_owned()),
            Some(("file", path)) => Self::File(path.into()),
            Some(("command", line)) => Self::Command(words_on(line, windows).ok_or(GrammarError::Words)?),
            Some(("fd", _)) if windows => return Err(GrammarError::NoDescriptors),
            Some(("fd", number)) => Self::Fd(number.parse().map_err(|_| GrammarError::Fd)?),
            Some(("github", "")) => Self::GitHub { audience: None },
            Some(("github", audience)) => Self::GitHub { audience: Some(audience.to_owned()) },
            Some(("literal", text)) => Self::Literal(Secret::meant(text)),
            _ if text == "stdin" || text == "-" => Self::Stdin,
            _ if text == "prompt" => Self::Prompt,
            _ => Self::Literal(Secret::new(text)),
        };
        source.checked()
    }

    /// The source itself, if there can be a secret in it: also where variables were filled in, which may be empty.
    ///
    /// # Errors
    /// What is missing.
    pub fn checked(self) -> Result<Self, GrammarError> {
        match &self {
            Self::Env(name) if name.is_empty() || name.contains(['=', '\0']) => Err(GrammarError::EnvName),
            Self::File(path) if path.as_os_str().is_empty() => Err(GrammarError::Path),
            Self::Command(words) if words.first().is_none_or(String::is_empty) => Err(GrammarError::NoCommand),
            Self::GitHub { audience: Some(audience) } if audience.is_empty() => Err(GrammarError::Audience),
            Self::Literal(secret) if secret.expose().is_empty() => Err(GrammarError::Empty),
            _ => Ok(self),
        }
    }

    /// Puts each text inside the source through `edit`: how a profile's `${VAR}` is filled in. The kind of source is settled
    /// before, so what a variable holds can never turn into `command:`, and a word stays one word.
    ///
    /// # Errors
    /// The first that `edit` gives.
    pub fn try_map<E>(self, mut edit: impl FnMut(&str) -> Result<String, E>) -> Result<Self, E> {
        Ok(match self {
            Self::Env(name) => Self::Env(edit(&name)?),
            Self::File(path) => Self::File(edit(&path.to_string_lossy())?.into()),
            Self::Command(words) => Self::Command(words.iter().map(|word| edit(word)).collect::<Result<_, _>>()?),
            Self::Literal(text) => Self::Literal(text.try_map(|text| edit(text))?),
            Self::GitHub { audience: Some(audience) } => Self::GitHub { audience: Some(edit(&audience)?) },
            other @ (Self::Stdin | Self::Fd(_) | Self::Prompt | Self::GitHub { audience: None }) => other,
        })
    }

    /// The inherited descriptor that is read.
    pub fn descriptor(&self) -> Option<u32> {
        match self {
            Self::Stdin => Some(0),
            Self::Fd(number) => Some(*number),
            Self::File(path) => files::descriptor(path),
            Self::Env(_) | Self::Command(_) | Self::Prompt | Self::GitHub { .. } | Self::Literal(_) => None,
        }
    }

    /// The place as it may be shown. What stands where a name belongs and names nothing may be the secret itself.
    pub fn shown(&self, env: Lookup<'_>) -> String {
        let named = |kind: &str, name: Option<String>, what: &str| match name {
            Some(name) => format!("{kind}:{name}"),
            None => format!("{kind}:(not repeated: there is no such {what})"),
        };
        match self {
            Self::Env(name) => named("env", Some(name.clone()).filter(|name| may_be_named(name, env)), "variable"),
            Self::File(path) => {
                let is_there = home::expanded(path, env).is_ok_and(|path| named::is_there(&path));
                named("file", Some(path.display().to_string()).filter(|_| is_there), "file")
            }
            Self::Command(words) => format!("command:{}", shown_command(words, env)),
            Self::Stdin => "stdin".to_owned(),
            Self::Fd(number) => format!("fd:{number}"),
            Self::Prompt => "prompt".to_owned(),
            Self::GitHub { audience } => format!("github:{}", audience.as_deref().unwrap_or_default()),
            Self::Literal(_) => MASK.to_owned(),
        }
    }

    /// True where the secret itself stands in the text, for all to see who can see the text.
    pub fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }
}

fn may_be_named(variable: &str, env: Lookup<'_>) -> bool {
    named::is_like_a_variable(variable) || env(variable).is_some()
}

/// A command as it may be shown. Its words may hold what no message should; the program's name is enough to find the line.
pub fn shown_command(words: &[String], env: Lookup<'_>) -> String {
    match words.first().filter(|program| is_command(program, env)) {
        Some(program) => format!("{program}{}", if words.len() > 1 { " …" } else { "" }),
        None => "(not repeated: there is no such command)".to_owned(),
    }
}

fn is_command(program: &str, env: Lookup<'_>) -> bool {
    named::is_command(program.as_ref(), env("PATH").as_deref())
}

/// A command and its words, as the shell of the system tells them apart. `None` where there are none, or a quote is not closed.
pub fn words(line: &str) -> Option<Vec<String>> {
    words_on(line, cfg!(windows)).filter(|words| words.first().is_some_and(|program| !program.is_empty()))
}

fn words_on(line: &str, windows: bool) -> Option<Vec<String>> {
    if windows { windows_words(line) } else { shell_words::split(line).ok() }
}

/// The line that the shell of the system takes apart into these words.
pub fn line(words: &[String]) -> String {
    line_on(words, cfg!(windows))
}

fn line_on(words: &[String], windows: bool) -> String {
    match windows {
        true => words.iter().map(|word| windows_word(word)).collect::<Vec<_>>().join(" "),
        false => shell_words::join(words),
    }
}

/// A word of which [`windows_words`] makes the same again.
fn windows_word(word: &str) -> String {
    if !word.is_empty() && !word.contains(['"', ' ', '\t', '\r', '\n']) {
        return word.to_owned();
    }
    let (mut quoted, mut backslashes) = (String::from("\""), 0);
    for c in word.chars() {
        if c == '"' {
            // Before a quote, each stands twice; one more is for the quote itself.
            quoted.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        quoted.push(c);
    }
    quoted.extend(std::iter::repeat_n('\\', backslashes));
    quoted.push('"');
    quoted
}

/// As `CommandLineToArgvW` does it: a backslash stands for itself, unless a `"` comes after it and its like; within quotes,
/// `""` is one of them. That a quote ends with the line is not taken over, so that a line means the same thing everywhere.
fn windows_words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let backslashes = rest.len() - rest.trim_start_matches('\\').len();
        if backslashes > 0 {
            let before_quote = rest[backslashes..].starts_with('"');
            let (stand, taken) = match before_quote {
                true => (backslashes / 2, backslashes + backslashes % 2),
                false => (backslashes, backslashes),
            };
            let word = word.get_or_insert_default();
            word.push_str(&rest[..stand]);
            if taken > backslashes {
                word.push('"');
            }
            rest = &rest[taken..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '"' if quoted && rest.starts_with('"') => {
                word.get_or_insert_default().push('"');
                rest = &rest[1..];
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' | '\r' | '\n' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

/// Why a secret could not be read. No variant holds any of its text.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum SourceError {
    #[error("the environment variable {0} is not set")]
    Unset(String),
    #[error("the environment variable that it names is not set")]
    UnsetAndUnlikely,
    #[error("cannot read {path}")]
    File { path: String, source: io::Error },
    #[error(transparent)]
    NoFile(io::Error),
    #[error("cannot start a thread to read {path}")]
    Thread { path: String, source: io::Error },
    #[error("cannot run '{program}'")]
    Spawn { program: String, source: io::Error },
    #[error("there is no such command")]
    NoCommand,
    #[error("'{program}' failed ({status})")]
    Failed { program: String, status: String },
    #[error("{0} gave nothing: the secret is empty")]
    Empty(String),
    #[error("{0} is not valid UTF-8")]
    NotUtf8(String),
    #[error("{0} is UTF-16, as PowerShell and Notepad write it, and not UTF-8")]
    Utf16(String),
    #[error("{from} holds more than {}", files::size(*.cap))]
    TooLong { from: String, cap: u64 },
    #[error("{from} gave nothing within {} s", .after.as_secs_f32())]
    TimedOut { from: String, after: Duration },
    #[error("'{program}' did not end within {} s", .after.as_secs_f32())]
    Lingers { program: String, after: Duration },
    #[error("stdin is a terminal")]
    StdinIsTerminal,
    #[error("stdin can be read only once per run, and another setting has already read it")]
    StdinUsed,
    #[error("there is no terminal to ask on")]
    NoTerminal,
    #[error("nobody is asked in CI (the variable CI is set)")]
    NobodyThere,
    #[error("the prompt was interrupted")]
    Interrupted,
    #[error("the prompt was ended without an answer")]
    NoAnswer,
    #[error("'github:' gives an identity token, and no other secret")]
    GitHub,
    #[error("it is a private key, which is not sent to anybody")]
    PrivateKey,
    #[error(transparent)]
    Home(#[from] HomeError),
}

impl SourceError {
    /// What the system lacks, where that is why.
    pub fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::File { source, .. } | Self::NoFile(source) => Shortage::of(source),
            Self::Thread { source, .. } | Self::Spawn { source, .. } => Shortage::of_start(source),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unset(name) => format!("set it: export {name}=…, or in CI, give the job access to the secret"),
            Self::UnsetAndUnlikely => {
                "what stands behind 'env:' is not repeated, as it may be the secret itself; the name of a variable belongs there".into()
            }
            Self::NoFile(_) => "what names it is not repeated, as it may be the secret itself".into(),
            Self::NoCommand => {
                "no shell is involved: 'command:' takes a program and its words (what it names is not repeated, as it may be the secret itself)".into()
            }
            Self::Empty(_) => "in CI an empty secret is usually one that the job may not read".into(),
            Self::StdinIsTerminal => "pipe the secret in, or use 'prompt' to type it".into(),
            Self::StdinUsed => "give one of them by env:NAME or file:PATH".into(),
            Self::Utf16(_) => {
                "write it as UTF-8: in PowerShell, … | Out-File -Encoding ascii, or Set-Content -Encoding utf8".into()
            }
            Self::GitHub => "it is for client_assertion, assertion, subject_token and actor_token".into(),
            Self::PrivateKey => {
                "a key signs what is sent: --signing-key file:PATH, or signing_key: file:PATH in a profile".into()
            }
            Self::NoTerminal => "in scripts use env:NAME, file:PATH or command:CMD".into(),
            Self::NobodyThere => "use env:NAME, file:PATH or command:CMD; where a person is there, CI=false".into(),
            Self::Spawn { .. } => "no shell is involved: 'command:' takes a program and its words".into(),
            _ => return None,
        })
    }
}

/// Reads secrets for one run.
pub struct Reader<'a> {
    env: Lookup<'a>,
    /// Variables that hold secrets: no helper command inherits them. Few runs have one.
    concealed: Box<dyn Fn() -> Vec<String> + 'a>,
    deadline: Deadline,
    /// How long a person was waited for.
    asked: Duration,
    stdin_used: bool,
    marked: Vec<String>,
}

impl<'a> Reader<'a> {
    /// `concealed` names the environment variables that helper commands must not see; helpers, pipes and stdin may take
    /// until `deadline`, all together, a person at a prompt as long as they like.
    pub fn new(env: Lookup<'a>, concealed: impl Fn() -> Vec<String> + 'a, deadline: Deadline) -> Self {
        let concealed = Box::new(concealed);
        Self { env, concealed, deadline, asked: Duration::ZERO, stdin_used: false, marked: Vec::new() }
    }

    /// How long a person was waited for: that time is nobody's fault.
    pub fn asked(&self) -> Duration {
        self.asked
    }

    /// The sources that had a byte order mark in front, which was left out: as they may be shown, in the order read, each
    /// once.
    pub fn take_marked(&mut self) -> Vec<String> {
        std::mem::take(&mut self.marked)
    }

    /// Reads `source`; `label` is what a prompt asks for.
    ///
    /// # Errors
    /// [`SourceError`]; an empty secret is one.
    pub fn read(&mut self, source: &Source, label: &str) -> Result<Secret, SourceError> {
        let bytes = self.bytes(source, label, Extent::Line)?;
        self.text(source, &bytes, |text| text)
    }

    /// Reads a ready-made token: all that the source gives, less the white space around it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_token(&mut self, source: &Source, label: &str) -> Result<Secret, SourceError> {
        let bytes = self.bytes(source, label, Extent::Whole)?;
        self.text(source, &bytes, str::trim)
    }

    /// Reads all that the source gives, which need not be text.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_whole(&mut self, source: &Source, label: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let bytes = self.bytes(source, label, Extent::Whole)?;
        if bytes.is_empty() { Err(SourceError::Empty(source.shown(self.env))) } else { Ok(bytes) }
    }

    /// Has a command sign `input`, which it reads from its stdin, and gives all that it says.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn signature(
        &self,
        words: &[String],
        variables: &[(&str, &str)],
        input: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        // What does not say how to sign now may say how another did.
        let mut concealed = (self.concealed)();
        concealed.extend(["OAUTH2TOK_SIGN_ALG", "OAUTH2TOK_SIGN_DIGEST"].map(str::to_owned));
        let concealed = &concealed;
        let job = Job { words, concealed, variables, stdin: input, extent: Extent::Whole, cap: CAP };
        run(&job, self.env, &self.deadline)
    }

    fn text(&self, source: &Source, bytes: &[u8], cut: impl Fn(&str) -> &str) -> Result<Secret, SourceError> {
        let text = cut(std::str::from_utf8(bytes).map_err(|_| SourceError::NotUtf8(source.shown(self.env)))?);
        match source {
            _ if text.is_empty() => Err(SourceError::Empty(source.shown(self.env))),
            Source::Literal(secret) => secret.try_map(|_| Ok(text.to_owned())),
            _ => Ok(Secret::new(text)),
        }
    }

    /// What stands at the source, without a byte order mark. That of UTF-16 begins no text that anybody could use, and no DER.
    fn bytes(&mut self, source: &Source, label: &str, extent: Extent) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let one_line_end_stripped = |bytes| if extent == Extent::Whole { bytes } else { one_line_end_stripped(bytes) };
        let mut bytes = match source {
            Source::Literal(secret) => return Ok(Zeroizing::new(secret.expose().as_bytes().to_vec())),
            Source::Env(name) => {
                let unset = || match may_be_named(name, self.env) {
                    true => SourceError::Unset(name.clone()),
                    false => SourceError::UnsetAndUnlikely,
                };
                let value = (self.env)(name).ok_or_else(unset)?;
                Zeroizing::new(value.into_encoded_bytes())
            }
            Source::File(path) => {
                let path = home::expanded(path, self.env)?;
                one_line_end_stripped(self.file(&path).map_err(|error| match error {
                    SourceError::File { source, .. } if !named::is_there(&path) => SourceError::NoFile(source),
                    error => error,
                })?)
            }
            Source::Command(words) => one_line_end_stripped(self.command(words, extent)?),
            Source::Stdin => {
                if std::mem::replace(&mut self.stdin_used, true) {
                    return Err(SourceError::StdinUsed);
                }
                if io::stdin().is_terminal() {
                    return Err(SourceError::StdinIsTerminal);
                }
                one_line_end_stripped(self.understood("stdin", files::read_stdin(CAP, &self.deadline))?)
            }
            Source::Fd(number) => one_line_end_stripped(self.file(&fd_path(*number))?),
            // A job may have a terminal, and nobody in front of it.
            Source::Prompt if (self.env)("CI").is_some_and(|ci| !ci.is_empty() && ci != "false") => {
                return Err(SourceError::NobodyThere);
            }
            Source::Prompt => {
                let began = Instant::now();
                let answer = prompt(label);
                let took = began.elapsed();
                self.asked += took;
                self.deadline = self.deadline.later_by(took);
                answer?
            }
            Source::GitHub { .. } => return Err(SourceError::GitHub),
        };
        if is_utf16(&bytes) {
            return Err(SourceError::Utf16(source.shown(self.env)));
        }
        let is_text_of_an_editor = !matches!(source, Source::Env(_) | Source::Prompt);
        if is_text_of_an_editor && bytes.starts_with(BOM) {
            bytes.drain(..BOM.len());
            let shown = source.shown(self.env);
            if !self.marked.contains(&shown) {
                self.marked.push(shown);
            }
        }
        Ok(bytes)
    }

    fn file(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let shown = path.display().to_string();
        self.understood(&shown, files::read(path, CAP, &self.deadline))
    }

    /// What came of reading the place that is shown as `from`.
    fn understood<T>(&self, from: &str, read: Result<T, ReadError>) -> Result<T, SourceError> {
        read.map_err(|error| match error {
            ReadError::Io(source) => SourceError::File { path: from.to_owned(), source },
            ReadError::Thread(source) => SourceError::Thread { path: from.to_owned(), source },
            ReadError::TooLong { cap } => SourceError::TooLong { from: from.to_owned(), cap },
            ReadError::TimedOut { after } => SourceError::TimedOut { from: from.to_owned(), after },
        })
    }

    fn command(&self, words: &[String], extent: Extent) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let concealed = &(self.concealed)();
        run(&Job { words, concealed, variables: &[], stdin: &[], extent, cap: CAP }, self.env, &self.deadline)
    }
}

/// Runs a helper and takes what it says, if it succeeds. Nothing at all is no error here.
///
/// # Errors
/// A command that is not there, fails, says too much or takes too long. Its answer is no part of the error.
pub fn run(job: &Job<'_>, env: Lookup<'_>, deadline: &Deadline) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let program = job.words.first().cloned().ok_or(SourceError::NoCommand)?;
    let path = || "a helper command".to_owned();
    helper::output(job, deadline).map_err(|error| match error {
        HelperError::Spawn(source) if Shortage::of_start(&source).is_some() || is_command(&program, env) => {
            SourceError::Spawn { program, source }
        }
        HelperError::Spawn(_) => SourceError::NoCommand,
        HelperError::Read(ReadError::TooLong { cap }) => SourceError::TooLong { from: path(), cap },
        HelperError::Read(ReadError::Io(source)) => SourceError::File { path: path(), source },
        HelperError::Read(ReadError::Thread(source)) => SourceError::Thread { path: path(), source },
        HelperError::Read(ReadError::TimedOut { after }) => {
            SourceError::TimedOut { from: format!("'{program}'"), after }
        }
        HelperError::Lingers { after } => SourceError::Lingers { program, after },
        HelperError::Failed(status) => SourceError::Failed { program, status: status.to_string() },
    })
}

/// What some editors put in front of a text in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// True for a text in UTF-16: by its byte order mark, or because each other byte of it is nil, as in no secret.
fn is_utf16(bytes: &[u8]) -> bool {
    let nil = |offset: usize| bytes.len() >= 4 && bytes.iter().skip(offset).step_by(2).all(|byte| *byte == 0);
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || nil(0) || nil(1)
}

/// Editors and `echo` end a file with one line end; anything more is the user's and stays.
fn one_line_end_stripped(mut bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    bytes
}

fn fd_path(number: u32) -> PathBuf {
    // Taking a descriptor over by its number is unsafe by type; opening its name is not, and works for files and pipes.
    PathBuf::from(format!("/dev/fd/{number}"))
}

fn prompt(label: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let most = usize::try_from(CAP).unwrap_or(usize::MAX);
    terminal::ask_silently(&format!("{label}: "), most).map_err(|error| match error {
        AskError::NoTerminal(source) if Shortage::of_start(&source).is_some() => {
            SourceError::Thread { path: "/dev/tty".into(), source }
        }
        AskError::NoTerminal(_) => SourceError::NoTerminal,
        AskError::Interrupted => SourceError::Interrupted,
        AskError::NoAnswer => SourceError::NoAnswer,
        AskError::TooLong => SourceError::TooLong { from: "prompt".to_owned(), cap: CAP },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Source, GrammarError>) {
        assert_eq!(Source::parse(text), expected);
    }

    fn literal(text: &str) -> Source {
        Source::Literal(Secret::new(text))
    }

    #[test]
    fn the_grammar_has_one_reading_for_each_text() {
        check("env:CI_SECRET", Ok(Source::Env("CI_SECRET".into())));
        check("env:", Err(GrammarError::EnvName));
        check("env:A=B", Err(GrammarError::EnvName));
        check("file:/run/secrets/x", Ok(Source::File("/run/secrets/x".into())));
        check("file:", Err(GrammarError::Path));
        check(
            "command:pass show 'idp/alice b'",
            Ok(Source::Command(vec!["pass".into(), "show".into(), "idp/alice b".into()])),
        );
        check("command: ", Err(GrammarError::NoCommand));
        check("command:'x", Err(GrammarError::Words));
        check("stdin", Ok(Source::Stdin));
        check("-", Ok(Source::Stdin));
        check("fd:3", Ok(Source::Fd(3)));
        check("fd:three", Err(GrammarError::Fd));
        check("prompt", Ok(Source::Prompt));
        check("github:", Ok(Source::GitHub { audience: None }));
        check("github:api://A:B c", Ok(Source::GitHub { audience: Some("api://A:B c".into()) }));
        check("literal:github:", Ok(literal("github:")));
        check("github", Ok(literal("github")));
        check("literal:env:X", Ok(literal("env:X")));
        check("literal:", Err(GrammarError::Empty));
        check("", Err(GrammarError::Empty));
        check("plain", Ok(literal("plain")));
        check("a:b", Ok(literal("a:b")));
        check("-x", Ok(literal("-x")));
    }

    #[test]
    fn windows_has_words_of_its_own_and_no_descriptors() {
        let on_windows = |text: &str| Source::parse_on(text, true);
        let check = |line: &str, expected: &[&str]| {
            let expected = Source::Command(expected.iter().map(|word| (*word).to_owned()).collect());
            assert_eq!(on_windows(&format!("command:{line}")), Ok(expected), "{line}");
        };
        check(r"C:\Tools\pass.exe show idp", &[r"C:\Tools\pass.exe", "show", "idp"]);
        check(r#""C:\Program Files\pass.exe" "a b" '"#, &[r"C:\Program Files\pass.exe", "a b", "'"]);
        check(r#"x  ""  a"b c"d	\"#, &["x", "", "ab cd", "\\"]);
        // From Microsoft's page on how arguments of a C program are read.
        check(r#"x "a b c" d e"#, &["x", "a b c", "d", "e"]);
        check(r#"x "ab\"c" "\\" d"#, &["x", "ab\"c", "\\", "d"]);
        check(r#"x a\\\b d"e f"g h"#, &["x", r"a\\\b", "de fg", "h"]);
        check(r#"x a\\\"b c d"#, &["x", r#"a\"b"#, "c", "d"]);
        check(r#"x a\\\\"b c" d e"#, &["x", r"a\\b c", "d", "e"]);
        check(r#"x "a""b" c"#, &["x", "a\"b", "c"]);
        assert_eq!(on_windows(r#"command:x "a\""#), Err(GrammarError::Words));
        assert_eq!(on_windows("command:\"\" x"), Err(GrammarError::NoCommand));
        assert_eq!(on_windows("fd:3"), Err(GrammarError::NoDescriptors));
        assert_eq!(on_windows(r"file:C:\x"), Ok(Source::File(r"C:\x".into())));
        assert_eq!(on_windows(r"C:\x"), Ok(literal(r"C:\x")));
    }

    #[test]
    fn a_line_is_taken_apart_into_the_words_that_it_is_made_of() {
        for words in [
            &[r"C:\Program Files\pass.exe", "show", ""][..],
            &["pass", "a b", "it's", "$HOME", "\"quoted\"", r"a\", r"a b\", r#"a\\"b"#, "tab\there", "*"],
            &["x", "\"", r#"\""#, r"\\ \", "\n"],
        ] {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            for windows in [false, true] {
                let line = line_on(&words, windows);
                assert_eq!(super::words_on(&line, windows).as_ref(), Some(&words), "{line}");
            }
        }
        assert_eq!(line_on(&["p".into(), "a b".into(), "$x".into()], true), r#"p "a b" $x"#);
    }

    #[test]
    fn a_filled_in_variable_can_change_neither_the_kind_nor_the_words() {
        let fill = |text: &str| Ok::<_, ()>(text.replace("${X}", "command:rm -rf"));
        let source = |text: &str| Source::parse(text).unwrap().try_map(fill).unwrap();
        assert_eq!(source("${X}"), literal("command:rm -rf"));
        assert_eq!(source("command:pass ${X}"), Source::Command(vec!["pass".into(), "command:rm -rf".into()]));
        assert_eq!(source("github:${X}"), Source::GitHub { audience: Some("command:rm -rf".into()) });
        let emptied = Source::parse("github:${X}").unwrap().try_map(|_| Ok::<_, ()>(String::new())).unwrap();
        assert_eq!(emptied.checked(), Err(GrammarError::Audience));
    }

    #[test]
    fn a_source_shows_its_place_where_there_is_one_and_never_a_literal() {
        let env = |name: &str| match name {
            "PATH" => Some("/nonexistent:/bin".into()),
            "HOME" => std::env::current_dir().ok().map(Into::into),
            "lower" => Some("x".into()),
            _ => None,
        };
        for (text, expected) in [
            ("hunter22", "***"),
            ("stdin", "stdin"),
            ("fd:7", "fd:7"),
            ("env:CI_SECRET", "env:CI_SECRET"),
            ("env:lower", "env:lower"),
            ("env:hunter22", "env:(not repeated: there is no such variable)"),
            ("file:Cargo.toml", "file:Cargo.toml"),
            ("file:~/Cargo.toml", "file:~/Cargo.toml"),
            ("file:~/hunter22", "file:(not repeated: there is no such file)"),
            ("file:~hunter22", "file:(not repeated: there is no such file)"),
            ("file:hunter22", "file:(not repeated: there is no such file)"),
            ("command:sh", "command:sh"),
            ("command:sh -c 'echo 1234'", "command:sh …"),
            ("github:", "github:"),
            ("github:api://a", "github:api://a"),
            ("command:hunter22 x", "command:(not repeated: there is no such command)"),
        ] {
            assert_eq!(Source::parse(text).unwrap().shown(&env), expected, "{text}");
        }
        assert_eq!(format!("{:?}", literal("hunter22")), "Literal(***)");
    }

    #[test]
    fn exactly_one_line_end_is_stripped() {
        let strip =
            |text: &str| String::from_utf8(one_line_end_stripped(Zeroizing::new(text.into())).to_vec()).unwrap();
        for (text, expected) in
            [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a \n", "a "), ("a\r", "a\r"), ("\n", ""), ("a", "a")]
        {
            assert_eq!(strip(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_helper_does_not_inherit_concealed_variables_and_only_its_first_line_counts() {
        let env = |_: &str| None;
        // PATH is inherited by every child of the test, so concealing it is something a helper can be asked about.
        let mut reader =
            Reader::new(&env, || vec!["CARGO_MANIFEST_DIR".into()], Deadline::after(Duration::from_secs(10)));
        let source = Source::parse("command:/bin/sh -c 'echo \"[$CARGO_MANIFEST_DIR]\"; echo more'").unwrap();
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert_eq!(reader.read(&source, "x").unwrap(), Secret::new("[]"));
    }

    #[test]
    fn what_a_helper_says_and_does_after_its_first_line_is_not_waited_for() {
        let env = |_: &str| None;
        let mut reader = Reader::new(&env, Vec::new, Deadline::after(Duration::from_secs(60)));
        let mut read = |line: &str| reader.read(&Source::parse(&format!("command:sh -c '{line}'")).unwrap(), "x");
        let began = Instant::now();
        assert_eq!(read("echo one; sleep 50 &").unwrap(), Secret::new("one"));
        assert!(began.elapsed() < Duration::from_secs(40));
        assert_eq!(read("echo two; head -c 3000000 /dev/zero").unwrap(), Secret::new("two"));
        assert_eq!(read("printf three").unwrap(), Secret::new("three"));
        assert!(matches!(read("echo four; head -c 300000 /dev/zero; exit 3"), Err(SourceError::Failed { .. })));
        assert!(matches!(read("head -c 3000000 /dev/zero"), Err(SourceError::TooLong { .. })));
    }

    #[test]
    fn what_counts_whole_is_not_the_first_line_alone() {
        let env = |name: &str| (name == "X").then(|| " \ta\nb\n\n".into());
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            std::fs::write(folder.path().join(name), bytes).unwrap();
            Source::File(folder.path().join(name))
        };
        let parsed = |text: &str| Source::parse(text).unwrap();
        let mut reader = Reader::new(&env, Vec::new, Deadline::after(Duration::from_secs(60)));
        for (source, whole, token, line) in [
            (parsed("env:X"), " \ta\nb\n\n", "a\nb", " \ta\nb\n\n"),
            (parsed("command:printf ' a\nb\n\n'"), " a\nb\n\n", "a\nb", " a"),
            (parsed("literal: x\n"), " x\n", "x", " x\n"),
            (file("lines", b"a\r\nb\r\n"), "a\r\nb\r\n", "a\r\nb", "a\r\nb"),
            (file("marked", b"\xef\xbb\xbf<x/>\n"), "<x/>\n", "<x/>", "<x/>"),
        ] {
            assert_eq!(reader.read_whole(&source, "").unwrap().to_vec(), whole.as_bytes(), "{source:?}");
            assert_eq!(reader.read_token(&source, "").unwrap().expose(), token, "{source:?}");
            assert_eq!(reader.read(&source, "").unwrap().expose(), line, "{source:?}");
        }
        assert_eq!(reader.take_marked().len(), 1);
        assert_eq!(reader.read_whole(&file("der", b"0\x82\0\xff\n"), "").unwrap().to_vec(), b"0\x82\0\xff\n");
        let utf16 = file("utf16", b"\xff\xfea\0");
        let blank = file("blank", b" \n");
        assert!(matches!(reader.read_whole(&utf16, ""), Err(SourceError::Utf16(_))));
        assert!(matches!(reader.read_token(&utf16, ""), Err(SourceError::Utf16(_))));
        assert!(matches!(reader.read_token(&blank, ""), Err(SourceError::Empty(_))));
        assert!(matches!(reader.read_whole(&file("empty", b""), ""), Err(SourceError::Empty(_))));
        assert!(matches!(reader.read_token(&parsed("github:"), ""), Err(SourceError::GitHub)));
        assert!(reader.read_token(&parsed("literal: x\n"), "").unwrap().flaw(false).is_none());
    }

    #[test]
    fn all_sources_share_one_budget() {
        let env = |_: &str| None;
        let mut reader = Reader::new(&env, Vec::new, Deadline::after(Duration::from_secs(2)));
        let slow = Source::parse("command:sh -c 'sleep 1; echo x'").unwrap();
        let read: Vec<_> = (0..3).map(|_| reader.read(&slow, "x").is_ok()).collect();
        assert!(!read[2], "{read:?}");
    }

    #[test]
    fn failing_sources_say_which_and_never_what() {
        let env = |_: &str| None;
        let message_within = |text: &str, millis| {
            let mut reader = Reader::new(&env, Vec::new, Deadline::after(Duration::from_millis(millis)));
            reader.read(&Source::parse(text).unwrap(), "x").unwrap_err().to_string()
        };
        let message = |text: &str| message_within(text, 60_000);
        assert_eq!(message("env:NOPE"), "the environment variable NOPE is not set");
        assert_eq!(message("env:nope"), "the environment variable that it names is not set");
        assert_eq!(message("file:/nonexistent"), "No such file or directory (os error 2)");
        assert_eq!(message("file:src"), "cannot read src");
        assert_eq!(message("command:sh -c 'echo s3cret; exit 3'"), "'sh' failed (exit status: 3)");
        assert_eq!(message("command:nonexistent-helper"), "there is no such command");
        assert_eq!(message("command:/etc/passwd"), "cannot run '/etc/passwd'");
        assert_eq!(message("command:true"), "command:true gave nothing: the secret is empty");
        assert_eq!(message_within("command:sleep 5", 200), "'sleep' gave nothing within 0.2 s");
        assert_eq!(message_within("command:sh -c 'echo x; exec sleep 50'", 5000), "'sh' did not end within 5 s");
        assert_eq!(message("command:printf '\\377'"), "command:printf … is not valid UTF-8");
    }
}
