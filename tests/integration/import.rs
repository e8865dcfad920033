//! `oauth2tok import`: the examples of each system's own documentation become a profile, and the real program sends with
//! it what that documentation describes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::harness::*;

/// A server that answers metadata at the well-known places and a token everywhere else.
pub(super) fn idp() -> Server {
    Server::scripted(|_, request| match request.method() {
        "GET" => metadata(&request.origin(), &format!("{}/oauth/token", request.origin())),
        _ => token(),
    })
}

/// `import` from a system's configuration on stdin.
pub(super) fn import(from: &str, input: &str) -> Run {
    oauth2tok().args(["import", "--from", from]).stdin(input)
}

/// Imports `input`, fetches a token with the profile that comes out, and gives the profile, the notes and the request.
#[track_caller]
pub(super) fn journey(
    from: &str,
    input: &str,
    flags: &[&str],
    env: &[(&str, &str)],
    server: &Server,
) -> (String, String, Request) {
    let imported = import(from, input).args(flags).any_output().code(0).run();
    let fetch = oauth2tok().file("p.yaml", &imported.stdout).args(["-p", "./p.yaml"]);
    env.iter().fold(fetch, |run, (name, value)| run.env(name, value)).any_output().stdout("tok-1\n").run();
    let mut posts = server.requests();
    posts.retain(|request| request.method() == "POST");
    assert_eq!(posts.len(), 1, "{posts:?}");
    (imported.stdout, imported.stderr, posts.remove(0))
}

#[track_caller]
pub(super) fn check_wire(request: &Request, target: &str, basic: Option<&str>, body: &str) {
    assert!(request.starts_with(&format!("POST {target} HTTP/1.1\r\n")), "{request}");
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.header("accept"), Some("application/json"));
    let expected = basic.map(|pair| format!("Basic {}", STANDARD.encode(pair)));
    assert_eq!(request.header("authorization"), expected.as_deref(), "{request}");
    assert_eq!(request.body(), body);
}

const BENTHOS: &str = "\
pipeline:
  processors:
  - branch:
      processors:
      - oauth2_token:
          endpoint: https://my-identiy-server.foo.com
          client_id: my-client-id
          client_secret: my-client-secret
          scopes:
          - my-scope
      result_map: |-
        token = this
  - bloblang: |
      root = this
      access_token = token.access_token
      token_type = token.token_type
      expiry = token.expiry
";

#[test]
fn benthos_example_asks_the_issuer_and_sends_basic() {
    let server = idp();
    let input = BENTHOS.replace("https://my-identiy-server.foo.com", &server.origin());
    let (profile, notes, request) = journey("benthos", &input, &[], &[("CLIENT_SECRET", "my-client-secret")], &server);
    check_wire(
        &request,
        "/oauth/token",
        Some("my-client-id:my-client-secret"),
        "grant_type=client_credentials&scope=my-scope",
    );
    assert!(profile.contains("client_secret: env:CLIENT_SECRET\n"), "{profile}");
    assert!(notes.contains("environment variable CLIENT_SECRET"), "{notes}");
}

#[test]
fn benthos_default_fields_say_what_is_missing() {
    let input = "oauth2_token:\n  endpoint: \"\"\n  client_id: \"\"\n  client_secret: \"\"\n  scopes: []\n  metadata_key: \"\"\n  parts: []\n";
    import("benthos", input)
        .fails(
            2,
            "error: 3 things cannot be carried over\n\
             caused by: endpoint: it is missing\n\
             caused by: client_id: it is missing\n\
             caused by: client_secret: it is missing\n\
             hint: mend or remove it in the input; 'oauth2tok import --help' lists what is understood\n",
        )
        .run();
}

#[test]
fn eccenca_parameters_send_either_grant() {
    let server = idp();
    let input = format!(
        "Grant Type: client_credentials\nToken Endpoint: {}/token\nClient ID: my client\nClient Secret: s3cr3t/+\nUsername: None\nPassword: None\n",
        server.origin()
    );
    let (_, _, request) = journey("eccenca", &input, &["--keep-secrets"], &[], &server);
    check_wire(&request, "/token", Some("my client:s3cr3t/+"), "grant_type=client_credentials");

    let server = idp();
    let input = format!(
        r#"{{"oauth_grant_type": "password", "oauth_token_url": "{}/token", "oauth_client_id": "app", "oauth_client_secret": "",
            "user_name": "alice", "password": "p w&"}}"#,
        server.origin()
    );
    let (_, _, request) = journey("eccenca", &input, &[], &[("PASSWORD", "p w&")], &server);
    check_wire(&request, "/token", None, "grant_type=password&username=alice&password=p+w%26&client_id=app");
}

