//! The main job: fetch a token, print it.

use std::sync::Arc;

use super::context::Context;
use super::dry_run;
use super::proofs;
use super::result;
use super::session::Session;
use crate::problem;
use crate::report::Reporter;
use crate::settings::Layer;

/// Runs it.
///
/// # Errors
/// Whatever stands between the user and the token.
pub fn run(flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let context = Arc::new(context);
    let mut session = Session::open_checked(flags, &context, reporter, proofs::check_output)?;
    result::expect(&mut session);
    if session.settings.diagnosis.dry_run {
        return dry_run::show(&session, reporter);
    }
    let token = session.fetch(reporter)?;
    result::print(&session, &token, &context, reporter)
}
