//! What a run says of an answer, and what `explain` says of the same bytes, saved in each of the ways it reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{ID, Run, SECRET, Server, oauth2tok};

/// What is seen of the lines of a head, which a HAR does not keep: it has fields.
const OF_LINES: [&str; 2] =
    ["a header line is folded (RFC 9112 §5.2)", "white space stands before a header's colon (RFC 9112 §5.1)"];

/// What is seen of a head, and not of a body alone.
const OF_HEAD: [&str; 3] =
    [OF_LINES[0], OF_LINES[1], "the head has more fields than most readers take (RFC 9110 §5.4)"];

/// A run with a profile `x` for this endpoint, with these lines more, whose secret stands in a variable that is not set.
pub fn profile(url: &str, lines: &str) -> Run {
    let profile = format!("token_endpoint: '{url}'\nclient_id: {ID}\nclient_secret: env:S\n{lines}");
    let indented: String = profile.lines().map(|line| format!("    {line}\n")).collect();
    oauth2tok().config(&format!("profiles:\n  x:\n{indented}"))
}

/// What a run, or `explain`, says of an answer.
#[derive(Debug, Clone, PartialEq)]
struct Verdict {
    code: i32,
    kind: Value,
    status: Value,
    oauth: Value,
    hints: String,
    deviations: Vec<String>,
}

/// What `run` says that gets an answer, and its stderr.
#[track_caller]
fn live(run: Run) -> (Verdict, String) {
    let output = run.args(["-p", "x", "--retry", "0", "-v", "--error-format", "json"]).any_end().run();
    let lines = || output.stderr.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let error = lines().find(|line| line["exit_code"].is_number()).unwrap_or_default();
    let traces = lines().filter(|line| line["kind"] == "trace");
    let deviations =
        traces.filter_map(|line| Some(line["message"].as_str()?.strip_prefix("* deviation: ")?.to_owned()));
    let status = if output.code == 0 { Value::Null } else { error["http_status"].clone() };
    let verdict = Verdict {
        code: output.code,
        kind: error["kind"].clone(),
        status,
        oauth: error["oauth"].clone(),
        hints: error["hint"].as_str().unwrap_or_default().to_owned(),
        deviations: deviations.collect(),
    };
    (verdict, output.stderr)
}

/// What `run`, which explains, says of these bytes.
#[track_caller]
fn explained(run: Run, bytes: &[u8]) -> Verdict {
    let output = run.args(["-o", "json"]).stdin(bytes).any_end().run();
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let mut names: Vec<_> = report.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["deviations", "exit_code", "hints", "http_status", "kind", "oauth"]);
    assert_eq!(report["exit_code"], output.code);
    let texts = |name: &str| -> Vec<String> { serde_json::from_value(report[name].clone()).unwrap() };
    Verdict {
        code: output.code,
        kind: report["kind"].clone(),
        status: if output.code == 0 { Value::Null } else { report["http_status"].clone() },
        oauth: report["oauth"].clone(),
        hints: texts("hints").join("; "),
        deviations: texts("deviations"),
    }
}

/// Head and body of the last answer in `bytes`: interim ones stand before it.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    let end = loop {
        let line = bytes[at..].iter().position(|byte| *byte == b'\n').unwrap();
        at += line + 1;
        if matches!(bytes[at..], [b'\n', ..] | [b'\r', b'\n', ..]) {
            break at;
        }
    };
    let rest = bytes[end..].strip_prefix(b"\r").unwrap_or(&bytes[end..]);
    let body = &rest[1..];
    if bytes[9] == b'1' { split(body) } else { (&bytes[..end], body) }
}

/// The bytes of an answer as a trace has them.
fn har(url: &str, answer: &[u8]) -> Vec<u8> {
    let (head, body) = split(answer);
    let head = String::from_utf8(head.to_owned()).unwrap_or_else(|_| head.iter().copied().map(char::from).collect());
    let status: u16 = head[9..12].parse().unwrap();
    let unfolded = head.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    let fields = unfolded.lines().skip(1).filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = fields.map(|(name, value)| json!({ "name": name.trim(), "value": value.trim() })).collect();
    let content = match std::str::from_utf8(body) {
        Ok(text) => json!({ "text": text, "size": text.len() }),
        Err(_) => json!({ "text": STANDARD.encode(body), "encoding": "base64" }),
    };
    let post = json!({ "method": "POST", "url": url, "postData": { "text": "grant_type=client_credentials" } });
    let get = json!({ "method": "GET", "url": "https://api.example/x" });
    let entries = [
        json!({ "request": post, "response": { "status": status, "headers": headers, "content": content } }),
        json!({ "request": get, "response": { "status": 200, "headers": [], "content": { "text": "hello" } } }),
        json!({ "request": get, "response": { "status": 0, "headers": [], "content": {} } }),
    ];
    json!({ "log": { "version": "1.2", "entries": entries } }).to_string().into_bytes()
}

