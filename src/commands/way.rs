//! A server and the way to it, for what is asked without a client: metadata and keys.

use std::sync::Arc;
use std::time::SystemTime;

use super::context::{Context, warn_of_server};
use super::session::{client_cert, read_secret};
use crate::acquire::{Asking, Event, Material, Means};
use crate::deadline::Deadline;
use crate::http::Pool;
use crate::problem;
use crate::report::Reporter;
use crate::settings::Reach;

/// It, with what is said of it.
pub struct Way {
    /// As much as the settings say.
    pub reach: Reach,
    /// When everything must be done.
    pub deadline: Deadline,
    context: Arc<Context>,
    pool: Arc<Pool>,
}

impl Way {
    /// The way that `reach` says, until `deadline`; the client certificate is read, if there is one.
    ///
    /// # Errors
    /// A certificate that cannot be read.
    pub fn to(
        reach: Reach,
        deadline: Deadline,
        context: &Arc<Context>,
        reporter: &mut Reporter,
    ) -> problem::Result<Self> {
        let env = &context.env;
        let lookup = |name: &str| env.os(name);
        warn_of_server(&reach.layer, reporter);
        let mut reader = reach.layer.reader(&lookup, deadline);
        let client = client_cert((&reach.http, &reach.layer), &lookup, |asked| read_secret(&mut reader, asked, env))?;
        client.iter().for_each(|client| reporter.conceal(client));
        // A person at a prompt may take their time.
        let deadline = deadline.later_by(reader.asked());
        drop(reader);
        let pool = context.pool(&reach.http, client.as_ref());
        Ok(Self { reach, deadline, context: Arc::clone(context), pool })
    }

    /// The connections.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Has `work` ask with all that this takes.
    pub fn with_means<T>(
        &self,
        reporter: &mut Reporter,
        work: impl FnOnce(&Means<'_>, &mut dyn FnMut(Event<'_>)) -> T,
    ) -> T {
        let redactor = reporter.redactor().clone();
        let means = Means {
            pool: &self.pool,
            with_certificate: self.reach.http.cert.is_some(),
            deadline: self.deadline,
            retry: self.reach.http.retry,
            strict: self.reach.diagnosis.strict,
            instead: None,
            clock: &SystemTime::now,
            discovered: &self.context.discovered,
            // What is looked at is what the server says now.
            metadata: None,
            redactor: &redactor,
            material: &Material::NONE,
            nonces: &self.context.nonces,
            asking: Asking::Nobody(""),
        };
        let outcome = work(&means, &mut |event| reporter.event(event));
        for warning in self.pool.warnings() {
            reporter.event(Event::TlsWarning(&warning));
        }
        outcome
    }
}
