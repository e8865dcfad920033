//! YAML text to a tree of nodes, each with its place.
//!
//! Scalars are the text they were written as, so `0123` and `no` never become numbers or booleans; what a node means is for
//! others to say. The limits are here: text from elsewhere must not cost more than it is worth.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::foreign;
use super::key::Key;
use crate::text::{capped, escaped};

/// At most this much of a profile's name is shown (characters).
const LONGEST_NAME: usize = 200;

/// How many nodes there may be, those that aliases repeat included.
const MOST_NODES: usize = 200_000;

/// How many nodes aliases may repeat, all together: a bomb is made of aliases to aliases.
const MOST_REPEATED: usize = 20_000;

/// How much anchors may keep and aliases may repeat, all together (bytes): one long text is enough for a bomb.
const MOST_COPIED: usize = 32 << 20;

/// What a node takes beside its text (bytes).
const NODE: usize = 64;

/// How deep nodes may nest.
const DEEPEST: usize = 32;

const TOO_DEEP: &str = "values nest too deep here";
const REPEATS: &str = "aliases repeat too much here";

/// A place in the text, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub line: u64,
    /// In characters.
    pub column: u64,
    /// In bytes from the text's beginning, from 0: finding a line again by its number takes a walk through the text.
    pub offset: usize,
}

impl At {
    pub(super) const START: Self = Self { line: 1, column: 1, offset: 0 };
}

impl From<&Marker> for At {
    fn from(marker: &Marker) -> Self {
        Self {
            line: marker.line() as u64,
            column: marker.col() as u64 + 1,
            offset: marker.byte_offset().unwrap_or_default(),
        }
    }
}

/// Something with the place where it was written; for what an alias repeats, that is the place of its anchor.
#[derive(Debug, Clone)]
pub(super) struct Spanned<T> {
    pub value: T,
    pub at: At,
}

/// A node.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// `null`, `~` or nothing.
    Null,
    /// Quoted, in a block, or with a tag.
    Text(String),
    /// As it stands, without quotes.
    Plain(String),
    List(Vec<Spanned<Node>>),
    Map(Mapping),
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Plain(text) => Some(text),
            _ => None,
        }
    }
}

/// Names and values, in the text's order; no name stands in it twice.
pub(super) type Mapping = Vec<(Spanned<String>, Spanned<Node>)>;

/// Why a text is not read.
#[derive(Debug)]
pub(super) struct Fault {
    pub message: String,
    pub at: At,
    /// True where a name on that line may be a secret, so that the line is not shown either.
    pub is_secret: bool,
}

impl Fault {
    fn new(message: impl Into<String>, at: At) -> Self {
        Self { message: message.into(), at, is_secret: false }
    }
}

/// Reads a text: one document.
pub(super) fn parse(text: &str) -> Result<Spanned<Node>, Fault> {
    let mut tree = Tree {
        events: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        nodes: 0,
        bytes: 0,
        repeated: 0,
        copied: 0,
        depth: 0,
        at: At::START,
        tag: At::START,
    };
    tree.document()
}

/// How much there is below a node, itself included.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    bytes: usize,
}

/// Where in the document a mapping stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Profiles,
    Inside,
}

struct Tree<'t> {
    events: Parser<'t, StrInput<'t>>,
    /// What aliases may stand for, and how large it is.
    anchors: BTreeMap<usize, (Rc<Spanned<Node>>, Size)>,
    nodes: usize,
    /// Of texts, names included.
    bytes: usize,
    repeated: usize,
    copied: usize,
    depth: usize,
    /// Where the newest event is.
    at: At,
    /// Where its tag is, if it has one.
    tag: At,
}

