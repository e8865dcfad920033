use std::cell::Cell;

use super::*;
use crate::secret::{Secret, Source};
use crate::settings::key::{Pair, SettingValue};
use crate::settings::layer::Layer;

fn lookup(name: &str) -> Option<String> {
    match name {
        "HOST" => Some("idp.example".into()),
        "EVIL" => Some("command:rm".into()),
        "EMPTY" => Some(String::new()),
        "LINES" => Some("a\nb".into()),
        _ => None,
    }
}

fn parse(yaml: &str) -> Result<File, ProfileError> {
    File::parse("c.yaml", yaml.into(), Wanted::All)
}

/// Reads what a run with `-p name` would, which must be the same as if everything were read.
fn only(yaml: &str, name: &str) -> Result<Layer, ProfileError> {
    File::parse("c.yaml", yaml.into(), Wanted::One(name))?.profile(name, None, &lookup)
}

fn profile(yaml: &str, name: &str) -> Result<Layer, ProfileError> {
    let layer = parse(yaml).and_then(|file| file.profile(name, None, &lookup));
    assert_eq!(only(yaml, name), layer);
    layer
}

#[track_caller]
fn check(entries: &str, key: Key, expected: SettingValue) {
    let layer = profile(&format!("profiles:\n  p:\n    {entries}\n"), "p").unwrap();
    assert_eq!(layer.get(key).map(|entry| &entry.value), Some(&expected));
}

fn text(text: &str) -> SettingValue {
    SettingValue::Text(text.into())
}

fn list(items: &[&str]) -> SettingValue {
    SettingValue::List(items.iter().map(|item| (*item).into()).collect())
}

fn literal(text: &str) -> SettingValue {
    SettingValue::Secret(Source::Literal(Secret::new(text)))
}

#[test]
fn text_stays_text() {
    for written in
        ["0123", "no", "yes", "1e3", "0x1F", "+5", "true", "123456789012345678901234567890", ".inf", "2026-01-01"]
    {
        check(&format!("client_secret: {written}"), Key::ClientSecret, literal(written));
        check(&format!("audience: {written}"), Key::Audience, list(&[written]));
        check(&format!("audience: [{written}, b]"), Key::Audience, list(&[written, "b"]));
        check(&format!("params: {{ a: {written} }}"), Key::Params, SettingValue::Map(vec![Pair::new("a", written)]));
    }
    check("client_secret: ' é: \"#'", Key::ClientSecret, literal(" é: \"#"));
    check("client_id: \"é\" # 5", Key::ClientId, text("é"));
}

#[test]
fn scopes_are_a_list_or_a_text() {
    check("scope: read write", Key::Scope, list(&["read", "write"]));
    check("scope: |\n      read  write\n", Key::Scope, list(&["read", "write"]));
    check("scope: \"read\\twrite\"", Key::Scope, list(&["read\twrite"]));
    check("scope: [read, 'write more']", Key::Scope, list(&["read", "write", "more"]));
}

#[test]
fn a_text_is_one_item_of_a_list_whatever_a_variable_holds() {
    check("audience: x-${LINES}", Key::Audience, list(&["x-a\nb"]));
    check("audience: |\n      one\n", Key::Audience, list(&["one"]));
    check("resource: [\"${LINES}\", b]", Key::Resource, list(&["a\nb", "b"]));
}

#[test]
fn an_empty_variable_makes_no_secret() {
    for (source, expected) in [
        ("${EMPTY}", "the secret is empty"),
        ("${NOPE:}", "the secret is empty"),
        ("literal:${EMPTY}", "the secret is empty"),
        ("env:${EMPTY}", "'env:' must be followed by the name of an environment variable"),
        ("file:${NOPE:}", "'file:' must be followed by a path"),
        ("command:${EMPTY}", "'command:' must be followed by a command"),
    ] {
        let error = profile(&format!("profiles: {{ p: {{ password: '{source}' }} }}"), "p").unwrap_err();
        assert_eq!(error.message, format!("password: {expected}"));
        assert!(error.hint.is_some());
    }
}

