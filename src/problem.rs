//! What went wrong, in the form it is told in: a class, words, hints, and what a script wants to know besides.
//!
//! Every error type becomes a [`Problem`] beside itself (`impl From<E> for Problem`), so that `?` does it in the commands; a
//! type for which nobody has decided what is told of it does not compile. There is none for [`std::io::Error`], which says
//! nothing of what was being done. This room knows no other, prints nothing, and asks nobody.

use std::io;

use serde_json::Value;

/// What a command comes to.
pub type Result<T> = std::result::Result<T, Problem>;

/// What went wrong, as scripts tell it apart. The numbers are a promise, and the higher one is the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A fault of this program.
    Bug,
    /// Usage, profile or secret source; nothing was sent.
    Usage,
    /// The server said no.
    Refused,
    /// The answer is not a token response.
    BadResponse,
    /// The server was not reached.
    Unreached,
    /// 408, 425, 429 or 5xx.
    Unavailable,
    /// The result could not be written.
    Output,
    /// `request`: the API answered with a status that is a failure.
    Resource,
    /// A person must log in: no login is kept or it has ended, and nobody could be asked or nobody finished in time.
    Login,
    /// A token was read and fails a check that was asked for.
    Check,
    /// `exec`: the command is there but cannot be run.
    NotExecutable,
    /// `exec`: there is no such command.
    NotFound,
}

impl Class {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Bug => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::BadResponse => 4,
            Self::Unreached => 5,
            Self::Unavailable => 6,
            Self::Output => 7,
            Self::Resource => 8,
            Self::Login => 9,
            Self::Check => 10,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        const ALL: [Class; 12] = [
            Class::Bug,
            Class::Usage,
            Class::Refused,
            Class::BadResponse,
            Class::Unreached,
            Class::Unavailable,
            Class::Output,
            Class::Resource,
            Class::Login,
            Class::Check,
            Class::NotExecutable,
            Class::NotFound,
        ];
        ALL.into_iter().find(|class| class.name() == name)
    }

    /// Its name in an error that is JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::BadResponse => "bad_response",
            Self::Unreached => "unreached",
            Self::Unavailable => "unavailable",
            Self::Output => "output",
            Self::Resource => "resource",
            Self::Login => "login",
            Self::Check => "check",
            Self::NotExecutable => "not_executable",
            Self::NotFound => "not_found",
        }
    }
}

/// What went wrong. Its texts may quote others, and are not fit to be shown before they have been searched for secrets.
#[derive(Debug)]
pub struct Problem {
    /// What kind of thing.
    pub class: Class,
    /// What failed, and down its chain why.
    error: anyhow::Error,
    /// What more is known of it.
    causes: Vec<String>,
    /// What can be done about it.
    pub hints: Vec<String>,
    /// For scripts.
    pub details: Box<Details>,
    /// What it quotes of an answer has lost its secrets already, or it quotes nothing.
    pub is_searched: bool,
    /// A request failed, which may have gone out more than once.
    pub is_of_request: bool,
    /// Nobody is there who wants to hear of it: the reader of a pipe went away.
    pub is_untold: bool,
}

/// What a script wants to know besides.
#[derive(Debug, Default)]
pub struct Details {
    /// The answer's status.
    pub http_status: Option<u16>,
    /// The members of an OAuth error answer (RFC 6749 §5.2).
    pub oauth: Option<Value>,
    /// An API's answer, as JSON.
    pub response: Option<String>,
}

impl Problem {
    /// A problem that `error` is, with all that stands in its chain.
    pub fn new(class: Class, error: impl Into<anyhow::Error>) -> Self {
        Self {
            class,
            error: error.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            details: Box::default(),
            is_searched: false,
            is_of_request: false,
            is_untold: false,
        }
    }

    /// A problem that these words tell whole.
    pub fn in_words(class: Class, message: impl Into<String>) -> Self {
        Self::new(class, anyhow::Error::msg(message.into()))
    }

