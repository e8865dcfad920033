//! Metadata of an issuer: kept from run to run, as its server allows, and never longer than it works.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::world::*;
use crate::harness::server::closed_port;
use crate::harness::*;

/// An issuer whose metadata comes with these headers, and whose tokens are numbered by request.
fn issuer(headers: &'static [&'static str]) -> Server {
    Server::scripted(move |n, request| match request.target() {
        "/token" => token_of(&format!("tok-{n}")),
        _ => {
            let origin = request.origin();
            status(200, headers, format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token"}}"#))
        }
    })
}

/// A run with the cache on; each scope is a token of its own.
fn run(world: &World, server: &Server, scope: &str) -> Run {
    let run = world.program().args(["--issuer", &server.origin(), "-i", "app", "--client-secret", "env:SECRET"]);
    run.args(["--cache", "-s", scope])
}

/// What was asked, a letter each: `m` for metadata, `t` for a token.
fn asked(server: &Server) -> String {
    server.requests().iter().map(|request| if request.method() == "GET" { 'm' } else { 't' }).collect()
}

fn kept(world: &World) -> Vec<PathBuf> {
    let Ok(dir) = fs::read_dir(world.cache_dir()) else { return Vec::new() };
    let files = dir.map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "metadata")).collect()
}

#[test]
fn a_second_token_of_an_issuer_takes_one_request() {
    let (world, server) = (World::new(), issuer(&[]));
    assert_eq!(quiet(run(&world, &server, "a")), "tok-2");
    let (out, err) = prints(run(&world, &server, "b").args(["-v"]));
    assert_eq!((out.as_str(), asked(&server).as_str()), ("tok-3", "mtt"));
    assert!(err.contains("* cache: the issuer's metadata was kept 0 s ago; the issuer is not asked"), "{err}");
    assert!(err.contains(&format!("{}/token", server.origin())), "what it says is shown: {err}");
    assert_eq!(quiet(run(&world, &server, "a").args(["--force-new"])), "tok-4");
    assert_eq!(asked(&server), "mttt", "--force-new is about the token");
    let file = fs::read(&kept(&world)[0]).unwrap();
    assert!(file.len() == 4096 && !file.windows(6).any(|window| window == b"issuer"), "it is sealed");
}

#[test]
fn metadata_is_kept_as_its_server_says() {
    for (headers, is_kept) in [
        (&["Cache-Control: max-age=3600"][..], true),
        (&["Cache-Control: public"], true),
        (&["Cache-Control: max-age=3600", "Age: 3500"], true),
        (&["Cache-Control: max-age=3600", "Age: 3600"], false),
        (&["Cache-Control: no-store"], false),
        (&["Cache-Control: no-cache, max-age=3600"], false),
        (&["Cache-Control: max-age=0"], false),
    ] {
        let (world, server) = (World::new(), issuer(headers));
        quiet(run(&world, &server, "a"));
        quiet(run(&world, &server, "b"));
        assert_eq!(asked(&server), if is_kept { "mtt" } else { "mtmt" }, "{headers:?}");
        assert_eq!(kept(&world).len(), usize::from(is_kept), "{headers:?}");
    }
    let (world, server) = (World::new(), issuer(&["Cache-Control: max-age=1"]));
    quiet(run(&world, &server, "a"));
    std::thread::sleep(Duration::from_millis(1100));
    quiet(run(&world, &server, "b"));
    assert_eq!(asked(&server), "mtmt", "it was over");
}

#[test]
fn what_came_by_another_way_is_asked_for_anew() {
    let (world, server) = (World::new(), issuer(&[]));
    quiet(run(&world, &server, "a"));
    let ca = Ca::new("another");
    let ways: [&dyn Fn(Run) -> Run; 5] = [
        &|run| run.args(["--strict"]),
        &|run| run.args(["--cacert", &ca.cacert()]),
        &|run| run.env("SSL_CERT_FILE", ca.cacert()),
        &|run| run.env("SSL_CERT_DIR", ca.dir()),
        &|run| run.env("HTTPS_PROXY", "http://proxy.example:3128"),
    ];
    for (index, way) in ways.iter().enumerate() {
        for (round, expected) in ["mt", "t"].iter().enumerate() {
            let before = server.count();
            quiet(way(run(&world, &server, &format!("s{index}{round}"))));
            assert_eq!(asked(&server)[before..], **expected, "{index}");
        }
    }
    assert_eq!(kept(&world).len(), 6);
}

#[test]
fn metadata_of_a_server_that_is_not_verified_or_without_the_cache_is_not_kept() {
    let (world, server) = (World::new(), issuer(&[]));
    for scope in ["a", "b"] {
        prints(run(&world, &server, scope).args(["--insecure"]));
        quiet(run(&world, &server, scope).args(["--no-cache"]));
    }
    assert_eq!(asked(&server), "mtmtmtmt");
    assert_eq!(kept(&world), Vec::<PathBuf>::new());
    quiet(run(&world, &server, "c"));
    prints(run(&world, &server, "d").args(["--insecure"]));
    assert_eq!(asked(&server), "mtmtmtmtmtmt", "nor is what is kept used");
}

