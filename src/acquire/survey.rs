//! All that an issuer says of itself, and its keys: asked for whatever an earlier run kept, and never kept.

use std::time::{Duration, UNIX_EPOCH};

use super::discover::{Arrival, Came, Missed};
use super::{AcquireError, Event, Means};
use crate::oauth::discovery::{DiscoveryError, Issuer};
use crate::oauth::reply;
use crate::oauth::survey::{Standard, Survey, Visit};
use crate::wire::Url;

impl Means<'_> {
    /// Asks `issuer` at the places of `standards`, each of them whatever comes from another. What a run would fail with is
    /// told beside the survey, where no document can be used.
    ///
    /// # Errors
    /// No place answers at all.
    pub fn survey(
        &self,
        issuer: &Issuer,
        standards: &[Standard],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Survey, Option<AcquireError>), AcquireError> {
        let mut visits = Vec::new();
        let mut ends = Vec::new();
        for standard in standards {
            let place = standard.location(issuer);
            let before = self.deadline.remaining();
            let Arrival { place: end, came } = self.arrive(place.clone(), on_event)?;
            let took = before.saturating_sub(self.deadline.remaining());
            let visit = visit(*standard, place, &end, &came);
            visit.bends.iter().for_each(|bend| on_event(Event::Deviation(bend)));
            visits.push(Visit { took, ..visit });
            ends.push((end, came));
        }
        let survey = Survey::of(issuer, visits);
        if survey.metadata.is_some() {
            return Ok((survey, None));
        }
        let error = why_none(issuer, &survey, ends);
        match survey.documents.iter().any(|document| document.visit.status.is_some()) {
            true => Ok((survey, Some(error))),
            false => Err(error),
        }
    }

    /// Asks for the keys: at `given`, else where the survey says that they are.
    pub fn survey_keys(&self, survey: &mut Survey, given: Option<&Url>, on_event: &mut dyn FnMut(Event<'_>)) {
        let Some(url) = given.or(survey.keys_uri()).cloned() else { return survey.lack_keys() };
        let now = (self.clock)().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let came = self.key_set(&url, on_event);
        let came = match &came {
            Ok(reply) => Ok(&*reply.body),
            Err(AcquireError::Transport { error, .. }) => Err(error.to_string()),
            Err(AcquireError::Unmade(problem)) => Err(problem.message()),
            Err(error) => Err(error.to_string()),
        };
        survey.take_keys(&url, came, now);
    }
}

fn visit(standard: Standard, place: String, end: &str, came: &Came) -> Visit {
    let redirected = (end != place).then(|| end.to_owned());
    let (status, body, bends) = match came {
        Came::Document(reply) => {
            let body = match &reply.undecoded {
                Some(why) if reply.body.is_empty() => Err(format!("its Content-Encoding cannot be undone: {why}")),
                _ => Ok(reply.body.clone()),
            };
            (Some(reply.status), body, reply::bends_of_http(reply))
        }
        Came::Nothing { status, why } => (*status, Err(why.clone()), Vec::new()),
        Came::Lost(_, error) => (None, Err(error.to_string()), Vec::new()),
    };
    Visit { standard, place, redirected, status, took: Duration::ZERO, body, bends }
}

/// What a run fails with where no document can be used.
fn why_none(issuer: &Issuer, survey: &Survey, ends: Vec<(String, Came)>) -> AcquireError {
    let mut missed = Missed::default();
    for (document, (end, came)) in survey.documents.iter().zip(ends) {
        let noted = match (came, &document.read) {
            (Came::Document(reply), Some(Err(error))) => missed.note_unfit(issuer, end, &reply, error.clone()),
            (Came::Document(reply), _) => missed.note_unfit(issuer, end, &reply, DiscoveryError::NotAnObject),
            (other, _) => missed.note(end, other),
        };
        if let Err(error) = noted {
            return error;
        }
    }
    missed.error(issuer)
}
