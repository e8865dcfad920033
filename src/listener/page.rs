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
svg{display:block;width:3rem;height:3rem;fill:none;stroke:var(--mark);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}\
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
         <title>{title} · oauth2tok</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n\
         <svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>{mark}</svg>\n\
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

/// The header lines that go with whatever is answered.
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
