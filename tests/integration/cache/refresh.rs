//! Refresh tokens: used first, once, under the lock, and replaced on disk before anything is printed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::world::*;
use crate::harness::*;

/// Has every token of an hour count as expired.
const EXPIRED: [&str; 2] = ["--min-valid", "2h"];

fn is_refresh(request: &Request) -> bool {
    request.field("grant_type").as_deref() == Some("refresh_token")
}

fn sent(body: &str) -> &str {
    body.split("refresh_token=").nth(1).map_or("", |rest| rest.split('&').next().unwrap())
}

fn with_refresh(n: usize) -> Answer {
    token_with(&format!("tok-{n}"), &format!(r#","expires_in":3600,"refresh_token":"ref-{n}""#))
}

fn grants(server: &Server) -> Vec<String> {
    let name = |body: &String| body.split('&').next().unwrap().replace("grant_type=", "");
    server.bodies().iter().map(name).collect()
}

#[test]
fn an_expired_token_is_refreshed_and_the_rotated_refresh_token_is_used_next() {
    let world = World::new();
    let server = Server::scripted(|n, _| with_refresh(n));
    let words = ["-s", "a b", "--audience", "api", "--param", "tenant=x"];
    assert_eq!(quiet(world.user(&server, &words)), "tok-1");
    for n in 2..5 {
        assert_eq!(quiet(world.user(&server, &[&words[..], &EXPIRED].concat())), format!("tok-{n}"));
        let bodies = server.bodies();
        let expected = format!("grant_type=refresh_token&refresh_token=ref-{}&audience=api&tenant=x", n - 1);
        assert_eq!(bodies[n - 1], expected, "no scope, no password, and each refresh token once");
    }
    assert_eq!(quiet(world.user(&server, &words)), "tok-4", "the refreshed token is kept");
    assert_eq!(quiet(world.user(&server, &[&words[..], &["--force-new"]].concat())), "tok-5");
    assert_eq!(grants(&server)[4], "password", "--force-new goes past the refresh token too");
}

#[test]
fn a_server_that_sends_no_new_refresh_token_means_the_old_one() {
    let world = World::new();
    let server =
        Server::scripted(|n, body| if is_refresh(body) { token_of(&format!("tok-{n}")) } else { with_refresh(n) });
    for _ in 0..4 {
        quiet(world.user(&server, &EXPIRED));
    }
    assert!(server.bodies()[1..].iter().all(|body| sent(body) == "ref-1"), "{:?}", server.bodies());
}

#[test]
fn a_refused_refresh_token_is_dropped_and_the_grant_runs() {
    for (status, body) in [(400, r#"{"error":"invalid_grant"}"#), (401, "{}"), (404, "no such page"), (403, "")] {
        let world = World::new();
        let server =
            Server::scripted(move |n, form| if is_refresh(form) { json(status, body) } else { with_refresh(n) });
        quiet(world.user(&server, &[]));
        assert_eq!(quiet(world.user(&server, &EXPIRED)), "tok-3");
        assert_eq!(grants(&server), ["password", "refresh_token", "password"], "HTTP {status}");
        assert_eq!(quiet(world.user(&server, &[])), "tok-3");
    }
}

#[test]
fn where_the_grant_fails_too_the_refused_refresh_token_stays_dropped() {
    let world = World::new();
    let server =
        Server::scripted(|n, _| if n == 1 { with_refresh(n) } else { json(400, r#"{"error":"invalid_grant"}"#) });
    quiet(world.user(&server, &[]));
    for _ in 0..2 {
        assert_eq!(ended(start(world.user(&server, &EXPIRED))).0, Some(3));
    }
    assert_eq!(grants(&server), ["password", "refresh_token", "password", "password"]);
}

#[test]
fn after_a_lost_connection_or_an_error_of_the_server_a_refresh_token_counts_as_used() {
    for status in [0, 500, 502, 504] {
        let world = World::new();
        let server = Server::scripted(move |n, form| match (is_refresh(form), status) {
            (false, _) => with_refresh(n),
            (true, 0) => Answer::raw(""),
            (true, _) => json(status, ""),
        });
        quiet(world.user(&server, &[]));
        assert_eq!(quiet(world.user(&server, &EXPIRED)), "tok-3");
        assert_eq!(grants(&server), ["password", "refresh_token", "password"], "HTTP {status}");
    }
}

#[test]
fn a_refresh_token_that_did_not_go_out_or_was_declined_is_used_later() {
    let world = World::new();
    let server = Server::scripted(|n, _| with_refresh(n));
    let port = server.port();
    quiet(world.user(&server, &[]));
    server.stop();
    let url = format!("http://127.0.0.1:{port}/token");
    let run = |words: &[&str]| ended(start(world.user_of(&url, &["--retry", "0"]).args(words)));
    assert_eq!(run(&EXPIRED).0, Some(5));
    let declined = [json(503, ""), json(429, r#"{"error":"too_many_requests"}"#), json(408, ""), json(425, "")];
    let server = Server::on(port, move |n, _| declined.get(n - 1).cloned().unwrap_or_else(|| with_refresh(n + 10)));
    for _ in 0..4 {
        assert_eq!(run(&EXPIRED).0, Some(6));
    }
    assert_eq!(run(&EXPIRED).1, "tok-15");
    assert_eq!(server.bodies().iter().map(|body| sent(body)).collect::<Vec<_>>(), ["ref-1"; 5]);
}

#[test]
fn many_runs_refresh_once() {
    let world = World::new();
    let used: Mutex<Vec<String>> = Mutex::default();
    let reused = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = reused.clone();
    let server = Server::scripted(move |n, form| {
        if is_refresh(form) {
            let mut used = used.lock().unwrap();
            counter.fetch_add(usize::from(used.contains(&form.body().to_owned())), Ordering::SeqCst);
            used.push(form.body().to_owned());
        }
        let lifetime = if n == 1 { 1 } else { 3600 };
        let body = format!(r#"{{"access_token":"tok-{n}","expires_in":{lifetime},"refresh_token":"ref-{n}"}}"#);
        json(200, &body).late(Duration::from_millis(300))
    });
    quiet(world.user(&server, &[]));
    std::thread::sleep(Duration::from_secs(1));
    let runs: Vec<_> = (0..30).map(|_| start(world.user(&server, &[]))).collect();
    for run in runs {
        assert_eq!(ended(run).1, "tok-2");
    }
    assert_eq!(grants(&server), ["password", "refresh_token"]);
    assert_eq!(reused.load(Ordering::SeqCst), 0);
}

#[test]
fn a_refresh_token_is_not_sent_again_after_a_kill() {
    let world = World::new();
    let server = Server::scripted(|n, form| {
        if is_refresh(form) { json(200, "{}").late(Duration::from_secs(60)) } else { with_refresh(n) }
    });
    quiet(world.user(&server, &[]));
    let mut run = start(world.user(&server, &EXPIRED));
    server.wait_for(2);
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(quiet(world.user(&server, &EXPIRED)), "tok-3");
    assert_eq!(grants(&server), ["password", "refresh_token", "password"]);
}

#[test]
fn a_refresh_token_of_the_client_credentials_grant_is_not_kept() {
    let world = World::new();
    let server = Server::scripted(|n, _| with_refresh(n));
    assert_eq!(quiet(world.client(&server, &["--field", "refresh_token"])), "ref-1");
    let (code, out, _) = ended(start(world.client(&server, &["--field", "refresh_token"])));
    assert_eq!((code, out.as_str()), (Some(4), ""));
    let expired = world.client(&server, &EXPIRED).args(["-q"]);
    quiet(expired);
    assert_eq!(grants(&server), ["client_credentials", "client_credentials"]);
}

#[test]
fn the_refresh_token_grant_goes_on_with_what_it_was_given_last() {
    let world = World::new();
    let server = Server::scripted(|n, _| with_refresh(n));
    for words in [&[][..], &EXPIRED, &EXPIRED] {
        let command = world
            .client(&server, &["-g", "refresh_token", "--refresh-token", "env:GIVEN", "-q"])
            .args(words)
            .env("GIVEN", "ref-0");

        quiet(command);
    }
    assert_eq!(server.bodies().iter().map(|body| sent(body)).collect::<Vec<_>>(), ["ref-0", "ref-1", "ref-2"]);
}

#[test]
fn without_a_place_to_write_the_refresh_token_stays_at_home() {
    let world = World::new();
    let server = Server::scripted(|n, _| with_refresh(n));
    quiet(world.user(&server, &[]));
    assert_eq!(quiet(without_growing_files(world.user(&server, &EXPIRED))), "tok-2");
    assert_eq!(grants(&server), ["password", "password"]);
}
