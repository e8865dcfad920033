//! Names that nobody knows: which known one may be meant, and how much of them an error may repeat.
//!
//! One slip makes a secret a part of a name: `client_secret:s3cret` without its space, `--password-s3cret`, a secret where a
//! profile's name belongs. So a foreign name is repeated only as far as it is near a known one. Every message that is about
//! a name that came from elsewhere takes it from [`quoted`].

use crate::text::escaped;

/// Longer names are near to none (characters): comparing takes as long as both lengths multiplied.
const LONGEST: usize = 64;

/// Among more names than this nobody's typing error is looked for.
const MOST: usize = 1000;

/// What stands in place of a name that is near to none.
const NOT_SHOWN: &str = "(not shown: it may be a secret)";

/// A foreign name in quotes, as far as it may be repeated.
pub fn quoted<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let told = told(name, known);
    if told == NOT_SHOWN { told } else { format!("'{told}'") }
}

/// The same without quotes.
pub fn told<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match shown(name, known) {
        Some(part) => format!("{}{}", escaped(part), if part.len() < name.len() { "…" } else { "" }),
        None => NOT_SHOWN.to_owned(),
    }
}

/// The name of a form field or header, in quotes: its user chose it, but a slip shows where it is no plain word.
pub fn of_pair<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    if is_plain(name) { format!("'{name}'") } else { quoted(name, known) }
}

/// True for a word of reasonable length.
pub fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST && name.chars().all(is_part_of_word)
}

/// The part of a foreign name that may be repeated: all of it where it is a known one but for a letter or is a piece of
/// one, else the beginning that is nearest to one.
pub fn shown<'a, 'n>(name: &'n str, known: impl IntoIterator<Item = &'a str>) -> Option<&'n str> {
    let letters = folded(name.chars().take(LONGEST + 4));
    let is_whole = name.chars().nth(letters.len()).is_none();
    let is_word = is_whole && name.chars().all(is_part_of_word);
    let present = letters_of(name);
    let mut best: Option<(usize, usize)> = None;
    for known in known.into_iter().take(MOST) {
        if name == known || is_word && is_piece(name, known) {
            return Some(name);
        }
        // Every letter that is not there at all is a difference, and most names have many.
        let absent = letters_of(known) & !present;
        if absent.count_ones() as usize > (known.len() / 4).max(1) || known.is_empty() || known.len() > LONGEST {
            continue;
        }
        let known = folded(known.chars());
        let within = letters.len().min(known.len() + known.len() / 4 + 1);
        let is_word = is_word && within == letters.len();
        let distances = distances(&letters[..within], &known);
        if is_word && distances.last().is_some_and(|distance| *distance <= usize::from(known.len() > 3)) {
            return Some(name);
        }
        // Of two beginnings that are equally near the shorter one holds less that is foreign.
        let Some((length, distance)) = distances.into_iter().enumerate().min_by_key(|(_, distance)| *distance) else {
            continue;
        };
        let limit = if is_word && length == letters.len() { known.len() / 4 } else { known.len() / 6 };
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, length));
        }
    }
    let (_, length) = best?;
    Some(name.char_indices().nth(length).map_or(name, |(end, _)| &name[..end]))
}

/// The most similar of `names`, if one is similar enough to be meant: a typing error, a part of it, or what `text` begins
/// with.
pub fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let begins = |name: &str| {
        let rest = text.get(name.len()..).filter(|_| text.starts_with(name));
        rest.is_some_and(|rest| !rest.starts_with(is_part_of_word))
    };
    similar(text, names, 4, |name| is_piece(text, name) || begins(name))
}

/// The one of `names` that `text` is a typing error of. Names of their own are further apart: Zoom's `account_credentials`.
pub fn misspelt<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    similar(text, names, 3, |_| false)
}

fn similar<'a>(
    text: &str,
    names: impl IntoIterator<Item = &'a str>,
    most: usize,
    also: impl Fn(&str) -> bool,
) -> Option<&'a str> {
    let limit = (text.chars().take(LONGEST).count() / 3).clamp(1, most);
    let distances = names.into_iter().take(MOST).map(|name| (distance(text, name), name));
    let near = distances.filter(|(distance, name)| distance.is_some_and(|distance| distance <= limit) || also(name));
    near.min_by_key(|(distance, _)| distance.unwrap_or(usize::MAX)).map(|(_, name)| name)
}