/// An answer of a server, to be explained.
#[must_use = "nothing is compared before `agrees` or `agrees_as_printed`"]
pub struct Told<'a> {
    id: &'a str,
    server: &'a Server,
    answer: &'a [u8],
    lines: &'a str,
    secret: &'a str,
    of_secret: &'a str,
}

/// The answer of `server` that these bytes are, for whom a profile with nothing but the client describes.
pub fn told<'a>(id: &'a str, server: &'a Server, answer: &'a [u8]) -> Told<'a> {
    Told { id, server, answer, lines: "", secret: SECRET, of_secret: "" }
}

/// Explained in each form, an answer of `server` is what a run says of it.
#[track_caller]
pub fn agrees(id: &str, server: &Server, answer: &[u8]) {
    told(id, server, answer).agrees();
}

impl<'a> Told<'a> {
    /// With these lines more in the profile.
    pub fn with(mut self, lines: &'a str) -> Self {
        self.lines = lines;
        self
    }

    /// With this secret, about which a run, which alone reads it, gives this hint first.
    pub fn of_secret(mut self, secret: &'a str, hint: &'a str) -> Self {
        (self.secret, self.of_secret) = (secret, hint);
        self
    }

    fn explained(&self, bytes: &[u8]) -> Verdict {
        explained(profile(&self.server.url(), self.lines).args(["explain", "-p", "x"]), bytes)
    }

    /// As curl prints it, and in the words of a run, it is what a run says of it: that.
    #[track_caller]
    pub fn agrees_as_printed(self) {
        self.printed();
    }

    #[track_caller]
    fn printed(&self) -> Verdict {
        let Self { id, answer, .. } = self;
        let (live, said) = live(profile(&self.server.url(), self.lines).env("S", self.secret));
        if live.code != 0 {
            assert_eq!(self.explained(said.as_bytes()), live, "{id}, in a run's own words");
            let alone = explained(oauth2tok().args(["explain"]), said.as_bytes());
            assert_eq!(alone.hints, live.hints, "{id}, by themselves");
        }
        let hints = match self.of_secret {
            "" => live.hints.clone(),
            hint => live.hints.strip_prefix(&format!("{hint}; ")).unwrap().to_owned(),
        };
        let expected = Verdict { hints, ..live };
        assert_eq!(self.explained(answer), expected, "{id}, as curl -i has it");
        expected
    }

    /// The same, and in a HAR and by its body alone.
    #[track_caller]
    pub fn agrees(self) {
        let Self { id, server, answer, .. } = self;
        let live = self.printed();
        let of_fields = |what: &String| !OF_LINES.contains(&what.as_str());
        let deviations: Vec<_> = live.deviations.iter().filter(|what| of_fields(what)).cloned().collect();
        let in_fields = Verdict { deviations, ..live.clone() };
        assert_eq!(self.explained(&har(&server.url(), answer)), in_fields, "{id}, in a HAR");
        let (head, body) = split(answer);
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let is_error = body.windows(8).any(|eight| eight == b"\"error\":") || body.starts_with(b"error=");
        // A body alone has no label, and whether it has one is a matter where nothing is tolerated.
        let is_labelled = head.contains("application/json\r\n");
        let is_told = is_labelled || !self.lines.contains("strict: true");
        let is_bare = match &head[9..12] {
            "200" => !is_error && !head.contains("-encoding:"),
            "400" => is_error && live.code == 3,
            _ => false,
        };
        if is_bare && is_told && !body.trim_ascii().is_empty() {
            let bare = self.explained(body);
            assert_eq!((bare.code, &bare.kind, &bare.hints), (live.code, &live.kind, &live.hints), "{id}, its body");
            if is_labelled && live.code == 0 {
                let of_body: Vec<_> = live.deviations.iter().filter(|what| !OF_HEAD.contains(&what.as_str())).collect();
                assert_eq!(bare.deviations.iter().collect::<Vec<_>>(), of_body, "{id}, its body");
            }
        }
    }
}
