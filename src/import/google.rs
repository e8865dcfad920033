//! Google's credential files (application default credentials): a service account's key, what `gcloud auth application-default
//! login` writes, and workload identity federation with a token from a file or from GitHub. Such a file may come from somebody
//! else, so that its URLs count only where they are Google's own.

use super::document::{at, entries, json};
use super::text::Text;
use super::{Draft, Key, Unreadable};
use crate::oauth::client::{basic, none, post};
use crate::oauth::grant::{jwt_bearer, refresh_token, token_exchange};
use crate::secret::source;
use crate::settings::{Document, foreign};
use crate::wire::Url;

/// Where Google's tokens come from.
const TOKEN_ENDPOINT: &str = "https://oauth2.googleapis.com/token";

/// Where foreign tokens are traded.
const EXCHANGE: &str = "https://sts.googleapis.com/v1/token";

/// What older files call the former.
const FORMER: [&str; 3] = [
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v3/token",
    "https://www.googleapis.com/oauth2/v4/token",
];

/// The scope that opens whatever the account may do; Google's own tools ask for it where nobody says one.
const EVERYTHING: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The kinds of files there are.
const TYPES: [&str; 6] = [
    "service_account",
    "authorized_user",
    "external_account",
    "external_account_authorized_user",
    "impersonated_service_account",
    "gdch_service_account",
];

/// Reads `text`, which the file of that name holds, if it is one.
pub(super) fn read(text: &str, file: Option<&str>, draft: &mut Draft) -> Result<(), Unreadable> {
    let document = json(text)?;
    let google = Google { document: &document };
    if !draft.has_few("the input", entries(&document).unwrap_or_default().len()) {
        return Ok(());
    }
    match google.plain("type") {
        Some("service_account") => google.service_account(text, file, draft),
        Some("authorized_user") => google.authorized_user(draft),
        Some("external_account") => google.external_account(draft),
        Some(other) => {
            let kind = foreign::quoted(other, TYPES);
            draft.fault("type", format!("files of the type {kind} cannot be carried over; service_account, authorized_user and external_account can"));
        }
        None if google.plain("installed.client_id").or(google.plain("web.client_id")).is_some() => {
            let what = "it is the client of an application that people log in to, and holds no credentials of theirs";
            return Err(Unreadable::new(
                what,
                "'gcloud auth application-default login --client-id-file FILE' makes some",
            ));
        }
        None => {
            let hint = "give the JSON that Google's console or gcloud made, with a 'type'";
            return Err(Unreadable::new("it is no file of Google's credentials", hint));
        }
    }
    for (name, says) in [
        ("quota_project_id", "is for the API alone: -H 'x-goog-user-project: PROJECT' with oauth2tok request"),
        ("universe_domain", "names another cloud than Google's own: write its token_endpoint into the profile"),
    ] {
        if google.plain(name).is_some_and(|value| value != "googleapis.com") {
            draft.note(name, says);
        }
    }
    Ok(())
}

struct Google<'a> {
    document: &'a Document,
}

