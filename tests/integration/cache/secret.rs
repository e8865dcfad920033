//! The user's own secret, which all that is kept is sealed with.

use super::world::*;
use crate::harness::*;

/// An issuer whose tokens are numbered by request.
fn issuer() -> Server {
    Server::scripted(|n, request| match request.target() {
        "/token" => token_of(&format!("tok-{n}")),
        _ => {
            let origin = request.origin();
            json(200, &format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token"}}"#))
        }
    })
}

/// The program with these words, a home and a profile `p`, and this secret for what is kept, if one.
fn run(world: &World, secret: Option<&str>, words: &[&str]) -> Run {
    let run = world.program().args(words);
    match secret {
        Some(secret) => run.env("OAUTH2TOK_CACHE_SECRET", secret),
        None => run,
    }
}

fn profile(world: &World, text: &str) {
    std::fs::create_dir_all(world.path("config/oauth2tok")).unwrap();
    std::fs::write(world.path("config/oauth2tok/config.yaml"), text).unwrap();
}

#[test]
fn what_is_kept_opens_with_the_secret_that_it_was_kept_under() {
    let (world, server) = (World::new(), issuer());
    let issuer = server.origin();
    let client = "client_id: app, client_secret: 'env:SECRET', cache: true";
    profile(&world, &format!("profiles:\n  p: {{ issuer: '{issuer}', {client} }}\n"));
    let token = |secret| quiet(run(&world, secret, &["-p", "p"]));
    // The first asks for metadata as well.
    assert_eq!((token(Some("one")), token(Some("one"))), ("tok-2".into(), "tok-2".into()));
    let list =
        |secret| quiet(run(&world, secret, &["cache", "list"])).split('\t').nth(3).unwrap_or_default().to_owned();
    assert!(list(Some("one")).starts_with("hit; good for "));
    for other in [Some("other"), None] {
        assert_eq!(list(other), "other credentials; the token was kept under another secret");
    }
    assert_eq!(token(Some("other")), "tok-4", "another secret is a miss, for metadata too");
    assert_eq!(token(None), "tok-6", "and so is none");
    assert_eq!(token(None), "tok-6");
    assert_eq!(token(Some("one")), "tok-8");
    let (_, told) = prints(run(&world, Some("one"), &["-p", "p", "-v"]));
    assert!(told.contains("* cache: hit;"), "{told}");
    run(&world, None, &["cache", "clear", "-p", "p"]).run();
    assert_eq!(quiet(run(&world, Some("one"), &["-p", "p"])), "tok-9", "it is forgotten without its secret");
}

#[test]
fn a_secret_for_what_is_kept_that_cannot_be_read_is_told_where_something_is_kept() {
    let (world, server) = (World::new(), issuer());
    let client = "client_id: app, client_secret: 'env:SECRET', cache_secret: 'env:NOT_THERE'";
    profile(&world, &format!("profiles:\n  p: {{ token_endpoint: '{}', {client} }}\n", server.url()));
    assert_eq!(quiet(run(&world, None, &["-p", "p"])), "tok-1", "nothing is kept, and it is not looked for");
    run(&world, None, &["-p", "p", "--cache"])
        .fails(
            2,
            "error: cannot read cache_secret from env:NOT_THERE\n\
         caused by: the environment variable NOT_THERE is not set\n\
         hint: set it: export NOT_THERE=…, or in CI, give the job access to the secret\n",
        )
        .run();
}
