//! `oauth2tok import` from configurations that may hold several token requests: the one that is named is made a profile, and
//! the real program sends with it what the other system sends.

use super::harness::*;
use super::import::{check_wire, idp, import, journey};

const BENTHOS: &str = "\
input:
  label: orders
  http_client:
    url: https://api.example.com/orders
    verb: GET
    oauth2:
      enabled: true
      client_key: my client
      client_secret: ${SECRET}
      token_url: ORIGIN/token
      scopes: [read, write]
      endpoint_params:
        audience: [https://api.example.com]
        tenant: [acme]
output:
  label: archive
  http_client:
    url: https://archive.example.com
    oauth2:
      enabled: true
      client_key: archive
      client_secret: ${ARCHIVE_SECRET}
      token_url: ORIGIN/archive/token
  fallback:
    http_client:
      oauth2:
        enabled: false
        client_key: ''
        client_secret: ''
        token_url: ''
        scopes: []
        endpoint_params: {}
";

#[test]
fn benthos_clients_send_what_their_block_says() {
    let server = idp();
    let input = BENTHOS.replace("ORIGIN", &server.origin());
    let (_, _, request) = journey("benthos", &input, &["--name", "orders"], &[("SECRET", "s3cr3t")], &server);
    check_wire(
        &request,
        "/token",
        Some("my+client:s3cr3t"),
        "grant_type=client_credentials&scope=read+write&audience=https%3A%2F%2Fapi.example.com&tenant=acme",
    );
    let server = idp();
    let input = BENTHOS.replace("ORIGIN", &server.origin());
    let (_, _, request) = journey("benthos", &input, &["--name", "archive"], &[("ARCHIVE_SECRET", "a")], &server);
    check_wire(&request, "/archive/token", Some("archive:a"), "grant_type=client_credentials");
}

#[test]
fn of_several_one_is_to_be_named() {
    import("benthos", BENTHOS)
        .fails(
            2,
            "error: there are 2 oauth2 blocks in it: orders, archive\n\
             hint: a file holds one profile: choose one, such as --name orders\n",
        )
        .run();
    import("benthos", BENTHOS)
        .args(["--name", "s3cret"])
        .fails(
            2,
            "error: --name names none of the oauth2 blocks in it: orders, archive\n\
             hint: a file holds one profile: choose one, such as --name orders\n",
        )
        .run();
    let couper = "definitions {\n  backend \"crm\" {\n    oauth2 {\n    }\n  }\n  backend \"crm\" {\n    oauth2 {\n    }\n  }\n}\n";
    import("couper", couper)
        .fails(
            2,
            "error: there are 2 oauth2 blocks in it: line-3, line-7\n\
             hint: a file holds one profile: choose one, such as --name line-3\n",
        )
        .run();
    import("prometheus", "remote_write:\n- oauth2: {}\n- oauth2: {}\n")
        .fails(
            2,
            "error: there are 2 oauth2 blocks in it: remote_write[0], remote_write[1]\n\
             hint: a file holds one profile: choose one, such as --name 'remote_write[0]'\n",
        )
        .run();
    import("curl", "curl https://a.example/t")
        .args(["--name", "x"])
        .fails(
            2,
            "error: --name chooses nothing in a configuration of curl: it holds one token request\n\
             hint: leave --name out; it is for benthos, couper, prometheus, spring\n",
        )
        .run();
}

#[test]
fn a_couper_block_is_chosen_by_the_label_around_it() {
    let server = idp();
    let backend = |label: &str, id: &str| {
        format!(
            "  backend \"{label}\" {{\n    origin = \"https://{label}.example.com\"\n    oauth2 {{\n      grant_type = \"client_credentials\"\n      token_endpoint = \"{}/token\"\n      client_id = \"{id}\"\n      client_secret = env.SECRET\n    }}\n  }}\n",
            server.origin()
        )
    };
    let input = format!("definitions {{\n{}{}}}\n", backend("crm", "first"), backend("erp", "second"));
    let (profile, _, request) = journey("couper", &input, &["--name", "erp"], &[("SECRET", "s3cr3t")], &server);
    check_wire(&request, "/token", Some("second:s3cr3t"), "grant_type=client_credentials");
    assert!(profile.contains("base_url: https://erp.example.com\n"), "{profile}");
}

#[test]
fn a_prometheus_job_sends_its_block() {
    let server = idp();
    let input = format!(
        "global:
  scrape_interval: 15s
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ['localhost:9090']
  - job_name: node
    static_configs:
      - targets: ['node.example.com:443']
    scheme: https
    oauth2:
      client_id: my-prometheus
      client_secret: s3cr3t/+
      scopes: [metrics.read]
      token_url: {0}/token
      endpoint_params:
        audience: https://node.example.com
  - job_name: push
    oauth2:
      client_id: other
      client_secret: <secret>
      token_url: {0}/other
",
        server.origin()
    );
    let env = [("CLIENT_SECRET", "s3cr3t/+")];
    let (_, notes, request) = journey("prometheus", &input, &["--name", "node"], &env, &server);
    let body = "grant_type=client_credentials&scope=metrics.read&audience=https%3A%2F%2Fnode.example.com";
    check_wire(&request, "/token", Some("my-prometheus:s3cr3t%2F%2B"), body);
    assert_eq!(
        notes,
        "note: oauth2.client_secret had a secret, which is not written out; set the environment variable CLIENT_SECRET to it (--keep-secrets writes it out)\n"
    );
}

#[test]
fn opentelemetrys_extension_sends_its_block_with_the_secret_of_a_file() {
    let server = idp();
    let input = format!(
        "extensions:
  oauth2client:
    client_id: someclientid
    client_secret_file: secret.txt
    endpoint_params:
      audience: someaudience
    token_url: {}/oauth2/default/v1/token
    scopes: [\"api.metrics\"]
    timeout: 20s
service:
  extensions: [oauth2client]
",
        server.origin()
    );
    let imported = import("prometheus", &input).any_output().code(0).run();
    let run = oauth2tok().file("p.yaml", &imported.stdout).file("secret.txt", "s3cr3t\n");
    run.args(["-p", "./p.yaml"]).any_output().stdout("tok-1\n").run();
    let mut posts = server.requests();
    posts.retain(|request| request.method() == "POST");
    let body = "grant_type=client_credentials&scope=api.metrics&audience=someaudience";
    check_wire(&posts[0], "/oauth2/default/v1/token", Some("someclientid:s3cr3t"), body);
}

const SPRING: &str = "\
server:
  port: 8081
spring:
  security:
    oauth2:
      client:
        registration:
          crm:
            provider: keycloak
            client-id: my client
            client-secret: ${CRM_SECRET}
            authorization-grant-type: client_credentials
            client-authentication-method: client_secret_basic
            scope:
              - read
              - write
          login:
            provider: keycloak
            client-id: web
            client-secret: ${WEB_SECRET}
            authorization-grant-type: authorization_code
            redirect-uri: '{baseUrl}/login/oauth2/code/{registrationId}'
        provider:
          keycloak:
            token-uri: ${keycloak.url}/protocol/openid-connect/token
keycloak:
  url: ORIGIN/realms/acme
";

#[test]
fn a_spring_registration_sends_what_spring_sends() {
    let server = idp();
    let input = SPRING.replace("ORIGIN", &server.origin());
    let (_, notes, request) = journey("spring", &input, &["--name", "crm"], &[("CRM_SECRET", "s3cr3t/+")], &server);
    let target = "/realms/acme/protocol/openid-connect/token";
    check_wire(&request, target, Some("my+client:s3cr3t%2F%2B"), "grant_type=client_credentials&scope=read+write");
    assert_eq!(notes, "");

    let server = idp();
    let prefix = "spring.security.oauth2.client";
    let input = format!(
        "{prefix}.registration.crm.client-id=crm\n{prefix}.registration.crm.clientSecret=${{app.crm.client-secret}}\n\
         {prefix}.registration.crm.authorization-grant-type=client_credentials\n\
         {prefix}.registration.crm.client-authentication-method=client_secret_post\n\
         {prefix}.registration.crm.scope=read,write\n{prefix}.provider.crm.issuer-uri={}\n",
        server.origin()
    );
    let (_, notes, request) = journey("spring", &input, &[], &[("APP_CRM_CLIENTSECRET", "s3cr3t")], &server);
    let body = "grant_type=client_credentials&scope=read+write&client_id=crm&client_secret=s3cr3t";
    check_wire(&request, "/oauth/token", None, body);
    assert_eq!(
        notes,
        "note: registration.clientSecret holds the property app.crm.client-secret: set the environment variable APP_CRM_CLIENTSECRET, as Spring reads it\n"
    );
}

#[test]
fn what_spring_does_with_a_browser_is_not_there_yet() {
    import("spring", SPRING)
        .fails(
            2,
            "error: there are 2 registrations in it: crm, login\n\
             hint: a file holds one profile: choose one, such as --name crm\n",
        )
        .run();
    import("spring", &SPRING.replace("ORIGIN", "https://idp.example"))
        .args(["--name", "login"])
        .fails(
            2,
            "note: registration.redirect-uri is left out: it does not change the token request\n\
             error: registration.authorization-grant-type: it sends a person to log in at an application; register a client of your own for oauth2tok, whose 'oauth2tok login' does that (grant_type: authorization_code); what runs without a person needs client_credentials\n\
             hint: mend or remove it in the input; 'oauth2tok import --help' lists what is understood\n",
        )
        .run();
}

#[test]
fn keboolas_oauth_login_sends_the_refresh_token_that_was_granted() {
    let server = idp();
    let input = format!(
        r##"{{"parameters": {{"api": {{"baseUrl": "{}", "authentication": {{
            "type": "oauth20.login",
            "loginRequest": {{
              "endpoint": "/oauth2/v4/token",
              "method": "FORM",
              "headers": {{"Content-Type": "application/x-www-form-urlencoded"}},
              "params": {{
                "client_id": {{"consumer": "client_id"}},
                "client_secret": {{"consumer": "client_secret"}},
                "refresh_token": {{"user": "refresh_token"}},
                "grant_type": "refresh_token"
              }}
            }},
            "apiRequest": {{"query": {{"access_token": {{"response": "access_token"}}}}}}
          }}}}, "config": {{"debug": true, "jobs": []}}}},
          "authorization": {{"oauth_api": {{"credentials": {{
            "#data": "{{\"access_token\": \"MY_ACCESS_TOKEN\",\"refresh_token\": \"MY_REFRESH_TOKEN\"}}",
            "appKey": "my-client",
            "#appSecret": "KBC::ProjectSecure::abc"
          }}}}}}}}"##,
        server.origin()
    );
    let env = [("REFRESH_TOKEN", "MY_REFRESH_TOKEN"), ("CLIENT_SECRET", "s3cr3t")];
    let (_, notes, request) = journey("keboola", &input, &[], &env, &server);
    let body = "grant_type=refresh_token&refresh_token=MY_REFRESH_TOKEN&client_id=my-client&client_secret=s3cr3t";
    check_wire(&request, "/oauth2/v4/token", None, body);
    assert!(!notes.contains("MY_REFRESH_TOKEN") && !notes.contains("MY_ACCESS_TOKEN"), "{notes}");
}

