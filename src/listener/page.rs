//! What a browser shows: one document that is whole without script, loads nothing, and holds nothing that is worth stealing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::request::Status;
use crate::crypto::sha256;
use crate::text::{capped, escaped, one_line};

/// The page that is seen last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The login is there and kept.
    LoggedIn {
        /// Where.
        server: String,
        /// Who, if that is known.
        account: Option<String>,
    },
    /// There is none.
    Failed {
        /// Why, in a word or a line.
        error: String,
        /// What is known besides.
        description: Option<String>,
    },
}

/// At most so many characters of a foreign text are shown, of a description
const MOST: usize = 120;
/// so many.
const MOST_OF_DESCRIPTION: usize = 400;

const STYLE: &str = "\
:root{color-scheme:light dark;--back:#f3f4f6;--card:#fff;--text:#1b1f24;--soft:#57606a;--line:#d8dee4;--mark:#1a7f37}\
.bad{--mark:#b3261e}.idle{--mark:#57606a}\
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--card:#161b22;--text:#e6edf3;--soft:#9da7b3;--line:#30363d;--mark:#3fb950}\
.bad{--mark:#ff8078}.idle{--mark:#9da7b3}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--back);color:var(--text);\
font:1rem/1.5 system-ui,sans-serif}\
main{width:100%;max-width:30rem;padding:2rem;border:1px solid var(--line);border-radius:.75rem;background:var(--card);\
overflow-wrap:anywhere}\
header{display:flex;align-items:center;gap:.75rem;color:var(--soft)}\
svg{flex:none;width:3rem;height:3rem;fill:none;stroke:var(--mark);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}\
h1{margin:1rem 0;font-size:1.5rem;line-height:1.25}\
dl{margin:0 0 1rem}dt{color:var(--soft);font-size:.875rem}dd{margin:0 0 .5rem}\
p{margin:0 0 1rem}p:last-child{margin:0;color:var(--soft)}";

/// The query is of no use any more, and a history is no place for it.
const SCRIPT: &str = "history.replaceState(null,\"\",location.pathname)";

const CHECK: &str = "<path d=\"m7.5 12.5 3 3 6-7\"/>";
const CROSS: &str = "<path d=\"m8.5 8.5 7 7m0-7-7 7\"/>";
const DASH: &str = "<path d=\"M7.5 12h9\"/>";

impl Page {
    /// The document.
    pub fn html(&self) -> String {
        match self {
            Self::LoggedIn { server, account } => {
                let rows = [("Server", Some(server.as_str()), MOST), ("Account", account.as_deref(), MOST)];
                document("good", CHECK, "You are logged in", &rows, "You can close this tab.")
            }
            Self::Failed { error, description } => {
                let description = description.as_deref();
                let rows = [("Error", Some(error.as_str()), MOST), ("Description", description, MOST_OF_DESCRIPTION)];
                document("bad", CROSS, "Login failed", &rows, "The terminal says what to do.")
            }
        }
    }
}

/// The document for a request that is not answered with a [`Page`], nothing where a page would not be seen.
pub(super) fn of_status(status: Status, is_foreign: bool) -> Option<String> {
    let (title, text) = match status {
        Status::BadRequest if is_foreign => (
            "This is not the login that is waiting",
            "oauth2tok goes on waiting for its own. To log in, open the address that the terminal shows.",
        ),
        Status::Gone => (
            "This address was used already",
            "It leads to the login once. To log in, open the other address that the terminal shows.",
        ),
        Status::NotFound => ("There is nothing here", "oauth2tok waits for a login on this port, at another address."),
        Status::MethodNotAllowed
        | Status::BadRequest
        | Status::RequestTimeout
        | Status::ContentTooLarge
        | Status::RequestHeaderFieldsTooLarge => {
            ("This request is not understood", "oauth2tok waits for a login on this port, and goes on waiting.")
        }
        Status::Ok | Status::Found | Status::MisdirectedRequest | Status::ServiceUnavailable => return None,
    };
    Some(document("idle", DASH, title, &[], text))
}

type Row<'a> = (&'static str, Option<&'a str>, usize);

