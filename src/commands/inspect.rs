//! What a token says of itself, and whether it holds: read it, find whose keys must have signed it, check, and tell.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::context::Context;
use super::given;
use super::session::read_secret;
use super::way::Way;
use crate::acquire::AcquireError;
use crate::cli::{InspectArgs, VerifyArgs};
use crate::crypto::sha256;
use crate::deadline::Deadline;
use crate::files;
use crate::jose::{self, Keys};
use crate::json::{self, Members};
use crate::named;
use crate::oauth::inspect::{
    As, InputError, Inspected, Keyring, Obstacle, Offered, Part, Terms, Verified, inspect, tokens, verify,
};
use crate::oauth::login::id_token::LEEWAY;
use crate::oauth::reply::date_of;
use crate::oauth::requirement::{Check, verdict};
use crate::oauth::{Endpoint, Role, jwt};
use crate::problem::{self, Class, Problem};
use crate::render;
use crate::report::{Reporter, stdout_is_terminal, write_stdout};
use crate::secret::Secret;
use crate::settings::{Asked, Key, Layer, Reach, patience};
use crate::wire::Url;

/// The longest file of keys that is read (bytes).
const LONGEST_SET: u64 = 4 << 20;

/// What can be done where `--jwks` leads to no keys.
const NO_SET: &str = "--jwks is the address of a JWK Set, such as the server's jwks_uri, or a file with one";

/// What in a key is a secret.
const SECRET_MEMBERS: [&str; 7] = ["k", "d", "p", "q", "dp", "dq", "qi"];

impl From<InputError> for Problem {
    fn from(error: InputError) -> Self {
        Self::usage(error.to_string(), error.hint())
    }
}

/// Where the keys are.
enum Source {
    /// They are here: the user's own set.
    Own(Keys),
    /// There.
    At(Url),
    /// Where the issuer says.
    Issuer,
}

/// The issuer's keys, as far as they are to be had, and what was heard on the way there.
#[derive(Default)]
struct Heard {
    keys: Option<Keys>,
    /// The issuer, as its metadata names it.
    issuer: Option<String>,
    /// The server's clock.
    clock: Option<SystemTime>,
    /// Why there are none.
    trouble: Option<Problem>,
}

/// Runs it.
///
/// # Errors
/// What is no token; nothing to verify with; a check that fails; keys that cannot be had.
pub fn run(args: InspectArgs, flags: Layer, context: &Arc<Context>, reporter: &mut Reporter) -> problem::Result<()> {
    let layer = context.layer(flags, reporter)?;
    let mut deadline = patience(&layer);
    let reach = match args.verify.is_some() || layer.get(Key::Cert).is_some() {
        true => Some(Reach::from_layer(layer.clone(), &context.env)?),
        false => None,
    };
    let source = match (&args.verify, &reach) {
        (Some(verify), Some(reach)) => Some(source(verify, reach, context, deadline, reporter)?),
        _ => None,
    };
    let text = given::token(args.token.as_deref(), &layer, context, &mut deadline, reporter)?;
    let offered = tokens(text.expose())?;
    offered.iter().for_each(|offered| reporter.conceal(&offered.token));

    let now = SystemTime::now();
    let is_bound =
        |offered: &Offered| jwt::claims(offered.token.expose()).is_some_and(|claims| claims.raw("cnf").is_some());
    let certificate = match &reach {
        Some(reach) if offered.iter().any(is_bound) => thumbprint(reach, context, deadline, reporter)?,
        _ => None,
    };
    let mut seen: Vec<_> = offered.iter().map(|offered| inspect(offered, certificate.as_deref(), now)).collect();
    let mut outcome = Outcome::default();
    if let (Some(args), Some(reach), Some(source)) = (&args.verify, reach, source) {
        let job = Job { args, offered: &offered, context, deadline, now };
        outcome = job.verify(reach, source, &mut seen, reporter)?;
    }
    let is_alone = offered.iter().any(|offered| offered.part == Part::Alone);
    if !args.required.is_empty() {
        let subjects = seen.iter_mut().filter(|seen| matches!(seen.part, Part::Alone | Part::Access));
        subjects.for_each(|seen| seen.require(&args.required, now));
    }
    seen.iter_mut().for_each(|seen| blot_out(seen, reporter));
    match args.json {
        true => {
            let report = json::reformat(&render::inspect::report(&seen, now), stdout_is_terminal());
            write_stdout(&format!("{report}\n"))?;
        }
        false => reporter.searched_page(&render::inspect::page(&seen, now))?,
    }

    if let Some(trouble) = outcome.trouble {
        return Err(trouble);
    }
    let has = |part| is_alone || offered.iter().any(|offered| offered.part == part);
    let meant = args.verify.as_ref().map(|verify| (verify.meant, verify.nonce.is_some()));
    let wants_access = !args.required.is_empty() || matches!(meant, Some((As::Access, _)));
    let wants_id = matches!(meant, Some((As::Id, _) | (_, true)));
    let lacks = [("access_token", wants_access, Part::Access), ("id_token", wants_id, Part::Id)];
    if let Some((name, ..)) = lacks.into_iter().find(|(_, is_wanted, part)| *is_wanted && !has(*part)) {
        let message = format!("no {name} stands in the answer, and so none passes the checks");
        return Err(Problem::in_words(Class::Check, message));
    }
    if args.verify.is_some() && offered.iter().all(|offered| offered.part == Part::Other) {
        let message = "nothing was verified: every token in the answer is for its server alone, as refresh tokens are";
        return Err(Problem::in_words(Class::Check, message));
    }
    let hints = outcome.hints.iter().map(|hint| reporter.foreign(hint));
    judge(&seen).map_err(|problem| problem.hints(hints).searched())
}

