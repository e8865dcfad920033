//! Tokens that are kept for what is signed and traded: whose they are, and what a hit does without.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::world::*;
use crate::harness::*;

const EC: &str = include_str!("../../fixtures/ec.pkcs8.pem");
const RSA: &str = include_str!("../../fixtures/rsa.pkcs8.pem");

/// A JWT with these claims and this signature.
fn jwt(claims: &str, signature: &str) -> String {
    let [header, claims] = [r#"{"alg":"ES256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{claims}.{signature}")
}

/// A run without a client's secret, with the cache on.
fn run(world: &World, server: &Server, words: &[&str]) -> Run {
    world.program().args(["--token-endpoint", &server.url(), "-q", "--cache"]).args(words)
}

fn signing(world: &World, server: &Server, words: &[&str]) -> Run {
    let run = run(world, server, &["-i", ID, "-a", "private_key_jwt"]).args(words);
    run.file("key.pem", EC).file("rsa.pem", RSA)
}

#[test]
fn whatever_shapes_what_is_signed_is_part_of_the_key_and_the_lifetime_is_not() {
    let (world, server) = (World::new(), Server::numbered());
    let base = ["--signing-key", "file:key.pem"];
    let profile = |more: &str| {
        std::fs::write(world.path("p.yaml"), format!("token_endpoint: {}\n{more}", server.url())).unwrap();
        signing(&world, &server, &[&base[..], &["-p", "./p.yaml"]].concat())
    };
    let mut seen = std::collections::BTreeSet::new();
    let with_cert = format!("{EC}{}", include_str!("../../fixtures/ec.v1.pem"));
    std::fs::write(world.path("cert.pem"), include_str!("../../fixtures/ec.v1.pem")).unwrap();
    std::fs::write(world.path("both.pem"), with_cert).unwrap();
    let words: [&[&str]; 12] = [
        &[],
        &["--key-id", "k"],
        &["--signing-alg", "ES256"],
        &["--assertion-audience", "token_endpoint"],
        &["--assertion-audience", "https://x.example"],
        &["--assertion-claim", "a=b"],
        &["--assertion-claim", "a:=1"],
        &["--assertion-claim", "a=b", "--assertion-claim", "c=d"],
        &["--signing-cert", "cert.pem"],
        &["--authorization-details", r#"[{"type":"a"}]"#],
        &["--authorization-details", r#"[{"type":"b"}]"#],
        &["-g", "urn:example:other"],
    ];
    let of_profiles = [
        "assertion_headers: { a: b }",
        "x5t: both\nsigning_cert: cert.pem",
        "x5c: true\nsigning_cert: cert.pem",
        "secret_params: { a: env:PASSWORD }",
    ];
    let runs = || {
        let of_flags = words.iter().map(|words| signing(&world, &server, &[&base[..], words].concat()));
        of_flags.collect::<Vec<_>>()
    };
    for run in runs() {
        assert!(seen.insert(quiet(run)));
    }
    for more in of_profiles {
        assert!(seen.insert(quiet(profile(more))), "{more}");
    }
    let count = server.count();
    assert_eq!(seen.len(), count);
    for run in runs() {
        assert!(seen.contains(&quiet(run)));
    }
    for more in of_profiles {
        assert!(seen.contains(&quiet(profile(more))), "{more}");
    }
    // What says how long an assertion lives, and what is added to the clock, shapes no token.
    for more in ["assertion_lifetime: 2m", "clock_offset: 3s"] {
        assert!(seen.contains(&quiet(profile(more))), "{more}");
    }
    assert_eq!(server.count(), count);
}

#[test]
fn the_seal_takes_keys_passphrases_and_secret_fields() {
    let (world, server) = (World::new(), Server::numbered());
    let encrypted = include_str!("../../fixtures/keys/ec.aes128-sha1.pem");
    let run = |key: &str, passphrase: &str, param: &str| {
        let yaml = "secret_params: { a: env:PARAM }\nsigning_key_passphrase: env:PHRASE\n";
        std::fs::write(world.path("p.yaml"), yaml).unwrap();
        std::fs::write(world.path("enc.pem"), encrypted).unwrap();
        let run = signing(&world, &server, &["-p", "./p.yaml", "--signing-key", key]);
        run.env("PARAM", param).env("PHRASE", passphrase)
    };
    assert_eq!(quiet(run("file:enc.pem", "test", "a")), "tok-1");
    assert_eq!(quiet(run("file:enc.pem", "test", "a")), "tok-1");
    // Whoever knows the file and not its passphrase is served nothing.
    run("file:enc.pem", "other", "a").any_output().code(2).run();
    assert_eq!(quiet(run("file:enc.pem", "test", "a")), "tok-1", "what was kept stays");
    assert_eq!(quiet(run("file:enc.pem", "test", "b")), "tok-2");
    assert_eq!(quiet(run("file:key.pem", "test", "b")), "tok-3");
    assert_eq!(quiet(run("file:rsa.pem", "test", "b")), "tok-4");
    let dpop = |key: &str| signing(&world, &server, &["--signing-key", "file:key.pem", "--dpop-key", key]);
    let bound = Server::scripted(|n, _| {
        json(200, &format!(r#"{{"access_token":"b-{n}","token_type":"DPoP","expires_in":3600}}"#))
    });
    let url = bound.url();
    let dpop = |key: &str| quiet(dpop(key).args(["--token-endpoint", &url]));
    assert_eq!([dpop("file:key.pem"), dpop("file:key.pem"), dpop("file:rsa.pem")], ["b-1", "b-1", "b-2"]);
}

/// The claims of somebody else's token under another signature: the server judges it, nothing that is kept is served.
#[test]
fn a_forged_token_with_somebodys_claims_is_a_miss() {
    let claims = r#"{"iss":"i","sub":"alice","exp":4102444800,"jti":"1"}"#;
    let (good, forged) = (jwt(claims, "Z29vZA"), jwt(claims, "Zm9yZ2Vk"));
    let grants: [(&[&str], &[&str]); 4] = [
        (&["-g", "jwt-bearer"], &["--assertion"]),
        (&["-g", "token-exchange"], &["--subject-token"]),
        (&["-g", "token-exchange", "-p", "./actor.yaml", "--subject-token", "env:PASSWORD"], &[]),
        (&["-i", ID], &["--client-assertion"]),
    ];
    for (words, flag) in grants {
        for source in ["env:TOKEN", "file:token", "command:cat token"] {
            if source.starts_with("command") && matches!(flag, ["--assertion" | "--client-assertion"]) {
                continue;
            }
            let world = World::new();
            let value = good.clone();
            let server = Server::scripted(move |n, request| {
                let sent = ["assertion", "actor_token", "client_assertion"].iter().find_map(|name| request.field(name));
                match sent.or(request.field("subject_token")) == Some(value.clone()) {
                    true => token_of(&format!("tok-{n}")),
                    false => json(401, r#"{"error":"invalid_client"}"#),
                }
            });
            let run = |token: &str| {
                std::fs::write(world.path("token"), token).unwrap();
                std::fs::write(world.path("actor.yaml"), format!("actor_token: {source}\n")).unwrap();
                let run = run(&world, &server, words).env("TOKEN", token);
                flag.iter().fold(run, |run, flag| run.args([*flag, source]))
            };
            assert_eq!(quiet(run(&good)), "tok-1", "{words:?} {source}");
            assert_eq!(quiet(run(&good)), "tok-1", "{words:?} {source}");
            run(&forged).code(3).any_output().run();
            assert_eq!(server.count(), 2, "{words:?} {source}");
            assert_eq!(quiet(run(&good)), "tok-1", "what was kept stays: {words:?} {source}");
        }
    }
}

#[test]
fn an_assertion_that_a_command_makes_anew_is_found_by_its_claims() {
    for (words, flag) in [(&["-g", "jwt-bearer"][..], "--assertion"), (&["-i", ID], "--client-assertion")] {
        let (world, server) = (World::new(), Server::numbered());
        let run = |claims: &str, signature: &str| {
            std::fs::write(world.path("token"), jwt(claims, signature)).unwrap();
            quiet(run(&world, &server, words).args([flag, "command:cat token"]))
        };
        assert_eq!(run(r#"{"sub":"a","jti":"1","iat":1}"#, "YQ"), "tok-1");
        assert_eq!(run(r#"{"sub":"a","jti":"2","iat":2}"#, "Yg"), "tok-1");
        assert_eq!(run(r#"{"sub":"b","jti":"2","iat":2}"#, "Yg"), "tok-2");
    }
}

#[test]
fn a_hit_asks_no_github_and_no_other_job_is_served() {
    let github = Server::scripted(|_, _| json(200, &format!(r#"{{"value":"{}"}}"#, jwt(r#"{"sub":"x"}"#, "YQ"))));
    let (world, server) = (World::new(), Server::numbered());
    let run = |job: &str| {
        let run = run(&world, &server, &["-i", ID, "--client-assertion", "github:api"]);
        let run = run.env("ACTIONS_ID_TOKEN_REQUEST_URL", github.origin() + "/?v=1");
        quiet(run.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", job))
    };
    assert_eq!([run("job-one"), run("job-one")], ["tok-1", "tok-1"]);
    assert_eq!(github.count(), 1);
    assert_eq!(run("job-two"), "tok-2");
    assert_eq!(github.count(), 2);
}

#[test]
fn a_hit_runs_no_signer_and_opens_no_key() {
    let (world, server) = (World::new(), Server::numbered());
    let signer = "#!/bin/sh\ncat >/dev/null\necho x >> ran\nhead -c 64 /dev/zero\n";
    let run = |alg: &str| {
        let words = ["--signing-alg", alg, "--signer", "sh sign.sh"];
        quiet(signing(&world, &server, &words).file("sign.sh", signer))
    };
    assert_eq!([run("ES256"), run("ES256")], ["tok-1", "tok-1"]);
    assert_eq!(std::fs::read_to_string(world.path("ran")).unwrap(), "x\n");
    assert_eq!(run("EdDSA"), "tok-2");
}

#[test]
fn a_hit_derives_nothing_from_a_passphrase() {
    let (world, server) = (World::new(), Server::numbered());
    let run = || {
        let run = signing(&world, &server, &["--signing-key", "file:slow.pem"]);
        let run = run.file("slow.pem", include_str!("../../fixtures/keys/ec.slow.pem"));
        run.env("OAUTH2TOK_SIGNING_KEY_PASSPHRASE", "test").prints("tok-1").run().took
    };
    let (opened, kept) = (run(), run());
    assert!(kept < opened / 2, "{kept:?} {opened:?}");
    assert_eq!(server.count(), 1);
}
