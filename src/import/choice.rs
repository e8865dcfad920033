//! One of several token requests in a configuration: what each is called, and which is meant. Pure.

use std::collections::{HashMap, HashSet};

use super::document::{Found, Step};
use super::{MOST, Unreadable};
use crate::settings::foreign;

/// How many an error lists.
const TOLD: usize = 10;

/// The longest place that is told (bytes).
const LONGEST: usize = 120;

/// A part of a configuration that describes a token request.
pub(super) struct Block<T> {
    /// What its user calls it or what holds it, where that is a plain word.
    name: Option<String>,
    /// Where it stands. No two have the same.
    place: String,
    /// The part itself.
    of: T,
}

impl<T> Block<T> {
    /// `name` is what its user calls it; what is no plain word may be a secret and is no name.
    pub(super) fn new(name: Option<&str>, place: String, of: T) -> Self {
        Self { name: name.filter(|name| foreign::is_plain(name)).map(str::to_owned), place, of }
    }
}

impl<'a> Block<Found<'a>> {
    /// Something that was found in a document, with the path to it as its place.
    pub(super) fn found(found: Found<'a>) -> Self {
        let mut place = String::new();
        for step in &found.path {
            match step {
                _ if place.len() > LONGEST => {}
                Step::Item(index) => place.push_str(&format!("[{index}]")),
                Step::Member(name) => {
                    place.push_str(if place.is_empty() { "" } else { "." });
                    place.push_str(if foreign::is_plain(name) { name } else { "…" });
                }
            }
        }
        Self::new(found.name, place, found)
    }
}

/// The block that is meant: the only one, or the one that `wanted` names. `kind` says in the plural what they are.
///
/// # Errors
/// Several, of which none is named; a name that none has, or several.
pub(super) fn choose<T>(blocks: Vec<Block<T>>, wanted: Option<&str>, kind: &str) -> Result<T, Unreadable> {
    if blocks.len() > MOST {
        let what = format!("there are more than {MOST} {kind} in it");
        return Err(Unreadable::new(what, "give a part of it"));
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in blocks.iter().filter_map(|block| block.name.as_deref()) {
        *counts.entry(name).or_default() += 1;
    }
    // A name that several have says nothing.
    let called = |block: &Block<T>| {
        block.name.clone().filter(|name| counts.get(name.as_str()) == Some(&1)).unwrap_or_else(|| block.place.clone())
    };
    let calls: Vec<String> = blocks.iter().map(called).collect();
    let is_meant =
        |(block, call): &(&Block<T>, &String)| wanted.is_none_or(|wanted| *wanted == **call || wanted == block.place);
    let meant: HashSet<usize> =
        blocks.iter().zip(&calls).enumerate().filter(|(_, pair)| is_meant(pair)).map(|(at, _)| at).collect();
    if meant.len() == 1 {
        let one = blocks.into_iter().enumerate().find(|(at, _)| meant.contains(at));
        return one.map(|(_, block)| block.of).ok_or_else(|| Unreadable::new("there is none", "give another file"));
    }
    let told: Vec<&str> = calls.iter().take(TOLD).map(String::as_str).collect();
    let more = if calls.len() > TOLD { ", …" } else { "" };
    let list = format!("{}{more}", told.join(", "));
    let example = told.first().copied().unwrap_or_default();
    let example = if example.contains(['[', ' ', '…']) { format!("'{example}'") } else { example.to_owned() };
    let hint = format!("a file holds one profile: choose one, such as --name {example}");
    Err(match wanted {
        None => Unreadable::new(format!("there are {} {kind} in it: {list}", calls.len()), hint),
        Some(_) => Unreadable::new(format!("--name names none of the {kind} in it: {list}"), hint),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(of: &[(Option<&str>, &str)]) -> Vec<Block<usize>> {
        of.iter().enumerate().map(|(at, (name, place))| Block::new(*name, (*place).to_owned(), at)).collect()
    }

    #[test]
    fn the_only_one_or_the_named_one_is_meant() {
        let two = [(Some("api"), "a[0]"), (Some("web"), "a[1]")];
        let same = [(Some("api"), "a[0]"), (Some("api"), "a[1]"), (Some("s3cret word"), "a[2]")];
        let of = |of: &[(Option<&str>, &str)], wanted| choose(blocks(of), wanted, "blocks").map_err(|error| error.what);
        let listed = |list: &str| format!("there are 2 blocks in it: {list}");
        for (given, wanted, expected) in [
            (&two[..1], None, Ok(0)),
            (&two[..1], Some("api"), Ok(0)),
            (&two[..], Some("web"), Ok(1)),
            (&two[..], Some("a[1]"), Ok(1)),
            (&two[..], None, Err(listed("api, web"))),
            (&two[..1], Some("web"), Err("--name names none of the blocks in it: api".into())),
            (&same[..2], None, Err(listed("a[0], a[1]"))),
            (&same[..], Some("a[1]"), Ok(1)),
            (&same[..], Some("api"), Err("--name names none of the blocks in it: a[0], a[1], a[2]".into())),
        ] {
            assert_eq!(of(given, wanted), expected, "{wanted:?}");
        }
    }
}