#[test]
fn eccencas_labels_of_a_grant_are_read_as_its_ids() {
    let server = idp();
    let input = format!(
        "Grant Type: Password Grant\nToken Endpoint: {}/token\nClient ID: app\nClient Secret: s3cr3t\nUser name: alice\nPassword: pw\n",
        server.origin()
    );
    let (_, _, request) = journey("eccenca", &input, &["--keep-secrets"], &[], &server);
    check_wire(&request, "/token", Some("app:s3cr3t"), "grant_type=password&username=alice&password=pw");
}

#[test]
fn a_keboola_login_by_post_sends_json() {
    let server = idp();
    let input = format!(
        r##"{{"api": {{"authentication": {{"type": "login", "loginRequest": {{
            "endpoint": "{}/token", "method": "POST", "headers": {{"Content-Type": "application/json"}},
            "params": {{"grant_type": "client_credentials", "client_id": "app", "client_secret": {{"attr": "#secret"}}}}
        }}}}}}, "config": {{"#secret": "s3cr3t"}}}}"##,
        server.origin()
    );
    let (_, _, request) = journey("keboola", &input, &[], &[("CLIENT_SECRET", "s3cr3t")], &server);
    assert_eq!(request.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_str(request.body()).unwrap();
    let expected =
        serde_json::json!({"grant_type": "client_credentials", "client_id": "app", "client_secret": "s3cr3t"});
    assert_eq!(body, expected);
}
