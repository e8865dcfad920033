//! Foreign JSON, read as it goes by: what is built of it is bounded, whatever is in it. A tree of all of it would take a
//! hundred times its size in memory.

mod layout;
mod members;
mod pieces;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Map, Number, Value};

pub use layout::reformat;
pub use members::{Members, steps};
pub use pieces::{Piece, duplicate, pieces};

/// serde_json hands a number over as a map of one member with this name where only that keeps its text.
const NUMBER: &str = "$serde_json::private::Number";

/// An object with these members. Collecting them would sort them first, and a sort of its own comes into the program with each
/// place where that is done.
pub fn object(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    let mut object = Map::new();
    object.extend(members);
    Value::Object(object)
}

/// The texts of a list.
pub fn texts(list: Option<Value>) -> Vec<String> {
    let Some(Value::Array(items)) = list else { return Vec::new() };
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Checks that `text` is JSON to the letter (RFC 8259): nothing behind it, no lone surrogate, no deeper than 128 levels.
///
/// # Errors
/// Where it is not, and why; none of the text is quoted.
pub fn check(text: &str) -> Result<(), Error> {
    texts_under(text.as_bytes(), &|_| false, &mut |_| {})
}

/// Tells the texts, and the numbers as text, that stand anywhere below a member with such a name.
///
/// # Errors
/// As [`check`]; what stands before the fault has been told.
pub fn texts_under(json: &[u8], is_such: &dyn Fn(&str) -> bool, tell: &mut dyn FnMut(&str)) -> Result<(), Error> {
    let text = String::from_utf8_lossy(json);
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    Texts { such: false, is_such, tell }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    match text {
        Cow::Borrowed(_) => Ok(()),
        Cow::Owned(_) => Err(Error::custom("it is not UTF-8")),
    }
}

struct Texts<'a> {
    such: bool,
    is_such: &'a dyn Fn(&str) -> bool,
    tell: &'a mut dyn FnMut(&str),
}

impl Texts<'_> {
    fn within(&mut self, name: &str) -> Texts<'_> {
        Texts { such: self.such || (self.is_such)(name), is_such: self.is_such, tell: &mut *self.tell }
    }

    fn text(self, text: &str) {
        if self.such {
            (self.tell)(text);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Texts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.text(&number.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.text(&number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.text(&number.to_string());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.within(""))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            members.next_value_seed(self.within(&name))?;
        }
        Ok(())
    }
}

/// Reads `text` as a value. Each item and member that is kept takes one off `room`; when that is used up, arrays and objects
/// end early, and what is left of them is read loosely. `None` where the text is not JSON.
pub fn bounded(text: &str, room: &Cell<usize>) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Bounded(room).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok().map(|()| value)
}

#[derive(Clone, Copy)]
struct Bounded<'a>(&'a Cell<usize>);

impl Bounded<'_> {
    fn has_room(self) -> bool {
        let room = self.0.get();
        self.0.set(room.saturating_sub(1));
        room > 0
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        loop {
            if !self.has_room() {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
            match items.next_element_seed(self)? {
                Some(item) => kept.push(item),
                None => break,
            }
        }
        Ok(kept.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == NUMBER {
                let number = members.next_value::<String>()?.parse::<Number>();
                return number.map(Value::Number).map_err(A::Error::custom);
            }
            if self.has_room() {
                let value = members.next_value_seed(self)?;
                kept.insert(name, value);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(kept.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_to_the_letter_is_json() {
        for text in ["{}", " [1, 2.50e3, \"\\ud83d\\ude00\", null, true] ", "-0", r#"{"a":{"b":[{}]},"a":1}"#] {
            assert!(check(text).is_ok(), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
        for text in ["", "{", "{}x", r#"{"a":"\ud800"}"#, r#"{"\udc00":1}"#, "01", "\"\n\"", "nul", &deep] {
            assert!(check(text).is_err(), "{text}");
            assert_eq!(bounded(text, &Cell::new(1000)), None, "{text}");
        }
    }

    #[test]
    fn texts_under_a_name_are_told_at_any_depth_and_before_a_fault() {
        let json = br#"{"a":"no","x":["1",{"b":"2","x":3.50}],"b":{"x":{"c":[null,true,"4"]}},"x":"5"#;
        let mut told = Vec::new();
        assert!(texts_under(json, &|name| name == "x", &mut |text| told.push(text.to_owned())).is_err());
        assert_eq!(told, ["1", "2", "3.50", "4"]);
    }

    #[test]
    fn a_value_is_built_as_far_as_there_is_room() {
        let text = r#"{"a":[1,2.50,3],"b":{"c":"d"},"e":[[],[[]]]}"#;
        assert_eq!(bounded(text, &Cell::new(100)), serde_json::from_str(text).ok());
        assert_eq!(bounded(text, &Cell::new(3)), serde_json::from_str(r#"{"a":[1,2.50]}"#).ok());
        assert_eq!(bounded("17", &Cell::new(0)), Some(17.into()));
    }
}
