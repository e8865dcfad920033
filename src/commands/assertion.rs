//! The assertion that a token request would carry, printed instead of sent.

use std::sync::Arc;
use std::time::Instant;

use super::context::{Context, warn_of_run};
use super::session::{Session, read_secret};
use crate::deadline::Deadline;
use crate::json::Members;
use crate::oauth::assertion::{Audience, Signer};
use crate::oauth::jwt;
use crate::problem::{self, Class, Problem};
use crate::report::{Reporter, stdout_is_terminal};
use crate::secret::Secret;
use crate::settings::{Key, Layer};

/// What is said of tokens and of proofs of possession, and means nothing here.
const OF_TOKENS: [Key; 9] = [
    Key::Output,
    Key::Field,
    Key::Wrap,
    Key::EnvName,
    Key::Cache,
    Key::ForceNew,
    Key::MinValid,
    Key::For,
    Key::DpopNonce,
];

/// Prints it, or as `json` what it says, not signed.
///
/// # Errors
/// Settings that have no assertion; whatever stands in its way.
pub fn run(json: bool, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let began = Instant::now();
    if flags.is_on(Key::DryRun) {
        return Err(Problem::usage(
            "assertion has no dry run",
            "'oauth2tok assertion -o json' shows what it would say, and signs nothing",
        ));
    }
    let context = Arc::new(context);
    let mut settings = Session::settings_without(&OF_TOKENS, flags, &context, reporter)?;
    settings.request.dpop = None;
    let name = settings.request.assertion_field().ok_or_else(|| {
        Problem::usage(
            "the token request carries no assertion",
            "have one made: --auth-method private_key_jwt --signing-key file:PATH, or --grant-type jwt-bearer; or give a ready-made one: --client-assertion SOURCE",
        )
    })?;
    let made = settings.request.assertion.as_ref();
    let is_shared = made.is_some_and(|assertion| matches!(assertion.signer, Signer::Secret));
    let is_made = made.is_some();
    let is_located = made.is_some_and(|assertion| assertion.terms.audience == Audience::TokenEndpoint);
    // Whatever else the request holds need not be read: it stays here.
    let is_needed = |setting: &str| match setting {
        "cert" | "key" | "key_passphrase" => is_located,
        setting if is_made => setting.starts_with("signing_") || is_shared && setting == Key::ClientSecret.name(),
        setting => setting == name,
    };
    let deadline = Deadline::since(began, settings.http.timeout);
    warn_of_run(&settings.layer, reporter);
    let session = Session::begin_with(settings, deadline, &context, reporter, |reader, asked| {
        match is_needed(asked.role.setting) {
            true => read_secret(reader, asked, &context.env),
            false => Ok(Secret::new("")),
        }
    })?;
    let (text, made) = session.assertion(name, !json, reporter)?;
    if !json {
        return reporter.result(&format!("{}\n", text.expose()));
    }
    let parts = made.map(|jwt| (jwt.header, jwt.claims)).or_else(|| jwt::header_and_claims(text.expose()));
    let (header, claims) = parts.ok_or_else(|| {
        let message = format!("{name} is no JWT: it has no header and no claims to show");
        Problem::in_words(Class::Usage, message).hint("without -o json it is printed as it would go out")
    })?;
    let mut shown = Members::default();
    for (name, part) in [("header", header), ("claims", claims)] {
        shown.push_raw(name, &part.to_line());
    }
    reporter.result(&format!("{}\n", shown.to_text(stdout_is_terminal())))
}