impl<'a> Google<'a> {
    /// A text of the file by its names, unless it is empty.
    fn plain(&self, path: &str) -> Option<&'a str> {
        let value = at(self.document, &path.split('.').collect::<Vec<_>>())?;
        value.scalar().filter(|text| !text.is_empty())
    }

    fn text(&self, path: &str) -> Text {
        self.plain(path).map_or_else(Text::default, Text::literal)
    }

    /// The endpoint that the file names, where it is Google's; else Google's own, whoever wrote another one.
    fn endpoint(&self, name: &str, own: &str, draft: &mut Draft) {
        let named = self.plain(name).unwrap_or(own);
        // There are others for regions and networks: `sts.europe-west1.rep.googleapis.com`.
        let service = if own == EXCHANGE { "sts" } else { "oauth2" };
        let is_googles = Url::parse(named).is_ok_and(|url| {
            let name = url.host().strip_suffix(".googleapis.com");
            url.is_https() && name.is_some_and(|name| name.split(['.', '-']).any(|part| part == service))
        });
        let is_former = FORMER.contains(&named);
        if !is_googles && !is_former {
            draft.note(name, format!("names a server that is not Google's, and is left out: {own} is asked. If you trust it, write it as token_endpoint"));
        }
        let endpoint = if is_googles && !is_former { named } else { own };
        draft.url(Key::TokenEndpoint, name, &Text::literal(endpoint));
    }

    /// What is asked for: the file does not say.
    fn scope(&self, draft: &mut Draft) {
        draft.list(Key::Scope, "scope", &[Text::variable("GOOGLE_SCOPE", Some(EVERYTHING.to_owned()))]);
        draft.note("scope", "is not in the file: without the variable GOOGLE_SCOPE it is cloud-platform, all that the account may do; write less if less will do");
    }

    fn service_account(&self, text: &str, file: Option<&str>, draft: &mut Draft) {
        for name in ["private_key", "client_email"] {
            if self.plain(name).is_none() {
                draft.fault(name, "it is missing");
            }
        }
        draft.conceal(self.plain("private_key").unwrap_or_default());
        self.endpoint("token_uri", TOKEN_ENDPOINT, draft);
        draft.plain(Key::GrantType, "type", jwt_bearer::KIND.name);
        self.scope(draft);
        match file {
            Some(file) => draft.secret(Key::SigningKey, "the file", &Text::file(&Text::literal(file))),
            None => draft.secret(Key::SigningKey, "the input", &Text::literal(text)),
        }
        draft.note("the account", "speaks for itself; for a user of its domain write assertion_subject: USER");
    }

    fn authorized_user(&self, draft: &mut Draft) {
        self.endpoint("token_uri", TOKEN_ENDPOINT, draft);
        draft.plain(Key::GrantType, "type", refresh_token::KIND.name);
        draft.secret(Key::RefreshToken, "refresh_token", &self.text("refresh_token"));
        draft.text(Key::ClientId, "client_id", &self.text("client_id"));
        draft.require(Key::ClientId, "client_id");
        draft.secret(Key::ClientSecret, "client_secret", &self.text("client_secret"));
        draft.plain(Key::AuthMethod, "type", post::KIND.name);
    }

    fn external_account(&self, draft: &mut Draft) {
        self.endpoint("token_url", EXCHANGE, draft);
        draft.plain(Key::GrantType, "type", token_exchange::KIND.name);
        self.scope(draft);
        let audience = self.text("audience");
        if audience.is_empty() {
            draft.fault("audience", "it is missing");
        } else {
            draft.list(Key::Audience, "audience", &[audience]);
        }
        draft.text(Key::SubjectTokenType, "subject_token_type", &self.text("subject_token_type"));
        draft.require(Key::SubjectTokenType, "subject_token_type");
        draft.plain(Key::RequestedTokenType, "type", "access_token");
        self.subject_token(draft);
        match (self.plain("client_id"), self.plain("client_secret")) {
            (Some(_), secret) => {
                draft.text(Key::ClientId, "client_id", &self.text("client_id"));
                let method = if secret.is_some() { basic::KIND.name } else { none::KIND.name };
                draft.plain(Key::AuthMethod, "client_id", method);
                if secret.is_some() {
                    draft.secret(Key::ClientSecret, "client_secret", &self.text("client_secret"));
                }
            }
            // Whose quota counts, for people of a workforce.
            (None, _) => {
                if let Some(project) = self.plain("workforce_pool_user_project") {
                    let options = format!("{{\"userProject\":{}}}", serde_json::Value::from(project));
                    draft.pair(Key::Params, "workforce_pool_user_project", "options", &Text::literal(options));
                }
            }
        }
        if self.plain("service_account_impersonation_url").is_some() {
            draft.note("service_account_impersonation_url", format!("is a second call, with the token of this one: oauth2tok request -p ./FILE.yaml -d '{{\"scope\":[\"{EVERYTHING}\"]}}' POST THAT_URL; its answer has an accessToken"));
        }
    }

    /// Where the token that is traded comes from.
    fn subject_token(&self, draft: &mut Draft) {
        const SOURCE: &str = "credential_source";
        let has = |name: &str| at(self.document, &[SOURCE, name]).is_some();
        // A header field of the request may hold the job's token.
        let headers = at(self.document, &[SOURCE, "headers"]).and_then(entries).unwrap_or_default();
        headers.iter().filter_map(|(_, value)| value.scalar()).for_each(|value| draft.conceal(value));
        let refused = |draft: &mut Draft, name: &str, why: &str| draft.fault(&format!("{SOURCE}.{name}"), why);
        if has("environment_id") {
            return refused(
                draft,
                "environment_id",
                "a request signed by AWS cannot be made: let the pool trust AWS's OIDC tokens (outbound identity federation), and write subject_token: command:aws sts get-web-identity-token --audience … with subject_token_type: jwt",
            );
        }
        if has("executable") {
            return refused(
                draft,
                "executable",
                "what it prints is an object: write subject_token: command:CMD with a command that prints the token alone",
            );
        }
        if has("certificate") {
            return refused(
                draft,
                "certificate",
                "a token made of a certificate cannot be carried over: let the pool trust an OIDC provider",
            );
        }
        let field = match self.plain("credential_source.format.type") {
            None | Some("text") => None,
            Some("json") => match self.plain("credential_source.format.subject_token_field_name") {
                Some(name) => Some(name),
                None => return refused(draft, "format", "it names no subject_token_field_name"),
            },
            Some(_) => return refused(draft, "format", "expected text or json"),
        };
        if let Some(path) = self.plain("credential_source.file") {
            let path = Text::literal(path);
            let from = "credential_source.file";
            return match field {
                None => draft.secret(Key::SubjectToken, from, &Text::file(&path)),
                Some(field) => {
                    let member = Text::literal(serde_json::Value::from(field).to_string()).in_profile();
                    let pointer = format!(".[{member}]");
                    let words = ["jq", "-r", &pointer, &path.in_profile()].map(str::to_owned);
                    let command = format!("command:{}", source::line(&words));
                    draft.secret(Key::SubjectToken, from, &Text::from_source(command));
                    draft.note(from, "holds JSON, of which jq takes the token out: it has to be installed");
                }
            };
        }
        match self.plain("credential_source.url") {
            Some(url) if is_githubs(url) => {
                let query = url.split_once('?').map_or("", |(_, query)| query);
                let audience = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "audience");
                let audience = Text::literal(audience.map_or_else(String::new, |(_, value)| value.into_owned()));
                let source = format!("github:{}", audience.in_profile());
                draft.secret(Key::SubjectToken, "credential_source.url", &Text::from_source(source));
                draft.note(
                    "credential_source.url",
                    "is GitHub's: each run asks for a token of its own, in jobs with 'permissions: id-token: write'",
                );
            }
            Some(_) => refused(
                draft,
                "url",
                "only GitHub's can be carried over; write subject_token: 'command:curl -sSf URL' if you trust it",
            ),
            None => refused(draft, "file", "it is missing, and so is url"),
        }
    }
}