impl<'t> Tree<'t> {
    fn document(&mut self) -> Result<Spanned<Node>, Fault> {
        let mut root = Spanned { value: Node::Null, at: At::START };
        let mut documents = 0;
        loop {
            match self.next()? {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) if documents == 1 => {
                    return Err(self.fault("a second document begins here ('---'): a file holds one"));
                }
                Event::DocumentStart(..) => documents += 1,
                event => root = self.node(event, Level::Root)?,
            }
        }
    }

    fn next(&mut self) -> Result<Event<'t>, Fault> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                self.at = At::from(&span.start);
                self.tag = span.tag_start.as_ref().map_or(self.at, At::from);
                Ok(event)
            }
            Some(Err(error)) => Err(unreadable(&error)),
            None => Err(self.fault("the text breaks off")),
        }
    }

    fn fault(&self, message: &str) -> Fault {
        Fault::new(message, self.at)
    }

    /// The node that begins with `event`.
    fn node(&mut self, event: Event<'t>, level: Level) -> Result<Spanned<Node>, Fault> {
        let at = self.at;
        let (nodes, bytes) = (self.nodes, self.bytes);
        self.count(1)?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.bytes += text.len();
                (self.scalar(text, style, tag.as_deref())?, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.descend(tag.as_deref())?;
                (Node::List(self.items()?), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.descend(tag.as_deref())?;
                (Node::Map(self.mapping(level)?), anchor)
            }
            Event::Alias(anchor) => return self.repeat(anchor),
            _ => return Err(self.fault("a value was expected here")),
        };
        let node = Spanned { value, at };
        if anchor != 0 {
            let size = Size { nodes: self.nodes - nodes, bytes: self.bytes - bytes };
            self.copy(size)?;
            self.anchors.insert(anchor, (Rc::new(node.clone()), size));
        }
        Ok(node)
    }

    fn count(&mut self, nodes: usize) -> Result<(), Fault> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES { Err(self.fault("the text has too many values")) } else { Ok(()) }
    }

    /// Says that something is about to stand in memory once more.
    fn copy(&mut self, size: Size) -> Result<(), Fault> {
        self.copied = self.copied.saturating_add(size.bytes).saturating_add(size.nodes.saturating_mul(NODE));
        if self.copied > MOST_COPIED { Err(self.fault(REPEATS)) } else { Ok(()) }
    }

    fn scalar(&self, text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<Node, Fault> {
        self.allow(tag)?;
        Ok(match tag.is_none() && style == ScalarStyle::Plain {
            true if matches!(&*text, "" | "~" | "null" | "Null" | "NULL") => Node::Null,
            true => Node::Plain(text.into_owned()),
            false => Node::Text(text.into_owned()),
        })
    }

    /// A tag would make another type of a value, and values here have none.
    fn allow(&self, tag: Option<&Tag>) -> Result<(), Fault> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() => {
                Err(Fault::new("unsupported tag: values have no types here", self.tag))
            }
            _ => Ok(()),
        }
    }

    fn descend(&mut self, tag: Option<&Tag>) -> Result<(), Fault> {
        self.allow(tag)?;
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.fault(TOO_DEEP)) } else { Ok(()) }
    }

    fn items(&mut self) -> Result<Vec<Spanned<Node>>, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => break,
                event => items.push(self.node(event, Level::Inside)?),
            }
        }
        self.depth -= 1;
        Ok(items)
    }

    fn mapping(&mut self, level: Level) -> Result<Mapping, Fault> {
        let mut entries = Mapping::new();
        let mut seen = HashSet::new();
        let mut merged = Vec::new();
        loop {
            let event = match self.next()? {
                Event::MappingEnd => break,
                event => event,
            };
            let at = self.at;
            let (name, plain) = match event {
                Event::Scalar(text, style, 0, None) => {
                    self.bytes += text.len();
                    (text, style == ScalarStyle::Plain)
                }
                event => match self.node(event, Level::Inside)?.value {
                    Node::Text(text) | Node::Plain(text) => (Cow::Owned(text), false),
                    _ => return Err(Fault::new("a key must be a text", at)),
                },
            };
            let first = self.next()?;
            if plain && name == "<<" {
                merged.push(self.node(first, Level::Inside)?);
                continue;
            }
            let node = match level {
                Level::Root if name == "profiles" => self.node(first, Level::Profiles)?,
                _ => self.node(first, Level::Inside)?,
            };
            if !seen.insert(name.clone()) {
                return Err(duplicate(&name, level, at));
            }
            entries.push((Spanned { value: name.into_owned(), at }, node));
        }
        self.depth -= 1;
        merge(merged, &mut entries)?;
        Ok(entries)
    }

    fn repeat(&mut self, anchor: usize) -> Result<Spanned<Node>, Fault> {
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            return Err(self.fault("this alias stands for something that it is part of"));
        };
        self.repeated += size.nodes;
        if self.repeated > MOST_REPEATED {
            return Err(self.fault(REPEATS));
        }
        self.count(size.nodes)?;
        self.copy(size)?;
        self.bytes += size.bytes;
        Ok(Spanned::clone(&node))
    }
}

/// A name that stands twice. Profiles are called as their user likes; any other name may hold a secret by a slip.
fn duplicate(name: &str, level: Level, at: At) -> Fault {
    if level == Level::Profiles {
        return Fault::new(format!("duplicate key '{}'", capped(&escaped(name), LONGEST_NAME)), at);
    }
    let known = || Key::profile_names().chain(["defaults", "profiles"]);
    Fault {
        message: format!("duplicate key {}", foreign::quoted(name, known())),
        at,
        is_secret: foreign::shown(name, known()) != Some(name),
    }
}

/// `<<`: what other mappings say, where this one says nothing; of several, the first counts.
fn merge(merged: Vec<Spanned<Node>>, entries: &mut Mapping) -> Result<(), Fault> {
    if merged.is_empty() {
        return Ok(());
    }
    let mut seen: HashSet<String> = entries.iter().map(|(name, _)| name.value.clone()).collect();
    for Spanned { value, at } in merged {
        let sources = match value {
            Node::List(items) => items,
            value => vec![Spanned { value, at }],
        };
        for source in sources {
            let Node::Map(more) = source.value else {
                return Err(Fault::new("'<<' takes keys and values, or a list of such", source.at));
            };
            for (name, node) in more {
                if seen.insert(name.value.clone()) {
                    entries.push((name, node));
                }
            }
        }
    }
    Ok(())
}

