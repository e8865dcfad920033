//! Many processes at once: one request, equal tokens, and nobody waits for the dead, the stopped or a stranger.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::world::*;
use crate::harness::*;

const SLOW: Duration = Duration::from_millis(400);

fn slow_token(n: usize) -> Answer {
    json(200, &format!(r#"{{"access_token":"tok-{n}","token_type":"Bearer","expires_in":3600}}"#)).late(SLOW)
}

/// A gate that holds answers back until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<AtomicBool>);

impl Gate {
    fn open(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn pass(&self) {
        for _ in 0..4000 {
            if self.0.load(Ordering::SeqCst) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn fifty_cold_runs_make_one_request_and_print_one_token() {
    let world = World::new();
    let server = Server::scripted(|n, _| slow_token(n));
    let runs: Vec<_> = (0..50).map(|_| start(world.client(&server, &[]))).collect();
    for run in runs {
        assert_eq!(ended(run), (Some(0), "tok-1".into(), String::new()));
    }
    assert_eq!(server.count(), 1);
}

#[test]
fn those_who_wait_share_a_token_that_nobody_else_will_reuse() {
    let world = World::new();
    let gate = Gate::default();
    let held = gate.clone();
    let server = Server::scripted(move |n, _| {
        held.pass();
        token_with(&format!("tok-{n}"), "")
    });
    let first = start(world.client(&server, &[]));
    server.wait_for(1);
    let waiting = Waiting::all((0..5).map(|_| world.client(&server, &[])));
    gate.open();
    assert_eq!(ended(first).1, "tok-1");
    for run in waiting {
        assert_eq!(run.ended().1, "tok-1");
    }
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
}

#[test]
fn those_who_force_a_new_token_take_none_that_was_asked_for_before_they_began_and_share_the_next() {
    let world = World::new();
    let gate = Gate::default();
    let held = gate.clone();
    let server = Server::scripted(move |n, _| {
        held.pass();
        token_of(&format!("tok-{n}"))
    });
    let first = start(world.client(&server, &["--force-new"]));
    server.wait_for(1);
    let waiting = Waiting::all((0..5).map(|_| world.client(&server, &["--force-new"])));
    gate.open();
    assert_eq!(ended(first).1, "tok-1");
    for run in waiting {
        assert_eq!(run.ended().1, "tok-2");
    }
    assert_eq!(server.count(), 2);
}

#[test]
fn a_killed_holder_blocks_nobody() {
    let world = World::new();
    let server =
        Server::scripted(|n, _| if n == 1 { json(200, "{}").late(Duration::from_secs(60)) } else { slow_token(n) });
    let mut holder = start(world.client(&server, &[]));
    server.wait_for(1);
    let waiting = Waiting::all((0..3).map(|_| world.client(&server, &[])));
    holder.kill().unwrap();
    for run in waiting {
        assert_eq!(run.ended().1, "tok-2");
    }
    assert_eq!(server.count(), 2);
    holder.wait().unwrap();
}

#[test]
fn different_keys_do_not_wait_for_each_other() {
    let world = World::new();
    let gate = Gate::default();
    let held = gate.clone();
    let server = Server::scripted(move |n, body| {
        if body.contains("scope=held") {
            held.pass();
        }
        token_with(&format!("tok-{n}"), r#","expires_in":60"#)
    });
    let mut holder = start(world.client(&server, &["-s", "held"]));
    server.wait_for(1);
    assert_eq!(quiet(world.client(&server, &["-s", "free"])), "tok-2");
    assert!(holder.try_wait().unwrap().is_none(), "the other one is still held");
    gate.open();
    assert_eq!(ended(holder).1, "tok-1");
}

#[test]
fn the_wait_ends_with_the_timeout() {
    let world = World::new();
    let gate = Gate::default();
    let held = gate.clone();
    let server = Server::scripted(move |_, _| {
        held.pass();
        token_with("tok", r#","expires_in":60"#)
    });
    let holder = start(world.client(&server, &[]));
    server.wait_for(1);
    let (code, out, err) = ended(start(world.client(&server, &["--timeout", "2s"])));
    assert_eq!((code, out.as_str()), (Some(5), ""));
    assert!(err.starts_with("error: another run is asking for the same token"), "{err}");
    assert_eq!(server.count(), 1);
    gate.open();
    assert_eq!(ended(holder).1, "tok");
}

#[test]
fn a_holder_that_was_stopped_is_not_waited_for_beyond_its_own_time() {
    let world = World::new();
    let server =
        Server::scripted(|n, _| if n == 1 { json(200, "{}").late(Duration::from_secs(60)) } else { slow_token(n) });
    let mut holder = start(world.client(&server, &["--timeout", "3s"]));
    server.wait_for(1);
    holder.signal(rustix::process::Signal::STOP);
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn those_who_wait_report_the_holders_failure_and_do_not_ask() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new();
    let server = Server::scripted(move |_, _| {
        held.pass();
        let body = r#"{"error":"invalid_client","error_description":"no such client"}"#;
        json(401, body)
    });
    let first = start(world.client(&server, &[]));
    server.wait_for(1);
    let waiting = Waiting::all((0..20).map(|_| world.client(&server, &["--error-format", "json"])));
    gate.open();
    assert_eq!(ended(first).0, Some(3));
    for run in waiting {
        let (code, out, err) = run.ended();
        assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
        let error = err.lines().next_back().expect("the error is last");
        let error: serde_json::Value = serde_json::from_str(error).unwrap();
        assert_eq!(error["kind"], "refused");
        assert_eq!(error["http_status"], 401);
        assert_eq!(error["oauth"]["error"], "invalid_client");
        assert_eq!(error["oauth"]["error_description"], "no such client");
    }
    assert_eq!(server.count(), 1);
    assert_eq!(ended(start(world.client(&server, &[]))).0, Some(3));
    assert_eq!(server.count(), 2, "a run that begins after the failure asks for itself");
}

#[test]
fn those_who_wait_ask_where_the_holders_failure_was_its_own() {
    let world = World::new();
    let server =
        Server::scripted(|n, _| if n == 1 { json(200, "{}").late(Duration::from_secs(60)) } else { slow_token(n) });
    let hasty = start(world.client(&server, &["--timeout", "6s"]));
    server.wait_for(1);
    let waiting = Waiting::all((0..3).map(|_| world.client(&server, &[])));
    let (code, _, err) = ended(hasty);
    assert_eq!(code, Some(5), "{err}");
    assert!(err.contains("/token: timed out after 6s"), "{err}");
    for run in waiting {
        assert_eq!(run.ended().1, "tok-2");
    }
    assert_eq!(server.count(), 2);
}

#[test]
fn those_with_another_secret_do_not_share_a_failure() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new();
    let server = Server::scripted(move |n, body| {
        held.pass();
        if body.contains("password=wrong") {
            return json(400, r#"{"error":"invalid_grant"}"#);
        }
        token_with(&format!("tok-{n}"), r#","expires_in":60"#)
    });
    let alice = || world.client(&server, &["-g", "password", "-u", "alice", "--password", "env:PASSWORD"]);
    let wrong = alice().env("PASSWORD", "wrong");

    let wrong = start(wrong);
    server.wait_for(1);
    let right = Waiting::all([alice()]);
    gate.open();
    assert_eq!(ended(wrong).0, Some(3));
    for run in right {
        let (code, out, err) = run.ended();
        assert_eq!((code, out.as_str()), (Some(0), "tok-2"), "{err}");
    }
}

/// A small generator, so that a failing run can be had again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[test]
fn under_stress_and_kills_no_entry_is_torn_and_no_token_is_wrong() {
    const KEYS: u64 = 5;
    let world = Arc::new(World::new());
    let server = Arc::new(Server::scripted(|n, body| {
        let scope = body.split("scope=").nth(1).unwrap().to_owned();
        let body = format!(r#"{{"access_token":"{scope}.{n}","token_type":"Bearer","expires_in":3600}}"#);
        json(200, &body).late(Duration::from_millis(40))
    }));
    let killed = Arc::new(AtomicUsize::new(0));
    let seen = Arc::new(Mutex::new(Vec::<(String, String)>::new()));
    let threads: Vec<_> = (0..50)
        .map(|index| {
            let (world, server, killed, seen) = (world.clone(), server.clone(), killed.clone(), seen.clone());
            std::thread::spawn(move || {
                let mut chance = Chance(index);
                for _ in 0..4 {
                    let scope = format!("s{}", chance.below(KEYS));
                    let mut run = start(world.client(&server, &["-s", &scope]));
                    if chance.below(4) == 0 {
                        std::thread::sleep(Duration::from_millis(chance.below(120)));
                        run.kill().unwrap();
                    }
                    match ended(run) {
                        (Some(0), out, err) => {
                            assert_eq!(err, "");
                            assert!(out.starts_with(&format!("{scope}.")), "{out} for {scope}");
                            seen.lock().unwrap().push((scope, out));
                        }
                        (None, out, _) => {
                            assert!(out.is_empty() || out.starts_with(&format!("{scope}.")), "{out}");
                            killed.fetch_add(1, Ordering::SeqCst);
                        }
                        other => panic!("{other:?}"),
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let (requests, killed) = (server.count(), killed.load(Ordering::SeqCst));
    assert!(requests <= usize::try_from(KEYS).unwrap() + killed, "{requests} requests, {killed} kills");
    let last = |scope: &str| seen.lock().unwrap().iter().rev().find(|(s, _)| s == scope).map(|(_, out)| out.clone());
    for key in 0..KEYS {
        let scope = format!("s{key}");
        let kept = quiet(world.client(&server, &["-s", &scope]));
        assert_eq!(last(&scope).unwrap_or(kept.clone()), kept);
    }
    assert_eq!(server.count(), requests, "every entry is whole");
}