#[test]
fn a_variable_that_becomes_a_secret_is_noted_and_others_are_not() {
    let entries = [
        ("client_secret: ${HOST}", &["HOST"][..]),
        ("client_secret: literal:a$$${HOST}${EVIL}", &["EVIL", "HOST"]),
        ("password: ${NOPE:x}", &["NOPE"]),
        ("password: env:HOST", &["HOST"]),
        ("password: command:pass ${HOST}", &[]),
        ("password: file:${HOST}", &[]),
        ("client_id: ${HOST}", &[]),
        ("proxy: http://u:${HOST}@${EVIL}", &["HOST"]),
        ("params: { otp: '${HOST}', tenant: '${EVIL}' }", &["HOST"]),
        ("headers: { X-Api-Key: 'a ${HOST}', X-Team: '${EVIL}' }", &["HOST"]),
    ];
    for (entry, expected) in entries {
        let layer = profile(&format!("profiles:\n  p:\n    {entry}\n  q: {{ extends: p }}"), "q").unwrap();
        assert_eq!(layer.secret_variables().collect::<Vec<_>>(), expected, "{entry}");
    }
}

#[test]
fn a_flags_name_is_a_profiles_key_too() {
    let pair = |value: &str| SettingValue::Map(vec![Pair::new("a", value)]);
    check("param: { a: b }", Key::Params, pair("b"));
    check("header: { a: b }", Key::Headers, pair("b"));
    check("token_url: https://h/t", Key::TokenEndpoint, text("https://h/t"));
}

#[test]
fn both_names_of_the_method_are_taken() {
    check("auth_method: post", Key::AuthMethod, text("post"));
    check("token_endpoint_auth_method: none", Key::AuthMethod, text("none"));
}

#[test]
fn variables_are_filled_in_after_the_parse() {
    check("issuer: https://${HOST}/x", Key::Issuer, text("https://idp.example/x"));
    check("client_id: '${NOPE:a: b}'", Key::ClientId, text("a: b"));
    check("client_id: ${NOPE:}", Key::ClientId, text(""));
    check("client_id: a$$b$5", Key::ClientId, text("a$b$5"));
    check("client_id: '${NOPE:-x}${EMPTY:-y}'", Key::ClientId, text("xy"));
    check("client_secret: p$$a$b$(c)", Key::ClientSecret, literal("p$a$b$(c)"));
    check("client_secret: ${EVIL}", Key::ClientSecret, literal("command:rm"));
    let message = profile("profiles: { p: { client_id: '${NOPE}' } }", "p").unwrap_err().message;
    assert_eq!(message, "the environment variable NOPE is not set (${NOPE:default} gives a default)");
}

#[test]
fn a_child_inherits_and_overrides() {
    let yaml = "profiles:\n  a: { client_id: x, retry: 5, params: {k: 1} }\n  b: { extends: a, client_id: y, params: {l: 2} }\n";
    let layer = profile(yaml, "b").unwrap();
    assert_eq!(layer.get(Key::ClientId).unwrap().value, text("y"));
    assert_eq!(layer.get(Key::Retry).unwrap().value, SettingValue::Count(5));
    assert_eq!(
        layer.get(Key::Params).unwrap().value,
        SettingValue::Map(vec![Pair::new("k", "1"), Pair::new("l", "2")])
    );
    assert_eq!(layer.get(Key::Retry).unwrap().origin.to_string(), "profile c.yaml:2");
}

#[test]
fn a_fault_far_out_on_a_line_is_told_without_it() {
    let error = parse(&format!("profiles: {}[", " ".repeat(70_000))).unwrap_err();
    assert!(error.to_string().starts_with("c.yaml:1:7") && !error.to_string().contains('|'), "{error}");
}

#[test]
fn a_profile_is_read_whichever_way_its_parents_are_written() {
    for extends in ["extends: a", "\"extends\" : 'a'", "extends: ${NOPE:a}", "extends: >-\n      a", "extends: &x a"] {
        let yaml = format!("profiles:\n  a: {{ client_id: x }}\n  other: {{ nonsense: 5 }}\n  b:\n    {extends}\n");
        assert_eq!(profile(&yaml, "b").unwrap().get(Key::ClientId).unwrap().value, text("x"), "{extends}");
    }
    assert_eq!(parents("extends: a # b\n x: { extends: 'b', c: d }"), HashSet::from(["a", "b"]));
}

