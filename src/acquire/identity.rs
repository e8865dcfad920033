//! Asking the platform that runs a job who it is.

use super::attempt::{Repetition, Undelivered};
use super::{AcquireError, Event, Means, Message};
use crate::http::Pool;
use crate::identity::github::{self, Question};
use crate::oauth::reply;
use crate::secret::Secret;
use crate::wire::Reply;

impl Means<'_> {
    /// The identity token that GitHub gives a job. It is asked over `pool`, whose roots and credentials are not those of the
    /// server that the token is for; the terms are the same.
    ///
    /// # Errors
    /// [`AcquireError::Unasked`] and [`AcquireError::Identity`]
    pub fn identity(
        &self,
        question: &Question,
        pool: &Pool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Secret, AcquireError> {
        let means = Means { pool, ..*self };
        let judge = |reply: &Reply| {
            let token = github::token(reply);
            let repetition = match token {
                Ok(_) => Repetition::Done,
                Err(_) if reply::is_passing(reply.status) => {
                    Repetition::Again { wait: reply::retry_after(reply, (self.clock)()) }
                }
                Err(_) => Repetition::Final,
            };
            (token, repetition)
        };
        let make = |_: &mut dyn FnMut(Event<'_>)| Ok(Message::Identity(question.call()));
        let (token, _) = means.deliver(question.url(), &make, on_event, judge).map_err(|error| match error {
            Undelivered::Transport(error) => AcquireError::Unasked { platform: question.url().clone(), error },
            Undelivered::Unmade(problem) => AcquireError::Unmade(Box::new(problem)),
        })?;
        Ok(token?)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::acquire::tests::{pool, serve, with_means};
    use crate::problem::Problem;

    const TOKEN: &str = "e30.e30.c2lnbmF0dXJl";

    /// Asks at `url`, once more where that may help.
    fn ask_at(url: &str, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Secret, AcquireError> {
        let variable = |name: &str| if name.ends_with("URL") { url } else { "cr3dential" };
        let question = Question::new(Some("api://x"), &|name| Some(variable(name).into())).unwrap();
        with_means(|means| Means { with_certificate: true, retry: 1, ..means }.identity(&question, &pool(), on_event))
    }

    /// What comes of asking a server that gives these answers, each a status line with more of the head, and a body; and
    /// the heads of the requests that it saw.
    fn ask(answers: &[(&str, &str)]) -> (Result<Secret, AcquireError>, Vec<String>) {
        let (url, server) = serve(answers.iter().copied());
        let token = ask_at(&(url + "?v=1"), &mut |_| {});
        (token, server.join().unwrap().into_iter().map(|[head, _]| head).collect())
    }

    #[test]
    fn a_job_asks_until_there_is_an_answer() {
        let good = format!(r#"{{"value":"{TOKEN}"}}"#);
        let busy = ("503 Busy\r\nRetry-After: 0", "");
        let (token, requests) = ask(&[busy, ("200 OK", &good)]);
        assert_eq!(token.unwrap(), Secret::new(TOKEN));
        assert_eq!(requests.len(), 2);
        for request in requests {
            assert!(request.starts_with("GET /token?v=1&audience=api%3A%2F%2Fx HTTP/1.1\r\n"), "{request}");
            assert!(request.contains("\r\nAuthorization: bearer cr3dential\r\n"), "{request}");
        }
        let told = |answers: &[(&str, &str)]| {
            let problem = Problem::from(ask(answers).0.unwrap_err());
            (problem.class.exit_code(), problem.message())
        };
        assert_eq!(
            told(&[("429 Slow\r\nRetry-After: 0", ""), busy]),
            (6, "GitHub gives no identity tokens now (HTTP 503)".into())
        );
        // What may be the token is not sent elsewhere, and not asked for twice.
        let away = format!("302 Found\r\nLocation: http://127.0.0.1:1/{TOKEN}");
        assert_eq!(
            told(&[(&away, &good)]),
            (2, "GitHub gave no identity token: it redirects, which is not followed (HTTP 302)".into())
        );
        assert_eq!(told(&[("403 No", "")]), (2, "GitHub refuses the job its identity token (HTTP 403)".into()));
    }

    #[test]
    fn a_platform_that_is_not_reached_is_no_fault_of_the_job() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        drop(listener);
        let mut retries = 0;
        let outcome = ask_at(&url, &mut |event| retries += u32::from(matches!(event, Event::Retry { .. })));
        let problem = Problem::from(outcome.unwrap_err());
        assert_eq!((problem.class.exit_code(), retries), (5, 1));
    }
}