/// True for where a job of GitHub Actions gets its token. Nothing is sent there: the job itself says where to ask.
fn is_githubs(url: &str) -> bool {
    url.contains("ACTIONS_ID_TOKEN_REQUEST_URL")
        || Url::parse(url).is_ok_and(|url| url.host().ends_with(".actions.githubusercontent.com"))
}

#[cfg(test)]
mod tests {
    use super::super::System::Google;
    use super::super::import;
    use super::super::tests::{check, check_kept, fault, note};

    const ACCOUNT: &str = r#"{"type": "service_account", "project_id": "p", "private_key_id": "k1", "private_key": "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n", "client_email": "a@b.example", "token_uri": "https://oauth2.googleapis.com/token"}"#;
    const SCOPE: &str = "scope: \"${GOOGLE_SCOPE:https://www.googleapis.com/auth/cloud-platform}\"\n";

    fn account(signing_key: &str) -> String {
        format!(
            "token_endpoint: https://oauth2.googleapis.com/token\ngrant_type: jwt-bearer\n{SCOPE}signing_key: {signing_key}\n"
        )
    }

    fn external(source: &str) -> String {
        format!(
            r#"{{"type": "external_account", "audience": "//iam.googleapis.com/x", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": "https://sts.googleapis.com/v1/token", "credential_source": {source}}}"#
        )
    }

