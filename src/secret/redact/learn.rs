//! What there is to hide in what enters: URLs, names of files, header fields and bodies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

use super::Redactor;
use crate::json::{self, Members};
use crate::secret::Secret;
use crate::secret::names::{is_sensitive_name, secrets_in_query, tokens_in};

impl Redactor {
    /// Hides the texts that stand under the name of a token, at any depth of a JSON text, up to where it is broken.
    pub fn add_tokens_in(&mut self, json: &[u8]) {
        tokens_in(json, &mut |token| self.add(&Secret::new(token)));
        if let Some(pointer) = &self.token_at
            && let Some(members) = str::from_utf8(json).ok().and_then(|text| Members::parse(text).ok()?)
            && let Some(Value::String(token)) = members.get_at(pointer)
        {
            self.add(&Secret::new(token));
        }
    }

    /// Hides what a URL gives away: its credentials, and what stands in its query under names that speak of secrets.
    pub fn add_url(&mut self, url: &str) {
        secrets_in_query(url).for_each(|(_, secret)| self.add(&secret));
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        // A password with a slash in it that nobody encoded ends the authority early, where no port can stand.
        let is_cut = authority.rsplit_once(':').is_some_and(|(_, port)| !port.bytes().all(|b| b.is_ascii_digit()));
        let whole = if is_cut { rest } else { authority };
        let userinfo = authority.rsplit_once('@').or_else(|| whole.rsplit_once('@')).map(|(userinfo, _)| userinfo);
        let Some(userinfo) = userinfo.filter(|userinfo| !userinfo.is_empty()) else { return };
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        self.add(&Secret::new(userinfo));
        match userinfo.split_once(':').filter(|(_, password)| !password.is_empty()) {
            Some((user, password)) => {
                let password = Secret::new(decode(password));
                self.add(&password);
                self.add_basic(&decode(user), &password);
            }
            // Some services take a key as the user's name.
            None => self.add(&Secret::new(decode(userinfo.trim_end_matches(':')))),
        }
    }

    /// Hides what was given for the name of a file and cannot be one: it is what should stand in that file, a private key say.
    pub fn add_path(&mut self, path: &str) {
        // No system has a name longer than this (bytes).
        const LONGEST_NAME: usize = 255;
        let has_such_a_part = || path.split(['/', '\\']).any(|part| part.len() > LONGEST_NAME);
        if path.starts_with("-----BEGIN") || path.contains(char::is_control) || has_such_a_part() {
            self.add(&Secret::new(path));
        }
    }

    /// Hides the value of a header field and the parts that it is made of: what stands behind a scheme's name (RFC 9110
    /// §11.4), what HTTP Basic holds, and each cookie.
    pub fn add_header_value(&mut self, name: &str, value: &str) {
        self.add(&Secret::new(value));
        if let Some((scheme, rest)) = value.split_once(' ') {
            self.add(&Secret::new(rest.trim()));
            let pair = STANDARD.decode(rest.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"));
            let pair = pair.map(Zeroizing::new);
            if let Some((id, secret)) = pair.as_ref().and_then(|pair| std::str::from_utf8(pair).ok()?.split_once(':'))
                && !secret.is_empty()
            {
                let secret = Secret::new(secret);
                self.add(&secret);
                self.add_basic(id, &secret);
            }
        }
        if name.to_ascii_lowercase().contains("cookie") {
            let values = value.split(';').filter_map(|pair| pair.split_once('='));
            values.for_each(|(_, value)| self.add(&Secret::new(value.trim_matches([' ', '"']))));
        }
    }

    /// Hides what stands in a JSON text or in a form under names that speak of secrets.
    pub fn add_body(&mut self, body: &[u8]) {
        let add = &mut |value: &str| {
            if !value.is_empty() {
                self.add(&Secret::new(value));
            }
        };
        if json::texts_under(body, &is_sensitive_name, add).is_err() {
            let fields = form_urlencoded::parse(body).filter(|(name, _)| is_sensitive_name(name));
            fields.for_each(|(_, value)| add(&value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_header_fields_and_bodies_give_up_their_secrets() {
        #[track_caller]
        fn check(teach: impl Fn(&mut Redactor), text: &str, expected: &str) {
            let mut redactor = Redactor::default();
            teach(&mut redactor);
            assert_eq!(redactor.redact(text), expected);
        }
        check(|r| r.add_url("http://us%40er:p%3Aw-1@proxy:1"), "p:w-1 us%40er:p%3Aw-1 dXNAZXI6cDp3LTE=", "*** *** ***");
        check(|r| r.add_url("http://user:pa/ss#1@proxy:1"), "pa/ss#1 user:pa/ss#1", "*** ***");
        check(|r| r.add_url("key-1234@proxy:1"), "bad key-1234", "bad ***");
        check(|r| r.add_url("https://h.example/users/@me"), "h.example/users/ h.example", "h.example/users/ h.example");
        check(|r| r.add_url("https://h/t?api_key=a%2Fbcd&x=longer"), "a/bcd a%2Fbcd longer", "*** *** longer");
        let key = "-----BEGIN PRIVATE KEY-----\\nMIIE/vQIB\\n-----END PRIVATE KEY-----";
        check(|r| r.add_path(key), key, "***");
        check(|r| r.add_path("MIIE\nvQIB"), "no MIIE\nvQIB", "no ***");
        check(|r| r.add_path(&"LS0t".repeat(64)), &"LS0t".repeat(64), "***");
        check(|r| r.add_path(&"/etc/ssl".repeat(64)), "/etc/ssl/etc/ssl", "/etc/ssl/etc/ssl");
        check(|r| r.add_header_value("Cookie", "a=b; sid=\"c00kie\"; x"), "c00kie", "***");
        check(|r| r.add_header_value("Proxy-Authorization", "Basic dTpodW50ZXIy"), "hunter2 dTpodW50ZXIy", "*** ***");
        check(|r| r.add_body(b"user=alice&password=p%26w-1"), "alice p&w-1 p%26w-1", "alice *** ***");
        check(
            |r| r.add_body(br#"{"user":"alice","pin":12345,"a":[{"secret":["x-1y"]}]}"#),
            "alice 12345 x-1y",
            "alice *** ***",
        );
    }
}