#[test]
fn names_are_all_there_whatever_is_read() {
    let yaml = "profiles:\n  a: { client_id: x }\n  b: { nonsense: 5 }\n";
    for wanted in [Wanted::All, Wanted::One("none of them"), Wanted::Names] {
        let file = File::parse("c.yaml", yaml.into(), wanted).unwrap();
        assert_eq!(file.names().collect::<Vec<_>>(), ["a", "b"]);
    }
}

#[test]
fn anchors_and_merge_keys_work() {
    let yaml = "profiles:\n  a: &a { client_id: x }\n  b:\n    <<: *a\n    retry: 1\n";
    assert_eq!(profile(yaml, "b").unwrap().get(Key::ClientId).unwrap().value, text("x"));
}

#[track_caller]
fn check_error(yaml: &str, expected: &str, hint: Option<&str>) {
    let error = profile(yaml, "p").unwrap_err();
    assert_eq!((error.to_string().as_str(), error.hint.as_deref()), (expected, hint));
}

#[test]
fn an_error_shows_the_place_the_line_and_the_nearest_name() {
    check_error(
        "profiles:\n  p:\n    cliend_id: ci-bot\n",
        "c.yaml:3:5: unknown key 'cliend_id'\n 3 |     cliend_id: …\n   |     ^",
        Some("did you mean 'client_id'?"),
    );
    check_error(
        "profiles:\n  p:\n    timeout: soon # and so\n",
        "c.yaml:3:14: timeout: expected a time span such as 30s, 500ms or 2m\n 3 |     timeout: soon # …\n   |              ^",
        None,
    );
    check_error(
        "profiles:\n  p:\n    client_secret: 'env:'\n",
        "c.yaml:3:20: client_secret: 'env:' must be followed by the name of an environment variable\n 3 |     client_secret: …\n   |                    ^",
        None,
    );
    check_error(
        "profiles:\n  prod: {}\n  pp: {}\n",
        "c.yaml: there is no profile of that name",
        Some("did you mean 'pp'?"),
    );
    check_error(
        "profile:\n  p: {}\n",
        "c.yaml:1:1: unknown key 'profile'\n 1 | profile:\n   | ^",
        Some("did you mean 'profiles'?"),
    );
    check_error(
        "profiles:\n  p:\n    insecure: true\n",
        "c.yaml:3:5: unknown key 'insecure'\n 3 |     insecure: …\n   |     ^",
        Some("for safety this is taken from the flag --insecure alone"),
    );
    check_error(
        "profiles:\n  p:\n    cache: yes\n",
        "c.yaml:3:12: cache: expected true or false\n 3 |     cache: yes\n   |            ^",
        None,
    );
}

#[test]
fn duplicate_keys_are_refused_wherever_they_are() {
    for yaml in [
        "profiles:\n  p: {}\n  p: {}\n",
        "profiles:\n  p:\n    client_id: a\n    client_id: b\n",
        "profiles:\n  p:\n    auth_method: post\n    token_endpoint_auth_method: post\n",
        "profiles: {}\nprofiles: {}\n",
    ] {
        let message = profile(yaml, "p").unwrap_err().message;
        assert!(message.starts_with("duplicate key") || message.contains("set twice"), "{message}");
    }
}

#[test]
fn null_takes_away_what_is_inherited() {
    let yaml = "profiles:\n  a: { client_id: x, client_secret: s, scope: r, params: {k: 1, l: 2} }\n  b: { extends: a, client_secret: null, scope: ~, \
                params: {k: null} }\n  c: { extends: b, client_secret: t, params: }\n";
    let layer = profile(yaml, "b").unwrap();
    let has = |layer: &Layer, key| layer.get(key).map(|entry| entry.value.clone());
    assert_eq!((has(&layer, Key::ClientSecret), has(&layer, Key::Scope)), (None, None));
    assert_eq!(has(&layer, Key::Params), Some(SettingValue::Map(vec![Pair::new("l", "2")])));
    let layer = profile(yaml, "c").unwrap();
    assert_eq!(has(&layer, Key::ClientSecret), Some(literal("t")));
    assert_eq!((has(&layer, Key::Params), has(&layer, Key::ClientId)), (None, Some(text("x"))));
    let twice = profile("profiles: {p: {auth_method: ~, token_endpoint_auth_method: none}}", "p").unwrap_err();
    assert_eq!(twice.message, "'token_endpoint_auth_method' is set twice, under two names for the same");
}