fn unreadable(error: &ScanError) -> Fault {
    let message = match error.kind() {
        ErrorKind::RecursionLimitExceeded => TOO_DEEP.to_owned(),
        kind => kind.to_string(),
    };
    Fault::new(message.lines().next().unwrap_or_default(), error.marker().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree as text: `~`, `"…"`, `[…]` and `{…}`.
    fn told(node: &Node) -> String {
        match node {
            Node::Null => "~".into(),
            Node::Text(text) | Node::Plain(text) => format!("{text:?}"),
            Node::List(items) => {
                format!("[{}]", items.iter().map(|item| told(&item.value)).collect::<Vec<_>>().join(" "))
            }
            Node::Map(entries) => {
                let told = entries.iter().map(|(name, node)| format!("{}={}", name.value, told(&node.value)));
                format!("{{{}}}", told.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn read(text: &str) -> Result<String, String> {
        parse(text)
            .map(|root| told(&root.value))
            .map_err(|fault| format!("{}:{} {}", fault.at.line, fault.at.column, fault.message))
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(read(text).unwrap_or_else(|error| error), expected, "{text}");
    }

    #[test]
    fn scalars_are_the_text_that_was_written() {
        check(
            "[0123, no, 1e3, 0x1F, 2026-01-01, .inf, a b]",
            r#"["0123" "no" "1e3" "0x1F" "2026-01-01" ".inf" "a b"]"#,
        );
        check("[~, null, NULL, '~', \"null\", nULL]", r#"[~ ~ ~ "~" "null" "nULL"]"#);
        check("a:\nb: |\n  x\n  y\nc: >-\n  x\n  y\nd: \"\\t\"", r#"{a=~ b="x\ny\n" c="x y" d="\t"}"#);
        check("!!str ~", r#""~""#);
        check("", "~");
        check("# nothing\n", "~");
    }

    #[test]
    fn aliases_and_merges_stand_for_what_they_repeat() {
        check("a: &x [1]\nb: *x", r#"{a=["1"] b=["1"]}"#);
        check("a: &x {k: 1, l: 2}\nb: {l: 3, <<: *x}", r#"{a={k="1" l="2"} b={l="3" k="1"}}"#);
        check("a: &x {k: 1}\nb: &y {k: 2, l: 2}\nc:\n  <<: [*x, *y]", r#"{a={k="1"} b={k="2" l="2"} c={k="1" l="2"}}"#);
        check("a: &k key\n*k : 1", r#"{a="key" key="1"}"#);
        check("'<<': 1", r#"{<<="1"}"#);
        check("<<: 1", "1:5 '<<' takes keys and values, or a list of such");
        check("a: &x [*x]", "1:8 this alias stands for something that it is part of");
        check("a: *x", "1:4 while parsing node, found unknown anchor");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_at_its_place() {
        check("scope: 1\n'scope': 2", "2:1 duplicate key 'scope'");
        check("profiles: {a: 1, a: 2}", "1:18 duplicate key 'a'");
        check("client_secret:s3: 1\nclient_secret:s3: 2", "2:1 duplicate key 'client_secret…'");
        check("s3cret: 1\ns3cret: 2", "2:1 duplicate key (not shown: it may be a secret)");
        check("? [a]\n: 1", "1:3 a key must be a text");
        check("a: !!binary aGk=", "1:4 unsupported tag: values have no types here");
        check("a: !x [1]", "1:4 unsupported tag: values have no types here");
        check("a\n---\nb", "2:1 a second document begins here ('---'): a file holds one");
        check(&format!("{}{}", "[".repeat(33), "]".repeat(33)), "1:33 values nest too deep here");
        assert!(read(&format!("{}{}", "[".repeat(32), "]".repeat(32))).is_ok());
    }

    #[test]
    fn what_would_cost_too_much_is_refused() {
        let bomb = format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(1000), "*a,".repeat(30));
        check(&bomb, "2:62 aliases repeat too much here");
        let laughs = (b'a'..b'y').fold("a: &a [x, x]\n".to_owned(), |yaml, c| {
            let (this, next) = (char::from(c), char::from(c + 1));
            yaml + &format!("{next}: &{next} [{}]\n", format!("*{this}, ").repeat(10))
        });
        assert!(read(&laughs).unwrap_err().contains("aliases repeat too much"));
        // One long text, as a value and as a name.
        let long = "x".repeat(500_000);
        for anchor in [format!("'{long}'"), format!("{{? '{long}' : 1}}"), format!("[[['{long}']]]")] {
            let bomb = format!("a: &a {anchor}\nb: [{}]\n", "*a,".repeat(6000));
            assert!(read(&bomb).unwrap_err().contains("aliases repeat too much"));
        }
        let nested = format!("{}'{long}'{}", (0..31).map(|n| format!("&a{n} [")).collect::<String>(), "]".repeat(31));
        assert!(read(&format!("{nested}\n")).is_ok());
        let nested = format!("[{nested}, {}, {}]", nested.replace("&a", "&b"), nested.replace("&a", "&c"));
        assert!(read(&nested).is_err());
        assert!(read(&format!("[{}]", "x,".repeat(MOST_NODES))).unwrap_err().contains("too many values"));
    }
}