    fn exchange(subject_token: &str, more: &str) -> String {
        format!(
            "token_endpoint: https://sts.googleapis.com/v1/token\ngrant_type: token-exchange\n{SCOPE}audience: \"//iam.googleapis.com/x\"\n{more}subject_token: {subject_token}\nsubject_token_type: urn:ietf:params:oauth:token-type:jwt\nrequested_token_type: access_token\n"
        )
    }

    #[test]
    fn a_service_accounts_key_stays_where_it_is() {
        let profile = import(Google, ACCOUNT, Some("/a $b/sa.json"), None, true).profile.unwrap();
        assert_eq!(profile.split_once('\n').unwrap().1, account("\"file:/a $$b/sa.json\""));
        check(Google, ACCOUNT, &account("env:SIGNING_KEY"));
        assert!(import(Google, ACCOUNT, None, None, true).profile.unwrap().contains("s3cret"));
        note(Google, ACCOUNT, "the account speaks for itself; for a user of its domain write assertion_subject: USER");
        fault(Google, r#"{"type": "service_account", "client_email": "a"}"#, "private_key: it is missing");
    }

    #[test]
    fn only_googles_own_endpoints_count() {
        for (uri, is_told) in [
            ("https://oauth2.googleapis.com/token", false),
            ("https://accounts.google.com/o/oauth2/token", false),
            ("https://evil.example/token", true),
            ("http://oauth2.googleapis.com/token", true),
            ("https://oauth2.googleapis.com.evil.example/token", true),
            ("https://storage.googleapis.com/bucket", true),
            ("not a URL", true),
        ] {
            let text = ACCOUNT.replace("https://oauth2.googleapis.com/token", uri);
            check(Google, &text, &account("env:SIGNING_KEY"));
            let notes = import(Google, &text, None, None, false).notes;
            let is_noted = notes.iter().any(|note| note.starts_with("token_uri names a server that is not Google's"));
            assert_eq!(is_noted, is_told, "{uri}");
        }
        for (url, endpoint) in [
            (
                "https://sts.europe-west1.rep.googleapis.com/v1/token",
                "https://sts.europe-west1.rep.googleapis.com/v1/token",
            ),
            ("https://evil.example/v1/token", "https://sts.googleapis.com/v1/token"),
            ("https://storage.googleapis.com/evil", "https://sts.googleapis.com/v1/token"),
        ] {
            let text = external(r#"{"file": "/t"}"#).replace("https://sts.googleapis.com/v1/token", url);
            check(Google, &text, &exchange("file:/t", "").replace("https://sts.googleapis.com/v1/token", endpoint));
        }
    }

    #[test]
    fn a_users_refresh_token_is_used() {
        let text = r#"{"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r", "quota_project_id": "p"}"#;
        let out = |secret: &str, token: &str| {
            format!(
                "token_endpoint: https://oauth2.googleapis.com/token\ngrant_type: refresh_token\nrefresh_token: {token}\nclient_id: i\nclient_secret: {secret}\ntoken_endpoint_auth_method: client_secret_post\n"
            )
        };
        check(Google, text, &out("env:CLIENT_SECRET", "env:REFRESH_TOKEN"));
        check_kept(Google, text, true, &out("s", "r"));
        note(Google, text, "quota_project_id is for the API alone");
        fault(Google, &text.replace(r#""r""#, r#""""#), "refresh_token: it is empty");
    }

    #[test]
    fn a_foreign_token_is_traded() {
        check(Google, &external(r#"{"file": "/t", "format": {"type": "text"}}"#), &exchange("file:/t", ""));
        let json = r#"{"file": "/t $k", "format": {"type": "json", "subject_token_field_name": "a'b"}}"#;
        let command = if cfg!(windows) {
            r#"command:jq -r \".[\\\"a'b\\\"]\" \"/t $$k\""#
        } else {
            r#"command:jq -r '.[\"a'\\''b\"]' '/t $$k'"#
        };
        check(Google, &external(json), &exchange(&format!("\"{command}\""), ""));
        note(Google, &external(json), "credential_source.file holds JSON, of which jq takes the token out");
        let github = r#"{"url": "https://pipelines.actions.githubusercontent.com/x/idtoken?api-version=2.0&audience=https%3A%2F%2Fiam.googleapis.com%2Fx", "headers": {"Authorization": "Bearer j0b"}, "format": {"type": "json", "subject_token_field_name": "value"}}"#;
        check(Google, &external(github), &exchange("github:https://iam.googleapis.com/x", ""));
        check(Google, &external(r#"{"url": "$ACTIONS_ID_TOKEN_REQUEST_URL"}"#), &exchange("\"github:\"", ""));
        let more = |more: &str| external(r#"{"file": "/t"}"#).replacen('{', &format!("{{{more}, "), 1);
        check(
            Google,
            &more(r#""workforce_pool_user_project": "7""#),
            &exchange("file:/t", "")
                .replace("subject_token:", "params:\n  options: \"{\\\"userProject\\\":\\\"7\\\"}\"\nsubject_token:"),
        );
        let client =
            "client_id: i\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\n";
        check(
            Google,
            &more(r#""client_id": "i", "client_secret": "s""#),
            &format!("{}{client}", exchange("file:/t", "")),
        );
        let url = more(r#""service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/x""#);
        note(
            Google,
            &url,
            "service_account_impersonation_url is a second call, with the token of this one: oauth2tok request",
        );
        for (source, expected) in [
            (
                r#"{"environment_id": "aws1"}"#,
                "credential_source.environment_id: a request signed by AWS cannot be made",
            ),
            (r#"{"executable": {"command": "x"}}"#, "credential_source.executable: what it prints is an object"),
            (r#"{"certificate": {}}"#, "credential_source.certificate: a token made of a certificate"),
            (r#"{"url": "https://a.example/t"}"#, "credential_source.url: only GitHub's can be carried over"),
            (
                r#"{"file": "/t", "format": {"type": "json"}}"#,
                "credential_source.format: it names no subject_token_field_name",
            ),
            (r#"{"file": "/t", "format": {"type": "xml"}}"#, "credential_source.format: expected text or json"),
            ("{}", "credential_source.file: it is missing, and so is url"),
        ] {
            fault(Google, &external(source), expected);
        }
    }

    #[test]
    fn other_files_are_named() {
        for (text, expected) in [
            (
                r#"{"type": "impersonated_service_account"}"#,
                "type: files of the type 'impersonated_service_account' cannot",
            ),
            (r#"{"type": "s3cret"}"#, "type: files of the type (not shown: it may be a secret) cannot"),
            (r#"{"installed": {"client_id": "x"}}"#, "it is the client of an application that people log in to"),
            ("{}", "it is no file of Google's credentials"),
            ("[]", "it is no file of Google's credentials"),
            ("x", "the input is not valid JSON"),
        ] {
            fault(Google, text, expected);
        }
    }
}