    /// A command line, a setting or an input that makes no sense: what is wrong, and what to do.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::in_words(Class::Usage, message).hint(hint)
    }

    /// What cannot be.
    pub fn bug(error: impl Into<anyhow::Error>) -> Self {
        Self::new(Class::Bug, error).hint("this is a fault of oauth2tok; please report it")
    }

    /// What was being done stands in front of what failed.
    #[must_use]
    pub fn context(mut self, what: impl Into<String>) -> Self {
        self.error = self.error.context(what.into());
        self
    }

    /// Adds what else is known of it.
    #[must_use]
    pub fn causes(mut self, causes: impl IntoIterator<Item = String>) -> Self {
        self.causes.extend(causes);
        self
    }

    /// Adds what can be done about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds several.
    #[must_use]
    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// The same where the system lacks something: `class` says what could not be done for that, and all other advice is void.
    #[must_use]
    pub fn for_want_of(mut self, shortage: Option<Shortage>, class: Class) -> Self {
        if let Some(shortage) = shortage {
            self.class = class;
            self.hints = vec![shortage.hint().to_owned()];
        }
        self
    }

    /// What it quotes needs no search for secrets any more.
    #[must_use]
    pub fn searched(mut self) -> Self {
        self.is_searched = true;
        self
    }

    /// What failed is a request: it is told how often it went out.
    #[must_use]
    pub fn of_request(self) -> Self {
        Self { is_of_request: true, ..self }
    }

    /// What failed.
    pub fn message(&self) -> String {
        self.error.to_string()
    }

    /// Why, from the outside in, and what else is known.
    pub fn why(&self) -> Vec<String> {
        self.error.chain().skip(1).map(ToString::to_string).chain(self.causes.iter().cloned()).collect()
    }
}

/// What the system has too little of for this run: there is a limit, or that is all there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// ENOMEM, ENOBUFS
    Memory,
    /// EMFILE: of this process.
    Descriptors,
    /// ENFILE: of the whole system.
    SystemDescriptors,
    /// EAGAIN, of a thread or process that was to start.
    Threads,
}

impl Shortage {
    /// What `error` comes of, where that is a shortage.
    pub fn of(error: &io::Error) -> Option<Self> {
        #[cfg(unix)]
        {
            use rustix::io::Errno;
            match Errno::from_io_error(error)? {
                Errno::NOMEM | Errno::NOBUFS => Some(Self::Memory),
                Errno::MFILE => Some(Self::Descriptors),
                Errno::NFILE => Some(Self::SystemDescriptors),
                _ => None,
            }
        }
        #[cfg(not(unix))]
        (error.kind() == io::ErrorKind::OutOfMemory).then_some(Self::Memory)
    }

    /// The same for a thread or a process that could not be started: "again" means another thing where something is read.
    pub fn of_start(error: &io::Error) -> Option<Self> {
        if error.kind() == io::ErrorKind::WouldBlock { Some(Self::Threads) } else { Self::of(error) }
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Memory => {
                "raise the limit on memory (ulimit -v), or try again when the system has more of it to give"
            }
            Self::Descriptors => {
                "raise the limit on open files (ulimit -n); a batch needs fewer of them with fewer --jobs"
            }
            Self::SystemDescriptors => "the whole system has too many files open: try again when there are fewer",
            Self::Threads => {
                "raise the limits on processes (ulimit -u) and memory (ulimit -v); a batch needs fewer threads with fewer --jobs"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_being_done_stands_in_front_of_what_failed() {
        let error = anyhow::Error::msg("no route").context("cannot connect");
        let problem = Problem::new(Class::Unreached, error).causes(["it is far".to_owned()]).context("no token");
        assert_eq!(problem.message(), "no token");
        assert_eq!(problem.why(), ["cannot connect", "no route", "it is far"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_shortage_is_told_by_its_number() {
        use rustix::io::Errno;
        for (number, of, of_start) in [
            (Errno::NOMEM, Some(Shortage::Memory), Some(Shortage::Memory)),
            (Errno::MFILE, Some(Shortage::Descriptors), Some(Shortage::Descriptors)),
            (Errno::NFILE, Some(Shortage::SystemDescriptors), Some(Shortage::SystemDescriptors)),
            (Errno::AGAIN, None, Some(Shortage::Threads)),
            (Errno::NOENT, None, None),
        ] {
            let error = io::Error::from(number);
            assert_eq!((Shortage::of(&error), Shortage::of_start(&error)), (of, of_start), "{error}");
        }
        let problem = Problem::usage("no", "check it").for_want_of(Some(Shortage::Memory), Class::Output);
        assert_eq!(
            (problem.class, problem.hints.as_slice()),
            (Class::Output, [Shortage::Memory.hint().into()].as_slice())
        );
    }

    #[test]
    fn the_worse_class_has_the_higher_exit_code() {
        let classes = [
            Class::Usage,
            Class::NotFound,
            Class::Check,
            Class::Login,
            Class::Bug,
            Class::Output,
            Class::Refused,
            Class::NotExecutable,
        ];
        for (one, other) in classes.iter().flat_map(|one| classes.iter().map(move |other| (one, other))) {
            assert_eq!(one.cmp(other), one.exit_code().cmp(&other.exit_code()), "{one:?} {other:?}");
        }
    }
}
