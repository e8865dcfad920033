//! What `--dry-run` shows instead of sending it.

use std::time::SystemTime;

use serde_json::Value;

use super::proofs;
use super::session::Session;
use crate::oauth::assertion::Audience;
use crate::oauth::jwt::Jwt;
use crate::oauth::login::authorize::{self, Fresh};
use crate::oauth::login::{Login, Way};
use crate::oauth::{Assertion, Attempt, Endpoint, Field, Grant, Post, Request, Server};
use crate::problem::{self, Problem};
use crate::render::request::{CurlOptions, curl, curl_url, http, variables};
use crate::report::{Reporter, write_stdout};
use crate::secret::source::line;
use crate::secret::{MASK, Secret, Source};
use crate::settings::{Format, Http, Output};
use crate::wire::Url;

/// What stands where a number would be drawn.
pub const NEW: &str = "(new each time)";

/// Shows the request that would be sent.
pub fn show(session: &Session, reporter: &mut Reporter) -> problem::Result<()> {
    let server = session.request.server.url();
    session.pool().check(server).map_err(|error| error.problem(server))?;
    write_stdout(&text(session, reporter)?)?;
    Ok(())
}

/// The request that would be sent, as HTTP or as a curl command.
///
/// # Errors
/// A key that is none, or that does not go with what is said of it.
pub fn text(session: &Session, reporter: &mut Reporter) -> problem::Result<String> {
    let settings = &session.settings;
    // The path is the server's to say; the origin is the best that is known without asking.
    let (endpoint, audience) = (session.request.server.url(), session.request.server.audience());
    let discovered = matches!(session.request.server, Server::Issuer(_));
    let (now, dated) = (SystemTime::now(), session.signing_time());
    let tokens: Vec<_> = session.request.ready_made().map(|(name, token)| (name, token.secret.clone())).collect();
    let mut attempt = Attempt { endpoint, audience, now, dated, tokens: &tokens, assertion: None, proof: None };
    let assertion = rehearsed_assertion(session, &attempt, reporter)?;
    let mut proof = session.rehearsed_proof(("POST", endpoint), NEW, reporter)?;
    if let Some(proof) = proof.as_mut().filter(|_| discovered) {
        proof.claims.replace("htu", &unknown(endpoint));
    }
    attempt.assertion = assertion.as_ref();
    attempt.proof = proof.as_ref();
    let login = session.request.login.as_ref().map(|login| Rehearsed::of(&session.request, login, &settings.output));
    let post = login.as_ref().map_or(&session.request, |login| &login.last).post(&attempt);
    reporter.about(endpoint);
    reporter.conceal(&session.request);
    reporter.conceal(&post);
    if discovered {
        warn_of_unknown("token endpoint", reporter);
    }
    for (name, token) in settings.request.ready_made() {
        if matches!(token.secret, Source::GitHub { .. }) {
            reporter.remark(&format!("{name} is asked for at GitHub when the request goes out; a dry run asks nobody"));
        }
    }
    tell_assertion(assertion.as_ref(), reporter);
    if let Some(proof) = &proof {
        proofs::tell_rehearsed(proof, reporter);
    }
    Ok(if settings.output.format == Format::Curl {
        let mut options = curl_options(&settings.http, reporter);
        if session.pool().passed_over(&post.url).is_some() {
            options.push(("--noproxy", Some("*".to_owned())));
        }
        if proof.is_some() {
            reporter.remark("the DPoP proof is missing: curl cannot make one, and each request needs a new one");
        }
        let mut variables = variables(&post);
        let url = if discovered {
            variables.push("TOKEN_ENDPOINT");
            "\"${TOKEN_ENDPOINT:?}\"".to_owned()
        } else {
            curl_url(&post.url)
        };
        if !variables.is_empty() {
            reporter.remark(&format!("the command reads these shell variables: {}", variables.join(", ")));
        }
        if let Some(login) = &login
            && login.login.way == Way::Browser
        {
            reporter.remark("redirect_uri is the one that the code was asked for with, its port included");
        }
        if let Some(variable) = unset_assertion(session, &post) {
            let (words, more) = match &settings.profile {
                Some(name) => (format!("-p {}", line(std::slice::from_ref(name))), ""),
                None => ("…".to_owned(), ", with the flags of this run"),
            };
            reporter.remark(&format!("fill it with: {variable}=$(oauth2tok assertion {words}){more}"));
        }
        curl(&post, &url, &options)
    } else {
        let named = discovered.then_some("token_endpoint");
        let last = shown(&post, named, settings.diagnosis.show_secrets);
        match &login {
            Some(login) => placed(login.shown(&attempt, settings.diagnosis.show_secrets) + &last),
            None => last,
        }
    })
}

