//! The main job: fetch a token, print it.

use std::sync::Arc;
use std::time::SystemTime;

use super::context::Context;
use super::dry_run;
use super::proofs;
use super::session::Session;
use crate::problem;
use crate::render;
use crate::report::{Reporter, stdout_is_terminal, write_stdout};
use crate::settings::{Format, Layer};

/// Runs it.
///
/// # Errors
/// Whatever stands between the user and the token.
pub fn run(flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let context = Arc::new(context);
    let mut session = Session::open_checked(flags, &context, reporter, proofs::check_output)?;
    session.look_for(session.settings.output.field.clone());
    if session.settings.output.format == Format::ExecCredential {
        session.hand_over(session.settings.output.field.clone());
    }
    if session.settings.diagnosis.dry_run {
        return dry_run::show(&session, reporter);
    }
    let token = session.fetch(reporter)?;
    let output = &session.settings.output;
    let is_printed =
        token.refresh_token.as_ref().is_some_and(|came| render::tokens_printed(&token, output).contains(came));
    session.warn_of_loss(&token, Some(is_printed), reporter);
    proofs::warn_of_lost_key(&session, &token, reporter);
    let proof = match &output.call {
        Some(call) => proofs::for_call(call, &session, &token, reporter)?,
        None => None,
    };
    let text = render::result(&token, output, proof.as_ref(), SystemTime::now(), stdout_is_terminal())?;
    if output.mask && context.env.text("GITHUB_ACTIONS").as_deref() == Some("true") {
        render::tokens_printed(&token, output).iter().for_each(|token| reporter.mask(token));
    }
    write_stdout(&text)?;
    let by_certificate = session.request.client.as_ref().is_some_and(|client| client.kind.by_certificate);
    if by_certificate && matches!(session.settings.output.format, Format::Header | Format::Curl) {
        reporter.note(
            "the token may be bound to the client certificate (RFC 8705 §3): give curl that too, by --cert and --key",
        );
    }
    Ok(())
}
