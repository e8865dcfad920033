//! Prometheus: the `oauth2` block of anything that speaks HTTP there and in Alertmanager, and the `oauth2client` extension of
//! OpenTelemetry's collector, which says the same; alone or somewhere in a whole configuration.

use super::choice::{Block, choose};
use super::document::{Found, entries, find_named, get, parse};
use super::go::{ClientCredentials, INSECURE, time_span};
use super::text::{Text, is_variable_name, variable_with_default};
use super::{Draft, Json, Key, StandsFor, Unreadable, named, told};
use crate::jose::Alg;
use crate::oauth::grant::jwt_bearer;
use crate::settings::Document;

/// What stands in a block.
const FIELDS: [&str; 26] = [
    "client_id",
    "client_id_file",
    "client_secret",
    "client_secret_file",
    "client_secret_ref",
    "scopes",
    "token_url",
    "endpoint_params",
    "grant_type",
    "client_certificate_key",
    "client_certificate_key_file",
    "client_certificate_key_id",
    "client_certificate_key_ref",
    "signature_algorithm",
    "iss",
    "audience",
    "claims",
    "tls_config",
    "tls",
    "proxy_url",
    "no_proxy",
    "proxy_from_environment",
    "proxy_connect_header",
    "timeout",
    "expiry_buffer",
    "auth_style",
];

/// What stands in `tls_config` or `tls`.
const TLS: [&str; 16] = [
    "ca_file",
    "cert_file",
    "key_file",
    "ca",
    "cert",
    "key",
    "ca_pem",
    "cert_pem",
    "key_pem",
    "server_name",
    "server_name_override",
    "insecure",
    "insecure_skip_verify",
    "min_version",
    "max_version",
    "include_system_ca_certs_pool",
];

pub(super) fn read(text: &str, name: Option<&str>, draft: &mut Draft) -> Result<(), Unreadable> {
    let root = parse(text)?;
    let is_block = |key: &str| key == "oauth2" || is_extension(key);
    let found = find_named(&root, &is_block, &["job_name", "name"]);
    if found.is_empty() {
        if ["client_id", "client_id_file", "token_url"].iter().all(|key| get(&root, key).is_none()) {
            return Err(Unreadable::new(
                "there is no oauth2 block and no oauth2client extension in it",
                "give the YAML that holds 'oauth2:' or 'oauth2client:'",
            ));
        }
        let of_collector = ["client_id_file", "tls", "timeout"].iter().any(|key| get(&root, key).is_some());
        block(draft, &root, Dialect { name: "oauth2", fills_in: of_collector });
        return Ok(());
    }
    let found = choose(found.into_iter().map(called).collect(), name, "oauth2 blocks")?;
    let of_collector = is_extension(found.key);
    let name = if of_collector { "oauth2client" } else { "oauth2" };
    block(draft, found.value, Dialect { name, fills_in: of_collector });
    Ok(())
}

