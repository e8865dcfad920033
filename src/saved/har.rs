//! HAR 1.2: which of its exchanges counts, and the answer of that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::{Fault, Found};
use crate::http::saved;
use crate::json::Members;
use crate::wire::Url;

/// True for what begins as a HAR does.
pub(super) fn begins(text: &str) -> bool {
    let log = text.strip_prefix('{').and_then(|rest| rest.trim_start().strip_prefix("\"log\""));
    log.is_some_and(|rest| rest.trim_start().starts_with(':'))
}

/// Its exchanges, if that is what `members` are. A file may be large, so that no more of it is held than it takes.
pub(super) fn entries(members: Members) -> Option<Vec<Box<RawValue>>> {
    let log = object(members.raw("log")?)?;
    drop(members);
    serde_json::from_str(log.raw("entries")?).ok()
}

/// The answer that counts: that of the last POST with `grant_type` in its form, else the last that there is.
///
/// # Errors
/// Nothing was answered.
pub(super) fn counted(entries: &[Box<RawValue>]) -> Result<Found, Fault> {
    let mut last = None;
    for (at, entry) in entries.iter().enumerate().rev() {
        let number = at + 1;
        let Some(exchange) = object(entry.get()).and_then(Exchange::of) else { continue };
        if exchange.asks_for_token() {
            return Ok(exchange.found(number, entries.len()));
        }
        last = last.or(Some((number, exchange)));
    }
    let (number, exchange) = last.ok_or(Fault::Unanswered)?;
    Ok(exchange.found(number, entries.len()))
}

fn object(json: &str) -> Option<Members> {
    Members::parse(json).ok().flatten()
}

/// An exchange that brought an answer.
struct Exchange {
    request: Members,
    response: Members,
    status: u16,
}

impl Exchange {
    fn of(entry: Members) -> Option<Self> {
        let (request, response) = (object(entry.raw("request")?)?, object(entry.raw("response")?)?);
        // Without an answer it is 0, or less.
        let status = response.get("status")?.as_u64().filter(|status| (100..1000).contains(status))?;
        Some(Self { request, response, status: u16::try_from(status).ok()? })
    }

    fn method(&self) -> String {
        self.request.string("method").unwrap_or_default()
    }

    fn url(&self) -> Option<Url> {
        Url::parse(&self.request.string("url")?).ok()
    }

    /// A form, or a JSON object where a server wants that, holds `grant_type`.
    fn asks_for_token(&self) -> bool {
        const NAME: &str = "grant_type";
        let post = self.request.raw("postData").and_then(object).filter(|_| self.method().eq_ignore_ascii_case("POST"));
        let Some(post) = post else { return false };
        let in_text = post.string("text").is_some_and(|text| {
            form_urlencoded::parse(text.as_bytes()).any(|(name, _)| name == NAME)
                || object(&text).is_some_and(|members| members.raw(NAME).is_some())
        });
        in_text || pairs(&post, "params").iter().any(|(name, _)| name == NAME)
    }