fn document(class: &str, mark: &str, title: &str, rows: &[Row<'_>], last: &str) -> String {
    let rows: String = rows
        .iter()
        .filter_map(|(name, text, most)| Some((name, shown((*text)?, *most))))
        .map(|(name, text)| format!("<dt>{name}</dt><dd dir=\"auto\">{text}</dd>"))
        .collect();
    let rows = if rows.is_empty() { rows } else { format!("<dl>{rows}</dl>") };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\" class=\"{class}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · oauth2tok</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n\
         <header><svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>{mark}</svg>\
         <span>oauth2tok</span></header>\n\
         <h1>{title}</h1>\n{rows}\n<p>{last}</p>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// A foreign text as it may stand in HTML.
fn shown(text: &str, most: usize) -> String {
    let text = capped(&escaped(&one_line(text)), most);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// The header lines that go with whatever is answered. As no image is allowed, no icon is asked for; a `<link>` to an empty one
/// would have Chromium complain that it is not allowed.
pub(super) fn headers() -> String {
    let hash = |text: &str| STANDARD.encode(sha256(text.as_bytes()));
    format!(
        "Content-Security-Policy: default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n\
         Cache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Cross-Origin-Opener-Policy: same-origin\r\n\
         Connection: close\r\n",
        hash(STYLE),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged_in(server: &str, account: Option<&str>) -> String {
        Page::LoggedIn { server: server.into(), account: account.map(Into::into) }.html()
    }

    fn failed(error: &str, description: Option<&str>) -> String {
        Page::Failed { error: error.into(), description: description.map(Into::into) }.html()
    }

    fn all() -> Vec<String> {
        let refused = [Status::BadRequest, Status::NotFound, Status::MethodNotAllowed, Status::Gone];
        let refused = refused.iter().flat_map(|status| [of_status(*status, false), of_status(*status, true)]);
        let mut all: Vec<_> = refused.flatten().collect();
        all.extend([logged_in("idp.example", None), logged_in("idp.example", Some("alice")), failed("a", Some("b"))]);
        all
    }

    #[test]
    fn a_page_says_what_is_true() {
        for (html, title, texts) in [
            (
                logged_in("idp.example", Some("alice")),
                "You are logged in",
                &["<dt>Server</dt><dd dir=\"auto\">idp.example</dd>", "<dd dir=\"auto\">alice</dd>", "close this tab"]
                    [..],
            ),
            (logged_in("idp.example", None), "You are logged in", &["idp.example", "You can close this tab."]),
            (
                failed("access_denied", Some("No.")),
                "Login failed",
                &["<dd dir=\"auto\">access_denied</dd>", "<dd dir=\"auto\">No.</dd>", "The terminal says what to do."],
            ),
            (failed("access_denied", None), "Login failed", &["access_denied"]),
            (of_status(Status::BadRequest, true).unwrap(), "This is not the login that is waiting", &[]),
            (of_status(Status::Gone, false).unwrap(), "This address was used already", &[]),
        ] {
            assert!(html.contains(&format!("<title>{title} · oauth2tok</title>")), "{html}");
            assert!(html.contains(&format!("<h1>{title}</h1>")), "{html}");
            for text in texts {
                assert!(html.contains(text), "{text}: {html}");
            }
        }
        assert!(!logged_in("a", None).contains("Account") && !failed("a", None).contains("Description"));
        for status in [Status::Ok, Status::Found, Status::MisdirectedRequest, Status::ServiceUnavailable] {
            assert_eq!(of_status(status, false), None);
        }
    }

    #[test]
    fn foreign_text_is_text() {
        let hostile = "</dd><script>alert(1)</script>&amp;\"'\u{202e}\u{1b}[0m\n\tz";
        let expected = "&lt;/dd&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&quot;&#39;\\u{202e}\\u{1b}[0m z</dd>";
        for html in
            [logged_in(hostile, None), logged_in("", Some(hostile)), failed(hostile, None), failed("", Some(hostile))]
        {
            assert!(html.contains(expected), "{html}");
            assert_eq!(html.matches("<script").count(), 1);
        }
    }

    #[test]
    fn a_page_is_one_small_document_that_loads_nothing() {
        for html in all() {
            assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\""), "{html}");
            for one in ["<meta charset=\"utf-8\">", "<meta name=\"viewport\"", "<main>", "<h1>", "<style>", "<script>"]
            {
                assert_eq!(html.matches(one).count(), 1, "{one}: {html}");
            }
            for none in ["http:", "https:", "src=", "href=", "url(", "@import", "<link", "style=", "onload", "close()"]
            {
                assert!(!html.contains(none), "{none}: {html}");
            }
        }
        // What costs the most room: characters that become six, or take four.
        for text in ["\"", "\u{10ffff}", "\u{1f600}", "\u{202e}"] {
            let text = text.repeat(1000);
            for html in [logged_in(&text, Some(&text)), failed(&text, Some(&text))] {
                assert!(html.len() < 6 << 10, "{}", html.len());
            }
        }
    }

    /// All that a browser lets run and look is what the headers name.
    #[test]
    fn the_headers_name_the_one_style_and_the_one_script() {
        let headers = headers();
        let policy = headers.lines().next().unwrap().strip_prefix("Content-Security-Policy: ").unwrap();
        let directives: Vec<_> = policy.split("; ").collect();
        for html in all() {
            let between = |begin, end| html.split(begin).nth(1).unwrap().split(end).next().unwrap();
            let hash = |text: &str| STANDARD.encode(sha256(text.as_bytes()));
            let style = format!("style-src 'sha256-{}'", hash(between("<style>", "</style>")));
            let script = format!("script-src 'sha256-{}'", hash(between("<script>", "</script>")));
            let expected = [
                "default-src 'none'",
                &style,
                &script,
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            ];
            assert_eq!(directives, expected);
        }
        for line in [
            "Cache-Control: no-store",
            "Referrer-Policy: no-referrer",
            "X-Content-Type-Options: nosniff",
            "Cross-Origin-Opener-Policy: same-origin",
            "Connection: close",
        ] {
            assert!(headers.lines().any(|own| own == line), "{line}");
        }
        assert!(!headers.contains("Access-Control"));
    }

    /// WCAG 2.2 §1.4.3: 4.5 to 1 for text, §1.4.11: 3 to 1 for a mark.
    #[test]
    fn colours_can_be_told_apart() {
        let (light, dark) = STYLE.split_once("@media").unwrap();
        let colours = |style: &str, name: &str| -> Vec<f64> {
            let name = format!("--{name}:#");
            style.split(&name).skip(1).map(|value| luminance(value.split([';', '}']).next().unwrap())).collect()
        };
        for scheme in [light, dark] {
            let backs = ["back", "card"].map(|name| colours(scheme, name)[0]);
            for (name, least) in [("text", 4.5), ("soft", 4.5), ("mark", 3.0)] {
                let fronts = colours(scheme, name);
                assert_eq!(fronts.len(), if name == "mark" { 3 } else { 1 });
                for (front, back) in fronts.iter().flat_map(|front| backs.map(|back| (*front, back))) {
                    let (more, less) = if front > back { (front, back) } else { (back, front) };
                    assert!((more + 0.05) / (less + 0.05) >= least, "{name}: {front} on {back}");
                }
            }
        }
    }

    fn luminance(hex: &str) -> f64 {
        let long: String = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&long[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    }
}