/// With the name it goes by, which is its own for an extension: the collector calls them `KIND/NAME`.
fn called(found: Found<'_>) -> Block<Found<'_>> {
    let own = is_extension(found.key).then(|| found.key.strip_prefix("oauth2client/").unwrap_or(found.key));
    Block::found(Found { name: own.or(found.name), ..found })
}

fn is_extension(key: &str) -> bool {
    key == "oauth2client" || key.starts_with("oauth2client/")
}

/// Whose configuration it is.
#[derive(Clone, Copy)]
struct Dialect {
    /// What the block is called.
    name: &'static str,
    /// Whether `${env:NAME}` is filled in and `$$` is a dollar.
    fills_in: bool,
}

impl Dialect {
    fn text(self, draft: &mut Draft, from: &str, value: &Document) -> Option<Text> {
        let text = match value {
            Document::Null => return Some(Text::default()),
            Document::Text(text) | Document::Plain(text) => text,
            Document::List(_) | Document::Map(_) => {
                draft.fault(from, "expected a single text");
                return None;
            }
        };
        // What both show in place of a secret when asked for the configuration in use.
        if matches!(text.as_str(), "<secret>" | "[REDACTED]") {
            let wanted = from.rsplit('.').next().unwrap_or_default();
            let name = draft.variable_for(wanted, StandsFor::OpenSecret(wanted.to_owned()));
            draft
                .note(from, format!("was left out by the program that showed it: set the environment variable {name}"));
            return Some(Text::variable(name, None));
        }
        if self.fills_in {
            return filled_in(text).map_err(|why| draft.fault(from, why)).ok();
        }
        let text = Text::read(text, |inside| Ok(variable(inside).unwrap_or_else(|_| literal(inside)))).ok()?;
        if text.as_literal().is_none() {
            draft.note(from, "holds ${…}, which Prometheus leaves as it is: it is taken for an environment variable that something fills in before");
        }
        Some(text)
    }

    fn texts(self, draft: &mut Draft, from: &str, value: &Document) -> Vec<Text> {
        match value {
            Document::List(items) => items.iter().filter_map(|item| self.text(draft, from, item)).collect(),
            one => self.text(draft, from, one).filter(|text| !text.is_empty()).into_iter().collect(),
        }
    }

    /// The content of a file.
    fn file(self, draft: &mut Draft, from: &str, value: &Document) -> Option<Text> {
        Some(Text::file(&self.path(draft, from, value)?))
    }

    /// The name of a file, unless it is empty.
    fn path(self, draft: &mut Draft, from: &str, value: &Document) -> Option<Text> {
        let path = self.text(draft, from, value).filter(|path| !path.is_empty())?;
        if path.as_literal().is_some_and(|path| !path.starts_with('/')) && !self.fills_in {
            draft.note(from, "was relative to Prometheus's configuration; here it is to the current directory");
        }
        Some(path)
    }
}

/// What `${…}` stands for.
fn variable(inside: &str) -> Result<Text, String> {
    match inside.split_once(":-") {
        Some((name, default)) if is_variable_name(name) => Ok(Text::variable(name, Some(default.to_owned()))),
        _ => variable_with_default(inside),
    }
}

fn literal(inside: &str) -> Text {
    Text::literal(format!("${{{inside}}}"))
}

/// The collector's own language: `${env:NAME}`, `${env:NAME:-default}`, `${NAME}`, `${file:PATH}`, `$$`.
fn filled_in(text: &str) -> Result<Text, String> {
    let provider = |inside: &str| match inside.split_once(':') {
        Some(("env", name)) => variable(name),
        Some(("file", path)) => Ok(Text::file(&Text::literal(path))),
        Some(_) => Err("of '${…}' only env and file can be carried over".to_owned()),
        None => variable(inside),
    };
    let mut out = Text::default();
    for (at, part) in text.split("$$").enumerate() {
        if at > 0 {
            out.push_literal("$");
        }
        out.push(&Text::read(part, provider)?);
    }
    Ok(out)
}

fn block(draft: &mut Draft, block: &Document, dialect: Dialect) {
    let name = dialect.name;
    let fields = entries(block).unwrap_or_default();
    if !draft.has_few(name, fields.len()) {
        return;
    }
    let mut request = ClientCredentials::default();
    let granted = get(block, "grant_type").and_then(Document::scalar);
    let signs = granted.is_some() && granted == jwt_bearer::KIND.urn;
    for (field, value) in fields {
        let from = format!("{name}.{}", told(field, &FIELDS));
        match field.as_str() {
            "client_id" | "client_id_file" if request.id.is_some() => draft.fault(&from, "the client's id is given twice"),
            "client_id" => request.id = text_of(dialect, draft, &from, value),
            "client_id_file" => request.id = dialect.file(draft, &from, value).map(|text| (from, text)),
            "client_secret" | "client_secret_file" if request.secret.is_some() => draft.fault(&from, "the secret is given twice"),
            "client_secret" => request.secret = text_of(dialect, draft, &from, value),
            "client_secret_file" => request.secret = dialect.file(draft, &from, value).map(|text| (from, text)),
            "token_url" => {
                if let Some(text) = dialect.text(draft, &from, value) {
                    draft.url(Key::TokenEndpoint, &from, &text);
                }
            }
            "scopes" => request.scopes(&dialect.texts(draft, &from, value)),
            "endpoint_params" => {
                request.params(draft, &from, value, &|draft, from, value| dialect.text(draft, from, value));
            }
            "tls_config" | "tls" => tls(draft, &from, value, dialect),
            "proxy_url" => {
                if let Some(text) = dialect.text(draft, &from, value).filter(|text| !text.is_empty()) {
                    draft.proxy(&from, &text);
                }
            }
            "no_proxy" => draft.note(&from, "has no setting: a proxy of the profile is used for every host; leave proxy out and set HTTPS_PROXY and NO_PROXY instead"),
            "proxy_from_environment" => {}
            "timeout" => {
                if let Some(text) = dialect.text(draft, &from, value) {
                    time_span(draft, Key::Timeout, &from, &text);
                }
            }
            "expiry_buffer" => draft.note(&from, "is left out: with cache: true, min_valid says how long a kept token must live"),
            // Newer ones may say what the others always did.
            "grant_type" if signs || value.scalar() == Some("client_credentials") => {}
            "grant_type" => draft.fault(&from, "expected client_credentials or urn:ietf:params:oauth:grant-type:jwt-bearer"),
            "client_certificate_key" | "client_certificate_key_file" | "client_certificate_key_id"
            | "signature_algorithm" | "iss" | "audience" | "claims" if !signs => {
                draft.note(&from, "is left out: only the jwt-bearer grant uses it");
            }
            "client_certificate_key_file" => {
                if let Some(key) = dialect.file(draft, &from, value) {
                    draft.secret(Key::SigningKey, &from, &key);
                }
            }
            "claims" => {
                for (name, value) in entries(value).unwrap_or_default() {
                    let from = format!("{from}.{}", named(name));
                    if let Some(value) = Json::of(value, &mut |value| dialect.text(draft, &from, value)) {
                        draft.claim(Key::AssertionClaims, &from, name, &value);
                    }
                }
            }
            "client_certificate_key" | "client_certificate_key_id" | "signature_algorithm" | "iss" | "audience" => {
                let text = dialect.text(draft, &from, value).unwrap_or_default();
                match field.as_str() {
                    _ if text.is_empty() => {}
                    "client_certificate_key" => draft.secret(Key::SigningKey, &from, &text),
                    "client_certificate_key_id" => draft.text(Key::KeyId, &from, &text),
                    "iss" => draft.text(Key::AssertionIssuer, &from, &text),
                    "audience" => draft.text(Key::AssertionAudience, &from, &text),
                    _ => match text.as_literal().and_then(Alg::find) {
                        Some(alg) => draft.plain(Key::SigningAlg, &from, alg.name()),
                        None => draft.fault(&from, "expected RS256, RS384 or RS512"),
                    },
                }
            }
            "client_secret_ref" | "client_certificate_key_ref" => draft.fault(&from, "a secret manager keeps it: write it as a file (…_file), or 'command:…' into the profile"),
            _ => draft.fault(&from, "this cannot be carried over"),
        }
    }
    if signs {
        draft.require(Key::SigningKey, &format!("{name}.client_certificate_key"));
        request.trade(draft);
    }
    request.put(draft, |field| format!("{name}.endpoint_params.{}", named(field)));
    let named_by = if signs { Key::AssertionSubject } else { Key::ClientId };
    for (key, field) in [(Key::TokenEndpoint, "token_url"), (named_by, "client_id")] {
        draft.require(key, &format!("{name}.{field}"));
    }
}

/// A value with what it is called, unless it is empty.
fn text_of(dialect: Dialect, draft: &mut Draft, from: &str, value: &Document) -> Option<(String, Text)> {
    let text = dialect.text(draft, from, value).filter(|text| !text.is_empty())?;
    Some((from.to_owned(), text))
}

fn tls(draft: &mut Draft, from: &str, value: &Document, dialect: Dialect) {
    let fields = entries(value).unwrap_or_default();
    if !draft.has_few(from, fields.len()) {
        return;
    }
    for (field, value) in fields {
        let from = format!("{from}.{}", told(field, &TLS));
        let key = match field.as_str() {
            "ca_file" => Key::Cacert,
            "cert_file" => Key::Cert,
            "key_file" => Key::Key,
            _ => {
                tls_switch(draft, &from, field, value, dialect);
                continue;
            }
        };
        if let Some(path) = dialect.path(draft, &from, value) {
            draft.text(key, &from, &path);
        }
    }
}

fn tls_switch(draft: &mut Draft, from: &str, field: &str, value: &Document, dialect: Dialect) {
    let Some(text) = dialect.text(draft, from, value).filter(|text| !text.is_empty()) else { return };
    let text = text.as_literal();
    match field {
        _ if text == Some("false") => {}
        "ca" | "cert" | "key" | "ca_pem" | "cert_pem" | "key_pem" => {
            let kind = field.trim_end_matches("_pem");
            draft.fault(from, format!("a profile takes this from a file: save it and write {kind}_file"));
        }
        "insecure_skip_verify" => draft.note(from, INSECURE),
        "insecure" => draft.note(from, "is left out: the URL says whether TLS is spoken"),
        "server_name" | "server_name_override" => {
            draft.fault(from, "a certificate is checked against the name in the URL: write that name into token_url");
        }
        "max_version" if !matches!(text, Some("TLS12" | "TLS13" | "1.2" | "1.3")) => {
            draft.fault(from, "only TLS 1.2 and 1.3 are spoken");
        }
        "min_version" | "max_version" => {
            draft.note(from, "is left out: TLS 1.2 and 1.3 are spoken, the newest that both sides know")
        }
        "include_system_ca_certs_pool" | "reload_interval" | "ca_reload_interval" => {
            draft.note(from, "is left out: it does not change the token request");
        }
        _ => draft.fault(from, "this cannot be carried over"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::super::tests::{check, check_named, fault, fault_named, note};

    const BLOCK: &str = "client_id: id\nclient_secret: s3cr3t\ntoken_url: https://a.example/t\n";

    fn out(more: &str, client: &str) -> String {
        format!("token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{more}client_id: id\n{client}")
    }

    fn indented(text: &str, by: usize) -> String {
        text.lines().map(|line| format!("{:by$}{line}\n", "")).collect()
    }

    #[test]
    fn prometheus_reads_a_block_alone_or_in_its_configuration() {
        use System::Prometheus;
        let expected = out("", "client_secret: env:CLIENT_SECRET\n");
        check(Prometheus, BLOCK, &expected);
        check(Prometheus, &format!("oauth2:\n{}", indented(BLOCK, 2)), &expected);
        let job = |name: &str, id: &str| {
            let block = indented(&BLOCK.replace("client_id: id", &format!("client_id: {id}")), 6);
            format!("  - job_name: {name}\n    static_configs:\n    - targets: ['a:1']\n    oauth2:\n{block}")
        };
        let write = format!("remote_write:\n  - url: https://m.example/push\n    oauth2:\n{}", indented(BLOCK, 6));
        let whole = format!(
            "global:\n  scrape_interval: 15s\nscrape_configs:\n  - job_name: self\n{}{}{write}",
            job("node", "id"),
            job("api", "other")
        );
        check_named(Prometheus, &whole, "node", &expected);
        check_named(Prometheus, &whole, "scrape_configs[2]", &expected.replace("client_id: id", "client_id: other"));
        check_named(Prometheus, &whole, "remote_write[0]", &expected);
        fault(Prometheus, &whole, "there are 3 oauth2 blocks in it: node, api, remote_write[0]");
        fault_named(
            Prometheus,
            &whole,
            "s3cret",
            "--name names none of the oauth2 blocks in it: node, api, remote_write[0]",
        );
        let alertmanager = format!(
            "receivers:\n- name: pager\n  webhook_configs:\n  - url: https://w.example\n    http_config:\n      oauth2:\n{}",
            indented(BLOCK, 8)
        );
        check_named(Prometheus, &alertmanager, "pager", &expected);
        fault(Prometheus, "scrape_configs: []", "there is no oauth2 block and no oauth2client extension in it");
        fault(Prometheus, "oauth2: {}", "oauth2.client_id: it is missing");
    }

    #[test]
    fn prometheus_blocks_mean_what_they_mean_there() {
        use System::Prometheus;
        let with = |more: &str| format!("{}{more}", BLOCK.replace("client_secret: s3cr3t\n", ""));
        let secret = "client_secret: s\n";
        let env = "client_secret: env:CLIENT_SECRET\n";
        check(Prometheus, &with("client_secret_file: /etc/s\n"), &out("", "client_secret: file:/etc/s\n"));
        note(
            Prometheus,
            &with("client_secret_file: secrets/s\n"),
            "client_secret_file was relative to Prometheus's configuration",
        );
        check(Prometheus, &with("client_secret: <secret>\n"), &out("", env));
        check(Prometheus, &with("client_secret: ${S:d}\n"), &out("", "client_secret: env:S\n"));
        note(Prometheus, &with("client_secret: ${S}\n"), "which Prometheus leaves as it is");
        check(Prometheus, &with(""), &out("", "token_endpoint_auth_method: none\n"));
        check(
            Prometheus,
            &with(&format!("{secret}scopes: [a, b]\nendpoint_params:\n  audience: https://api.example\n  tenant: x\n")),
            &out("scope: [a, b]\naudience: https://api.example\nparams:\n  tenant: x\n", env),
        );
        check(
            Prometheus,
            &with(&format!(
                "{secret}tls_config:\n  ca_file: /ca.pem\n  cert_file: /c.pem\n  key_file: /k.pem\n  insecure_skip_verify: false\nproxy_url: http://p.example:1\n"
            )),
            &out(
                "",
                &format!("{env}proxy: http://p.example:1\ncacert: \"/ca.pem\"\ncert: \"/c.pem\"\nkey: \"/k.pem\"\n"),
            ),
        );
        note(
            Prometheus,
            &with(&format!("{secret}tls_config: {{insecure_skip_verify: true}}\n")),
            "insecure_skip_verify cannot be stored: give --insecure",
        );
        note(Prometheus, &with(&format!("{secret}no_proxy: a.example\n")), "oauth2.no_proxy has no setting");
        for (more, expected) in [
            ("tls_config: {server_name: b.example}\n", "oauth2.tls_config.server_name: a certificate is checked"),
            (
                "tls_config: {ca: '-----BEGIN'}\n",
                "oauth2.tls_config.ca: a profile takes this from a file: save it and write ca_file",
            ),
            ("tls_config: {max_version: TLS11}\n", "oauth2.tls_config.max_version: only TLS 1.2 and 1.3"),
            ("client_secret_file: /s\n", "oauth2.client_secret_file: the secret is given twice"),
            ("client_secret_ref: x\n", "oauth2.client_secret_ref: a secret manager keeps it"),
            ("grant_type: password\n", "oauth2.grant_type: expected client_credentials or urn:"),
            (
                "grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer\n",
                "oauth2.client_certificate_key: it is missing",
            ),
            ("proxy_connect_header: {a: [b]}\n", "oauth2.proxy_connect_header: this cannot"),
            ("scope: a\n", "oauth2.scope: this cannot"),
        ] {
            fault(Prometheus, &with(&format!("{secret}{more}")), expected);
        }
    }

    #[test]
    fn prometheus_signs_an_assertion_for_a_grant() {
        use System::Prometheus;
        let block = format!(
            "{}grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer\nclient_certificate_key_file: /k.pem\nclient_certificate_key_id: k1\nsignature_algorithm: RS384\nscopes: [a, b]\naudience: https://aud.example\nclaims: {{tenant: '123', n: 7, c: true}}\n",
            BLOCK.replace("client_secret: s3cr3t\n", "")
        );
        check(
            Prometheus,
            &block,
            "token_endpoint: https://a.example/t\ngrant_type: jwt-bearer\nscope: [a, b]\nsigning_key: file:/k.pem\nsigning_alg: RS384\nkey_id: k1\nassertion_audience: https://aud.example\nassertion_subject: id\nassertion_issuer: id\nassertion_claims:\n  tenant: \"123\"\n  \"n\": 7\n  c: true\n  scope: \"a b\"\nassertion_lifetime: 10m\n",
        );
        note(Prometheus, &format!("{BLOCK}iss: x\n"), "oauth2.iss is left out: only the jwt-bearer grant uses it");
        note(Prometheus, &format!("{block}client_secret: s\n"), "oauth2.client_secret is left out: with this grant");
        check(
            Prometheus,
            "client_id: id\ntoken_url: https://a.example/t\ntls_config: {cert_file: /c.pem}\n",
            &out("", "token_endpoint_auth_method: tls_client_auth\ncert: \"/c.pem\"\n"),
        );
        let params = "endpoint_params: {client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: x}\n";
        check(
            Prometheus,
            &format!("{}{params}", BLOCK.replace("client_secret: s3cr3t\n", "")),
            &out("", "client_assertion: env:CLIENT_ASSERTION\n"),
        );
        fault(Prometheus, &format!("{BLOCK}{params}"), "oauth2.client_secret: it is a second way to authenticate");
    }

    #[test]
    fn the_collectors_extension_says_the_same_with_other_names() {
        use System::Prometheus;
        let extension = "client_id: id\nclient_secret: ${env:SECRET}\nendpoint_params:\n  audience: someaudience\ntoken_url: https://a.example/t\nscopes: [\"api.metrics\"]\ntls:\n  insecure: true\n  ca_file: /var/lib/mycert.pem\n  cert_file: certfile\n  key_file: keyfile\ntimeout: 2s\n";
        let expected = out(
            "scope: api.metrics\naudience: someaudience\n",
            "client_secret: env:SECRET\ntimeout: 2s\ncacert: \"/var/lib/mycert.pem\"\ncert: certfile\nkey: keyfile\n",
        );
        check(Prometheus, extension, &expected);
        let whole = |name: &str| {
            format!(
                "extensions:\n  {name}:\n{}exporters:\n  otlphttp:\n    auth:\n      authenticator: {name}\n",
                indented(extension, 4)
            )
        };
        check(Prometheus, &whole("oauth2client"), &expected);
        let two = format!(
            "{}  oauth2client/logs:\n{}",
            whole("oauth2client/metrics").split("exporters").next().unwrap(),
            indented(extension, 4)
        );
        check_named(Prometheus, &two, "logs", &expected);
        fault(Prometheus, &two, "there are 2 oauth2 blocks in it: metrics, logs");
        let with =
            |secret: &str| format!("oauth2client:\n  client_id: id\n  token_url: https://a.example/t\n  {secret}\n");
        for (written, expected) in [
            ("client_secret: ${SECRET}", "client_secret: env:SECRET\n"),
            ("client_secret: ${env:SECRET:-x}", "client_secret: env:SECRET\n"),
            ("client_secret: ${file:/etc/s}", "client_secret: file:/etc/s\n"),
            ("client_secret_file: /etc/s", "client_secret: file:/etc/s\n"),
        ] {
            check(Prometheus, &with(written), &out("", expected));
        }
        check(
            Prometheus,
            &with("client_secret: s").replace("client_id: id", "client_id_file: /etc/id"),
            &out("", "client_secret: env:CLIENT_SECRET\n").replace("client_id: id", "client_id: \"${CLIENT_ID}\""),
        );
        check(
            Prometheus,
            &with("client_secret: ${S}").replace("client_id: id", "client_id: a$$b"),
            &out("", "client_secret: env:S\n").replace("client_id: id", "client_id: \"a$$b\""),
        );
        let tenant = with("client_secret: ${S}").replace("example/t", "example/__YOUR_TENANT__/t");
        let expected =
            out("", "client_secret: env:S\n").replace("https://a.example/t", "\"https://a.example/${TENANT}/t\"");
        check(Prometheus, &tenant, &expected);
        fault(Prometheus, &with("client_secret: ${yaml:x}"), "oauth2client.client_secret: of '${…}' only env and file");
        fault(
            Prometheus,
            &with("tls: {server_name_override: x}"),
            "oauth2client.tls.server_name_override: a certificate",
        );
    }
}