/// What stands for a token endpoint that nobody knows before the issuer is asked.
fn unknown(issuer: &Url) -> Value {
    format!("<token_endpoint of {issuer}>").into()
}

/// The assertion that a request would carry, not signed.
fn rehearsed_assertion(
    session: &Session,
    attempt: &Attempt<'_>,
    reporter: &mut Reporter,
) -> problem::Result<Option<Jwt>> {
    let request = &session.request;
    let mut assertion = session.keys(reporter)?.maker.as_ref().map(|maker| maker.unsigned(request, attempt, NEW));
    let names_it = |assertion: &Assertion| assertion.terms.audience == Audience::TokenEndpoint;
    if let (Some(jwt), Server::Issuer(issuer)) = (&mut assertion, &request.server)
        && request.assertion.as_deref().is_some_and(names_it)
    {
        jwt.claims.replace("aud", &unknown(issuer.url()));
    }
    Ok(assertion)
}

fn tell_assertion(assertion: Option<&Jwt>, reporter: &mut Reporter) {
    if let Some(jwt) = assertion {
        let (header, claims) = (jwt.header.to_text(false), jwt.claims.to_text(false));
        reporter.remark(&format!("assertion, not signed: {header} {claims}"));
    }
}

/// The request with these fields that the client would send to another endpoint than the one for tokens.
///
/// # Errors
/// A key that is none, or that does not go with what is said of it.
pub fn of_client(
    session: &Session,
    of: Endpoint,
    fields: Vec<Field>,
    reporter: &mut Reporter,
) -> problem::Result<Post> {
    let request = &session.request;
    check_named(request, of)?;
    let (endpoint, audience) = (request.server.url(), request.server.audience());
    let (now, dated) = (SystemTime::now(), session.signing_time());
    let tokens: Vec<_> = request.ready_made().map(|(name, token)| (name, token.secret.clone())).collect();
    let mut attempt = Attempt { endpoint, audience, now, dated, tokens: &tokens, assertion: None, proof: None };
    let assertion = rehearsed_assertion(session, &attempt, reporter)?;
    tell_assertion(assertion.as_ref(), reporter);
    attempt.assertion = assertion.as_ref();
    let post = request.post_to(request.endpoints.get(of).unwrap_or(endpoint), fields, &attempt, true);
    reporter.conceal(request);
    Ok(post)
}

/// That an endpoint is given, or that there is an issuer which may name it.
///
/// # Errors
/// Neither.
pub fn check_named<S>(request: &Request<S>, of: Endpoint) -> problem::Result<()> {
    match (&request.server, request.endpoints.get(of)) {
        (Server::Endpoint(url), None) => Err(of.lacking(url.without_query())),
        _ => Ok(()),
    }
}

/// Warns of an endpoint that only the issuer names.
pub fn warn_of_unknown(what: &str, reporter: &mut Reporter) {
    reporter.warn(&format!("the {what} is not known before the issuer is asked, and a dry run asks nobody"));
}

/// That a command is shown where nothing is sent.
///
/// # Errors
/// One that would be shown instead of the answer.
pub fn check_output(as_curl: bool, is_dry: bool) -> problem::Result<()> {
    match as_curl && !is_dry {
        true => Err(Problem::usage("-o curl shows the request instead of sending it", "add --dry-run")),
        false => Ok(()),
    }
}

