//! Foreign words made comparable: what servers call by the same words they spell in many ways.

/// A text as words in small letters with one space between them, and at both ends: `invalid_client`, `InvalidClient` and
/// `Invalid client.` are all ` invalid client `.
pub(super) struct Words(String);

impl Words {
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = String::from(" ");
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            // No word of one text goes with the next one's.
            words.push_str(if words.len() > 1 { "/ " } else { "" });
            // An address says nothing of what is wrong; Entra's ending of a scope does.
            let text: String = text.split_inclusive(' ').filter(|part| !part.contains("://")).collect();
            let mut before = ' ';
            let text = text.replace(".default", " dotdefault");
            let mut rest = text.chars().peekable();
            while let Some(c) = rest.next() {
                let begins = c.is_ascii_uppercase() && rest.peek().is_some_and(char::is_ascii_lowercase);
                let is_seam = begins && before.is_ascii_lowercase();
                if (is_seam || !c.is_alphanumeric()) && !words.ends_with(' ') {
                    words.push(' ');
                }
                if c.is_alphanumeric() {
                    words.extend(c.to_lowercase());
                }
                before = c;
            }
            if !words.ends_with(' ') {
                words.push(' ');
            }
        }
        Self(words)
    }

    /// True where one of the alternatives stands in it; `|` is between them. A space at an end of one is the end of a word.
    pub(super) fn speak_of(&self, alternatives: &str) -> bool {
        alternatives.split('|').any(|one| self.0.contains(one))
    }

    /// True where it is these words and no others.
    pub(super) fn are(&self, words: &str) -> bool {
        self.0.trim() == words
    }

    /// The first of `names` that stands in it as a word or as words.
    pub(super) fn first_of<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        let found = names.into_iter().filter_map(|name| Some((self.0.find(&*Self::of([name]).0)?, name)));
        found.min_by_key(|(at, _)| *at).map(|(_, name)| name)
    }

    /// The rest of the word that begins so.
    pub(super) fn rest_of(&self, beginning: &str) -> Option<&str> {
        self.0.split_once(beginning)?.1.split(' ').next()
    }
}

/// Names for a message, as many as can be read.
pub(super) fn list(names: &[String]) -> String {
    const MOST: usize = 12;
    let mut text = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        text.push_str(", …");
    }
    text
}

/// What an answer says.
pub(super) struct Said<'a> {
    pub(super) status: u16,
    pub(super) code: &'a Words,
    pub(super) words: &'a Words,
    /// The same as it came, addresses and all.
    pub(super) raw: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_in_many_spellings_is_the_same_words() {
        for text in ["invalid_client", "InvalidClient", "Invalid client.", "  INVALID-CLIENT", "oauth.v2.InvalidClient"]
        {
            assert!(Words::of([text]).speak_of("valid grant| invalid client "), "{text}");
        }
        assert!(Words::of(["AADSTS700016: x"]).speak_of(" aadsts700016 "));
        assert!(!Words::of(["AADSTS7000161: x"]).speak_of(" aadsts700016 "));
        assert_eq!(
            Words::of(["supports 'client_secret_post', but 'client_secret_basic'"]).first_of([
                "client_secret_basic",
                "client_secret_post",
                "none"
            ]),
            Some("client_secret_post")
        );
    }
}