#[test]
fn a_name_repeats_where_a_list_says_so() {
    let further = |value: &str| Pair { is_further: true, ..Pair::new("a", value) };
    check(
        "params: { a: [1, \"${HOST}\"], b: 3 }",
        Key::Params,
        SettingValue::Map(vec![Pair::new("a", "1"), further("idp.example"), Pair::new("b", "3")]),
    );
    check("params: { a: [], b: 3 }", Key::Params, SettingValue::Map(vec![Pair::new("b", "3")]));
}

#[test]
fn circles_wrong_shapes_and_missing_values_are_refused() {
    for (yaml, expected) in [
        ("profiles: {p: {extends: q}, q: {extends: p}}", "'extends' runs in a circle or too deep: p → q → p"),
        ("profiles: {p: {extends: prood}, prod: {}}", "there is no profile 'prood'"),
        ("profiles: {p: {extends: nope}}", "there is no profile (not shown: it may be a secret)"),
        ("profiles: {p: {extends: '${EVIL}'}}", "there is no profile (not shown: it may be a secret)"),
        ("profiles: {p: []}", "profile 'p' must hold keys and values"),
        ("profiles: {p: {client_id: [a]}}", "client_id: expected a single value"),
        ("profiles: {p: {params: a}}", "params: expected names and values"),
        ("profiles: {p: {scope: {a: b}}}", "scope: expected a text or a list of texts"),
        ("[]", "expected keys and values"),
        ("defaults: 5", "'defaults' must hold keys and values"),
    ] {
        assert_eq!(profile(yaml, "p").unwrap_err().message, expected, "{yaml}");
    }
}

#[test]
fn bombs_and_deep_nesting_are_refused_at_once() {
    let bomb = format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(1000), "*a,".repeat(2000));
    let laughs = (b'a'..b'y').fold("a: &a [x, x]\n".to_owned(), |yaml, c| {
        let (this, next) = (char::from(c), char::from(c + 1));
        yaml + &format!("{next}: &{next} [{}]\n", format!("*{this}, ").repeat(10))
    });
    for yaml in [
        bomb,
        laughs,
        "[".repeat(100_000),
        format!("p: {}1{}", "[".repeat(40), "]".repeat(40)),
        "a: !ruby/object x".into(),
    ] {
        let message = parse(&yaml).unwrap_err().message;
        assert!(
            ["nest too deep", "repeat too much", "unsupported tag"].iter().any(|why| message.contains(why)),
            "{message}"
        );
    }
}

#[test]
fn a_syntax_error_shows_its_line_and_no_secret() {
    for (yaml, expected) in [
        (
            "profiles:\n  p:\n    client_secret: \"s3cret\n    client_id: x\n",
            "c.yaml:3:20: this quote is not closed\n 3 |     client_secret: …\n   |                    ^",
        ),
        (
            "profiles:\n  p:\n    scope: 'a\n",
            "c.yaml:3:12: this quote is not closed\n 3 |     scope: …\n   |            ^",
        ),
        ("- x: y\n", "c.yaml:1:1: expected keys and values"),
        ("# x\n\n  s3cret\n", "c.yaml:3:3: expected keys and values"),
        ("a: 1\n---\nb: 2\n", "c.yaml:2:1: a second document begins here ('---'): a file holds one"),
        ("a: &a x\nb: *c\n", "c.yaml:2:4: while parsing node, found unknown anchor"),
        ("? [a]\n: b\n", "c.yaml:1:3: a key must be a text"),
    ] {
        assert_eq!(parse(yaml).unwrap_err().to_string(), expected);
    }
}

