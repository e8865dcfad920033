//! Proofs of possession for calls to an API (RFC 9449 §7), and which commands can do with a token that needs one.

use super::session::Session;
use crate::oauth::dpop::TOKEN_TYPE;
use crate::oauth::jwt::Jwt;
use crate::oauth::{ProofKey, Proven, Token, jwt};
use crate::problem::{self, Class, Problem};
use crate::report::Reporter;
use crate::secret::Secret;
use crate::settings::{ForeignCall, Format, Settings};
use crate::wire::Url;

/// The header field of a proof.
pub(super) const PROOF: &str = "DPoP";

/// Shows what a proof would say.
pub(super) fn tell_rehearsed(proof: &Jwt, reporter: &mut Reporter) {
    let (header, claims) = (proof.header.to_text(false), proof.claims.to_text(false));
    reporter.remark(&format!("DPoP proof, not signed: {header} {claims}"));
}

/// That what is to be printed is of use with a token that is bound to a key.
///
/// # Errors
/// A form that lacks the proof which goes with each call, or that is read by somebody who makes none.
pub(super) fn check_output(settings: &Settings) -> problem::Result<()> {
    let output = &settings.output;
    if settings.request.dpop.is_none() || output.call.is_some() {
        return Ok(());
    }
    let name = output.format.name();
    match output.format {
        // The command is the token request, and a note says that its proof is missing.
        Format::Curl if settings.diagnosis.dry_run => Ok(()),
        Format::Header | Format::Curl => Err(Problem::usage(
            format!("-o {name}: a token that is bound to a key goes with a proof for one call (RFC 9449 §7.1)"),
            "say which call it is: --for 'POST https://api.example.com/things'",
        )),
        Format::ExecCredential => Err(Problem::usage(
            format!("-o {name}: the token would be sent as Bearer, and it is bound to a key (RFC 9449 §7.2)"),
            "--no-dpop asks for a token that is not",
        )),
        Format::Token | Format::Json | Format::Env | Format::Ttl => Ok(()),
    }
}

/// That whoever is handed the token by `command` can have its key.
///
/// # Errors
/// A key that would be gone, or in the cache.
pub(super) fn check_key(settings: &Settings, command: &str) -> problem::Result<()> {
    match &settings.request.dpop {
        Some(dpop) if dpop.key.is_none() => Err(no_key(command)),
        _ => Ok(()),
    }
}

/// The fault of one that cannot.
pub(super) fn no_key(command: &str) -> Problem {
    Problem::usage(
        format!("{command}: the token would be bound to a key that nobody else has"),
        "--dpop-key file:PATH names one that whoever uses the token has too; --no-dpop asks for a token that needs none",
    )
}

/// That `token` is not bound to a key where none was asked for: whoever is handed it would send it as Bearer.
///
/// # Errors
/// One that is.
pub(super) fn check_unbound(session: &Session, token: Token) -> problem::Result<Token> {
    let is_bound = token.token_type.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(TOKEN_TYPE));
    if !is_bound || session.request.dpop.is_some() {
        return Ok(token);
    }
    let problem =
        Problem::in_words(Class::BadResponse, "the token is bound to a key, which was not asked for (RFC 9449)");
    Err(problem.hint("--dpop-key file:PATH asks for one that is bound to a key which whoever uses the token has too"))
}

/// Warns of a key that is gone with this run: nobody else could use the token.
pub(super) fn warn_of_lost_key(session: &Session, token: &Token, reporter: &mut Reporter) {
    let Some(dpop) = &session.request.dpop else { return };
    if dpop.key.is_none() && session.settings.output.call.is_none() && !session.is_reused(token) {
        reporter.warn(
            "the token is of no use after this run: its key is kept nowhere; --cache keeps it for --for and 'request', and --dpop-key gives one",
        );
    }
}

/// The key of a token that is bound to one.
///
/// # Errors
/// As [`Session::proof_key`], and a key that was not kept.
pub(super) fn key_of(session: &Session, token: &Token, reporter: &mut Reporter) -> problem::Result<Option<ProofKey>> {
    if session.request.dpop.is_none() {
        return Ok(None);
    }
    let key = session.proof_key(token, reporter)?;
    key.map(Some).ok_or_else(|| {
        Problem::in_words(Class::BadResponse, "the key that the kept token is bound to cannot be read")
            .hint("--force-new asks for another token, with a key of its own")
    })
}

/// A proof for a call that somebody else makes with `token`.
///
/// # Errors
/// As [`key_of`] and [`prove`].
pub(super) fn for_call(
    call: &ForeignCall,
    session: &Session,
    token: &Token,
    reporter: &mut Reporter,
) -> problem::Result<Option<Secret>> {
    let Some(key) = key_of(session, token, reporter)? else { return Ok(None) };
    // Who runs the token endpoint may be the API as well.
    let nonce = call.nonce.clone().or_else(|| session.nonces().of(&call.url));
    let place = (call.method.as_str(), &call.url);
    let proof = prove(&key, session, place, nonce.as_deref(), &token.access_token, reporter)?;
    Ok(Some(proof.compact))
}

/// A new proof for one call with `token`.
///
/// # Errors
/// A system without random bytes.
pub(super) fn prove(
    key: &ProofKey,
    session: &Session,
    (method, url): (&str, &Url),
    nonce: Option<&str>,
    token: &Secret,
    reporter: &mut Reporter,
) -> problem::Result<Jwt> {
    let proof = key.proof(&Proven { method, url, dated: session.signing_time(), nonce, token: Some(token) })?;
    reporter.conceal(&proof.compact);
    jwt::signature(&proof.compact).iter().for_each(|signature| reporter.conceal(signature));
    reporter.note(&format!("DPoP: {} {}", proof.header.to_text(false), proof.claims.to_text(false)));
    Ok(proof)
}
