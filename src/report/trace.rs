//! The trace of `-v`: what happens on the way to a token, in words. What goes out and comes back is `exchange.rs`' business.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::Reporter;
use crate::acquire::{Event, Message, MetadataEvent};
use crate::identity::github;
use crate::json::Members;
use crate::net::{PassedOver, TlsWarning, time};
use crate::oauth::discovery::Metadata;
use crate::oauth::jwt;
use crate::oauth::post::Statement;
use crate::oauth::reply::Oddity;
use crate::oauth::{Field, FieldValue, Post, Token};
use crate::render::moment::moment;
use crate::secret::{MASK, Secret};
use crate::text::{capped, escaped, excerpt};
use crate::wire::Reply;

impl Reporter {
    /// A `-v` line of our own.
    pub fn note(&self, text: &str) {
        if self.diagnosis.verbose {
            self.traced(&format!("* {}", self.shown(text)));
        }
    }

    /// A line of the trace, fit to go out.
    pub(super) fn traced(&self, line: &str) {
        match self.diagnosis.json_errors {
            true => self.object("trace", line),
            false => self.line(line),
        }
    }

    /// Text of the trace: secrets are hidden unless the user asked to see them.
    fn shown(&self, text: &str) -> String {
        if self.diagnosis.show_secrets { escaped(text).into_owned() } else { self.clean(text) }
    }

