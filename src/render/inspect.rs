//! What was seen of a token, for people and for scripts.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::members::{found, list, object};
use super::moment::{self, moment};
use super::page::{BAD, DOUBT, FAINT, GOOD, HEADING, NAME, PLAIN, Page, mark};
use crate::json::{Members, Piece, pieces, reformat};
use crate::oauth::finding::Severity;
use crate::oauth::inspect::{Form, Inspected};
use crate::oauth::jwt::numeric_date;

/// A value that is longer than this stands on several lines (characters).
const WIDE: usize = 72;

/// A value that lies deeper stays on one line: more would be blanks than words.
const DEEPEST: usize = 8;

/// A name that is longer than this pushes its value aside (characters).
const LONGEST_NAME: usize = 20;

/// How long the bar of a token's life is (characters).
const BAR: u8 = 24;

/// All that was seen, as JSON.
pub fn report(tokens: &[Inspected], now: SystemTime) -> String {
    let sections = tokens.iter().map(|token| section(token, now));
    format!(r#"{{"tokens":{}}}"#, list(sections))
}

fn section(token: &Inspected, now: SystemTime) -> String {
    let now = numeric_date(now);
    let mut section = Members::default();
    section.push("name", &json!(token.name));
    section.push("form", &json!(token.form.name()));
    for (name, part) in [("header", &token.header), ("claims", &token.claims)] {
        section.push_raw(name, &part.as_ref().map_or("null".to_owned(), Members::to_line));
    }
    let mut times = Members::default();
    for time in &token.times {
        let utc = moment::rfc3339(time.at);
        let left = utc.is_some().then(|| (time.at - now).floor()).map(whole);
        times.push_raw(&time.name, &object([("utc", json!(utc)), ("seconds_left", json!(left))]));
    }
    section.push_raw("times", &times.to_line());
    let [header, payload, signature] = token.bytes.map(|bytes| json!(bytes));
    section.push_raw("bytes", &object([("header", header), ("payload", payload), ("signature", signature)]));
    section.push_raw("findings", &found(&token.findings));
    section.push("verified", &json!(token.verified));
    let checks = token
        .checks
        .iter()
        .map(|check| object([("check", json!(check.check)), ("ok", json!(check.ok)), ("detail", json!(check.detail))]));
    section.push_raw("checks", &list(checks));
    section.to_line()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds between dates that have names are far from the ends of i64"
)]
fn whole(seconds: f64) -> i64 {
    seconds as i64
}

/// All that was seen, for people.
pub fn page(tokens: &[Inspected], now: SystemTime) -> Page {
    let mut page = Page::new();
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 {
            page.end();
        }
        title(&mut page, token);
        part(&mut page, "header", token.header.as_ref(), token, now);
        part(&mut page, "claims", token.claims.as_ref(), token, now);
        life(&mut page, token, now);
        size(&mut page, token);
        findings(&mut page, token);
        checks(&mut page, token);
    }
    page
}

fn title(page: &mut Page, token: &Inspected) {
    let (style, verdict) = match (token.verified, token.form) {
        (Some(true), _) => (GOOD.bold(), "VERIFIED"),
        (Some(false), _) => (BAD, "FAILS"),
        (None, _) => (DOUBT, "NOT VERIFIED"),
    };
    page.put(style, verdict).blank(2).put(HEADING, &token.name).text(": ");
    let alg = token.header.as_ref().and_then(|header| header.string("alg"));
    match (token.form, alg) {
        (Form::Jws, Some(alg)) if token.bytes[2] != Some(0) => page.text("signed JWT, ").text(&alg),
        (Form::Jws, Some(_)) => page.text("JWT without a signature"),
        (Form::Jws, None) => page.text("JWT"),
        (Form::Jwe, _) => page.text("encrypted: the content cannot be read here"),
        (Form::Opaque, _) => page.text("opaque: only its server can read it"),
    };
    page.end();
}