const SLIPS: [&str; 18] = ["", " ", "  ", "\"", "'", "{", "[", "}", "]", ":", "\n", "#", "\t", "-", ",", "*", "&", "x"];

/// Whatever happens to a file: where it can be read as a whole, each profile of it is the same read by itself; and where it
/// cannot, no more is lost than that a fault in what is left out goes unnoticed.
#[test]
fn what_is_left_out_changes_nothing_that_is_read() {
    let yaml = "defaults:\n  retry: 1\nprofiles:\n  a:\n    client_id: x\n    scope: [r,\n      w]\n    params: {k: 'v'}\n  b: # it\n    \
                extends: a\n    audience: \"y\n      z\"\n    client_secret: |+\n      it's\n\n  d:\n    extends: b\n\n  c: {retry: 2}\n";
    let read = |yaml: &str, wanted| {
        let file = File::parse("c.yaml", yaml.into(), wanted)?;
        let layers = ["a", "b", "c", "d"].map(|name| match wanted {
            Wanted::One(one) if one != name => None,
            _ => file.profile(name, None, &lookup).ok(),
        });
        file.defaults(&lookup).map(|defaults| (file.names().map(str::to_owned).collect::<Vec<_>>(), defaults, layers))
    };
    let check = |yaml: &str| {
        let Ok((names, defaults, layers)) = read(yaml, Wanted::All) else { return };
        for (name, layer) in ["a", "b", "c", "d"].into_iter().zip(&layers) {
            let (own_names, own_defaults, own) = read(yaml, Wanted::One(name)).unwrap();
            assert_eq!(own_defaults, defaults, "{yaml}");
            assert!(names.contains(&name.to_owned()) || own_names == names, "{yaml}");
            assert_eq!(own.iter().flatten().next(), layer.as_ref(), "{name}: {yaml}");
        }
        assert_eq!(read(yaml, Wanted::Names).unwrap().0, names, "{yaml}");
    };
    check(yaml);
    for at in 0..yaml.len() {
        // A part of the slips at each place; all of them were tried once.
        for slip in SLIPS.iter().skip(at % 9).step_by(9) {
            check(&format!("{}{slip}{}", &yaml[..at], &yaml[at..]));
            check(&format!("{}{slip}{}", &yaml[..at], &yaml[at + 1..]));
        }
    }
}

#[test]
fn no_slip_of_the_pen_brings_a_secret_out() {
    let forms = [
        "client_secret: s3cret",
        "client_secret: 's3cret'",
        "client_secret: \"s3cret\"",
        "client_secret: |\n      s3cret: x\n      s3cret",
        "client_secret: >-\n      s3cret",
        "client_secret:\n      s3cret",
        "client_secret: literal:s3cret",
        "password: command:pass 's3cret'",
        "refresh_token: s3cret",
        "params: { otp: s3cret, x: y }",
        "params:\n      otp: s3cret",
        "headers: { X-Api-Key: s3cret }",
        "headers:\n      X-Api-Key: 's3cret'",
        "proxy: http://u:s3cret@proxy:1",
        "client_secret:s3cret",
        "client_secret:s3cret: x",
        "client_secret=s3cret: x",
        "client_secret s3cret:",
        "client_secrets3cret: x",
        "client_se cret:s3cret:",
        "&client_secret:s3cret",
        "*client_secret:s3cret",
        "!client_secret:s3cret x",
        "{ client_secret:s3cret }",
        "extends: p client_secret:s3cret",
        "password: &a s3cret\n    username: *a",
        "password: !!str s3cret",
        "password: !own s3cret",
        "password: [s3cret]",
        "password: { a: s3cret }",
        "password: { timeout: s3cret }",
        "password: |\n      note: s3cret\n      - s3cret",
        "password: \"a\n      s3cret\n      note: s3cret\"",
        "password: 'a\n\n      s3cret'",
        "password: a\n      s3cret",
        "password: x # s3cret",
        "timeout: 5s # s3cret",
        "\"password\": s3cret",
        "? password\n    : s3cret",
        "password:\ts3cret",
        "\tpassword: s3cret",
        "<<: { password: s3cret }",
        "<<: [{ password: s3cret }, { scope: s3cret }]",
        "params: { timeout: s3cret, scope: [s3cret] }",
        "params:\n      tenant: s3cret\n      other: { a: s3cret }",
        "headers: { Timeout: { a: s3cret } }",
        "- password: s3cret",
    ];
    for form in forms {
        let yaml = format!("profiles:\n  p:\n    client_id: x\n    {form}\n    timeout: 5s\n  q: {{ {form} }}\n");
        let check = |yaml: &str| {
            let told = profile_all(yaml).map_or_else(|error| format!("{error}{:?}", error.hint), |()| String::new());
            assert!(!told.contains("s3cret"), "{yaml}\n{told}");
        };
        let places = (0..yaml.len()).filter(|at| !yaml[..*at].ends_with(['s', '3', 'c', 'r', 'e', 't']));
        for at in places.step_by(5) {
            // Half of the slips at every fifth place are enough to meet what matters.
            for slip in SLIPS.iter().skip(at % 2).step_by(2) {
                check(&format!("{}{slip}{}", &yaml[..at], &yaml[at..]));
                check(&format!("{}{slip}{}", &yaml[..at], &yaml[at + 1..]));
            }
        }
    }
}