    /// Tells what happens on the way to a token.
    pub fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Secrets(secrets) => self.conceal(secrets),
            Event::Prompt(prompt) => return self.prompt(prompt),
            Event::Made(Message::Post(post)) => {
                self.about(&post.url);
                self.conceal(post);
            }
            Event::Made(Message::Identity(call)) => {
                self.about(&call.url);
                self.conceal(call);
            }
            // Before a line of it can be shown.
            Event::Reply(reply) | Event::Repeated(&Event::Reply(reply)) => self.conceal_tokens(reply),
            _ => {}
        }
        self.record_event(&event);
        if let Event::Repeated(_) = event {
            return;
        }
        match event {
            Event::Made(message) => {
                self.tried = None;
                self.asks_for_token = message.asks_for_token();
                self.wait_for_answer(message.url());
            }
            Event::Retry { wait, attempt, of } => self.wait(move |since| {
                let left = wait.saturating_sub(since).as_secs_f64();
                format!("attempt {} of {} in {left:.0} s", attempt + 1, of + 1)
            }),
            Event::Tried { attempts, of } => self.tried(attempts, of),
            Event::Moment(..) => {}
            Event::Waiting => self
                .wait(|since| format!("waiting for another run that asks for the same token, {} s", since.as_secs())),
            _ => self.waited(),
        }
        if let Event::Made(Message::Post(post)) = event {
            self.statements(post);
        }
        if let Some(text) = warning(&event) {
            return match event {
                // Whoever logs in without a word must know of it.
                Event::StartedTwice => self.warn_always(&text),
                _ => self.warn(&text),
            };
        }
        match event {
            _ if !self.diagnosis.verbose => {}
            Event::Next(_) | Event::Made(_) | Event::Tried { .. } | Event::Repeated(_) => {}
            Event::Moment(message, moment) => self.trace_moment(message, moment),
            Event::Reply(reply) => self.trace_reply(reply),
            Event::Failed(error) => self.note(&error.to_string()),
            Event::Retry { wait, attempt, of } => {
                self.note(&format!("retry {attempt} of {of} in {:.1} s", wait.as_secs_f64()));
            }
            Event::NonceWanted => {
                self.note("the server wants its nonce in the proof: the request goes out once more (RFC 9449 §8)");
            }
            Event::ProofKey(key) => {
                self.note(&format!("DPoP key: jkt {}, {}", key.thumbprint(), key.alg().name()));
            }
            Event::Discovered(metadata) => self.trace_metadata(metadata),
            Event::Metadata(event) => self.note(&match event {
                MetadataEvent::Used { age } => {
                    format!("cache: the issuer's metadata was kept {} s ago; the issuer is not asked", age.as_secs())
                }
                MetadataEvent::NotKept(trouble) => format!("cache: the issuer's metadata is not kept: {trouble}"),
                MetadataEvent::Forgotten | MetadataEvent::NotForgotten(_) => {
                    "cache: the issuer's metadata is forgotten; the next run asks for it".to_owned()
                }
            }),
            Event::Kept(verdict) => self.note(&format!("cache: {verdict}")),
            Event::NotReused => self.note("cache: it is not known when the token expires, so it is not reused"),
            Event::RefreshGivenUp(error) => self.note(&format!("cache: the refresh token is given up: {error}")),
            Event::NoLock(trouble) => self.note(&format!("cache: no lock, so this run asks by itself: {trouble}")),
            Event::Waiting => self.note("cache: another run is asking for this token; waiting for it"),
            Event::Overdue => self.note("cache: the other run is overdue, so this one asks by itself"),
            Event::Shared => self.note("cache: another run has just fetched the token"),
            Event::PassedOver(PassedOver { setting, proxy, host }) => {
                self.note(&format!("{setting} = {proxy} is passed over: {host} is this machine, and the proxy is not"));
            }
            Event::Oddity(Oddity::NoLifetime) => {
                self.note("the lifetime is 0 s, so it is not known when the token expires");
            }
            Event::Oddity(Oddity::LongToken(bytes)) => {
                self.note(&format!("the token has {bytes} bytes: many servers refuse headers of that size"));
            }
            Event::Asking(fields) => self.trace_asking(fields),
            Event::Listened(line) => self.note(line),
            Event::CameBack(query) => self.note(&format!("the browser came back: {query}")),
            Event::Polled { count, why, wait } => {
                self.note(&format!("poll {count}: {why}; again in {} s", wait.as_secs_f64().round()));
            }
            Event::Secrets(_)
            | Event::Prompt(_)
            | Event::ForeignAnswer(_)
            | Event::StartedTwice
            | Event::NoBrowser(_)
            | Event::Unpasted(_)
            | Event::Doubt(_)
            | Event::IdTokenUnchecked(_)
            | Event::NotRenewable(_)
            | Event::Oddity(Oddity::NamesItsType)
            | Event::Unusable(_)
            | Event::NotKept(_)
            | Event::LoginNotKept(_)
            | Event::LoginForgotten
            | Event::TlsWarning(_)
            | Event::GrantUnlisted(_)
            | Event::MethodUnlisted(_)
            | Event::AlgUnlisted(_)
            | Event::AudienceIgnored(_)
            | Event::OtherType { .. }
            | Event::ProofAlgUnlisted(_)
            | Event::ScopesNotNamed(_) => {}
            Event::ScopesUnasked(scopes) => self.note(&format!("granted unasked: {}", capped(&scopes.join(" "), 600))),
            Event::AudienceLacks(names) => {
                self.note(&format!("the token's aud does not name {}", names.join(" ")));
            }
            Event::Deviation(deviation) => self.note(&format!("deviation: {} ({})", deviation.what, deviation.section)),
        }
    }

    /// What the JWTs in an answer say of whom they are from and for, what they allow, and until when. Logs are read by many: no
    /// other claim is told.
    pub fn jwts(&self, token: &Token, now: SystemTime) {
        let id_token = token.id_token.clone().or_else(|| token.members.string("id_token").map(Secret::new));
        for (name, jwt) in [("access_token", Some(&token.access_token)), ("id_token", id_token.as_ref())] {
            if let Some(claims) = jwt.and_then(|jwt| jwt::claims(jwt.expose())) {
                self.note(&format!("{name}: a JWT, not verified{}", in_short(&claims, now)));
            }
        }
    }

    /// What the JWTs say that go out, and that one comes too late.
    pub fn statements(&mut self, post: &Post) {
        for Statement { name, header, claims, expired } in &post.statements {
            let header = header.as_ref().map_or(String::new(), |header| format!("{} ", header.to_text(false)));
            self.note(&format!("{name}: {header}{}", claims.to_text(false)));
            if let Some(ago) = expired {
                let ago = humantime::format_duration(Duration::from_secs(ago.as_secs().max(1)));
                self.warn(&format!("{name} expired {ago} ago; it is sent as it is, and the server judges"));
            }
        }
    }

    /// Tokens of an answer become secrets of this run, before a line of it can be shown.
    fn conceal_tokens(&mut self, reply: &Reply) {
        self.conceal_tokens_in(&reply.body);
        if let Ok(token) = github::token(reply) {
            self.conceal(&token);
        }
    }

    /// What a person is asked for, a parameter a line.
    fn trace_asking(&self, fields: &[Field]) {
        for field in fields {
            let value = match &field.value {
                FieldValue::Plain(value) => value,
                FieldValue::Secret(_) => MASK,
            };
            self.note(&format!("{} = {value}", field.name));
        }
    }

    fn trace_metadata(&self, metadata: &Metadata) {
        self.note(&format!("token_endpoint = {} (discovery)", metadata.token_endpoint.without_query()));
        for (name, values) in [("auth methods", &metadata.auth_methods), ("grants", &metadata.grant_types)] {
            if let Some(values) = values {
                self.note(&format!("the server's metadata lists these {name}: {}", values.join(", ")));
            }
        }
    }
}

