//! JSON that keeps what the server wrote: member order, number text and duplicates survive.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::reformat;

/// So many items and members of nested arrays and objects are read as values.
const ROOM: usize = 1 << 14;

/// The members of a JSON object in the server's order, each value in the server's own text.
#[derive(Debug, Clone, Default)]
pub struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// Reads an object. `None` where the text is JSON of another kind.
    ///
    /// # Errors
    /// Text that is not JSON, is nested deeper than 128 levels, or holds a lone surrogate.
    pub fn parse(text: &str) -> Result<Option<Self>, serde_json::Error> {
        // The strict reading first: RawValue alone would let nested values through unread.
        super::check(text)?;
        if text.trim_start().starts_with('{') { serde_json::from_str(text).map(Some) } else { Ok(None) }
    }

    /// Members made from plain text values, for an answer that was not JSON.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut members = Self::default();
        for (name, value) in pairs {
            members.push(&name, &Value::String(value));
        }
        members
    }

    /// Appends a member.
    pub fn push(&mut self, name: &str, value: &Value) {
        if let Ok(raw) = serde_json::value::to_raw_value(value) {
            self.0.push((name.to_owned(), raw));
        }
    }

    /// Gives the members of that name another value, in their place.
    pub fn replace(&mut self, name: &str, value: &Value) {
        if let Ok(raw) = serde_json::value::to_raw_value(value) {
            self.0.iter_mut().filter(|(n, _)| n == name).for_each(|(_, old)| old.clone_from(&raw));
        }
    }

    /// Takes every member of that name out.
    pub fn remove(&mut self, name: &str) {
        self.retain(|n| n != name);
    }

    /// Keeps the members of such names.
    pub fn retain(&mut self, is_such: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| is_such(name));
    }

    /// Appends a member whose value is JSON text, kept as it is written. What is not JSON becomes a string.
    pub fn push_raw(&mut self, name: &str, json: &str) {
        match RawValue::from_string(json.to_owned()) {
            Ok(raw) => self.0.push((name.to_owned(), raw)),
            Err(_) => self.push(name, &Value::from(json)),
        }
    }

    /// Puts a value that is JSON text under `name`, in the place of the member that is there already, or at the end.
    pub fn set_raw(&mut self, name: &str, json: &str) {
        let before = self.0.len();
        self.push_raw(name, json);
        if let Some(at) = self.0[..before].iter().position(|(n, _)| n == name) {
            self.0.swap_remove(at);
        }
    }

    /// The first member of that name, read as a value. Of what is in it, so much is read as anybody could mean.
    pub fn get(&self, name: &str) -> Option<Value> {
        super::bounded(self.raw(name)?, &Cell::new(ROOM))
    }

    /// The first member of that name, if it is a string.
    pub fn string(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The first member of that name in the server's own text.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, raw)| raw.get())
    }

    /// What stands where a pointer points to (RFC 6901), in the server's own text.
    pub fn at(&self, pointer: &str) -> Option<String> {
        if pointer.is_empty() {
            return Some(self.to_line());
        }
        let mut steps = steps(pointer)?;
        let mut text = self.raw(&steps.next()?)?.to_owned();
        for step in steps {
            text = if text.starts_with('[') {
                let is_index = step == "0" || !step.starts_with('0') && step.bytes().all(|b| b.is_ascii_digit());
                let items: Vec<Box<RawValue>> = serde_json::from_str(&text).ok()?;
                items.get(step.parse::<usize>().ok().filter(|_| is_index)?)?.get().to_owned()
            } else {
                Self::parse(&text).ok()??.raw(&step)?.to_owned()
            };
        }
        Some(text)
    }

    /// The member of that name, or what it points to (RFC 6901) if it begins with a slash, in the server's own text.
    pub fn named(&self, name: &str) -> Option<String> {
        let pointed = || self.at(name).filter(|_| name.starts_with('/'));
        self.raw(name).map(str::to_owned).or_else(pointed)
    }

    /// What a pointer points to, read as a value. Of what is in it, so much is read as anybody could mean.
    pub fn get_at(&self, pointer: &str) -> Option<Value> {
        super::bounded(&self.at(pointer)?, &Cell::new(ROOM))
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The members in order, each in the server's own text.
    pub fn raws(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, raw)| (name.as_str(), raw.get()))
    }

    /// The members in order, each read as a value. Of what is in all of them together, so much is read as anybody could mean.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        let room = Cell::new(ROOM);
        self.0.iter().filter_map(move |(name, raw)| Some((name.as_str(), super::bounded(raw.get(), &room)?)))
    }

    /// A name that stands more than once.
    pub fn first_duplicate(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        self.names().find(|name| !seen.insert(*name))
    }

    /// The object as text, on one line or indented.
    pub fn to_text(&self, pretty: bool) -> String {
        reformat(&self.to_line(), pretty)
    }

    /// The object as text whose values are untouched: what stood on one line does so again.
    pub fn to_line(&self) -> String {
        let mut text = String::from("{");
        for (index, (name, raw)) in self.0.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push(':');
            text.push_str(raw.get());
        }
        text.push('}');
        text
    }
}

/// The names that a pointer leads along (RFC 6901 §4), if it leads anywhere.
pub fn steps(pointer: &str) -> Option<impl Iterator<Item = String>> {
    Some(pointer.strip_prefix('/')?.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")))
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(entry) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push(entry);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_number_text_and_unknown_members_survive() {
        let text =
            r#"{ "z" : 2.50, "a": 123456789012345678901234567890, "e":1E+05, "n": {"b": [ 1 , {} , [ ] ], "a":null} }"#;
        let members = Members::parse(text).unwrap().unwrap();
        assert_eq!(
            members.to_text(false),
            r#"{"z":2.50,"a":123456789012345678901234567890,"e":1E+05,"n":{"b":[1,{},[]],"a":null}}"#
        );
    }

    #[test]
    fn pretty_text_reads_back_as_the_same_object() {
        let text = r#"{"a":{"b":[1,2],"c":{}},"d":"x: {y}, \"z\""}"#;
        let members = Members::parse(text).unwrap().unwrap();
        let pretty = members.to_text(true);
        assert_eq!(pretty.lines().nth(1), Some("  \"a\": {"));
        assert_eq!(serde_json::from_str::<Value>(&pretty).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn characters_that_steer_a_terminal_come_out_as_escapes() {
        let members = Members::parse("{\"a\":\"x\u{9b}\u{202e}\u{7f}\u{e0041}\"}").unwrap().unwrap();
        assert_eq!(members.to_text(false), r#"{"a":"x\u009b\u202e\u007f\udb40\udc41"}"#);
    }

    #[test]
    fn what_is_not_strict_json_is_refused() {
        for text in ["", "{", "{}x", r#"{"a":"\ud800"}"#, r#"{"a":01}"#, "{\"a\":\"\n\"}"] {
            assert!(Members::parse(text).is_err(), "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Members::parse(&deep).is_err());
        assert!(Members::parse("[1]").unwrap().is_none());
    }

    #[test]
    fn a_duplicate_is_found() {
        let members = Members::parse(r#"{"a":1,"b":2,"\u0061":3}"#).unwrap().unwrap();
        assert_eq!(members.first_duplicate(), Some("a"));
    }
}