/// Takes the secrets out of all that is quoted. The words and names of the report itself stay, whatever word a token is.
fn blot_out(seen: &mut Inspected, reporter: &Reporter) {
    if reporter.diagnosis().show_secrets {
        return;
    }
    let blotted = |text: &mut String| *text = reporter.foreign(text);
    for part in [&mut seen.header, &mut seen.claims] {
        *part = part.take().and_then(|part| Members::parse(&reporter.foreign(&part.to_line())).ok().flatten());
    }
    seen.times.iter_mut().for_each(|time| blotted(&mut time.name));
    seen.findings.iter_mut().for_each(|found| [&mut found.finding, &mut found.place].into_iter().for_each(blotted));
    seen.checks.iter_mut().for_each(|check| blotted(&mut check.detail));
    if seen.part != Part::Alone {
        blotted(&mut seen.name);
    }
}

/// The verdict on all of them.
fn judge(seen: &[Inspected]) -> problem::Result<()> {
    match seen {
        [one] => verdict(&called(one), &one.checks),
        several => {
            let named = |seen: &Inspected| {
                let checks = seen.checks.iter().filter(|check| check.has_failed()).cloned();
                checks
                    .map(|check| Check { detail: format!("{}: {}", seen.name, check.detail), ..check })
                    .collect::<Vec<_>>()
            };
            let failed: Vec<_> = several.iter().flat_map(named).collect();
            let mut those = several.iter().filter(|seen| seen.checks.iter().any(Check::has_failed));
            match (those.next(), those.next()) {
                (Some(one), None) => verdict(&called(one), &one.checks),
                _ => verdict("the answer", &failed),
            }
        }
    }
}

/// What it is called in a sentence.
fn called(seen: &Inspected) -> String {
    format!("the {}", seen.name.replace('_', " "))
}

