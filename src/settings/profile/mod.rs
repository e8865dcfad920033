//! Config files: YAML to layers, with the place of everything at hand for errors.
//!
//! Values are filled in (`${VAR}`) after the YAML is parsed, so what a variable holds can change no structure. An error
//! shows the line it is about, but no value that may be a secret.

mod bounds;
mod cut;
mod document;
mod extends;
mod fault;
mod fill;
mod place;
mod values;
pub mod write;

use std::cell::{Cell, OnceCell};
use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::env::Environment;
use super::excerpt::{self, shown};
use super::foreign;
use super::key::Key;
use super::yaml::{self, At, Fault, Mapping, Node, Spanned};
use crate::deadline::Deadline;
use crate::files::{self, ReadError};

use bounds::Bounds;
use cut::Needed;
pub use document::Document;
pub use fault::{Faults, ProfileError};
pub use fill::Variables;
pub use place::{default_path, is_path, is_there, look};

/// Far above any real config, far below what hurts (bytes).
const LARGEST: u64 = 4 << 20;

/// Which profiles of a file are read; the others are left out where they can be, which makes a large file cheap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// All of them.
    All,
    /// This one, with those it may extend; the names of all where there is none of its name.
    One(&'a str),
    /// Their names alone.
    Names,
}

/// What stands behind `extends` anywhere in the text: the profiles that another one may need.
fn parents(text: &str) -> HashSet<&str> {
    let found = memchr::memmem::find_iter(text.as_bytes(), "extends");
    let words = found.filter_map(|at| {
        let rest = text.get(at + "extends".len()..)?;
        let rest = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.trim_start();
        let end = rest.find(['\n', '\r', ',', '}', '#']).unwrap_or(rest.len());
        Some(rest[..end].trim().trim_matches(['"', '\'']))
    });
    words.collect()
}

/// A parsed config file.
#[derive(Debug)]
pub struct File {
    name: Arc<str>,
    /// What is read, of which something may have been left out.
    text: String,
    /// All of it, where a profile that another one extends may have been.
    whole: Option<String>,
    defaults: Mapping,
    profiles: Mapping,
    /// Where in `profiles` each stands, by name.
    order: OnceCell<Vec<usize>>,
    bounds: Bounds,
    /// Others than its owner can read it.
    is_open_to_others: bool,
    /// That was told of.
    is_told_of: Cell<bool>,
}

impl File {
    fn new(name: &str, text: String) -> Self {
        Self {
            name: name.into(),
            text,
            whole: None,
            defaults: Vec::new(),
            profiles: Vec::new(),
            order: OnceCell::new(),
            bounds: Bounds::new(),
            is_open_to_others: false,
            is_told_of: Cell::new(false),
        }
    }

    /// Reads and parses a config file: `defaults` and `profiles`.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, or is not such a file.
    pub fn open(path: &Path, wanted: Wanted<'_>, env: &Environment, deadline: &Deadline) -> Result<Self, ProfileError> {
        let Read { name, text, is_open_to_others } = read(path, env, deadline)?;
        Ok(Self { is_open_to_others, ..Self::parse(&name, text, wanted)? })
    }

    /// Parses the text of a config file.
    ///
    /// # Errors
    /// YAML that is malformed, has duplicate keys, nests or repeats beyond reason, or holds anything but `defaults` and
    /// `profiles`.
    pub fn parse(name: &str, text: String, wanted: Wanted<'_>) -> Result<Self, ProfileError> {
        let mut file = match wanted {
            Wanted::All => Self::new(name, text),
            Wanted::Names => Self::new(name, cut::without(&text, &|_| Needed::Name).unwrap_or(text)),
            Wanted::One(own) => {
                let parents = parents(&text);
                let needed = |name: &str| match name == own || parents.contains(name) {
                    true => Needed::Whole,
                    false => Needed::Nothing,
                };
                match cut::without(&text, &needed) {
                    Some(left) => Self { whole: Some(text), ..Self::new(name, left) },
                    None => Self::new(name, text),
                }
            }
        };
        for (key, node) in file.root()? {
            match key.value.as_str() {
                "defaults" => file.defaults = file.mapping(&key, node)?,
                "profiles" => file.profiles = file.mapping(&key, node)?,
                other => {
                    let near = foreign::nearest(other, ["defaults", "profiles"]);
                    let hint = || {
                        match near {
                        Some(near) => format!("did you mean '{near}'?"),
                        None => "a config file holds 'defaults' and 'profiles'; a file with a single profile is given by its path to -p".into(),
                    }
                    };
                    let known = || Key::profile_names().chain(["defaults", "profiles"]);
                    return Err(file.foreign("unknown key", &key, known, hint));
                }
            }
        }
        match (wanted, file.whole.take()) {
            (Wanted::One(own), Some(text)) if !file.has(own) => Self::parse(name, text, Wanted::Names),
            (_, whole) => Ok(Self { whole, ..file }),
        }
    }