/// True where `text` is the beginning or the end of `name`, and long enough to tell something.
fn is_piece(text: &str, name: &str) -> bool {
    text.len() >= 4 && (name.starts_with(text) || name.ends_with(text))
}

/// True for the characters of which names are made.
pub fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Insertions, deletions, replacements and swaps of neighbours between two names (optimal string alignment). `None` where
/// they are more than any typing error apart.
pub(super) fn distance(a: &str, b: &str) -> Option<usize> {
    let (longer, shorter) = if a.len() < b.len() { (b, a) } else { (a, b) };
    // A character has four bytes at most.
    if longer.len() > 4 * LONGEST || longer.chars().count() > shorter.chars().count() + 4 {
        return None;
    }
    distances(&folded(a.chars()), &folded(b.chars())).pop()
}

/// Names differ neither by case nor by the kind of their joints.
fn folded(chars: impl Iterator<Item = char>) -> Vec<char> {
    chars.map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// The letters of a name as bits; two may share one.
fn letters_of(name: &str) -> u64 {
    let bytes = name.bytes().take(4 * LONGEST).map(|byte| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() });
    bytes.fold(0, |letters, byte| letters | 1 << (byte % 64))
}

/// How far each beginning of `name`, the empty one first, is from `known`.
fn distances(name: &[char], known: &[char]) -> Vec<usize> {
    let mut above: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=name.len()).collect();
    for (i, wanted) in known.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, letter) in name.iter().enumerate() {
            let mut least = (last[j] + usize::from(wanted != letter)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *wanted == name[j - 1] && known[i - 1] == *letter {
                least = least.min(above[j - 1] + 1);
            }
            row.push(least);
        }
        above = std::mem::replace(&mut last, row);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::key::KEYS;

    fn names() -> impl Iterator<Item = &'static str> {
        KEYS.iter().map(|key| key.name())
    }

    #[test]
    fn the_nearest_name_is_a_likely_one_or_none() {
        for (text, expected) in [
            ("cliend_id", Some("client_id")),
            ("client-id", Some("client_id")),
            ("clientid", Some("client_id")),
            ("scopes", Some("scope")),
            ("client_secret:s3cret", Some("client_secret")),
            ("sercet", None),
            ("banana", None),
        ] {
            assert_eq!(nearest(text, names()), expected, "{text}");
        }
    }

    #[test]
    fn a_foreign_name_is_repeated_as_far_as_it_is_near_a_known_one() {
        for (text, expected) in [
            ("cliend_id", "'cliend_id'"),
            ("scopes", "'scopes'"),
            ("client-Id", "'client-Id'"),
            ("secret", "'secret'"),
            ("token_endpont", "'token_endpont'"),
            ("client_secret:s3", "'client_secret…'"),
            ("client_secret:s3cret", "'client_secret…'"),
            ("client_sercet:s3cret", "'client_sercet…'"),
            ("client_se cret:s3cret", "'client_se cret…'"),
            ("client_secret s3cret", "'client_secret…'"),
            ("client_secrets3cret", "'client_secret…'"),
            ("client_secret_s3", "'client_secret…'"),
            ("client_secret\u{1b}[31m", "'client_secret…'"),
            ("s3cret", NOT_SHOWN),
            ("s3cret:client_secret", NOT_SHOWN),
            ("banana", NOT_SHOWN),
            ("k3y", NOT_SHOWN),
            ("é", NOT_SHOWN),
            ("", NOT_SHOWN),
        ] {
            assert_eq!(quoted(text, names()), expected, "{text}");
        }
        assert_eq!(quoted(&"s3cret".repeat(100_000), names()), NOT_SHOWN);
        assert_eq!(quoted(&format!("client_secret{}", "x".repeat(100_000)), names()), "'client_secret…'");
    }

    #[test]
    fn names_beyond_reason_are_not_compared() {
        let long = "x".repeat(1 << 20);
        assert_eq!(distance(&long, &long), None);
        let other = format!("{long}y");
        assert_eq!(nearest(&format!("y{long}"), std::iter::repeat_n(other.as_str(), 10_000)), None);
        assert_eq!(distance("abc", "acb"), Some(1));
        assert_eq!(distance("kitten", "sitting"), Some(3));
    }
}