/// The members of an object, one below the other.
fn part(page: &mut Page, heading: &str, members: Option<&Members>, token: &Inspected, now: SystemTime) {
    let Some(members) = members else { return };
    page.end().put(HEADING, heading).end();
    let width = members.names().map(|name| name.chars().count()).filter(|width| *width <= LONGEST_NAME).max();
    let width = width.unwrap_or_default();
    for (name, raw) in members.raws() {
        page.blank(2).cell(NAME, name, width).blank(2);
        // The text itself counts: the name may stand there twice.
        let is_time = heading == "claims" && token.time(name).is_some();
        match serde_json::from_str::<f64>(raw).ok().filter(|_| is_time) {
            Some(at) => {
                page.text(&moment(at, now)).blank(2).put(FAINT, raw).end();
            }
            None => value(page, raw, width + 4),
        }
    }
}

/// A value whose text is `raw`: words without quotes where they can be taken for nothing else, what is long on several lines.
fn value(page: &mut Page, raw: &str, indent: usize) {
    let line = reformat(raw, false);
    if raw.starts_with('"') {
        let text = serde_json::from_str::<String>(raw).unwrap_or_default();
        let is_plain = !text.is_empty()
            && text.trim() == text
            && !text.starts_with(['"', '{', '['])
            && serde_json::from_str::<Value>(&text).is_err();
        page.text(if is_plain { &text } else { &line }).end();
    } else if line.chars().count() <= WIDE || depth(&line) > DEEPEST {
        page.text(&line).end();
    } else {
        for (index, line) in reformat(raw, true).lines().enumerate() {
            page.blank(if index == 0 { 0 } else { indent }).text(line).end();
        }
    }
}

/// How deep arrays and objects lie in each other.
fn depth(json: &str) -> usize {
    let depths = pieces(json).scan(0_usize, |depth, piece| {
        match piece {
            Piece::Open(_) => *depth += 1,
            Piece::Close(_) => *depth = depth.saturating_sub(1),
            _ => {}
        }
        Some(*depth)
    });
    depths.max().unwrap_or_default()
}

/// From when to when, and how much of it is over.
fn life(page: &mut Page, token: &Inspected, now: SystemTime) {
    if token.form != Form::Jws || token.claims.is_none() {
        return;
    }
    let Some(exp) = token.time("exp") else { return };
    let now = numeric_date(now);
    let in_words = |seconds: f64| moment::span(Duration::try_from_secs_f64(seconds.trunc()).unwrap_or(Duration::MAX));
    let begin = token.time("iat").or(token.time("nbf")).filter(|begin| *begin < exp);
    let begin = begin.map(|begin| token.time("nbf").filter(|nbf| *nbf < exp).map_or(begin, |nbf| nbf.max(begin)));
    page.end().put(HEADING, "life").end().blank(2);
    let left = exp - now;
    if let Some(begin) = begin {
        let whole = exp - begin;
        let over = ((now - begin) / whole).clamp(0.0, 1.0);
        let style = if left <= 0.0 {
            BAD
        } else if over > 0.8 {
            DOUBT
        } else {
            GOOD
        };
        let full = filled(over);
        let empty = usize::from(BAR) - full;
        page.put(style, &"█".repeat(full)).put(FAINT, &"░".repeat(empty)).blank(2);
        if now < begin {
            page.text("begins in ").text(&in_words(begin - now)).text(", and lasts ").text(&in_words(whole));
        } else if left > 0.0 {
            page.text(&in_words(left)).text(" of ").text(&in_words(whole)).text(" left");
        } else {
            page.text("over: it lasted ")
                .text(&in_words(whole))
                .text(", and ended ")
                .text(&in_words(-left))
                .text(" ago");
        }
    } else if left > 0.0 {
        page.text(&in_words(left)).text(" left");
    } else {
        page.text("over: it ended ").text(&in_words(-left)).text(" ago");
    }
    page.end();
}

/// So much of the bar is full: nothing only where nothing is over, all only where all is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 1")]
fn filled(over: f64) -> usize {
    let (full, all) = ((over * f64::from(BAR)).round() as usize, usize::from(BAR));
    match over {
        over if over <= 0.0 => 0,
        over if over >= 1.0 => all,
        _ => full.clamp(1, all - 1),
    }
}

