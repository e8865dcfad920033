//! What an answer to a token request comes to, whoever has it: a run that waited for it, or a person who found it in a file.
//! Nothing here asks anybody.

use std::collections::BTreeSet;

use super::{AcquireError, Event};
use crate::oauth::diagnosis::{self, Circumstances};
use crate::oauth::grant::token_exchange;
use crate::oauth::reply::{self, ResponseError, TokenResponse};
use crate::oauth::{Request, Token, jwt};
use crate::wire::Reply;

/// The token of `reply`, which was read as `answer`; what deserves a look is told on the way. With `strict` nothing is
/// tolerated.
///
/// # Errors
/// An answer that is no token, with what can be done about it by all that is `known`; deviations, if `strict`.
pub fn judged(
    reply: &Reply,
    answer: Result<TokenResponse, ResponseError>,
    known: &Circumstances<'_>,
    strict: bool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Token, AcquireError> {
    let request = known.request;
    if answer.is_err() {
        reply::bends_of_http(reply).iter().for_each(|bend| on_event(Event::Deviation(bend)));
    }
    let answer = answer.map_err(|response| {
        let message = response.told_of(request, known.endpoint, known.of);
        let asked = response.is("invalid_scope") && !request.scope.is_empty();
        let asked = asked.then(|| format!("the scope that was asked for: {}", request.scope.join(" ")));
        AcquireError::Response { message, hints: diagnosis::hints(&response, known), asked, response }
    })?;
    for deviation in &answer.deviations {
        on_event(Event::Deviation(deviation));
    }
    for oddity in answer.oddities {
        on_event(Event::Oddity(oddity));
    }
    if strict && !answer.deviations.is_empty() {
        return Err(AcquireError::Deviations(answer.deviations));
    }
    if let Some(granted) = answer.token.scope.as_deref().filter(|_| !request.scope.is_empty()) {
        let (missing, unasked) = scope_difference(&request.scope, granted);
        if !missing.is_empty() {
            on_event(Event::ScopesNotNamed(&missing));
        }
        if !unasked.is_empty() {
            on_event(Event::ScopesUnasked(&unasked));
        }
    }
    let lacks = audience_lacks(request, &answer.token);
    let is_exchange = request.grant.kind.name == token_exchange::KIND.name;
    match lacks.is_empty() {
        true => {}
        false if is_exchange => on_event(Event::AudienceIgnored(&lacks)),
        false => on_event(Event::AudienceLacks(&lacks)),
    }
    if let Some((asked, issued)) = other_type(request, &answer.token) {
        on_event(Event::OtherType { asked: &asked, issued: &issued });
    }
    Ok(answer.token)
}

/// How the granted scope differs from the one that was asked for: what it lacks, and what was granted unasked (RFC 6749 §3.3:
/// a server that grants another scope must say so; whoever runs a script should know). Some servers take a comma in a scope for
/// the end of it.
fn scope_difference<'a>(requested: &'a [String], granted: &'a [String]) -> (Vec<&'a str>, Vec<&'a str>) {
    fn split(scope: &str) -> impl Iterator<Item = &str> {
        std::iter::once(scope).chain(scope.split(',').filter(|part| part.len() < scope.len()))
    }
    let given: BTreeSet<&str> = granted.iter().map(String::as_str).collect();
    let asked: BTreeSet<&str> = requested.iter().flat_map(|scope| split(scope)).collect();
    let is_given =
        |scope: &&str| given.contains(scope) || scope.contains(',') && split(scope).skip(1).all(|s| given.contains(s));
    let missing = requested.iter().map(String::as_str).filter(|scope| !is_given(scope)).collect();
    let extra = granted.iter().map(String::as_str).filter(|scope| !asked.contains(scope)).collect();
    (missing, extra)
}

/// The audiences and resources that were asked for and that a token, which is a JWT, does not name (RFC 7519 §4.1.3). Some
/// servers ignore either parameter without a word.
fn audience_lacks(request: &Request, token: &Token) -> Vec<String> {
    let asked = request.audience.iter().chain(&request.resource);
    if request.audience.is_empty() && request.resource.is_empty() {
        return Vec::new();
    }
    let Some(claims) = jwt::claims(token.access_token.expose()) else { return Vec::new() };
    let named = jwt::audience(&claims);
    asked.filter(|name| !named.contains(name)).cloned().collect()
}

/// The type of token that was asked for in an exchange, and the other one that was issued (RFC 8693 §2.2.1).
fn other_type(request: &Request, token: &Token) -> Option<(String, String)> {
    let part = request.grant.parts.iter().find(|part| part.need.name == "requested_token_type");
    let asked = token_exchange::type_uri(part?.value.plain()?);
    let issued = token.members.string("issued_token_type").filter(|issued| *issued != asked)?;
    Some((asked.into_owned(), issued))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(requested: &str, granted: &str, missing: &str, extra: &str) {
        let split = |text: &str| text.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let (requested, granted) = (split(requested), split(granted));
        let (lacks, adds) = scope_difference(&requested, &granted);
        assert_eq!((lacks.join(" "), adds.join(" ")), (missing.to_owned(), extra.to_owned()));
    }

    #[test]
    fn a_scope_is_compared_as_a_set() {
        check("a b", "b a", "", "");
        check("", "a", "", "a");
        check("a b", "a", "b", "");
        check("a", "a c", "", "c");
        check("a", "", "a", "");
        check("a,b", "a b", "", "");
        check("a,b", "a,b", "", "");
        check("a,b", "a", "a,b", "");
    }
}