/// The documentation's example, its `...` and one missing comma mended.
fn keboola(login: &str, origin: &str) -> String {
    format!(
        r##"{{
    "api": {{
      "baseUrl": "https://api.example.com",
      "authentication": {{
        "type": "login",
        "format": "json",
        "loginRequest": {{
          "endpoint": "{origin}/oauth/v2/oauth-token",
          "method": "FORM",
          {login}
        }},
        "apiRequest": {{
          "headers": {{
            "Authorization": {{ "function": "concat", "args": ["Bearer ", {{ "response": "access_token" }}] }}
          }}
        }}
      }}
    }},
    "config": {{ "__CLIENT_ID": "CLIENT ID", "#__CLIENT_SECRET": "secret", "jobs": [] }}
}}"##
    )
}

#[test]
fn keboola_basic_auth_example_sends_the_header_it_computes() {
    let server = idp();
    let login = r##""headers": {
            "Accept": "application/json",
            "Authorization": {
              "function": "concat",
              "args": ["Basic ", {
                  "function": "base64_encode",
                  "args": [{ "function": "concat", "args": [{ "attr": "__CLIENT_ID" }, ":", { "attr": "#__CLIENT_SECRET" }] }]
              }]
            }
          },
          "params": { "grant_type": "client_credentials", "scope": "read" }"##;
    let (_, _, request) =
        journey("keboola", &keboola(login, &server.origin()), &[], &[("CLIENT_SECRET", "secret")], &server);
    check_wire(&request, "/oauth/v2/oauth-token", Some("CLIENT ID:secret"), "grant_type=client_credentials&scope=read");
}

#[test]
fn keboola_post_form_example_sends_the_credentials_in_the_body() {
    let server = idp();
    let login = r##""headers": { "Accept": "application/json" },
          "params": {
            "grant_type": "client_credentials",
            "scope": "read",
            "client_id": { "attr": "__CLIENT_ID" },
            "client_secret": { "attr": "#__CLIENT_SECRET" }
          }"##;
    let (_, _, request) = journey("keboola", &keboola(login, &server.origin()), &["--keep-secrets"], &[], &server);
    let body = "grant_type=client_credentials&scope=read&client_id=CLIENT+ID&client_secret=secret";
    check_wire(&request, "/oauth/v2/oauth-token", None, body);
}

#[test]
fn keboola_documentation_as_printed_is_an_error_that_names_the_line() {
    let input = "{\n    \"api\": {\n      ...,\n      \"authentication\": {}\n  }\n}\n";
    import("keboola", input)
        .fails(
            2,
            "error: the input is not valid JSON: key must be a string at line 3 column 7\n\
             hint: '...' in documentation stands for parts that are left out; give the whole file, or remove it\n",
        )
        .run();
}

#[test]
fn couper_block_sends_its_scope_and_its_method() {
    for (method, basic, body) in [
        ("", Some("couper:s3cr3t"), "grant_type=client_credentials&scope=read+write"),
        (
            "token_endpoint_auth_method = \"client_secret_post\"",
            None,
            "grant_type=client_credentials&scope=read+write&client_id=couper&client_secret=s3cr3t",
        ),
    ] {
        let server = idp();
        let input = format!(
            r#"
definitions {{
  backend "api" {{
    origin = "https://api.example.com"
    oauth2 {{
      grant_type     = "client_credentials"
      token_endpoint = "{}/token"
      client_id      = "couper"
      client_secret  = env.SECRET
      scope          = "read write"
      retries        = 2
      {method}
      backend = "as"
    }}
  }}
  backend "as" {{
    timeout         = "20s"
    connect_timeout = "5s"
  }}
}}
"#,
            server.origin()
        );
        let (profile, notes, request) = journey("couper", &input, &[], &[("SECRET", "s3cr3t")], &server);
        check_wire(&request, "/token", basic, body);
        assert!(profile.contains("timeout: 20s\nconnect_timeout: 5s\n"), "{profile}");
        assert!(profile.contains("base_url: https://api.example.com\nretries_401: 2\n"), "{profile}\n{notes}");
    }
}