/// Shows requests to an endpoint that is given, or that nobody knows before the issuer is asked; each with a line between it and
/// the next, as HTTP or as a curl command.
///
/// # Errors
/// stdout that cannot be written to.
pub fn show_posts(
    posts: &[Post],
    named: Option<Endpoint>,
    as_curl: bool,
    (http, show_secrets): (&Http, bool),
    reporter: &mut Reporter,
) -> problem::Result<()> {
    posts.iter().for_each(|post| reporter.conceal(post));
    if let Some(of) = named {
        warn_of_unknown(of.in_words(), reporter);
    }
    if !as_curl {
        let texts: Vec<_> = posts.iter().map(|post| shown(post, named.map(Endpoint::name), show_secrets)).collect();
        return Ok(write_stdout(&texts.join("\n"))?);
    }
    let options = curl_options(http, reporter);
    let mut read: Vec<String> = Vec::new();
    let mut texts = Vec::new();
    for post in posts {
        let url = match named {
            Some(of) => format!("\"${{{}:?}}\"", of.name().to_ascii_uppercase()),
            None => curl_url(&post.url),
        };
        let names = variables(post).into_iter().map(str::to_owned);
        for name in names.chain(named.map(|of| of.name().to_ascii_uppercase())) {
            if !read.contains(&name) {
                read.push(name);
            }
        }
        texts.push(curl(post, &url, &options));
    }
    if !read.is_empty() {
        reporter.remark(&format!("the command reads these shell variables: {}", read.join(", ")));
    }
    Ok(write_stdout(&texts.join("\n"))?)
}

/// A request as HTTP. Its endpoint is `named` where nobody knows it before the issuer is asked.
fn shown(post: &Post, named: Option<&str>, show_secrets: bool) -> String {
    let shown = http(post, show_secrets);
    let Some(named) = named else { return shown };
    let rest = shown.split_once("\nHost: ").and_then(|(_, rest)| rest.split_once('\n')).map_or("", |(_, rest)| rest);
    format!("POST <{named} of {}> HTTP/1.1\n{rest}", post.url)
}

/// The same with names in the place of what only a run knows, which makes its lengths unknown as well.
fn placed(text: String) -> String {
    let is_known = |line: &&str| !line.starts_with("Content-Length: ");
    let mut text: String = text.split_inclusive('\n').filter(is_known).collect();
    for name in ["code", "code_verifier", "device_code", "state", "nonce"] {
        for before in ["&", "\n"] {
            text = text.replace(&format!("{before}{name}={MASK}"), &format!("{before}{name}=<{name}>"));
        }
    }
    for name in ["port", "code_challenge", "dpop_jkt"] {
        text = text.replace(&format!("%3C{name}%3E"), &format!("<{name}>"));
    }
    text
}

/// The requests of a login, as far as they are known before a person was asked.
struct Rehearsed<'r> {
    request: &'r Request,
    login: &'r Login,
    fresh: Fresh,
    redirect_uri: String,
    /// The one that brings the token.
    last: Request,
}

impl<'r> Rehearsed<'r> {
    fn of(request: &'r Request, login: &'r Login, output: &Output) -> Self {
        let fresh = Fresh::told(request);
        let redirect_uri = match login.redirects.first() {
            // A shell would take that for something else.
            Some(redirect) if redirect.is_listened() && redirect.port().is_none() && output.format != Format::Curl => {
                redirect.at("<port>")
            }
            Some(redirect) => redirect.as_str().to_owned(),
            None => String::new(),
        };
        let named = |name: &str| Secret::meant(format!("<{name}>"));
        let grant = match login.way {
            Way::Browser => Grant::code(&named("code"), &redirect_uri, fresh.verifier.as_ref()),
            Way::Device => Grant::device(&named("device_code"), fresh.verifier.as_ref()),
        };
        let last = Request { grant, ..request.clone() };
        Self { request, login, fresh, redirect_uri, last }
    }