fn size(page: &mut Page, token: &Inspected) {
    page.end().put(HEADING, "bytes").end().blank(2);
    for (name, bytes) in ["header", "payload", "signature"].into_iter().zip(token.bytes) {
        if let Some(bytes) = bytes {
            page.put(NAME, name).text(&format!(" {bytes}, "));
        }
    }
    page.text(&format!("{} in all", token.size)).end();
}

fn findings(page: &mut Page, token: &Inspected) {
    if token.findings.is_empty() {
        return;
    }
    page.end().put(HEADING, "findings").end();
    let width = token.findings.iter().map(|found| found.place.chars().count()).max().unwrap_or_default();
    for found in &token.findings {
        let (style, sign) = match found.severity {
            Severity::Error => (BAD, "✗"),
            Severity::Warning => (DOUBT, "!"),
            Severity::Info => (FAINT, "·"),
        };
        page.blank(2).put(style, sign).blank(1).cell(NAME, &found.place, width).blank(2).text(&found.finding).end();
    }
}

fn checks(page: &mut Page, token: &Inspected) {
    if token.checks.is_empty() {
        return;
    }
    page.end().put(HEADING, "checks").end();
    let width = token.checks.iter().map(|check| check.check.len()).max().unwrap_or_default();
    for check in &token.checks {
        let (style, sign) = mark(check.ok);
        let words = if check.ok.is_some() { PLAIN } else { FAINT };
        page.blank(2).put(style, sign).blank(1).cell(NAME, check.check, width).blank(2).put(words, &check.detail).end();
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::oauth::inspect::{inspect, tokens};
    use crate::oauth::requirement::Check;

    const NOW: u64 = 1_795_626_245;

    fn seen(text: &str) -> Vec<Inspected> {
        tokens(text).unwrap().iter().map(|offered| inspect(offered, None, at(NOW))).collect()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn jwt(header: &str, claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    /// The page without its colours.
    fn plain(tokens: &[Inspected]) -> String {
        let page = page(tokens, at(NOW));
        let mut parts = page.as_str().split('\u{1b}');
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
    }

    #[test]
    fn the_page_tells_all_in_order_and_in_words() {
        let claims = r#"{"sub":"alice","n":1.50,"exp":1795629725,"iat":1795622525,"s":"17","t":" x","e":"","o":{"a":[1, 2]},"l":"\u001b[31m\nx"}"#;
        let mut seen = seen(&jwt(r#"{"typ":"at+jwt","alg":"RS256"}"#, claims));
        seen[0].findings.truncate(1);
        seen[0].checks =
            vec![Check::new("exp", true, "good"), Check::new("aud", false, "bad"), Check::idle("nbf", "none")];
        let expected = r#"NOT VERIFIED  token: signed JWT, RS256

header
  typ  at+jwt
  alg  RS256

claims
  sub  alice
  n    1.50
  exp  2026-11-25 18:02:05 UTC (in 58 min)  1795629725
  iat  2026-11-25 16:02:05 UTC (1 h 2 min ago)  1795622525
  s    "17"
  t    " x"
  e    ""
  o    {"a":[1,2]}
  l    \u{1b}[31m\nx

life
  ████████████░░░░░░░░░░░░  58 min of 2 h left

bytes
  header 40, payload 160, signature 4, 206 in all

findings
  ! claims.client_id  no client_id, which RFC 9068 §2.2 wants of every access token

checks
  ✓ exp  good
  ✗ aud  bad
  - nbf  none
"#;
        assert_eq!(plain(&seen), expected);
        let colours = page(&seen, at(NOW)).as_str().to_owned();
        assert!(!colours.contains("\u{1b}[31m\n") && colours.contains("\u{1b}[2m1795629725"), "{colours}");
    }

    #[test]
    fn what_is_long_stands_on_several_lines_unless_it_is_deep() {
        let long = "x".repeat(WIDE);
        let told = plain(&seen(&jwt(r#"{"alg":"RS256"}"#, &format!(r#"{{"a":["{long}",{{"b":1}}]}}"#))));
        let expected = format!("\n  a  [\n       \"{long}\",\n       {{\n         \"b\": 1\n       }}\n     ]\n");
        assert!(told.contains(&expected), "{told}");
        let deep = format!("{}\"{long}\"{}", "[".repeat(9), "]".repeat(9));
        let told = plain(&seen(&jwt(r#"{"alg":"RS256"}"#, &format!(r#"{{"a":{deep}}}"#))));
        assert!(told.contains(&format!("\n  a  {deep}\n")), "{told}");
    }

    #[test]
    fn a_life_is_told_wherever_now_is() {
        let (all, none) = ("█".repeat(24), "░".repeat(24));
        for (claims, expected) in [
            (r#"{"exp":1795626244,"iat":1795622644}"#, Some(format!("{all}  over: it lasted 1 h, and ended 1 s ago"))),
            (r#"{"exp":1795633445,"iat":1795629845}"#, Some(format!("{none}  begins in 1 h, and lasts 1 h"))),
            (r#"{"exp":1795629845,"nbf":1795626245,"iat":1}"#, Some(format!("{none}  1 h of 1 h left"))),
            (r#"{"exp":1795626246,"iat":1795622646}"#, Some(format!("{}░  1 s of 1 h left", "█".repeat(23)))),
            (r#"{"exp":1795629845}"#, Some("1 h left".to_owned())),
            (r#"{"exp":1795626185}"#, Some("over: it ended 1 min ago".to_owned())),
            (r#"{"iat":1795626245}"#, None),
        ] {
            let told = plain(&seen(&jwt(r#"{"alg":"RS256"}"#, claims)));
            let life = told.split("\nlife\n  ").nth(1).and_then(|rest| rest.lines().next().map(str::to_owned));
            assert_eq!(life, expected, "{claims}");
        }
    }

    #[test]
    fn the_names_for_scripts_stand_as_they_were_promised() {
        let answer = format!(
            r#"{{"access_token":"{}","refresh_token":"opaque","id_token":"{}"}}"#,
            jwt(r#"{"alg":"RS256","typ":"JWT"}"#, r#"{ "z":1.50, "exp":1795626300, "a":{"b":[ ]}, "z":2 }"#),
            format_args!("{}.a.b.c.d", URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A256GCM"}"#)),
        );
        let mut seen = seen(&answer);
        seen[0].verified = Some(false);
        seen[0].findings.truncate(1);
        seen[0].checks = vec![Check::new("exp", false, "bad"), Check::idle("nbf", "none")];
        let expected = concat!(
            r#"{"tokens":[{"name":"access_token","form":"jws","header":{"alg":"RS256","typ":"JWT"},"#,
            r#""claims":{"z":1.50,"exp":1795626300,"a":{"b":[]},"z":2},"#,
            r#""times":{"exp":{"utc":"2026-11-25T17:05:00Z","seconds_left":55}},"#,
            r#""bytes":{"header":36,"payload":70,"signature":4},"#,
            r#""findings":[{"severity":"error","finding":"'z' stands more than once, and readers differ in which one they take","where":"claims"}],"#,
            r#""verified":false,"checks":[{"check":"exp","ok":false,"detail":"bad"},{"check":"nbf","ok":null,"detail":"none"}]},"#,
            r#"{"name":"refresh_token","form":"opaque","header":null,"claims":null,"times":{},"#,
            r#""bytes":{"header":null,"payload":null,"signature":null},"#,
            r#""findings":[{"severity":"info","finding":"only its server can read it: 'oauth2tok introspect' asks that","where":"token"}],"#,
            r#""verified":null,"checks":[]},"#,
            r#"{"name":"id_token","form":"jwe","header":{"alg":"dir","enc":"A256GCM"},"claims":null,"times":{},"#,
            r#""bytes":{"header":39,"payload":1,"signature":null},"findings":[],"verified":null,"checks":[]}]}"#,
        );
        assert_eq!(reformat(&report(&seen, at(NOW)), false), expected);
        assert!(plain(&seen).contains("\nNOT VERIFIED  refresh_token: opaque: only its server can read it\n"));
        assert!(plain(&seen).contains("\nNOT VERIFIED  id_token: encrypted: the content cannot be read here\n"));
    }
}
