//! Keboola: the login of a Generic Extractor's configuration, whose values may be computed by functions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::document::{at, entries, get, json, scalar};
use super::form::{UserPass, request};
use super::text::{Text, variable_name};
use super::{Draft, Expanded, Key, MOST, StandsFor, Unreadable, named, told};
use crate::settings::{Document, foreign};

/// What the extractor can compute.
const FUNCTIONS: [&str; 13] = [
    "concat",
    "base64_encode",
    "md5",
    "sha1",
    "hash_hmac",
    "time",
    "date",
    "strtotime",
    "sprintf",
    "implode",
    "ifempty",
    "urlencode",
    "file_get_contents",
];

const LOGIN: &str = "api.authentication.loginRequest";

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), Unreadable> {
    let whole = json(text)?;
    let root = get(&whole, "parameters").unwrap_or(&whole);
    let Some(authentication) = at(root, &["api", "authentication"]) else {
        return Err(Unreadable::new(
            "there is no api.authentication in it",
            "give the extractor's whole configuration, with 'api' and 'config'",
        ));
    };
    let credentials = at(&whole, &["authorization", "oauth_api", "credentials"]);
    let login = get(authentication, "type").and_then(scalar).filter(|text| text.as_literal() == Some("oauth20.login"));
    let extractor = Extractor {
        api: get(root, "api"),
        config: get(root, "config"),
        authorization: login.map(|_| Authorization::of(credentials)),
        expanded: Expanded::default(),
    };
    if !draft.has_few("api.authentication", entries(authentication).map_or(0, <[_]>::len)) {
        return Ok(());
    }
    for (name, value) in entries(authentication).unwrap_or_default() {
        let from =
            format!("api.authentication.{}", told(name, &["type", "format", "loginRequest", "apiRequest", "expires"]));
        let text = scalar(value);
        let text = text.as_ref().and_then(Text::as_literal);
        match name.as_str() {
            "type" if matches!(text, Some("login" | "oauth20.login")) => {}
            "type" => draft.fault(&from, "only the authentication of type 'login' or 'oauth20.login' can be carried over"),
            "format" if text == Some("json") => {}
            "format" => draft.fault(&from, "only the format 'json' can be carried over: a token response is JSON (RFC 6749 §5.1)"),
            "loginRequest" | "apiRequest" => {}
            "expires" => draft.note(&from, "is left out: with cache: true a token is reused as long as the server says it lives (default_ttl says it where the server does not)"),
            _ => draft.fault(&from, "this is not understood"),
        }
    }
    extractor.login(draft, get(authentication, "loginRequest"));
    extractor.calls(draft, get(authentication, "apiRequest"));
    Ok(())
}

/// What stands in place of a value that Keboola keeps to itself.
const KEPT: &str = "KBC::";

/// What a person has granted, for the type `oauth20.login`.
struct Authorization {
    /// The client, as the login calls what is registered with Keboola: `client_id`, `client_secret`.
    consumer: Document,
    /// The answer to the person's login, `refresh_token` among it; `None` where only Keboola has it.
    user: Option<Document>,
}

impl Authorization {
    /// From `authorization.oauth_api.credentials`. Where it is not in the file, Keboola adds it when the extractor runs.
    fn of(credentials: Option<&Document>) -> Self {
        let member = |name: &str| {
            let known = credentials.and_then(|credentials| get(credentials, name));
            known.cloned().unwrap_or_else(|| Document::Text(KEPT.to_owned()))
        };
        let user = match member("#data") {
            Document::Text(text) => json(&text).ok(),
            _ => None,
        };
        let consumer = [("client_id", "appKey"), ("client_secret", "#appSecret")];
        Self { consumer: Document::Map(consumer.map(|(name, key)| (name.to_owned(), member(key))).into()), user }
    }
}

struct Extractor<'a> {
    api: Option<&'a Document>,
    config: Option<&'a Document>,
    authorization: Option<Authorization>,
    /// Functions and references may make much of little.
    expanded: Expanded,
}