    /// Reads and parses a file that holds one profile and nothing else.
    ///
    /// # Errors
    /// As [`File::open`].
    pub fn open_single(path: &Path, env: &Environment, deadline: &Deadline) -> Result<Self, ProfileError> {
        let Read { name, text, is_open_to_others } = read(path, env, deadline)?;
        Ok(Self { is_open_to_others, ..Self::parse_single(&name, text)? })
    }

    /// Parses the text of a file with one profile; it becomes the profile of that file's name.
    ///
    /// # Errors
    /// As [`File::parse`].
    pub fn parse_single(name: &str, text: String) -> Result<Self, ProfileError> {
        let mut file = Self::new(name, text);
        let root = file.root()?;
        if let Some((key, _)) = root.iter().find(|(key, _)| key.value == "profiles") {
            let hint = format!("give it as --config {name} and name one of its profiles with -p");
            return Err(file.at(
                key,
                "this is a config file with several profiles, not one profile".into(),
                Some(hint),
            ));
        }
        // What it lacks would have to be written where it begins.
        let (key, root) = (name.to_owned(), Node::Map(root));
        file.profiles.push((Spanned { value: key, at: At::START }, Spanned { value: root, at: At::START }));
        Ok(file)
    }

    fn root(&self) -> Result<Mapping, ProfileError> {
        let root = self.node()?;
        match root.value {
            Node::Map(map) => Ok(map),
            Node::Null => Ok(Vec::new()),
            Node::List(_) => Err(self.at(&root, "expected keys and values".into(), None)),
            // A single text may be a secret: it is not shown.
            _ => Err(self.at(&root, "expected keys and values".into(), None).without_line()),
        }
    }

    fn node(&self) -> Result<Spanned<Node>, ProfileError> {
        yaml::parse(&self.text).map_err(|Fault { message, at, is_secret }| {
            // Where a quote is open, the fault is seen far from it.
            let quote = || {
                let before = self.text.get(..at.offset).filter(|_| message.contains("quoted scalar"))?;
                excerpt::open_quote(&before[..before.rfind('\n').map_or(0, |end| end + 1)])
            };
            match quote() {
                Some(at) => self.error(at, "this quote is not closed".into()),
                None if is_secret => self.error(at, shown(&message)).without_line(),
                None => self.error(at, shown(&message)),
            }
        })
    }

    /// The names of the profiles, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|(key, _)| key.value.as_str())
    }

    /// The file as it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn mapping(&self, key: &Spanned<String>, node: Spanned<Node>) -> Result<Mapping, ProfileError> {
        match node.value {
            Node::Map(map) => Ok(map),
            Node::Null => Ok(Vec::new()),
            _ => Err(self.at(key, format!("'{}' must hold keys and values", key.value), None)),
        }
    }
}

/// A file that was read.
struct Read {
    /// As it was named.
    name: String,
    text: String,
    is_open_to_others: bool,
}

fn read(path: &Path, env: &Environment, deadline: &Deadline) -> Result<Read, ProfileError> {
    let bytes = read_bytes(path, env, deadline)?;
    let text = text(bytes).map_err(|encoding| fault(path, format!("is not valid {encoding}")))?;
    let is_open_to_others = env.expanded(path).is_ok_and(|path| is_open_to_others(&path));
    Ok(Read { is_open_to_others, name: path.display().to_string(), text })
}

/// The bytes of a config file, whatever its encoding.
///
/// # Errors
/// A file that cannot be read, or is too large.
pub fn read_bytes(path: &Path, env: &Environment, deadline: &Deadline) -> Result<Vec<u8>, ProfileError> {
    let fault = |message| fault(path, message);
    let path = env.expanded(path).map_err(|error| fault(format!("cannot be read: {error}")))?;
    let mut bytes = files::read(&path, LARGEST, deadline).map_err(|error| match error {
        ReadError::Io(error) if error.kind() == ErrorKind::IsADirectory => fault("is a directory".into()),
        ReadError::TooLong { .. } => fault(format!("is {error}")),
        _ => ProfileError { shortage: error.shortage(), ..fault(format!("cannot be read: {error}")) },
    })?;
    Ok(std::mem::take(&mut *bytes))
}

/// What is wrong with a file as a whole.
fn fault(path: &Path, message: String) -> ProfileError {
    let file = path.display().to_string().into();
    ProfileError { file, message, place: None, hint: None, shortage: None, key: None }
}

/// The text of a file in UTF-8, or in the UTF-16 that PowerShell's `>` writes, without its byte order mark.
///
/// # Errors
/// The encoding that it is not.
fn text(bytes: Vec<u8>) -> Result<String, &'static str> {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<_> = bytes[2..].chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map(unit)).collect();
        let units: Result<Vec<_>, _> = units.into_iter().collect();
        units.ok().and_then(|units| String::from_utf16(&units).ok()).ok_or("UTF-16")
    };
    match bytes.as_slice() {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => {
            let text = String::from_utf8(bytes).map_err(|_| "UTF-8")?;
            Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
        }
    }
}

/// True for a file that group or others can read. What is no file, such as a pipe, goes by other rules.
#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests;
