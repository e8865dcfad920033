//! What a run prints of its token.

use std::time::SystemTime;

use zeroize::Zeroizing;

use super::context::Context;
use super::proofs;
use super::session::Session;
use crate::oauth::Token;
use crate::problem;
use crate::render;
use crate::report::{Reporter, stdout_is_terminal};
use crate::settings::Format;

/// Has the session look for what is to be printed.
pub(super) fn expect(session: &mut Session) {
    let field = session.settings.output.field.clone();
    if session.settings.output.format == Format::ExecCredential {
        session.hand_over(field.clone());
    }
    session.look_for(field);
}

/// Prints it.
///
/// # Errors
/// A token that does not have the form asked for; a proof that cannot be made; stdout that cannot be written to.
pub(super) fn print(
    session: &Session,
    token: &Token,
    context: &Context,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let output = &session.settings.output;
    let is_printed =
        token.refresh_token.as_ref().is_some_and(|came| render::tokens_printed(token, output).contains(came));
    session.warn_of_loss(token, Some(is_printed), reporter);
    let text = text(session, token, reporter)?;
    if output.mask && context.env.text("GITHUB_ACTIONS").as_deref() == Some("true") {
        render::tokens_printed(token, output).iter().for_each(|token| reporter.mask(token));
    }
    reporter.result(&text)?;
    let by_certificate = session.request.client.as_ref().is_some_and(|client| client.kind.by_certificate);
    if by_certificate && matches!(session.settings.output.format, Format::Header | Format::Curl) {
        reporter.note(
            "the token may be bound to the client certificate (RFC 8705 §3): give curl that too, by --cert and --key",
        );
    }
    Ok(())
}

/// What is printed of it.
///
/// # Errors
/// A token that does not have the form asked for; a proof that cannot be made.
pub(super) fn text(session: &Session, token: &Token, reporter: &mut Reporter) -> problem::Result<Zeroizing<String>> {
    let output = &session.settings.output;
    proofs::warn_of_lost_key(session, token, reporter);
    let proof = match &output.call {
        Some(call) => proofs::for_call(call, session, token, reporter)?,
        None => None,
    };
    Ok(render::result(token, output, proof.as_ref(), SystemTime::now(), stdout_is_terminal())?)
}