#[test]
fn a_name_that_may_be_a_secret_is_not_repeated() {
    for (entries, expected) in [
        ("client_secret:s3: x", "unknown key 'client_secret…'"),
        ("client_se cret:s3cret: x", "unknown key 'client_se cret…'"),
        ("client_secrets3cret: x", "unknown key 'client_secret…'"),
        ("{client_secret:s3cret}", "unknown key 'client_secret…'"),
        ("s3cret:", "unknown key (not shown: it may be a secret)"),
        ("s3cret: x # client_secret", "unknown key (not shown: it may be a secret)"),
        ("? s3cret\n    : x", "unknown key (not shown: it may be a secret)"),
        ("params: {s3cret: a, s3cret: b}", "duplicate key (not shown: it may be a secret)"),
        ("extends: p s3cret", "there is no profile 'p…'"),
    ] {
        let error = profile(&format!("profiles:\n  p:\n    {entries}\n"), "p").unwrap_err();
        assert_eq!(error.message, expected, "{entries}");
        assert!(!format!("{error}{:?}", error.hint).contains("s3"), "{entries}\n{error}");
    }
    let error = parse("client_secret:s3cret: x").unwrap_err();
    assert_eq!(error.to_string(), "c.yaml:1:1: unknown key 'client_secret…'");
    let error = profile("profiles: {}", "s3cret").unwrap_err();
    assert_eq!(error.to_string(), "c.yaml: there is no profile of that name");
}

/// What a computer does for `text` of size `n` and `4 n`, as a ratio: 4 where the work grows as the text does.
#[track_caller]
fn check_growth(n: usize, text: impl Fn(usize) -> String, work: impl Fn(&str)) {
    let took = |text: &str| {
        let best = (0..2).map(|_| {
            let start = crate::growth::spent();
            work(text);
            crate::growth::spent().saturating_sub(start)
        });
        best.min().unwrap_or_default().as_secs_f64()
    };
    let (small, large) = (text(n), text(4 * n));
    // Where something else takes the processor, it is tried again.
    assert!((0..5).any(|_| took(&large) < 8.0 * took(&small)), "{n}");
}

