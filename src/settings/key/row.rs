//! What a row of the table of settings holds. Rows are static: they cost nothing until somebody asks.

use std::fmt;

use super::Key;
use crate::oauth::grant::OtherNames;

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One text.
    Text,
    /// One text; a profile may write it as a list of pairs too.
    Ranges,
    /// A path; a leading `~/` is the home directory.
    Path,
    /// A URL; some hold what is not shown.
    Url,
    /// A secret's source.
    Secret,
    /// Secrets' sources by name.
    Secrets,
    /// A command and its words.
    Command,
    /// JSON values by name.
    Claims,
    /// A JSON text, or a file with one.
    Json,
    /// Several texts; the separator splits a single text into them.
    List(Separator),
    /// Texts by name.
    Map {
        /// What stands between name and value where both are in one text.
        assign: char,
    },
    /// `true` or `false`.
    Switch,
    /// A time span such as `30s`.
    Duration,
    /// A time span that may be negative: `-90s`.
    Offset,
    /// A whole number.
    Count,
    /// One of some names.
    Choice(Choice),
}

/// What separates the items of a list that is written as one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// A space, and no other white space (RFC 6749 §3.3).
    Space,
    /// A line end: items may hold spaces.
    Line,
}

/// The names that a choice is between. A function tells them, so that they may be those of things described elsewhere.
#[derive(Clone, Copy)]
pub struct Choice {
    names: fn() -> Vec<&'static str>,
    others: fn() -> Option<OtherNames>,
}

impl Choice {
    /// One of these names and no other.
    pub const fn of(names: fn() -> Vec<&'static str>) -> Self {
        Self { names, others: || None }
    }

    /// One of these names, or another one that `others` allows: one that is nearly known is taken for a slip.
    pub const fn open(names: fn() -> Vec<&'static str>, others: fn() -> Option<OtherNames>) -> Self {
        Self { names, others }
    }

    /// The known names.
    pub fn names(self) -> Vec<&'static str> {
        (self.names)()
    }

    /// Which other names are taken too, if any are.
    pub fn others(self) -> Option<OtherNames> {
        (self.others)()
    }
}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        self.others().is_some() == other.others().is_some() && self.names() == other.names()
    }
}

impl Eq for Choice {}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice").field("names", &self.names()).field("others", &self.others()).finish()
    }
}

/// Who may set a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// Flag, environment and profile.
    Everywhere,
    /// Flag and environment: it chooses the profile, or is about one run.
    Run,
    /// Environment and profile: it is about a server that goes its own way, and as lasting as that.
    Unflagged,
    /// The profile alone.
    ProfileAlone,
    /// The flag alone: nothing that lies around may switch it on.
    FlagAlone,
}

/// A name as it is written in profiles and in flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// With underscores: `client_id`.
    pub key: &'static str,
    /// With hyphens, and none in front: `client-id`.
    pub flag: &'static str,
}

/// The [`Word`] of a profile key.
macro_rules! word {
    ($key:literal) => {{
        const HYPHENATED: [u8; $key.len()] = $crate::settings::key::row::hyphenated($key.as_bytes());
        Word {
            key: $key,
            flag: match str::from_utf8(&HYPHENATED) {
                Ok(flag) => flag,
                Err(_) => $key,
            },
        }
    }};
}
pub(super) use word;

pub(super) const fn hyphenated<const N: usize>(name: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let mut at = 0;
    while at < N {
        out[at] = if name[at] == b'_' { b'-' } else { name[at] };
        at += 1;
    }
    out
}

/// A line of help, which may be composed of what is described elsewhere.
#[derive(Debug, Clone, Copy)]
pub enum Help {
    /// As it stands.
    Text(&'static str),
    /// Composed when somebody asks.
    Made(fn() -> String),
}

impl Help {
    /// The text.
    pub fn text(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Made(make) => make(),
        }
    }
}

/// The commands that take a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// All of them: what is told on stderr, and how.
    Every,
    /// Those that need a token, or what decides which one.
    Fetch,
    /// The one without a name, which prints the token.
    Main,
    /// `request`.
    Api,
    /// `login`.
    Login,
    /// A few, each of which says so itself.
    Few,
}

/// The section of the help that a flag stands in, in the order of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "their headings say what they are")]
pub enum HelpSection {
    Profile,
    Server,
    Grant,
    Login,
    Client,
    Keys,
    Cache,
    Http,
    Request,
    Diagnosis,
    Output,
}

impl HelpSection {
    /// The heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Profile => "Profile",
            Self::Server => "Server",
            Self::Grant => "Grant",
            Self::Login => "Login",
            Self::Client => "Client",
            Self::Keys => "Keys and assertions",
            Self::Cache => "Cache",
            Self::Http => "HTTP",
            Self::Request => "Request",
            Self::Diagnosis => "Diagnosis",
            Self::Output => "Output",
        }
    }
}

/// What the command line says of a setting.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Which commands take it.
    pub on: On,
    /// Where it stands in their help; flags of one section stand in the order of [`On`], then of the table.
    pub section: HelpSection,
    /// What its value is called; nothing for a switch.
    pub value: &'static str,
    /// The line of the help.
    pub help: Help,
    /// The paragraph that `--help` has below it.
    pub more: Option<Help>,
    /// Its name where that is not the setting's; a profile may use it too.
    pub named: Option<Word>,
    /// A second name; a profile may use it too.
    pub alias: Option<Word>,
    /// Its letter.
    pub short: Option<char>,
    /// The flag that says no, with its line of the help. Of the two the last one counts.
    pub negated: Option<(Word, &'static str)>,
    /// A setting that cannot be given with it.
    pub excludes: Option<Key>,
    /// Its value may begin with a hyphen.
    pub hyphens: bool,
}

impl Flag {
    pub(super) const fn new(on: On, section: HelpSection, value: &'static str, help: &'static str) -> Self {
        Self {
            on,
            section,
            value,
            help: Help::Text(help),
            more: None,
            named: None,
            alias: None,
            short: None,
            negated: None,
            excludes: None,
            hyphens: false,
        }
    }

    pub(super) const fn made(self, help: fn() -> String) -> Self {
        Self { help: Help::Made(help), ..self }
    }

    pub(super) const fn more(self, more: &'static str) -> Self {
        Self { more: Some(Help::Text(more)), ..self }
    }

    pub(super) const fn named(self, named: Word) -> Self {
        Self { named: Some(named), ..self }
    }

    pub(super) const fn alias(self, alias: Word) -> Self {
        Self { alias: Some(alias), ..self }
    }

    pub(super) const fn short(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }

    pub(super) const fn negated(self, word: Word, help: &'static str) -> Self {
        Self { negated: Some((word, help)), ..self }
    }

    pub(super) const fn excludes(self, other: Key) -> Self {
        Self { excludes: Some(other), ..self }
    }

    pub(super) const fn hyphens(self) -> Self {
        Self { hyphens: true, ..self }
    }

    pub(super) const fn some(self) -> Option<Self> {
        Some(self)
    }
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// The profile key; the flag is the same with hyphens, unless the row says otherwise.
    pub name: Word,
    /// What it holds.
    pub kind: Kind,
    /// Who may set it.
    pub set_by: SetBy,
    /// One line for the schema.
    pub about: &'static str,
    /// Its flag, if it has one.
    pub flag: Option<Flag>,
}

impl Setting {
    /// What its flag and variable are called.
    pub fn word(&self) -> Word {
        self.flag.and_then(|flag| flag.named).unwrap_or(self.name)
    }
}
