//! What is reused, for how long, and for whom.

use std::time::{Duration, SystemTime};

use httpmock::MockServer;

use super::world::*;
use crate::harness::*;

#[test]
fn a_kept_token_is_printed_and_nothing_is_sent() {
    let (world, server) = (World::new(), Server::numbered());
    for _ in 0..3 {
        assert_eq!(quiet(world.client(&server, &[])), "tok-1");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn the_cache_is_off_unless_a_flag_a_variable_or_a_profile_asks_for_it() {
    let (world, server) = (World::new(), Server::numbered());
    let run = |words: &[&str], variable: Option<&str>| {
        let command = world.program().args(words);
        let command = variable.into_iter().fold(command, |run, value| run.env("OAUTH2TOK_CACHE", value));

        quiet(command)
    };
    let url = server.url();
    let flags = ["--token-endpoint", &url, "-i", "app", "--client-secret", "env:SECRET"];
    assert_eq!(run(&flags, None), "tok-1");
    assert!(!world.path("cache").exists() && !world.path("state").exists());
    assert_eq!(run(&flags, Some("1")), "tok-2");
    assert_eq!(run(&flags, Some("1")), "tok-2");
    assert_eq!(run(&[&flags[..], &["--no-cache"]].concat(), Some("1")), "tok-3");
    let profile = format!(
        "profiles:\n  p:\n    token_endpoint: {url}\n    client_id: app\n    client_secret: env:SECRET\n    cache: true\n"
    );
    std::fs::create_dir_all(world.path("config/oauth2tok")).unwrap();
    std::fs::write(world.path("config/oauth2tok/config.yaml"), profile).unwrap();
    assert_eq!(run(&["-p", "p"], None), "tok-2", "the same settings have the same key, wherever they come from");
    assert_eq!(run(&["-p", "p", "--no-cache"], None), "tok-4");
}

#[test]
fn force_new_goes_past_the_kept_token_and_keeps_the_new_one() {
    let (world, server) = (World::new(), Server::numbered());
    assert_eq!(quiet(world.client(&server, &[])), "tok-1");
    assert_eq!(quiet(world.client(&server, &["--force-new"])), "tok-2");
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
}

#[test]
fn min_valid_takes_the_place_of_the_margin_and_a_short_new_token_comes_with_a_warning() {
    let (world, server) = (World::new(), Server::numbered());
    assert_eq!(quiet(world.client(&server, &[])), "tok-1");
    assert_eq!(quiet(world.client(&server, &["--min-valid", "50m"])), "tok-1");
    let (out, err) = prints(world.client(&server, &["--min-valid", "2h"]));
    assert_eq!(out, "tok-2");
    assert!(err.starts_with("warning: the new token lives for 3") && err.lines().count() == 1, "{err}");
    let plain = world.client(&server, &["--min-valid", "2h", "--no-cache"]).args(["-q"]);
    assert_eq!(quiet(plain), "tok-3");
}

#[test]
fn a_token_without_a_usable_lifetime_is_not_reused_unless_the_profile_says_how_long_it_lives() {
    for lifetime in ["", r#","expires_in":0"#, r#","expires_in":-5"#, r#","expires_in":"soon""#] {
        let world = World::new();
        let server = Server::scripted(move |n, _| token_with(&format!("tok-{n}"), lifetime));
        for n in 1..3 {
            assert_eq!(quiet(world.client(&server, &[])), format!("tok-{n}"), "{lifetime}");
        }
        let profile = format!(
            "token_endpoint: {}\nclient_id: app\nclient_secret: env:SECRET\ncache: true\ndefault_ttl: 1h\n",
            server.url()
        );
        std::fs::write(world.path("p.yaml"), profile).unwrap();
        for words in [&[][..], &["--force-new"], &[]] {
            let command = world.program().args(["-p"]).args([world.path("p.yaml")]).args(words).args(["-o", "ttl"]);
            let left: u64 = quiet(command).parse().unwrap();
            assert!((3500..=3600).contains(&left), "{left}");
        }
        assert_eq!(server.count(), 3, "{lifetime}");
    }
}

#[test]
fn a_text_lifetime_and_a_very_long_one_are_reused() {
    for lifetime in [r#""3600""#, "3.6e3", "315576000"] {
        let world = World::new();
        let server =
            Server::scripted(move |n, _| token_with(&format!("tok-{n}"), &format!(r#","expires_in":{lifetime}"#)));
        quiet(world.client(&server, &[]));
        assert_eq!(quiet(world.client(&server, &[])), "tok-1", "{lifetime}");
    }
}

#[test]
fn an_expired_token_is_not_reused() {
    let world = World::new();
    let server = Server::scripted(|n, _| token_with(&format!("tok-{n}"), r#","expires_in":1"#));
    assert_eq!(quiet(world.client(&server, &[])), "tok-1");
    std::thread::sleep(Duration::from_millis(1000));
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
}

#[test]
fn a_lifetime_counts_from_the_start_of_the_request() {
    let world = World::new();
    let server = Server::scripted(|n, _| {
        let body = format!(r#"{{"access_token":"tok-{n}","token_type":"Bearer","expires_in":1}}"#);
        json(200, &body).late(Duration::from_millis(1100))
    });
    assert_eq!(quiet(world.client(&server, &[])), "tok-1");
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
}

#[test]
fn with_an_issuer_a_hit_asks_nobody() {
    let (world, server) = (World::new(), MockServer::start());
    let basic = "Basic YXBwOmNsMWVudC1zM2NyZXQ=";
    let metadata = publishes(&server);
    let token = grants(&server, |when| when.header("Authorization", basic).body("grant_type=client_credentials"));
    for _ in 0..3 {
        let run = world.program().args(["--issuer", &server.base_url(), "-i", "app", "--cache"]);
        assert_eq!(quiet(run.args(["--client-secret", "env:SECRET"])), TOKEN);
    }
    metadata.assert();
    token.assert();
}

#[test]
fn json_from_the_cache_counts_down_and_keeps_order_and_number_text() {
    let world = World::new();
    let more = r#","n":2.50,"expires_in":3600,"big":123456789012345678901234567890,"o":{"b":1,"a":[]}"#;
    let server = Server::scripted(move |_, _| token_with("tok", more));
    let first = quiet(world.client(&server, &["-o", "json"]));
    std::thread::sleep(Duration::from_millis(10));
    let second = quiet(world.client(&server, &["-o", "json"]));
    let left = second.split(r#""expires_in":"#).nth(1).unwrap().split(',').next().unwrap();
    assert!((3500..3600).contains(&left.parse::<u64>().unwrap()), "{second}");
    assert_eq!(second.replace(&format!(r#""expires_in":{left}"#), r#""expires_in":3600"#), first);
    let ttl: u64 = quiet(world.client(&server, &["-o", "ttl"])).parse().unwrap();
    assert!((3500..3600).contains(&ttl));
    assert_eq!(server.count(), 1);
}

#[test]
fn any_one_setting_changed_is_another_token() {
    let (world, server) = (World::new(), Server::numbered());
    let cert = world.path("cert.pem");
    let cert = cert.to_str().unwrap();
    let other = format!("{}?tenant=x", server.url());
    let mut seen = vec![quiet(world.client(&server, &[]))];
    for words in [
        &["-s", "read"][..],
        &["-s", "read write"],
        &["--audience", "read"],
        &["--resource", "https://r.example"],
        &["--param", "a=b"],
        &["--param", "a=c"],
        &["-H", "X-A: b"],
        &["-a", "post"],
        &["--basic-encoding", "raw"],
        &["--strict"],
        &["-g", "password", "-u", "alice", "--password", "env:PASSWORD", "-q"],
        &["-g", "password", "-u", "bob", "--password", "env:PASSWORD", "-q"],
        &["-g", "refresh_token", "--refresh-token", "env:PASSWORD"],
        &["--insecure"],
    ] {
        let (out, _) = prints(world.client(&server, words));
        assert!(!seen.contains(&out), "{words:?} had a token of other settings");
        assert_eq!(prints(world.client(&server, words)).0, out, "{words:?}");
        seen.push(out);
    }
    for words in [["-i", "app2", "--token-endpoint", &server.url()], ["-i", "app", "--token-endpoint", &other]] {
        let command = world.program().args(["--client-secret", "env:SECRET", "--cache"]).args(words);
        let out = quiet(command);
        assert!(!seen.contains(&out), "{words:?}");
        seen.push(out);
    }
    for content in ["one", "two"] {
        std::fs::write(cert, content).unwrap();
        let out = quiet(world.client(&server, &["--cert", cert]));
        assert!(!seen.contains(&out), "another certificate");
        seen.push(out);
    }
    assert_eq!(server.count(), seen.len());
}

#[test]
fn a_rotated_secret_is_a_miss_and_a_wrong_password_never_gets_the_token() {
    let world = World::new();
    let server = Server::scripted(|n, body| {
        if body.contains("password=wrong") {
            return json(400, r#"{"error":"invalid_grant"}"#);
        }
        token_of(&format!("tok-{n}"))
    });
    assert_eq!(quiet(world.user(&server, &[])), "tok-1");
    let wrong = world.user(&server, &["-v"]).env("PASSWORD", "wrong");
    let (code, out, err) = ended(start(wrong));
    assert_eq!((code, out.as_str()), (Some(3), ""));
    assert!(err.contains("* cache: other credentials"), "{err}");
    assert_eq!(quiet(world.user(&server, &[])), "tok-1", "the right password still has its token");
    let rotated = world.user(&server, &[]).env("SECRET", "rotated");
    assert_eq!(quiet(rotated), "tok-3");
}

#[test]
fn verbose_tells_the_keys_inputs_and_the_verdict_but_no_secret() {
    let (world, server) = (World::new(), Server::numbered());
    let words = ["-v", "-s", "read", "--param", "otp=12345678", "--param", "tenant=acme"];
    let (_, first) = prints(world.client(&server, &words));
    let (_, second) = prints(world.client(&server, &words));
    assert!(first.contains("* cache: miss"), "{first}");
    assert!(second.contains("* cache: hit; good for 3"), "{second}");
    for err in [first, second] {
        let line = err.lines().find(|line| line.starts_with("* cache key: ")).unwrap();
        for part in [&server.url(), "client_credentials", "client_id = app", "scope = read", "tenant=acme", "otp=***"] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!err.contains("cl1ent-s3cret") && !err.contains("12345678"), "{err}");
    }
}

#[test]
fn a_password_run_and_a_hit_print_the_same_in_every_form() {
    let world = World::new();
    let server = Server::scripted(|_, _| token_with("a.b-c", r#","expires_in":3600,"id_token":"x.y.z""#));
    for words in [&["-o", "header"][..], &["-o", "curl"], &["-o", "env"], &["--field", "id_token"]] {
        let fresh = quiet(world.client(&server, &[words, &["--force-new"]].concat()));
        assert_eq!(quiet(world.client(&server, words)), fresh);
    }
}

#[test]
fn an_entry_from_the_future_is_a_miss() {
    use oauth2tok::cache::{Cache, Dirs, Look};
    use oauth2tok::commands::session::{read_secret, slot_for};
    use oauth2tok::secret::source::Reader;
    use oauth2tok::settings::{Environment, Key, Layer, Origin, Settings};

    let (world, server) = (World::new(), Server::numbered());
    assert_eq!(quiet(world.client(&server, &[])), "tok-1");
    let env = Environment::of([("SECRET", "cl1ent-s3cret")]);
    let mut layer = Layer::default();
    for (key, text) in
        [(Key::TokenEndpoint, server.url().as_str()), (Key::ClientId, "app"), (Key::ClientSecret, "env:SECRET")]
    {
        layer.set(key, key.read(text).unwrap(), Origin::Default);
    }
    let settings = Settings::from_layer(layer, &env).unwrap();
    let lookup = |name: &str| env.os(name);
    let mut reader = Reader::new(&lookup, Vec::new, oauth2tok::deadline::Deadline::after(Duration::from_secs(1)));
    let request = settings.read_secrets(|asked| read_secret(&mut reader, asked, &env)).unwrap();
    let cache = Cache::new(Dirs { cache: world.cache_dir(), state: world.path("state/oauth2tok") });
    let slot = slot_for(&cache, &request, &settings, &mut reader, &env).unwrap().unwrap();
    let Look::Found(mut entry) = slot.look() else { panic!("the program's entry does not open") };
    let day = Duration::from_secs(86_400);
    entry.requested_at += day;
    entry.token.expires_at = entry.token.expires_at.map(|at| at + day);
    slot.keep(&entry, SystemTime::now()).unwrap();
    let (out, err) = prints(world.client(&server, &["-v"]));
    assert_eq!(out, "tok-2");
    assert!(err.contains("* cache: miss; the entry is from the future"), "{err}");
    // The clock jumped ahead: what was kept before is old, however long the server said it lives.
    let Look::Found(mut entry) = slot.look() else { panic!("the program's entry does not open") };
    entry.requested_at -= day;
    entry.token.expires_at = entry.token.expires_at.map(|at| at + day * 100);
    slot.keep(&entry, SystemTime::now()).unwrap();
    assert_eq!(quiet(world.client(&server, &[])), "tok-3");
}