#[test]
fn elasticio_credentials_send_scopes_and_properties() {
    let server = idp();
    let input = format!(
        r#"Token URL: {}/token
Username: "123"
Password: s3cr3t
Base URL: https://api.example.com/
Scopes: client,users
Additional Properties: client_id:123,tenant:acme
Tokens: "{{\"access_token\":\"access_token_value\",\"token_type\":\"bearer\",\"expires_in\":86400,\"tokenExpiryTime\":\"2021-11-11T23:18:00.470Z\"}}"
"#,
        server.origin()
    );
    let (profile, notes, request) = journey("elasticio", &input, &[], &[("CLIENT_SECRET", "s3cr3t")], &server);
    check_wire(&request, "/token", Some("123:s3cr3t"), "grant_type=client_credentials&scope=client+users&tenant=acme");
    assert!(!notes.contains("access_token_value"), "{notes}");
    assert!(profile.contains("base_url: https://api.example.com/\n"), "{profile}");
    for word in ["Tokens is left out", "Additional Properties client_id is left out"] {
        assert!(notes.contains(word), "{notes}");
    }
}

#[test]
fn curl_sends_what_curl_sent() {
    let server = idp();
    let input = format!(
        "curl -sS -X POST '{}/token?v=%2b1' \\\n  -u 'my id:a+b/c' \\\n  -H 'X-Tenant: acme' \\\n  -d 'grant_type=client_credentials&audience=https%3A%2F%2Fapi.example' \\\n  --data-urlencode 'scope=read write' -d 'note=it%27s+fine' | jq -r .access_token\n",
        server.origin()
    );
    let (_, _, request) = journey("curl", &input, &["--keep-secrets"], &[], &server);
    let body = "grant_type=client_credentials&scope=read+write&audience=https%3A%2F%2Fapi.example&note=it%27s+fine";
    check_wire(&request, "/token?v=%2b1", Some("my id:a+b/c"), body);
    assert_eq!(request.header("x-tenant"), Some("acme"));
}

#[test]
fn paypals_line_asks_for_id_and_secret_by_name() {
    let server = idp();
    let input = format!(
        "curl -v -X POST {}/v1/oauth2/token \\\n -u \"CLIENT_ID:CLIENT_SECRET\" \\\n -H \"Content-Type: application/x-www-form-urlencoded\" \\\n -d \"grant_type=client_credentials\"\n",
        server.origin()
    );
    let env = [("CLIENT_ID", "app"), ("CLIENT_SECRET", "s3cr3t")];
    let (_, notes, request) = journey("curl", &input, &[], &env, &server);
    check_wire(&request, "/v1/oauth2/token", Some("app:s3cr3t"), "grant_type=client_credentials");
    for name in ["variable CLIENT_ID\n", "variable CLIENT_SECRET\n"] {
        assert!(notes.contains(name), "{notes}");
    }
}

#[test]
fn each_secret_goes_where_it_went() {
    let server = idp();
    let input = format!(
        "curl {}/token -u \"id:$PASSWORD\" -d grant_type=password -d username=alice -d password=pw",
        server.origin()
    );
    let env = [("PASSWORD", "clients"), ("PASSWORD_2", "users")];
    let (_, notes, request) = journey("curl", &input, &[], &env, &server);
    check_wire(&request, "/token", Some("id:clients"), "grant_type=password&username=alice&password=users");
    assert!(notes.contains("set the environment variable PASSWORD_2 to it"), "{notes}");
}

#[test]
fn a_note_is_readable_whatever_word_the_secret_is() {
    let input = "curl -u id:set -d grant_type=client_credentials https://a.example/t";
    import("curl", input).any_output().stderr("note: -u had a secret, which is not written out; set the environment variable CLIENT_SECRET to it (--keep-secrets writes it out)\n").run();
    let input = "curl -u id:option --option -d grant_type=client_credentials https://a.example/t";
    import("curl", input).fails(2, "note: -u had a secret, which is not written out; set the environment variable CLIENT_SECRET to it (--keep-secrets writes it out)\n\
             error: (not shown: it may be a secret): this option of curl is not understood\n\
             hint: mend or remove it in the input; 'oauth2tok import --help' lists what is understood\n").run();
}

#[test]
fn a_url_whose_host_and_port_are_variables_is_checked_by_the_run() {
    let server = idp();
    let port = server.port().to_string();
    let input = "endpoint: 'http://${HOST:localhost}:${PORT:8080}'\nclient_id: id\nclient_secret: ${SECRET}\n";
    let env = [("HOST", "127.0.0.1"), ("PORT", &port), ("SECRET", "s3cr3t")];
    let (profile, _, request) = journey("benthos", input, &[], &env, &server);
    check_wire(&request, "/oauth/token", Some("id:s3cr3t"), "grant_type=client_credentials");
    let run = oauth2tok().file("p.yaml", profile).args(["-p", "./p.yaml"]);
    run.env("HOST", "idp.example").env("SECRET", "s3cr3t").any_output().code(2).run();
}