#[test]
fn a_damaged_document_is_a_miss_and_heals() {
    let (world, server) = (World::new(), issuer(&[]));
    quiet(run(&world, &server, "a"));
    let file = kept(&world).remove(0);
    let good = fs::read(&file).unwrap();
    let mut flipped = good.clone();
    flipped[60] ^= 1;
    for (index, damage) in [flipped, good[..100].to_vec(), Vec::new()].iter().enumerate() {
        let before = server.count();
        fs::write(&file, damage).unwrap();
        quiet(run(&world, &server, &format!("b{index}")));
        quiet(run(&world, &server, &format!("c{index}")));
        assert_eq!(asked(&server)[before..], *"mtt", "damage {index}");
    }
    // Another issuer's document in its place does not open.
    let other = issuer(&[]);
    quiet(run(&world, &other, "a"));
    let others = kept(&world).into_iter().find(|path| *path != file).unwrap();
    fs::copy(others, &file).unwrap();
    quiet(run(&world, &server, "d"));
    assert!(asked(&server).ends_with("mt"));
}

#[test]
fn a_run_that_fails_with_kept_metadata_has_the_next_one_ask_anew() {
    let refusal = || json(400, r#"{"error":"invalid_request"}"#);
    let gone = closed_port();
    let nowhere = format!("http://127.0.0.1:{}/token", gone.1);
    // What the old endpoint answers once it has moved; without an answer nobody is there.
    for (answer, code) in [(Some(status(404, &[], "gone")), 4), (Some(refusal()), 3), (None, 5)] {
        let world = World::new();
        let moved = Arc::new(AtomicBool::new(false));
        let has_moved = Arc::clone(&moved);
        let (old, elsewhere) = (answer.clone(), nowhere.clone());
        let server = Server::scripted(move |n, request| {
            let origin = request.origin();
            let has_moved = has_moved.load(Ordering::SeqCst);
            match request.target() {
                "/token" => old.clone().filter(|_| has_moved).unwrap_or_else(|| token_of(&format!("tok-{n}"))),
                "/moved" => token_of(&format!("tok-{n}")),
                _ if has_moved => metadata(&origin, &format!("{origin}/moved")),
                _ if old.is_none() => metadata(&origin, &elsewhere),
                _ => metadata(&origin, &format!("{origin}/token")),
            }
        });
        let first = ended(start(run(&world, &server, "a").args(["--retry", "0"])));
        assert_eq!(first.0, Some(if answer.is_some() { 0 } else { 5 }));
        moved.store(true, Ordering::SeqCst);
        let (stale, _, err) = ended(start(run(&world, &server, "b").args(["--retry", "0", "-v"])));
        assert_eq!(stale, Some(code), "{err}");
        assert!(err.contains("* cache: the issuer's metadata is forgotten; the next run asks for it"), "{err}");
        assert_eq!(kept(&world), Vec::<PathBuf>::new());
        let before = server.count();
        assert!(quiet(run(&world, &server, "b")).starts_with("tok-"));
        assert_eq!(asked(&server)[before..], *"mt");
        quiet(run(&world, &server, "c"));
        assert_eq!(asked(&server)[before..], *"mtt", "and what it was told is kept");
    }
}

#[test]
fn a_run_that_fails_with_what_it_asked_for_itself_leaves_it() {
    let world = World::new();
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        if request.target() == "/token" {
            return json(401, r#"{"error":"invalid_client"}"#);
        }
        metadata(&origin, &format!("{origin}/token"))
    });
    for expected in ["mt", "mtt", "mttmt"] {
        assert_eq!(ended(start(run(&world, &server, "a"))).0, Some(3));
        assert_eq!(asked(&server), expected);
    }
}

#[test]
fn the_command_is_about_tokens_and_forgets_metadata_with_all_of_them() {
    let (world, server) = (World::new(), issuer(&[]));
    quiet(run(&world, &server, "a"));
    let words = ["--issuer", &server.origin(), "-i", "app", "--client-secret", "env:SECRET", "-s", "a"];
    let list = quiet(world.program().args(["cache", "list"]).args(words));
    assert!(list.lines().count() == 1 && list.contains("hit"), "{list}");
    quiet(world.program().args(["cache", "clear"]).args(words));
    assert_eq!((world.entries().len(), kept(&world).len()), (0, 1));
    assert_eq!(quiet(world.program().args(["cache", "list"])), "");
    quiet(run(&world, &server, "a"));
    assert_eq!(asked(&server), "mtt");
    let (_, err) = prints(world.program().args(["cache", "clear", "--all", "-v"]));
    assert!(err.ends_with("* 1 kept token forgotten"), "{err}");
    assert_eq!(fs::read_dir(world.cache_dir()).unwrap().count(), 0);
    quiet(run(&world, &server, "a"));
    assert_eq!(asked(&server), "mttmt");
}
