//! A login that is kept: refreshed in silence, once for all who want it, and not thrown away on a doubt.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::harness::browser::in_two_steps;
use crate::harness::server::{Answer, Server, json, token_with};
use crate::harness::{Run, at_once, home, oauth2tok};

/// Has every token of an hour count as expired.
const EXPIRED: [&str; 2] = ["--min-valid", "2h"];

/// A home in which somebody logged in at a server that answers refreshes so; `n` counts them from 1.
struct Kept {
    home: Arc<tempfile::TempDir>,
    server: Server,
}

impl Kept {
    fn new(refreshed: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        let refreshes = AtomicUsize::new(0);
        let server = Server::scripted(move |_, request| match request.field("refresh_token") {
            Some(_) => refreshed(refreshes.fetch_add(1, Ordering::SeqCst) + 1),
            None => token(0),
        });
        let kept = Self { home: home(), server };
        let text = format!(
            "profiles:\n  p: {{ token_endpoint: '{}', authorization_endpoint: '{}/a', grant_type: authorization_code, client_id: app }}\n",
            kept.server.url(),
            kept.server.origin()
        );
        fs::create_dir_all(kept.home.path().join("config/oauth2tok")).unwrap();
        fs::write(kept.home.path().join("config/oauth2tok/config.yaml"), text).unwrap();
        in_two_steps(&oauth2tok().at_home(&kept.home), &["-p", "p", "-q"]).0.run();
        kept
    }

    /// The program in that home with nobody to ask.
    fn run(&self, words: &[&str]) -> Run {
        oauth2tok().at_home(&self.home).args(["-p", "p", "-q"]).args(words)
    }

    /// The refresh tokens that were sent.
    fn sent(&self) -> Vec<String> {
        let sent = |body: String| Some(body.split("refresh_token=").nth(1)?.split('&').next()?.to_owned());
        let bodies = self.server.bodies().into_iter();
        bodies.filter(|body| body.contains("grant_type=refresh_token")).filter_map(|body| sent(body.clone())).collect()
    }
}

fn token(n: usize) -> Answer {
    token_with(&format!("tok-{n}"), &format!(r#","expires_in":3600,"refresh_token":"ref-{n}""#))
}

#[test]
fn fifty_runs_with_an_expired_token_make_one_refresh() {
    let long = |n| token_with(&format!("tok-{n}"), &format!(r#","expires_in":10800,"refresh_token":"ref-{n}""#));
    let kept = Kept::new(move |n| long(n).late(Duration::from_millis(500)));
    // The cache is not switched on: a login is looked for all the same, and what is refreshed is kept.
    let runs: Vec<_> = (0..50).map(|_| kept.run(&EXPIRED).any_stderr().prints("tok-1").start()).collect();
    runs.into_iter().for_each(|run| drop(run.finish()));
    assert_eq!(kept.sent(), ["ref-0"]);
    kept.run(&[]).prints("tok-1").run();
}

#[test]
fn what_leaves_a_doubt_leaves_the_login_and_the_next_run_goes_on() {
    let refused = |error: &str| json(400, &format!(r#"{{"error":"{error}"}}"#));
    let doubts = [
        (json(503, ""), 6),
        (json(429, ""), 6),
        (json(500, ""), 6),
        (Answer::raw(""), 5),
        (json(200, "{}"), 4),
        (json(404, ""), 4),
        (refused("invalid_client"), 3),
        (refused("unauthorized_client"), 3),
    ];
    at_once(doubts, |(doubt, code)| {
        let kept = Kept::new(move |n| if n == 1 { doubt.clone() } else { token(n) });
        let ended = kept.run(&EXPIRED).args(["--retry", "0"]).any_end().run();
        assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{}", ended.stderr);
        kept.run(&EXPIRED).any_stderr().prints("tok-2").run();
        assert_eq!(kept.sent(), ["ref-0", "ref-0"], "sent again, and nobody was asked");
    });
}

#[test]
fn a_run_that_is_killed_in_the_middle_of_a_refresh_leaves_the_login() {
    let kept = Kept::new(|n| if n == 1 { token(n).late(Duration::from_secs(60)) } else { token(n) });
    let before = kept.server.bodies().len();
    let mut run = kept.run(&EXPIRED).any_end().start();
    kept.server.wait_for(before + 1);
    run.kill().unwrap();
    run.wait().unwrap();
    kept.run(&EXPIRED).any_stderr().prints("tok-2").run();
    assert_eq!(kept.sent(), ["ref-0", "ref-0"]);
}

#[test]
fn a_login_whose_refresh_token_is_refused_has_ended() {
    at_once([json(400, r#"{"error":"invalid_grant"}"#), json(400, ""), json(401, ""), json(403, "")], |refusal| {
        let kept = Kept::new(move |_| refusal.clone());
        for _ in 0..2 {
            let ended = kept.run(&EXPIRED).any_end().run();
            assert_eq!((ended.code, ended.stdout.as_str()), (9, ""), "{}", ended.stderr);
            assert!(
                ended.stderr.starts_with("error: a person must log in: the kept login has ended\n"),
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains("\nhint: oauth2tok login -p p\n"), "{}", ended.stderr);
        }
        assert_eq!(kept.sent(), ["ref-0"], "it is not sent again");
        kept.run(&[]).prints("tok-0").run();
    });
}