impl Extractor<'_> {
    fn login(&self, draft: &mut Draft, login: Option<&Document>) {
        let Some(members) = login.and_then(entries) else { return draft.fault(LOGIN, "it is missing") };
        let (mut fields, mut basic, mut endpoint) = (Vec::new(), None, None);
        let mut method = "GET".to_owned();
        let is_json = login.and_then(|login| get(login, "method")) == Some(&Document::Text("POST".into()));
        if !draft.has_few(LOGIN, members.len()) {
            return;
        }
        for (name, value) in members {
            let from = format!("{LOGIN}.{}", told(name, &["endpoint", "method", "headers", "params"]));
            match (name.as_str(), value) {
                ("endpoint", value) => endpoint = self.value(draft, &from, value),
                ("method", Document::Text(text)) => method.clone_from(text),
                ("headers" | "params", Document::Map(pairs)) if pairs.len() > MOST => {
                    draft.fault(&from, format!("there are more than {MOST} of them"));
                }
                ("headers", Document::Map(headers)) => {
                    for (name, value) in headers {
                        // What goes with `body: json` anyway.
                        let is_type = *value == Document::Text("application/json".into());
                        if is_json && is_type && name.eq_ignore_ascii_case("content-type") {
                            continue;
                        }
                        self.header(draft, &format!("{from}.{}", named(name)), name, value, &mut basic);
                    }
                }
                ("params", Document::Map(params)) => {
                    for (name, value) in params {
                        if let Some(text) = self.value(draft, &format!("{from}.{}", named(name)), value) {
                            fields.push((name.clone(), text));
                        }
                    }
                }
                _ => draft.fault(&from, "this is not understood"),
            }
        }
        match method.as_str() {
            "FORM" => {}
            "POST" => draft.plain(Key::Body, &format!("{LOGIN}.method"), "json"),
            _ => draft.fault(
                &format!("{LOGIN}.method"),
                "only FORM and POST can be carried over: a token request is a POST (RFC 6749 §3.2)",
            ),
        }
        match endpoint {
            Some(endpoint) => {
                let endpoint = self.absolute(&endpoint);
                draft.url(Key::TokenEndpoint, &format!("{LOGIN}.endpoint"), &endpoint);
            }
            None => draft.fault(&format!("{LOGIN}.endpoint"), "it is missing"),
        }
        request(draft, fields, basic, |field| format!("{LOGIN}.params.{}", named(field)));
        self.everywhere(draft);
    }

    /// What the configuration says of every request, the login included.
    fn everywhere(&self, draft: &mut Draft) {
        for (name, value) in self.api.and_then(entries).unwrap_or_default() {
            let from = format!("api.{}", named(name));
            match name.trim_start_matches('#') {
                "http" => {
                    for (name, value) in get(value, "headers").and_then(entries).unwrap_or_default() {
                        self.header(draft, &format!("{from}.headers.{}", named(name)), name, value, &mut None);
                    }
                }
                "caCertificate" => {
                    draft.fault(&from, "a profile takes certificates from files: save it and write cacert: FILE")
                }
                "clientCertificate" => {
                    draft.fault(&from, "a profile takes certificates from files: save it and write cert: FILE")
                }
                "baseUrl" => {
                    if let Some(text) = self.value(draft, &from, value) {
                        draft.text(Key::BaseUrl, &from, &text);
                    }
                }
                _ => {}
            }
        }
    }

    fn header(&self, draft: &mut Draft, from: &str, name: &str, value: &Document, basic: &mut Option<UserPass>) {
        let Some(text) = self.value(draft, from, value) else { return };
        match (name.to_ascii_lowercase().as_str(), text.as_literal().unwrap_or_default()) {
            ("authorization", value) => match value.split_once(' ') {
                Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => match credentials(encoded) {
                    Some((id, secret)) => {
                        draft.conceal(encoded.trim());
                        let secret = decrypted(draft, from, &secret);
                        *basic = Some(UserPass { id: Text::literal(id), secret: Some(secret), from: from.to_owned() });
                    }
                    None => draft.fault(from, "what follows 'Basic' is not the base64 of id:secret"),
                },
                _ => draft.fault(from, "only HTTP Basic can be carried over"),
            },
            // What this program sends anyway.
            ("accept", "application/json") | ("content-type", "application/x-www-form-urlencoded") => {}
            _ => draft.pair(Key::Headers, from, name, &text),
        }
    }

    /// How the API is called with what the login gave.
    fn calls(&self, draft: &mut Draft, calls: Option<&Document>) {
        let Some(calls) = calls else { return };
        for (kind, members) in entries(calls).unwrap_or_default() {
            for (name, value) in entries(members).unwrap_or_default() {
                let from = format!("api.authentication.apiRequest.{}.{}", named(kind), named(name));
                let mut responses = Vec::new();
                super::document::find_all(value, "response", &mut responses);
                let prefix = get(value, "args").and_then(|args| match args {
                    Document::List(items) => items.first(),
                    _ => None,
                });
                match responses.as_slice() {
                    [Document::Text(member)] if member == "access_token" => {
                        let bearer = prefix.and_then(scalar).is_some_and(|text| text.as_literal() == Some("Bearer "));
                        if !(kind == "headers" && name.eq_ignore_ascii_case("authorization") && bearer) {
                            draft.note(&from, "hands the token to the API in its own way; 'oauth2tok request' sends 'Authorization: Bearer'");
                        }
                    }
                    [Document::Text(member)] if !member.contains('.') => {
                        draft.text(Key::Field, &from, &Text::literal(member));
                        draft.note(
                            &from,
                            format!(
                                "hands '{}' of the answer to the API; it is what this profile prints (field)",
                                named(member)
                            ),
                        );
                    }
                    [] => draft.note(&from, "is about the API calls: oauth2tok request -H"),
                    _ => draft.fault(&from, "a member inside another one of the answer cannot be printed"),
                }
            }
        }
    }

    /// An endpoint may be relative to the base of the API.
    fn absolute(&self, endpoint: &Text) -> Text {
        let base = self.api.and_then(|api| get(api, "baseUrl")).and_then(scalar);
        match (endpoint.as_literal(), base.as_ref().and_then(Text::as_literal)) {
            (Some(path), Some(base)) if !path.contains("://") => {
                Text::literal(format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/')))
            }
            _ => endpoint.clone(),
        }
    }

    /// A value, its functions applied.
    fn value(&self, draft: &mut Draft, from: &str, value: &Document) -> Option<Text> {
        match self.evaluate(value) {
            Ok(text) => Some(if text.starts_with(KEPT) { decrypted(draft, from, &text) } else { Text::literal(text) }),
            Err(why) => {
                draft.fault(from, why);
                None
            }
        }
    }

    fn evaluate(&self, value: &Document) -> Result<String, String> {
        let members = match value {
            Document::Null => return Ok(String::new()),
            Document::Text(text) | Document::Plain(text) => return Ok(text.clone()),
            Document::List(_) => return Err("a list cannot be carried over".into()),
            Document::Map(members) => members,
        };
        if let Some(Document::Text(name)) = get(value, "attr").filter(|_| members.len() == 1) {
            let attribute = self
                .config
                .and_then(|config| get(config, name).or_else(|| at(config, &name.split('.').collect::<Vec<_>>())));
            let known = self.config.and_then(entries).unwrap_or_default().iter().map(|(name, _)| name.as_str());
            let called = || {
                format!(
                    "config.{}",
                    foreign::told(name, known.chain(Key::profile_names().map(|name| -> &str { name })))
                )
            };
            let text = match attribute {
                Some(Document::Text(text) | Document::Plain(text)) => text.as_str(),
                Some(Document::Null) => "",
                Some(_) => return Err(format!("{} is not a single value", called())),
                None => return Err(format!("{} is missing", called())),
            };
            return self.expanded.add(text).map(|()| text.to_owned());
        }
        if let (Some(authorization), [(object, Document::Text(name))]) = (&self.authorization, members.as_slice())
            && matches!(object.as_str(), "consumer" | "user")
        {
            let object = if object == "user" { authorization.user.as_ref() } else { Some(&authorization.consumer) };
            let Some(object) = object else { return Ok(KEPT.to_owned()) };
            return match at(object, &name.split('.').collect::<Vec<_>>()) {
                Some(Document::Text(text) | Document::Plain(text)) => self.expanded.add(text).map(|()| text.clone()),
                _ => Err("authorization.oauth_api.credentials has no such value".into()),
            };
        }
        let args = match get(value, "args") {
            Some(Document::List(args)) => args.as_slice(),
            _ => &[],
        };
        match get(value, "function") {
            Some(Document::Text(name)) if name == "concat" => args.iter().map(|arg| self.evaluate(arg)).collect(),
            Some(Document::Text(name)) if name == "base64_encode" && args.len() == 1 => {
                let encoded = STANDARD.encode(self.evaluate(&args[0])?);
                self.expanded.add(&encoded).map(|()| encoded)
            }
            Some(Document::Text(name)) => {
                Err(format!("the function {} cannot be carried over", foreign::quoted(name, FUNCTIONS)))
            }
            _ => Err(format!(
                "{} has no value before the request is sent",
                foreign::quoted(
                    members.first().map_or("", |(name, _)| name),
                    ["time", "response", "request", "attr", "function", "user", "consumer"]
                )
            )),
        }
    }
}