/// Where the keys are that everything is to be verified with.
fn source(
    args: &VerifyArgs,
    reach: &Reach,
    context: &Context,
    deadline: Deadline,
    reporter: &mut Reporter,
) -> problem::Result<Source> {
    if reach.layer.is_on(Key::DryRun) {
        return Err(Problem::usage(
            "inspect --verify has no dry run",
            "without --verify nothing is sent; with --jwks FILE nothing is either",
        ));
    }
    let Some(given) = &args.jwks else {
        return match (reach.endpoints.get(Endpoint::Jwks), reach.issuer()) {
            (Some(url), _) => Ok(Source::At(url.clone())),
            (None, Some(_)) => Ok(Source::Issuer),
            (None, None) => Err(Problem::usage(
                "there is nothing to verify with: no issuer and no keys are named",
                "give --issuer URL, a profile that names it (-p NAME), or the keys: --jwks FILE",
            )),
        };
    };
    let is_url = given
        .split_once("://")
        .is_some_and(|(scheme, _)| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
    if is_url {
        let url =
            Url::parse(given).map_err(|error| Problem::usage(format!("--jwks: {error}"), "give FILE or https://…"))?;
        if !url.is_protected() {
            return Err(Problem::usage(
                "--jwks: plain http would let others put in their keys; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])",
                format!("write --jwks https{}", given.split_at(4).1),
            ));
        }
        return Ok(Source::At(url));
    }
    let path = context.expanded("--jwks", given.strip_prefix("file:").unwrap_or(given))?;
    own(&path, deadline, reporter).map(Source::Own)
}

/// The user's own set, secrets and all.
fn own(path: &Path, deadline: Deadline, reporter: &mut Reporter) -> problem::Result<Keys> {
    let shown = named::file(path);
    let bytes = files::read(path, LONGEST_SET, &deadline).map_err(|error| {
        let shortage = error.shortage();
        Problem::usage(
            format!("--jwks: cannot read {shown}: {error}"),
            "give a JWK Set as FILE, or the https URL of one",
        )
        .for_want_of(shortage, Class::Unreached)
    })?;
    let mut secrets = Vec::new();
    // What is no JSON is told below.
    let _ =
        json::texts_under(&bytes, &|name| SECRET_MEMBERS.contains(&name), &mut |text| secrets.push(Secret::new(text)));
    secrets.iter().for_each(|secret| reporter.conceal(secret));
    Keys::parse_own(&bytes).map_err(|error| {
        Problem::usage(
            format!("--jwks: {shown} is no JWK Set: {error}"),
            "a set is {\"keys\":[…]}, as at the server's jwks_uri",
        )
    })
}

/// The thumbprint of the client certificate (RFC 8705 §3.1), if there is one.
fn thumbprint(
    reach: &Reach,
    context: &Context,
    deadline: Deadline,
    reporter: &mut Reporter,
) -> problem::Result<Option<String>> {
    let Some(source) = &reach.http.cert else { return Ok(None) };
    let lookup = |name: &str| context.env.os(name);
    let mut reader = reach.layer.reader(&lookup, deadline);
    let role = Role::of_file(Key::Cert.name());
    let asked = Asked { key: Key::Cert, role: &role, source, origin: &reach.layer.origin(Key::Cert) };
    let text = read_secret(&mut reader, &asked, &context.env)?;
    reporter.conceal(&text);
    let certificates = jose::certificates(text.expose().as_bytes());
    let certificates = certificates
        .map_err(|fault| Problem::usage(format!("cert: {fault}"), "cert is the client certificate, as PEM"))?;
    Ok(certificates.first().map(|der| URL_SAFE_NO_PAD.encode(sha256(der))))
}

/// What came of verifying.
#[derive(Default)]
struct Outcome {
    hints: Vec<String>,
    /// Why it is not known whether they hold.
    trouble: Option<Problem>,
}

/// Tokens that are to be verified.
struct Job<'a> {
    args: &'a VerifyArgs,
    offered: &'a [Offered],
    context: &'a Arc<Context>,
    deadline: Deadline,
    now: SystemTime,
}