    /// Those before the last, with an empty line behind each.
    fn shown(&self, attempt: &Attempt<'_>, show_secrets: bool) -> String {
        let (request, server) = (self.request, self.request.server.url());
        let post = |of: Endpoint, fields: Vec<Field>| {
            let given = request.endpoints.get(of);
            let post = request.post_to(given.unwrap_or(server), fields, attempt, true);
            shown(&post, given.is_none().then_some(of.name()), show_secrets) + "\n"
        };
        if self.login.way == Way::Device {
            return post(Endpoint::DeviceAuthorization, authorize::device_fields(request, &self.fresh));
        }
        let jkt = request.dpop.is_some().then_some("<dpop_jkt>");
        let mut fields = authorize::fields(request, &self.fresh, &self.redirect_uri, jkt);
        let mut text = String::new();
        if self.login.par {
            text = post(Endpoint::PushedAuthorization, fields);
            let id = request.client.as_ref().map_or("", |client| &client.id);
            fields = authorize::pushed_fields(id, &Secret::meant("<request_uri>")).into();
        }
        let (of, given) = (Endpoint::Authorization, request.endpoints.get(Endpoint::Authorization));
        let url = authorize::told_url(given.unwrap_or(server), &fields);
        let (target, host) = match given {
            Some(given) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let target = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
                (target.to_owned(), format!("Host: {}\n", given.authority()))
            }
            None => (format!("<{} of {server}>{}", of.name(), &url[server.as_str().len()..]), String::new()),
        };
        format!("{text}GET {target} HTTP/1.1\n{host}\n")
    }
}

/// The variable that the command takes the assertion from, where it is not the one that the user named.
fn unset_assertion<'p>(session: &Session, post: &'p Post) -> Option<&'p str> {
    let name = session.request.assertion_field()?;
    let mut named = session.settings.request.ready_made();
    let is_set = named.any(|(of, token)| of == name && matches!(token.secret, Source::Env(_)));
    let field = post.fields.iter().find(|field| field.name == name).filter(|_| !is_set)?;
    Some(&field.value.credential()?.variable)
}

/// The HTTP settings in curl's words.
pub fn curl_options(http: &Http, reporter: &mut Reporter) -> CurlOptions {
    let path = |path: &std::path::PathBuf| Some(path.display().to_string());
    let seconds = |span: std::time::Duration| Some(span.as_secs_f64().to_string());
    let mut options: CurlOptions =
        vec![("--connect-timeout", seconds(http.connect_timeout)), ("--max-time", seconds(http.timeout))];
    if let Some(file) = &http.cacert {
        options.push(("--cacert", path(file)));
    }
    for (option, source) in [("--cert", &http.cert), ("--key", &http.key)] {
        match source {
            Some(Source::File(file)) => options.push((option, path(file))),
            Some(_) => reporter.remark(&format!("{option} is left out: curl takes it from a file alone")),
            None => {}
        }
    }
    if http.insecure {
        options.push(("--insecure", None));
    }
    if let Some(proxy) = &http.proxy {
        let bare = without_userinfo(proxy.expose());
        if bare != proxy.expose() {
            reporter.remark("the proxy's user name and password are left out; curl takes them from --proxy-user");
        }
        options.push(("--proxy", Some(bare)));
    }
    options
}

/// A proxy's URL without the credentials it may hold: a command line is no place for them.
fn without_userinfo(proxy: &str) -> String {
    match proxy.rsplit_once('@') {
        Some((before, host)) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://{host}"),
            None => host.to_owned(),
        },
        None => proxy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_credentials_stay_out_of_a_command_line() {
        for (proxy, expected) in
            [("http://u:p@proxy:1", "http://proxy:1"), ("u:p@proxy:1", "proxy:1"), ("socks5://proxy", "socks5://proxy")]
        {
            assert_eq!(without_userinfo(proxy), expected);
        }
    }
}