/// What `base64_encode(concat(id, ":", secret))` was made of.
fn credentials(encoded: &str) -> Option<(String, String)> {
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    decoded.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

/// Values that Keboola keeps encrypted can be read by Keboola alone.
fn decrypted(draft: &mut Draft, from: &str, text: &str) -> Text {
    if !text.starts_with(KEPT) {
        return Text::literal(text);
    }
    let name = variable_name(from.rsplit(['.', '#']).next().unwrap_or_default());
    let name = if name == "AUTHORIZATION" { "CLIENT_SECRET" } else { &name };
    let name = draft.variable_for(name, StandsFor::Literal(Text::literal(text)));
    draft.note(from, format!("holds what only Keboola knows: set the environment variable {name} to the value itself"));
    Text::variable(name, None)
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::super::tests::{check, fault, keboola, note};

    #[test]
    fn keboola_functions_are_applied() {
        use System::Keboola;
        let basic = r###""method": "FORM", "headers": {"Authorization": {"function": "concat", "args": ["Basic ", {"function": "base64_encode",
            "args": [{"function": "concat", "args": [{"attr": "id"}, ":", {"attr": "#s"}]}]}]}}, "params": {"grant_type": "client_credentials"}"###;
        let out = |id: &str| {
            format!(
                "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: {id}\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\nbasic_encoding: raw\n"
            )
        };
        check(Keboola, &keboola(basic, r###""id": "i", "#s": "s""###), &out("i"));
        check(Keboola, &keboola(basic, r###""id": "CLIENT ID", "#s": "s""###), &out("\"CLIENT ID\""));
        check(Keboola, &keboola(basic, r###""id": "i", "#s": "KBC::ProjectSecure::abc""###), &out("i"));
        fault(
            Keboola,
            &keboola(basic, r###""id": "i""###),
            "api.authentication.loginRequest.headers.Authorization: config.(not shown: it may be a secret) is missing",
        );
        let params = r###""method": "FORM", "params": {"grant_type": "client_credentials", "client_id": "i", "client_secret": {"attr": "#s"}, "tenant": "t"}"###;
        check(
            Keboola,
            &keboola(params, r###""#s": "s""###),
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nparams:\n  tenant: t\nclient_id: i\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_post\n",
        );
    }

    /// The documentation's example for Google.
    fn oauth20(credentials: &str) -> String {
        format!(
            r###"{{"parameters": {{"api": {{"baseUrl": "https://a.example", "authentication": {{"type": "oauth20.login", "loginRequest": {{
                "endpoint": "/oauth2/v4/token", "method": "FORM", "headers": {{"Content-Type": "application/x-www-form-urlencoded"}},
                "params": {{"client_id": {{"consumer": "client_id"}}, "client_secret": {{"consumer": "client_secret"}},
                    "refresh_token": {{"user": "refresh_token"}}, "grant_type": "refresh_token"}}}},
                "apiRequest": {{"query": {{"access_token": {{"response": "access_token"}}}}}}}}}}, "config": {{}}}}{credentials}}}"###
        )
    }

    #[test]
    fn keboola_logs_in_with_the_refresh_token_that_a_person_granted() {
        use System::Keboola;
        let out = |id: &str| {
            format!(
                "token_endpoint: https://a.example/oauth2/v4/token\ngrant_type: refresh_token\nrefresh_token: env:REFRESH_TOKEN\nclient_id: {id}\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_post\nbase_url: https://a.example\n"
            )
        };
        let granted = |data: &str, secret: &str| {
            oauth20(&format!(
                r###", "authorization": {{"oauth_api": {{"credentials": {{"#data": "{data}", "appKey": "MY_ID", "#appSecret": "{secret}"}}}}}}"###
            ))
        };
        let data = r#"{\"access_token\": \"MY_ACCESS\",\"refresh_token\": \"MY_REFRESH\"}"#;
        check(Keboola, &granted(data, "MY_SECRET"), &out("MY_ID"));
        // Encrypted, or left to Keboola altogether.
        check(Keboola, &granted("KBC::ProjectSecure::a", "KBC::ProjectSecure::b"), &out("MY_ID"));
        check(Keboola, &oauth20(""), &out("\"${CLIENT_ID}\""));
        note(
            Keboola,
            &oauth20(""),
            "loginRequest.params.refresh_token holds what only Keboola knows: set the environment variable REFRESH_TOKEN",
        );
        fault(
            Keboola,
            &granted(r#"{\"access_token\": \"x\"}"#, "s"),
            "params.refresh_token: authorization.oauth_api.credentials has no such value",
        );
    }

    #[test]
    fn keboola_tells_what_it_cannot_carry() {
        use System::Keboola;
        let params = |method: &str, more: &str| {
            keboola(
                &format!(
                    r###"{method} "params": {{"grant_type": "client_credentials", "client_id": "i", "client_secret": "s"{more}}}"###
                ),
                "",
            )
        };
        let form = r###""method": "FORM","###;
        fault(Keboola, &params("", ""), "loginRequest.method: only FORM and POST");
        check(
            Keboola,
            &params(r###""method": "POST", "headers": {"content-type": "application/json"},"###, ""),
            "token_endpoint: https://a.example/t\nbody: json\ngrant_type: client_credentials\nclient_id: i\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_post\n",
        );
        fault(
            Keboola,
            &params(form, r###", "t": {"function": "time"}"###),
            "loginRequest.params.t: the function 'time'",
        );
        fault(
            Keboola,
            &params(form, r###", "t": {"response": "x"}"###),
            "loginRequest.params.t: 'response' has no value",
        );
        fault(Keboola, &params(form, r###", "client_assertion": "x""###), "params.client_assertion: ");
        fault(Keboola, &params(form, r###", "code": "x""###), "'code' is a reserved protocol name");
        let consumer = params(form, r###", "t": {"consumer": "client_id"}"###);
        fault(Keboola, &consumer, "loginRequest.params.t: 'consumer' has no value");
        fault(Keboola, r###"{"api": {"authentication": {"type": "oauth10"}}}"###, "api.authentication.type: ");
        fault(Keboola, r###"{"api": {}}"###, "no api.authentication");
        fault(Keboola, "{\n \"api\": {\n ...,\n", "line 3");
        fault(Keboola, "{\n \"a\": \"b\"\n \"c\": 1}", "line 3");
    }
}