    fn found(&self, number: usize, of: usize) -> Found {
        let endpoint = self.url();
        let place = endpoint.as_ref().map_or("", Url::without_query);
        let taken_for = format!("a HAR, of which entry {number} of {of} counts: {} {place}", self.method());
        let mut fields: Vec<_> = pairs(&self.response, "headers").into_iter().collect();
        fields.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
        let content = self.response.raw("content").and_then(object).unwrap_or_default();
        if let Some(kind) = content.string("mimeType").filter(|kind| !kind.is_empty())
            && !fields.iter().any(|(name, _)| name == "content-type")
        {
            fields.push(("content-type".to_owned(), kind));
        }
        let text = content.string("text").unwrap_or_default();
        let is_packed = content.string("encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
        let body = match is_packed {
            true => STANDARD.decode(text.split_ascii_whitespace().collect::<String>()).unwrap_or(text.into_bytes()),
            false => text.into_bytes(),
        };
        Found {
            taken_for: taken_for.trim_end().to_owned(),
            reply: saved::of_fields(self.status, fields, &body),
            endpoint,
        }
    }
}

/// A list of names with values.
fn pairs(members: &Members, name: &str) -> Vec<(String, String)> {
    let items: Option<Vec<Box<RawValue>>> = members.raw(name).and_then(|raw| serde_json::from_str(raw).ok());
    let items = items.unwrap_or_default();
    let pair = |item: &RawValue| {
        let pair = object(item.get())?;
        Some((pair.string("name")?, pair.string("value").unwrap_or_default()))
    };
    items.iter().filter_map(|item| pair(item)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Saved, read};
    use super::*;
    use crate::growth::check_linear;

    fn har(entries: &[String]) -> String {
        format!(r#"{{"log":{{"version":"1.2","creator":{{}},"entries":[{}]}}}}"#, entries.join(","))
    }

    fn entry(request: &str, status: i32, content: &str) -> String {
        format!(r#"{{"request":{{{request}}},"response":{{"status":{status},"headers":[],"content":{{{content}}}}}}}"#)
    }

    fn post(data: &str, status: i32) -> String {
        let request = format!(r#""method":"POST","url":"https://idp.example/token?x=1","postData":{{{data}}}"#);
        entry(&request, status, &format!(r#""text":"{{\"error\":\"e{status}\"}}""#))
    }

    fn get(status: i32) -> String {
        entry(r#""method":"GET","url":"https://api.example/x""#, status, r#""text":"hello""#)
    }

    #[track_caller]
    fn found(entries: &[String]) -> Found {
        match read(har(entries).as_bytes()) {
            Ok(Saved::Answer(found)) => *found,
            Ok(Saved::Told(_)) => panic!("taken for a line of ours"),
            Err(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn the_last_token_request_counts_else_the_last_answer() {
        let text = r#""text":"a=b&grant_type=client_credentials""#;
        let params = r#""params":[{"name":"grant_type","value":"password"}]"#;
        let json = r#""text":"{\"grant_type\":\"password\"}""#;
        let other = r#""text":"xgrant_type=y&b=grant_type""#;
        for (entries, status, number) in [
            (vec![post(text, 401), get(200)], 401, 1),
            (vec![post(text, 401), post(params, 402), get(200)], 402, 2),
            (vec![post(json, 403), get(200), get(500)], 403, 1),
            (vec![post(other, 403), get(404)], 404, 2),
            (vec![get(200), post(other, 403)], 403, 2),
            (vec![get(200), post(text, 0)], 200, 1),
            (vec![post(text, 400), post(text, 0), post(text, -1)], 400, 1),
            (vec![get(201), "7".into(), "{}".into(), get(0)], 201, 1),
        ] {
            let found = found(&entries);
            let count = entries.len();
            assert!(found.taken_for.contains(&format!("entry {number} of {count}")), "{}", found.taken_for);
            assert_eq!(found.reply.unwrap().status, status, "{entries:?}");
        }
        let found = found(&[post(text, 400)]);
        assert_eq!(found.taken_for, "a HAR, of which entry 1 of 1 counts: POST https://idp.example/token");
        assert_eq!(found.endpoint.unwrap().as_str(), "https://idp.example/token?x=1");
    }

    #[test]
    fn a_body_is_text_or_base64() {
        let body = |content: &str| {
            let reply = found(&[entry(r#""method":"POST","url":"x""#, 400, content)]).reply.unwrap();
            let kind = reply.header("content-type").map(str::to_owned);
            (String::from_utf8(reply.body).unwrap(), kind)
        };
        assert_eq!(body(r#""text":"a\"b""#), ("a\"b".to_owned(), None));
        assert_eq!(
            body(r#""text":"eyJh\nIjox fQ==","encoding":"base64","mimeType":"a/b""#),
            ("{\"a\":1}".to_owned(), Some("a/b".to_owned()))
        );
        assert_eq!(body(r#""text":"%%%","encoding":"base64""#), ("%%%".to_owned(), None));
        assert_eq!(body(""), (String::new(), None));
    }

    #[test]
    fn the_work_grows_with_the_file_and_no_faster() {
        for one in [get(200), post(r#""text":"a=b""#, 0), "[[[[]]]]".to_owned()] {
            check_linear(50, |count| har(&vec![one.clone(); count]), |text| drop(read(text.as_bytes())));
        }
    }
}