/// The claims that are told of a token that came.
fn in_short(claims: &Members, now: SystemTime) -> String {
    // At most so much of one (characters).
    const LONGEST: usize = 200;
    let one = |names: &[&str]| {
        let (name, value) = names.iter().find_map(|name| Some((*name, claims.get(name)?)))?;
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Number(number) if name == "exp" => {
                number.as_f64().map_or_else(|| number.to_string(), |seconds| moment(seconds, now))
            }
            Value::Array(items) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            }
            other => other.to_string(),
        };
        Some(format!("; {name} {}", capped(&text, LONGEST)))
    };
    let told = [&["iss"][..], &["aud"], &["azp", "client_id"], &["scope", "scp"], &["exp"]].map(one);
    told.into_iter().flatten().collect()
}

/// What is told whoever looks, because it may not be what was wanted.
fn warning(event: &Event<'_>) -> Option<String> {
    Some(match event {
        Event::Unusable(trouble) => format!("the kept token is not used: {trouble}"),
        Event::NotKept(trouble) => format!("the token is not kept: {trouble}"),
        Event::LoginNotKept(trouble) => {
            format!("the login ends with this token: the refresh token that came with it is not kept: {trouble}")
        }
        Event::LoginForgotten => "the login was forgotten while it was refreshed: it ends with this token".to_owned(),
        Event::Metadata(MetadataEvent::NotForgotten(trouble)) => {
            format!("the issuer's metadata, which may be out of date, is still kept: {trouble}")
        }
        Event::TlsWarning(TlsWarning::OpenKey(warning)) => warning.clone(),
        Event::TlsWarning(TlsWarning::NotYetValid { from }) => {
            format!("the client certificate is not valid before {}; it goes out all the same", time(*from))
        }
        Event::TlsWarning(TlsWarning::HasExpired { at }) => {
            format!("the client certificate has expired ({}); it goes out all the same", time(*at))
        }
        Event::TlsWarning(TlsWarning::SkippedRoots(count)) => {
            format!("{count} of the CA certificates could not be read and do not count")
        }
        Event::GrantUnlisted(grant) => format!("the server's metadata does not list the {grant} grant"),
        Event::MethodUnlisted(method) => format!("the server's metadata does not list auth method {method}"),
        Event::AudienceIgnored(names) => format!("the token's aud does not name {}", names.join(" ")),
        Event::OtherType { asked, issued } => {
            format!("the token that was issued is {}, and {asked} was asked for", capped(issued, 100))
        }
        Event::AlgUnlisted(alg) => format!("the server's metadata does not list {alg} for assertions of clients"),
        Event::ProofAlgUnlisted(alg) => format!("the server's metadata does not list {alg} for DPoP proofs"),
        Event::ForeignAnswer(error) => {
            format!("an answer came that is not to this login, and says '{}'; it is not looked at", excerpt(error, 200))
        }
        Event::StartedTwice => {
            "the start address was opened a second time: somebody else may be logging in here".into()
        }
        Event::NoBrowser(why) => format!("no browser could be opened, so do it by hand: {why}"),
        Event::Unpasted(why) => format!("what was pasted does not count: {why}"),
        Event::IdTokenUnchecked(what) | Event::Doubt(what) => (*what).to_owned(),
        Event::NotRenewable(hints) => {
            let hints = hints.iter().map(|hint| format!("; {hint}"));
            format!("no refresh token came: the login ends with this token{}", hints.collect::<String>())
        }
        Event::ScopesNotNamed(scopes) => format!("not named among the granted scopes: {}", scopes.join(" ")),
        Event::Oddity(Oddity::NamesItsType) => {
            "the access_token begins with 'Bearer ', which a header says too; it is printed as it came".into()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Trouble;
    use crate::http::Moment;
    use crate::settings::Diagnosis;
    use crate::wire::Timings;

    #[test]
    fn what_happens_is_told_in_words() {
        for (event, expected) in [
            (Event::NotKept(&Trouble::NoHome), format!("warning: the token is not kept: {}\n", Trouble::NoHome)),
            (Event::Unusable(&Trouble::NoHome), format!("warning: the kept token is not used: {}\n", Trouble::NoHome)),
            (
                Event::NoLock(&Trouble::NoHome),
                format!("* cache: no lock, so this run asks by itself: {}\n", Trouble::NoHome),
            ),
            (Event::Waiting, "* cache: another run is asking for this token; waiting for it\n".into()),
            (Event::Overdue, "* cache: the other run is overdue, so this one asks by itself\n".into()),
            (Event::Shared, "* cache: another run has just fetched the token\n".into()),
            (
                Event::TlsWarning(&TlsWarning::SkippedRoots(3)),
                "warning: 3 of the CA certificates could not be read and do not count\n".into(),
            ),
            (Event::ScopesNotNamed(&["a", "b"]), "warning: not named among the granted scopes: a b\n".into()),
            (Event::ScopesUnasked(&["c"]), "* granted unasked: c\n".into()),
            (Event::AudienceLacks(&["x".into()]), "* the token's aud does not name x\n".into()),
            (
                Event::Oddity(Oddity::NoLifetime),
                "* the lifetime is 0 s, so it is not known when the token expires\n".into(),
            ),
        ] {
            let mut reporter = Reporter::new(Diagnosis { verbose: true, ..Diagnosis::default() }).gathering(1);
            reporter.event(event);
            assert_eq!(anstream::adapter::strip_str(&reporter.gathered()).to_string(), expected);
        }
    }

    #[test]
    fn of_a_token_that_came_these_claims_alone_are_told() {
        let now = std::time::UNIX_EPOCH + Duration::from_secs(1_795_626_245);
        for (claims, expected) in [
            (
                r#"{"sub":"ada","iss":"https://idp.example","aud":["a","b"],"azp":"x","client_id":"y","scope":"r w","scp":["z"],
                    "exp":1795629725,"iat":1,"email":"ada@example.com"}"#,
                "; iss https://idp.example; aud a b; azp x; scope r w; exp 2026-11-25 18:02:05 UTC (in 58 min)",
            ),
            (r#"{"client_id":"y","scp":["r","w"],"exp":"soon"}"#, "; client_id y; scp r w; exp soon"),
            (r#"{"aud":{"a":1},"exp":-5}"#, r#"; aud {"a":1}; exp -5 s since 1970"#),
            (r#"{"sub":"ada"}"#, ""),
        ] {
            assert_eq!(in_short(&Members::parse(claims).unwrap().unwrap(), now), expected);
        }
    }

    #[test]
    fn neither_token_of_a_jobs_identity_is_shown() {
        let url = "https://platform.example/t?v=1";
        let variable = |name: &str| if name.ends_with("URL") { url } else { "cr3dential" };
        let question = github::Question::new(Some("a"), &|name| Some(variable(name).into())).unwrap();
        let token = "e30.e30.c2lnbmF0dXJl";
        let body = format!(r#"{{"count":7,"value":"{token}"}}"#).into_bytes();
        let (headers, bends, timings) = (Vec::new(), Vec::new(), Timings::default());
        let head = "HTTP/1.1 200 OK".to_owned();
        let reply = Reply { status: 200, head, headers, bends, body, undecoded: None, timings };
        let mut reporter = Reporter::new(Diagnosis { verbose: true, ..Diagnosis::default() }).gathering(1);
        let message = Message::Identity(question.call());
        reporter.event(Event::Made(&message));
        reporter.event(Event::Moment(&message, &Moment::Sending { forwarder: None, kept: false }));
        reporter.event(Event::Reply(&reply));
        reporter.note(&format!("echo: cr3dential {token}"));
        let told = anstream::adapter::strip_str(&reporter.gathered()).to_string();
        let (exchange, rest) = told.split_once("* time").unwrap();
        assert_eq!(
            exchange,
            "> GET /t?v=1&audience=a HTTP/1.1\n> Host: platform.example\n> Authorization: bearer ***\n\
             > Accept: application/json; api-version=2.0\n> Accept-Encoding: identity\n\
             > User-Agent: oauth2tok/"
                .to_owned()
                + env!("CARGO_PKG_VERSION")
                + "\n< HTTP/1.1 200 OK\n< {\"count\":7,\"value\":\"***\"}\n"
        );
        assert!(rest.ends_with("* echo: *** ***\n"), "{rest}");
    }
}