#[test]
fn a_file_is_read_as_stdin_is_and_a_missing_one_is_an_error() {
    let import = |from: &str, file: &str| {
        let text = "curl -u id:$S -d grant_type=client_credentials https://a.example/t";
        oauth2tok().file("c.txt", text).args(["import", "--from", from, file])
    };
    import("curl", "c.txt").any_output().stdout_with(["client_secret: env:S\n"]).run();
    import("curl", "none.txt")
        .fails(
            2,
            "error: cannot read the given file (not repeated: it may be a secret): No such file or directory (os error 2)\n\
             hint: give a file, or the text on stdin\n",
        )
        .run();
    import("nobody", "c.txt")
        .fails(
            2,
            "error: --from: expected one of benthos, eccenca, keboola, couper, elasticio, curl, prometheus, spring, google\n\
             hint: 'oauth2tok import -h' lists its flags, '--help' explains them\n",
        )
        .run();
}

#[test]
fn errors_as_json_hold_every_fault() {
    let run = import("curl", "curl --digest --resolve a:1:b -u id:s3cr3t https://a.example/t")
        .args(["--error-format", "json"]);
    let error: serde_json::Value = serde_json::from_str(&run.any_output().code(2).run().stderr).unwrap();
    assert_eq!(error["exit_code"], 2);
    assert!(error["causes"].as_array().unwrap().len() >= 2, "{error}");
}

#[test]
fn a_secret_reaches_stdout_only_where_it_is_to_be_kept_and_stderr_never() {
    let canary = "c4n+ary/S=%é$x";
    let form: String = form_urlencoded::byte_serialize(canary.as_bytes()).collect();
    let base64 = STANDARD.encode(format!("id:{canary}"));
    let inputs = [
        ("benthos", format!("endpoint: https://a.example\nclient_id: id\nclient_secret: '{canary}'\n")),
        ("eccenca", format!("Token Endpoint: https://a.example/t\nGrant Type: password\nClient ID: id\nClient Secret: '{canary}'\nUsername: u\nPassword: '{canary}'\n")),
        ("keboola", keboola(&format!(r#""headers": {{"Authorization": "Basic {base64}", "X-Api-Key": "{canary}"}}, "params": {{"grant_type": "client_credentials"}}"#), "https://a.example").replace("jobs", "other")),
        ("couper", format!("oauth2 {{\n grant_type = \"client_credentials\"\n token_endpoint = \"https://a.example/t\"\n client_id = \"id\"\n client_secret = \"{canary}\"\n backend {{\n proxy = \"http://u:{form}@p.example:1\"\n }}\n}}\n")),
        ("elasticio", format!("Token URL: https://a.example/t\nUsername: id\nPassword: '{canary}'\nAdditional Properties: 'otp:{canary}'\nTokens: '{{\"access_token\":\"{canary}\"}}'\n")),
        ("curl", format!("curl -u 'id:{canary}' -d grant_type=client_credentials -H 'X-Api-Key: {canary}' https://a.example/t")),
        ("curl", format!("curl -d grant_type=client_credentials -H 'Authorization: Basic {base64}' https://a.example/t")),
        // These fail, and what they say of it is looked at.
        ("curl", format!("curl -u 'id:{canary}' -d grant_type={canary} --frobnicate '{canary}' https://a.example/t")),
        ("benthos", format!("endpoint: https://a.example\nclient_id: id\nclient_secret: '{canary}'\nx: '{canary}'\n")),
    ];
    let spellings = [canary, &canary.replace('$', "$$"), &form, &base64, "c4n+ary", "c4n%2Bary"];
    for (from, input) in &inputs {
        for kept in [&[][..], &["--keep-secrets"]] {
            for verbose in [&[][..], &["-v"]] {
                let run = import(from, input.as_str()).args(kept).args(verbose);
                let ended = run.any_end().stderr_without(spellings.iter().copied()).run();
                for spelling in spellings {
                    assert!(!kept.is_empty() || !ended.stdout.contains(spelling), "{from}: {}", ended.stdout);
                }
                if !kept.is_empty() && ended.code == 0 {
                    assert!(ended.stdout.contains("c4n+ary"), "{from}: {}", ended.stdout);
                }
            }
        }
    }
}