#[test]
fn reading_takes_as_long_as_the_text_is() {
    let check_all = |yaml: &str| {
        if let Ok(file) = parse(yaml) {
            file.names().for_each(|name| drop(file.profile(name, None, &lookup)));
        }
    };
    let of =
        |entry: fn(usize) -> String| move |n: usize| format!("profiles:\n{}", (0..n).map(entry).collect::<String>());
    check_growth(4000, of(|i| format!("  p{i}: {{extends: p{}}}\n", i / 2)), |yaml| drop(only(yaml, "p0")));
    check_growth(500, of(|i| format!("  p{i}: {{extends: p{}}}\n", i / 2)), check_all);
    // Of faults only so many are explained that the rest costs little.
    check_growth(100, of(|i| format!("  p{i}: {{extends: q{i}}}\n")), check_all);
    let flow = |n: usize| format!("profiles: {{{}}}", (0..n).map(|i| format!("p{i}: {{}}, ")).collect::<String>());
    check_growth(1000, flow, check_all);
    let pairs = |n: usize| (0..n).map(|i| format!("k{i}: v, ")).collect::<String>();
    let params = |n: usize| {
        format!("profiles: {{p: {{params: {{{}}}}}, q: {{extends: p, params: {{{}}}}}}}", pairs(n), pairs(n))
    };
    check_growth(4000, params, |yaml| drop(only(yaml, "q")));
    let merged = |n: usize| format!("a: &a {{{}}}\nb: {{<<: *a, {}}}", pairs(n), pairs(n).replace('k', "l"));
    check_growth(4000, merged, |yaml| drop(parse(yaml)));
    let name = |n: usize| format!("profiles: {{p: {{{}: x}}}}", "x".repeat(n));
    check_growth(2000, name, |yaml| drop(only(yaml, "p")));
}

#[test]
fn of_many_faults_the_first_are_explained() {
    let profiles = |n: usize| (0..n).map(|i| format!("  p{i}:\n    cliend_id: x\n")).collect::<String>();
    let file = parse(&format!("profiles:\n{}", profiles(2000))).unwrap();
    let faults: Vec<_> = file.names().filter_map(|name| file.profile(name, None, &lookup).err()).collect();
    assert_eq!(faults.len(), 2000);
    let explained = faults.iter().take_while(|fault| fault.message == "unknown key 'cliend_id'").count();
    assert!((50..200).contains(&explained), "{explained}");
    assert!(faults.iter().all(|fault| fault.message.contains("unknown key") && fault.place.is_some()));
}

#[test]
fn what_grows_by_reference_is_bounded_in_bytes() {
    let large = |name: &str| (name == "LARGE").then(|| "x".repeat(100_000));
    let grows = |yaml: String, name: &str| {
        let error = parse(&yaml).unwrap().profile(name, None, &large).unwrap_err();
        assert!(error.message.contains("grows beyond 8 MiB"), "{error}");
    };
    grows(format!("profiles: {{p: {{client_id: '{}'}}}}", "${LARGE}".repeat(100)), "p");
    grows(format!("profiles: {{p: {{client_secret: '{}'}}}}", "${LARGE}".repeat(100)), "p");
    grows(format!("profiles: {{p: {{scope: [{}]}}}}", "'${LARGE}',".repeat(100)), "p");
    grows(format!("profiles: {{p: {{client_id: '{}'}}}}", "${NOPE:}".repeat(40_000)), "p");
    let chain: String = (0..10)
        .map(|i| format!("  p{i}: {{extends: p{}, param: {{k{i}: '{}'}}}}\n", i + 1, "${LARGE}".repeat(10)))
        .collect();
    grows(format!("profiles:\n{chain}  p10: {{}}\n"), "p0");

    // What is not filled in is not looked up for anything else either.
    let asked = Cell::new(0);
    let counted = |name: &str| {
        asked.set(asked.get() + 1);
        large(name)
    };
    for key in ["token_endpoint", "proxy", "base_url"] {
        let yaml = format!("profiles: {{p: {{{key}: 'https://h/{}'}}}}", "${LARGE}".repeat(10_000));
        let error = parse(&yaml).unwrap().profile("p", None, &counted).unwrap_err();
        assert!(error.message.contains("grows beyond 8 MiB"), "{error}");
    }
    assert!(asked.get() < 1000, "{}", asked.get());

    // Many that extend a large one, each of which is within bounds.
    let child = |i: usize| format!("  p{i}: {{extends: p}}\n");
    let yaml =
        format!("profiles:\n  p: {{client_id: {}}}\n{}", "x".repeat(1 << 20), (0..300).map(child).collect::<String>());
    let file = parse(&yaml).unwrap();
    let faults: Vec<_> = file.names().filter_map(|name| file.profile(name, None, &lookup).err()).collect();
    assert!((40..60).contains(&faults.len()), "{}", faults.len());
    assert!(faults.iter().all(|error| error.message.contains("grow beyond 256 MiB")), "{:?}", faults[0].message);
}