impl Job<'_> {
    fn verify(
        &self,
        reach: Reach,
        source: Source,
        seen: &mut [Inspected],
        reporter: &mut Reporter,
    ) -> problem::Result<Outcome> {
        let layer = reach.layer.clone();
        let nonce = self.args.nonce.as_deref().map(Secret::new);
        let client_id = layer.text(Key::ClientId).map(str::to_owned);
        let own_name = reach.issuer().map(|issuer| issuer.expected().unwrap_or(issuer.as_str()).to_owned());
        let mut access = self.offered.iter().filter(|offered| offered.part == Part::Access);
        // Of two nobody knows which one came with the ID token.
        let access = access.next().filter(|_| access.next().is_none()).map(|offered| offered.token.clone());
        let mut terms = Terms {
            meant: self.args.meant,
            issuer: own_name.as_deref(),
            client_id: client_id.as_deref(),
            nonce: nonce.as_ref(),
            access_token: access.as_ref(),
            leeway: self.args.leeway.unwrap_or(LEEWAY),
            now: self.now,
            server_clock: None,
        };
        // Where the user's own set has secrets, one of those must have signed it.
        let is_own = matches!(&source, Source::Own(keys) if keys.has_secrets());
        let secret = match !is_own && self.offered.iter().any(|offered| Keyring::wants_secret(offered, &terms)) {
            true => self.client_secret(&layer, reporter)?,
            false => None,
        };
        let client_secret = secret.as_ref();
        let needs_keys = self.offered.iter().zip(&*seen).any(|(offered, seen)| {
            let ring = Keyring { keys: None, client_secret };
            let verified = verify(offered, seen.form, &terms, ring);
            verified.is_some_and(|verified| verified.obstacle == Some(Obstacle::NoKeys))
        });
        let heard = match source {
            Source::Own(keys) => Heard { keys: Some(keys), ..Heard::default() },
            // What no key can make good is not worth a request.
            _ if !needs_keys => Heard::default(),
            source => self.hear(reach, &source, reporter)?,
        };
        if let Some(issuer) = &heard.issuer {
            terms.issuer = Some(issuer);
        }
        terms.server_clock = heard.clock;
        let ring = Keyring { keys: heard.keys.as_ref(), client_secret };
        let mut outcome = Outcome { hints: Vec::new(), trouble: heard.trouble };
        for (offered, seen) in self.offered.iter().zip(seen) {
            let Some(verified) = verify(offered, seen.form, &terms, ring) else { continue };
            seen.take(&verified);
            let Verified { checks, obstacle, hints } = verified;
            if obstacle == Some(Obstacle::Algorithm) {
                let detail = checks.into_iter().next().map(|check| check.detail).unwrap_or_default();
                let message = format!("{} cannot be verified: {detail}", called(seen));
                outcome.trouble.get_or_insert_with(|| {
                    Problem::in_words(Class::BadResponse, message).hints(hints.into_iter().take(1))
                });
            } else {
                hints.into_iter().for_each(|hint| {
                    if !outcome.hints.contains(&hint) {
                        outcome.hints.push(hint);
                    }
                });
            }
        }
        Ok(outcome)
    }

    fn client_secret(&self, layer: &Layer, reporter: &mut Reporter) -> problem::Result<Option<Secret>> {
        let Some(source) = layer.source(Key::ClientSecret) else { return Ok(None) };
        let lookup = |name: &str| self.context.env.os(name);
        let mut reader = layer.reader(&lookup, self.deadline);
        let role = Role::of_setting(Key::ClientSecret.name(), "Client secret");
        let asked =
            Asked { key: Key::ClientSecret, role: &role, source: &source, origin: &layer.origin(Key::ClientSecret) };
        let secret = read_secret(&mut reader, &asked, &self.context.env)?;
        reporter.conceal(&secret);
        Ok(Some(secret))
    }

    /// The keys of the server.
    fn hear(&self, reach: Reach, source: &Source, reporter: &mut Reporter) -> problem::Result<Heard> {
        let issuer = reach.issuer().cloned();
        let way = Way::to(reach, self.deadline, self.context, reporter)?;
        let mut heard = Heard::default();
        let answer = way.with_means(reporter, |means, on_event| {
            let url = match (source, &issuer) {
                (Source::At(url), _) => url.clone(),
                (_, Some(issuer)) => {
                    let metadata = means.metadata_for(issuer, &[Endpoint::Jwks], on_event)?;
                    heard.issuer = Some(metadata.issuer.clone());
                    let named = metadata.endpoint_of(Endpoint::Jwks, false).map_err(|error| {
                        AcquireError::Metadata { url: metadata.issuer.clone(), error, hints: Vec::new() }
                    })?;
                    match named {
                        Some(url) => url.clone(),
                        None => return Ok(None),
                    }
                }
                (_, None) => return Ok(None),
            };
            means.key_set(&url, on_event).map(|reply| Some((url, reply)))
        });
        match answer {
            Err(error) => {
                let is_gone = matches!(error, AcquireError::NoKeys { .. });
                let mut problem = Problem::from(error);
                if is_gone && problem.class == Class::BadResponse && self.args.jwks.is_some() {
                    problem.hints = vec![NO_SET.to_owned()];
                }
                heard.trouble = Some(problem);
            }
            Ok(None) => {
                heard.trouble = Some(
                    Problem::in_words(Class::BadResponse, "the issuer's metadata names no jwks_uri")
                        .hint("write jwks_uri into the profile, or give the keys: --jwks FILE|URL"),
                );
            }
            Ok(Some((url, reply))) => {
                heard.clock = date_of(&reply);
                match Keys::parse(&reply.body) {
                    Ok(keys) => heard.keys = Some(keys),
                    Err(error) => {
                        let message = format!("what {} answered is no JWK Set: {error}", url.without_query());
                        let hint = self.args.jwks.as_ref().map(|_| NO_SET.to_owned());
                        heard.trouble = Some(Problem::in_words(Class::BadResponse, message).hints(hint));
                    }
                }
            }
        }
        Ok(heard)
    }
}