fn profile_all(yaml: &str) -> Result<(), ProfileError> {
    let file = parse(yaml)?;
    file.profile("p", None, &lookup)?;
    file.profile("q", None, &lookup).map(drop)
}

#[test]
fn a_single_profile_file_is_one_profile() {
    let config = parse("profiles: { base: { retry: 7 } }").unwrap();
    let single = File::parse_single("x.yaml", "extends: base\nclient_id: x\n".into()).unwrap();
    let layer = single.profile("x.yaml", Some(&config), &lookup).unwrap();
    assert_eq!(layer.get(Key::Retry).unwrap().value, SettingValue::Count(7));
    assert!(File::parse_single("x.yaml", "profiles: {}".into()).unwrap_err().message.contains("several profiles"));
    assert!(File::parse_single("x.yaml", String::new()).unwrap().profile("x.yaml", None, &lookup).is_ok());
}

#[test]
fn what_becomes_json_is_text_in_quotes_and_json_where_it_looks_so_without() {
    let claims = |pairs: &[(&str, &str)]| {
        SettingValue::Claims(pairs.iter().map(|(name, json)| ((*name).to_owned(), (*json).to_owned())).collect())
    };
    for (yaml, json) in [
        ("true", "true"),
        ("'true'", r#""true""#),
        ("null", "null"),
        ("1.50", "1.50"),
        ("\"1\"", r#""1""#),
        ("-1e3", "-1e3"),
        ("0123", r#""0123""#),
        ("yes", r#""yes""#),
        ("2026-01-01", r#""2026-01-01""#),
        ("!!str 5", r#""5""#),
        ("${NOPE:5}", r#""5""#),
        ("'${HOST}'", r#""idp.example""#),
        ("x${HOST}\"", r#""xidp.example\"""#),
        ("|-\n        a\n        b", r#""a\nb""#),
        ("{z: 1, a: [b, {c: ~}]}", r#"{"z":1,"a":["b",{"c":null}]}"#),
        ("[]", "[]"),
    ] {
        check(&format!("assertion_claims:\n      a: {yaml}\n"), Key::AssertionClaims, claims(&[("a", json)]));
    }
    check("assertion_headers: {z: 1, a: 2}", Key::AssertionHeaders, claims(&[("z", "1"), ("a", "2")]));
    check("authorization_details: [{type: a, n: 1}]", Key::AuthorizationDetails, text(r#"[{"type":"a","n":1}]"#));
    check("authorization_details: ' [{\"type\":\"a\"}]'", Key::AuthorizationDetails, text(r#" [{"type":"a"}]"#));
}

#[test]
fn a_commands_words_and_a_secrets_source_are_told_apart_before_variables_are_filled_in() {
    let words = SettingValue::Command(vec!["sign".into(), "--with".into(), "command:rm".into(), "a b".into()]);
    check("signer: sign --with ${EVIL} 'a b'", Key::Signer, words);
    let secrets = vec![("a".to_owned(), Source::Literal(Secret::new("command:rm"))), ("b".to_owned(), Source::Stdin)];
    check("secret_params: { a: \"${EVIL}\", b: stdin, c: null }", Key::SecretParams, SettingValue::Secrets(secrets));
    for (entry, expected) in [
        ("signer: \"${EMPTY}\"", "signer: expected a command and its words; it is empty, or a quote is not closed"),
        ("signing_key: prompt", "signing_key: a key cannot be typed in; write env:NAME, file:PATH or command:CMD ARGS"),
        ("secret_params: { a: [b] }", "secret_params: expected a text"),
        ("secret_params: x", "secret_params: expected names and values"),
        ("assertion_claims: x", "assertion_claims: expected names and values"),
    ] {
        let error = profile(&format!("profiles:\n  p:\n    {entry}\n"), "p").unwrap_err();
        assert_eq!(error.message, expected, "{entry}");
    }
}
