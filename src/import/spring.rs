//! Spring Boot: a registration of `spring.security.oauth2.client` with its provider, as YAML or as the lines of a `.properties`
//! file. Names are read as Spring binds them: `client-id`, `clientId` and `client_id` are one.

use std::collections::{HashMap, HashSet};

use super::choice::{Block, choose};
use super::document::parse;
use super::form::{credentials_of_grant, grant};
use super::text::{Text, is_variable_name};
use super::{Draft, Expanded, Key, MOST, StandsFor, Unreadable, told};
use crate::oauth::client::{self, Signs};
use crate::oauth::grant::{jwt_bearer, token_exchange};
use crate::settings::{Document, foreign};

/// Where registrations and providers stand.
const CLIENT: [&str; 4] = ["spring", "security", "oauth2", "client"];

/// What a registration and a provider may hold.
const FIELDS: [&str; 15] = [
    "client-id",
    "client-secret",
    "client-authentication-method",
    "authorization-grant-type",
    "scope",
    "provider",
    "redirect-uri",
    "client-name",
    "token-uri",
    "issuer-uri",
    "authorization-uri",
    "user-info-uri",
    "user-info-authentication-method",
    "jwk-set-uri",
    "user-name-attribute",
];

/// Providers that Spring knows by itself, for people who log in.
const COMMON: [&str; 5] = ["google", "github", "facebook", "x", "okta"];

/// Why the grant of a person cannot be carried over.
const BROWSER: &str = "it sends a person to log in at an application; register a client of your own for oauth2tok, whose 'oauth2tok login' does that (grant_type: authorization_code); what runs without a person needs client_credentials";

/// The longest name of a property, which is written out for each of its values (bytes).
const LONGEST: usize = 300;

/// How often a property may stand for another one.
const DEEPEST: usize = 8;

pub(super) fn read(text: &str, name: Option<&str>, draft: &mut Draft) -> Result<(), Unreadable> {
    let properties = Properties::parse(text)?;
    let mut registrations: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    for member in properties.entries.iter().filter_map(Member::of) {
        if member.kind == Kind::Registration && seen.insert(member.of) {
            registrations.push(member.of);
        }
    }
    if registrations.is_empty() {
        return Err(Unreadable::new(
            "there is no registration in it",
            "give the application's YAML or properties with 'spring.security.oauth2.client.registration'",
        ));
    }
    let several = registrations.iter().enumerate();
    let blocks = several.map(|(at, name)| Block::new(Some(name), format!("registration-{}", at + 1), *name)).collect();
    let registration = choose(blocks, name, "registrations")?;
    Spring { properties: &properties, expanded: Expanded::default() }.registration(registration, draft);
    Ok(())
}

/// A value of a file.
struct Entry {
    /// The names that lead to it.
    path: Vec<String>,
    /// A scalar or several.
    values: Vec<String>,
}

/// All that a file says.
struct Properties {
    entries: Vec<Entry>,
    /// The place of each among the entries, by its whole name as Spring compares it.
    places: HashMap<String, usize>,
}

impl Properties {
    fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut properties = Self { entries: Vec::new(), places: HashMap::new() };
        if is_properties(text) {
            lines(text, &mut |name, value| properties.add(split(&name), value));
        } else {
            // A file may hold documents for several of Spring's own profiles.
            for document in documents(text) {
                properties.document(&parse(document)?, &mut Vec::new());
            }
        }
        Ok(properties)
    }

    fn document(&mut self, document: &Document, path: &mut Vec<String>) {
        match document {
            Document::Map(members) => {
                for (name, member) in members {
                    let length = path.len();
                    path.extend(split(name));
                    if path.iter().map(String::len).sum::<usize>() <= LONGEST {
                        self.document(member, path);
                    }
                    path.truncate(length);
                }
            }
            Document::List(items) => items.iter().for_each(|item| self.document(item, path)),
            Document::Text(text) | Document::Plain(text) => self.add(path.clone(), text.clone()),
            Document::Null => self.add(path.clone(), String::new()),
        }
    }

    /// One more value of that name: a list has several.
    fn add(&mut self, path: Vec<String>, value: String) {
        if path.iter().map(String::len).sum::<usize>() > LONGEST {
            return;
        }
        let name: Vec<_> = path.iter().map(|name| uniform(name)).collect();
        match self.places.entry(name.join(".")).or_insert(self.entries.len()) {
            at if *at == self.entries.len() => self.entries.push(Entry { path, values: vec![value] }),
            at => {
                if let Some(entry) = self.entries.get_mut(*at) {
                    entry.values.push(value);
                }
            }
        }
    }

    /// The value of a property, if there is one.
    fn get(&self, name: &str) -> Option<&str> {
        let name: Vec<_> = split(name).iter().map(|name| uniform(name)).collect();
        match self.entries.get(*self.places.get(&name.join("."))?)?.values.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// A member of a registration or provider.
struct Member<'a> {
    kind: Kind,
    /// What the registration or provider is called.
    of: &'a str,
    /// The member's name.
    name: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Registration,
    Provider,
}

impl<'a> Member<'a> {
    fn of(entry: &'a Entry) -> Option<Self> {
        let (prefix, rest) = entry.path.split_at_checked(CLIENT.len())?;
        let (kind, rest) = rest.split_first().filter(|_| prefix == CLIENT)?;
        let kind = match kind.as_str() {
            "registration" => Kind::Registration,
            "provider" => Kind::Provider,
            _ => return None,
        };
        // `[my.name]` was one name.
        match rest {
            [of, name] => Some(Self { kind, of, name }),
            _ => None,
        }
    }
}

/// The names between dots; `[0]` counts the items of a list, and what else is in brackets is a name with dots in it.
fn split(name: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            if !inside.chars().all(|c| c.is_ascii_digit()) {
                names.push(inside.to_owned());
            }
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest.char_indices().skip(1).find(|(_, c)| matches!(c, '.' | '[')).map_or(rest.len(), |(end, _)| end);
        names.push(rest[..end].to_owned());
        rest = &rest[end..];
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    names
}

/// A name as Spring compares it: letters and digits alone, in lower case.
fn uniform(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether the first line that says something is a line of a `.properties` file.
fn is_properties(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', '!']));
    first.is_some_and(|line| line.find(['=', ':', ' ']).is_some_and(|at| line[at..].trim_start().starts_with('=')))
}

/// The documents of YAML between lines of `---`.
fn documents(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            out.push(&text[start..at]);
            start = at + line.len();
        }
        at += line.len();
    }
    out.push(&text[start..]);
    out.retain(|document| !document.trim().is_empty());
    out.truncate(MOST);
    out
}

/// Each name and value of a `.properties` file, with its escapes and continued lines.
fn lines(text: &str, found: &mut dyn FnMut(String, String)) {
    let mut lines = text.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut whole = line.to_owned();
        while (whole.len() - whole.trim_end_matches('\\').len()) % 2 == 1 {
            whole.pop();
            match lines.next() {
                Some(next) => whole.push_str(next),
                None => break,
            }
        }
        let mut escaped = false;
        let end = whole.find(|c: char| {
            let ends = !escaped && (matches!(c, '=' | ':') || c.is_whitespace());
            escaped = !escaped && c == '\\';
            ends
        });
        let (name, value) = whole.split_at(end.unwrap_or(whole.len()));
        let value = value.trim_start();
        let value = value.strip_prefix(['=', ':']).unwrap_or(value).trim_start();
        found(unescaped(name), unescaped(value));
    }
}

/// `\n`, `\t`, `\u00e4` and other letters behind a backslash.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('u')) => {
                let digits: String = chars.by_ref().take(4).collect();
                out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            ('\\', Some(other)) => out.push(other),
            _ => out.push(c),
        }
    }
    out
}

struct Spring<'a> {
    properties: &'a Properties,
    /// Properties may stand for others often.
    expanded: Expanded,
}

impl Spring<'_> {
    fn registration(&self, registration: &str, draft: &mut Draft) {
        let members = |kind: Kind, of: &str| {
            let of_it = |member: &Member<'_>| member.kind == kind && member.of == of;
            let entries = self.properties.entries.iter();
            entries.filter_map(|entry| Some((Member::of(entry).filter(of_it)?.name, entry))).collect::<Vec<_>>()
        };
        let fields = members(Kind::Registration, registration);
        if !draft.has_few("registration", fields.len()) {
            return;
        }
        let mut provider = registration.to_owned();
        let (mut id, mut secret, mut method) = (None, None, None);
        let mut has_grant = false;
        for (name, entry) in fields {
            let from = format!("registration.{}", told(name, &FIELDS));
            let field = uniform(name);
            if field == "scope" {
                let scopes: Vec<_> = entry.values.iter().filter_map(|value| self.text(draft, &from, value)).collect();
                let scopes: Vec<_> = scopes.iter().flat_map(|text| text.split(|c| c == ',')).collect();
                draft.list(Key::Scope, &from, &scopes);
                continue;
            }
            let Some(text) = self.single(draft, &from, entry) else { continue };
            match field.as_str() {
                "clientid" => id = Some((from, text)),
                "clientsecret" => secret = Some((from, text)),
                "clientauthenticationmethod" => method = Some((from, text)),
                "authorizationgranttype" => {
                    has_grant = true;
                    self.grant(draft, &from, &text);
                }
                "provider" => match text.as_literal() {
                    Some(name) => name.clone_into(&mut provider),
                    None => draft.fault(&from, "the provider depends on a variable; write one out"),
                },
                "redirecturi" | "clientname" => {
                    draft.note(&from, "is left out: it does not change the token request");
                }
                _ => draft.fault(&from, "this is not a field of a registration"),
            }
        }
        let is_discovered = self.provider(draft, members(Kind::Provider, &provider));
        if !has_grant && COMMON.contains(&provider.as_str()) {
            draft.fault(
                "registration.authorization-grant-type",
                format!("it is authorization_code where nothing else is said: {BROWSER}"),
            );
        }
        match id {
            Some((from, id)) => draft.text(Key::ClientId, &from, &id),
            None => draft.fault("registration.client-id", "it is missing"),
        }
        self.client(draft, method, secret, is_discovered);
        credentials_of_grant(draft, |name| match name {
            "grant_type" => "registration.authorization-grant-type".to_owned(),
            other => format!("registration.{other}"),
        });
    }

    /// What says where the server is. True where only its issuer is given.
    fn provider(&self, draft: &mut Draft, fields: Vec<(&str, &Entry)>) -> bool {
        let (mut token_uri, mut issuer) = (None, None);
        if !draft.has_few("provider", fields.len()) {
            return false;
        }
        for (name, entry) in fields {
            let from = format!("provider.{}", told(name, &FIELDS));
            let Some(text) = self.single(draft, &from, entry).filter(|text| !text.is_empty()) else { continue };
            match uniform(name).as_str() {
                "tokenuri" => token_uri = Some((from, text)),
                "issueruri" => issuer = Some((from, text)),
                "authorizationuri"
                | "userinfouri"
                | "userinfoauthenticationmethod"
                | "jwkseturi"
                | "usernameattribute" => {
                    draft.note(&from, "is left out: it does not change the token request");
                }
                _ => draft.fault(&from, "this is not a field of a provider"),
            }
        }
        match (token_uri, issuer) {
            (Some((from, uri)), issuer) => {
                draft.url(Key::TokenEndpoint, &from, &uri);
                if let Some((from, _)) = issuer {
                    draft.note(&from, "is left out: token-uri says where the request goes");
                }
                false
            }
            (None, Some((from, uri))) => {
                draft.url(Key::Issuer, &from, &uri);
                true
            }
            (None, None) => {
                draft.fault("provider.token-uri", "it is missing, and so is issuer-uri");
                false
            }
        }
    }

    fn grant(&self, draft: &mut Draft, from: &str, text: &Text) {
        match text.as_literal() {
            Some("authorization_code") => draft.fault(from, BROWSER),
            Some("password") => {
                draft.plain(Key::GrantType, from, "password");
                let variable = |draft: &mut Draft, name: &str| {
                    Text::variable(draft.variable_for(name, StandsFor::OpenSecret(name.to_owned())), None)
                };
                let (user, password) = (variable(draft, "OAUTH_USERNAME"), variable(draft, "OAUTH_PASSWORD"));
                draft.text(Key::Username, from, &user);
                draft.secret(Key::Password, from, &password);
                draft.note(from, "takes name and password from the running application: set the environment variables OAUTH_USERNAME and OAUTH_PASSWORD");
            }
            Some("client_credentials") | Some("") | None => grant(draft, from, text),
            name if name == jwt_bearer::KIND.urn => {
                draft.plain(Key::GrantType, from, jwt_bearer::KIND.name);
                given(draft, Key::Assertion, from);
            }
            name if name == token_exchange::KIND.urn => {
                draft.plain(Key::GrantType, from, token_exchange::KIND.name);
                draft.plain(Key::RequestedTokenType, from, "access_token");
                given(draft, Key::SubjectToken, from);
                draft.note(from, "says of a subject token that is a JWT that it is one: subject_token_type: jwt");
            }
            Some(_) => draft.fault(from, "what it sends is only known to the running application; client_credentials, password, jwt-bearer and token-exchange can be carried over"),
        }
    }

    fn client(
        &self,
        draft: &mut Draft,
        method: Option<(String, Text)>,
        secret: Option<(String, Text)>,
        is_discovered: bool,
    ) {
        let secret = secret.filter(|(_, secret)| !secret.is_empty());
        let (from, name) = match &method {
            Some((from, text)) => (from.as_str(), text.as_literal()),
            None => ("registration.client-authentication-method", Some("")),
        };
        let kind = match name {
            // The metadata of an issuer says what the server takes.
            Some("") if is_discovered => None,
            Some("") => Some(client::DEFAULT),
            name => match name.and_then(client::find) {
                Some(kind) => Some(kind),
                None => return draft.fault(from, "this is no method to authenticate a client that is known here"),
            },
        };
        if let Some(kind) = kind {
            draft.plain(Key::AuthMethod, from, kind.name);
            if kind.signs == Some(Signs::WithKey) {
                given(draft, Key::SigningKey, from);
            }
            if kind.by_certificate {
                let name = draft.variable_for("CLIENT_CERT", StandsFor::Open);
                draft.note(from, format!("takes the certificate from the running application: set the environment variable {name} to the PEM file with it and its key"));
                draft.text(Key::Cert, from, &Text::variable(name, None));
            }
        }
        let without = kind.filter(|kind| kind.needs.iter().all(|need| need.name != Key::ClientSecret.name()));
        match (secret, without) {
            (Some((from, _)), Some(kind)) => {
                draft.note(&from, format!("is left out: the method {} does not send it", kind.name));
            }
            (Some((from, secret)), None) => draft.secret(Key::ClientSecret, &from, &secret),
            (None, Some(_)) => {}
            (None, None) => draft
                .fault("registration.client-secret", "it is missing, and the client's authentication method needs it"),
        }
    }

    fn single(&self, draft: &mut Draft, from: &str, entry: &Entry) -> Option<Text> {
        match entry.values.as_slice() {
            [one] => self.text(draft, from, one),
            _ => {
                draft.fault(from, "it is given several times, perhaps for several of Spring's profiles: leave one");
                None
            }
        }
    }

    fn text(&self, draft: &mut Draft, from: &str, value: &str) -> Option<Text> {
        // Spring Cloud Config and Jasypt.
        if value.starts_with("{cipher}") || value.starts_with("ENC(") {
            let wanted = from.rsplit('.').next().unwrap_or_default();
            let name = draft.variable_for(wanted, StandsFor::Literal(Text::literal(value)));
            draft.note(from, format!("is encrypted, and only the application has the key: set the environment variable {name} to the value itself"));
            return Some(Text::variable(name, None));
        }
        if value.contains("#{") {
            draft.fault(from, "its value is computed; write it out");
            return None;
        }
        self.filled_in(draft, from, value, 0).map_err(|why| draft.fault(from, why)).ok()
    }

    /// A value with its `${…}`: properties of the same file, else the environment variables that Spring would look at.
    fn filled_in(&self, draft: &mut Draft, from: &str, value: &str, depth: usize) -> Result<Text, String> {
        if depth > DEEPEST {
            return Err("its placeholders stand for each other".into());
        }
        let mut out = Text::default();
        let mut rest = value;
        while let Some(at) = rest.find("${") {
            out.push_literal(&rest[..at]);
            let inside = &rest[at + 2..];
            let end = inside.find('}').ok_or("a '${' has no '}'")?;
            let (name, default) = inside[..end].split_once(':').map_or((&inside[..end], None), |(a, b)| (a, Some(b)));
            if inside[..end].contains("${") {
                return Err("a default that holds another placeholder cannot be carried over; write one of them".into());
            }
            match self.properties.get(name) {
                Some(value) => {
                    self.expanded.add(value)?;
                    out.push(&self.filled_in(draft, from, value, depth + 1)?);
                }
                None => out.push(&self.variable(draft, from, name, default)?),
            }
            rest = &inside[end + 1..];
        }
        out.push_literal(rest);
        Ok(out)
    }

    /// Spring looks for the property `app.client-id` in the variable `APP_CLIENTID`.
    fn variable(&self, draft: &mut Draft, from: &str, name: &str, default: Option<&str>) -> Result<Text, String> {
        let variable = if is_variable_name(name) {
            name.to_owned()
        } else {
            name.replace('.', "_").replace('-', "").to_uppercase()
        };
        if !is_variable_name(&variable) {
            return Err("'${…}' does not hold the name of a property or an environment variable".into());
        }
        if variable != name && foreign::is_plain(name) {
            draft.note(
                from,
                format!("holds the property {name}: set the environment variable {variable}, as Spring reads it"),
            );
        }
        Ok(Text::variable(variable, default.map(str::to_owned)))
    }
}

/// A secret that only the running application has.
fn given(draft: &mut Draft, key: Key, from: &str) {
    let name = key.name().to_ascii_uppercase();
    let variable = draft.variable_for(&name, StandsFor::OpenSecret(name.clone()));
    draft.secret(key, from, &Text::variable(variable.clone(), None));
    draft.note(from, format!("takes {} from the running application: set the environment variable {variable} to it, or name another source", key.name()));
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::super::tests::{check, check_kept, check_named, fault, fault_named, note};

    const PREFIX: &str = "spring.security.oauth2.client";

    fn yaml(registration: &str, provider: &str) -> String {
        let lines = |text: &str| text.lines().map(|line| format!("            {line}\n")).collect::<String>();
        format!(
            "spring:\n  security:\n    oauth2:\n      client:\n        registration:\n          crm:\n{}        provider:\n          crm:\n{}",
            lines(registration),
            lines(provider)
        )
    }

    const REGISTRATION: &str = "client-id: id\nclient-secret: s3cr3t\nauthorization-grant-type: client_credentials";
    const PROVIDER: &str = "token-uri: https://a.example/t";

    fn out(more: &str, method: &str) -> String {
        format!(
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{more}client_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: {method}\n"
        )
    }

    #[test]
    fn spring_names_are_bound_as_spring_binds_them() {
        use System::Spring;
        let expected = out("scope: [read, write]\n", "client_secret_post");
        let more = "\nscope: read, write\nclient-authentication-method: client_secret_post";
        check(Spring, &yaml(&format!("{REGISTRATION}{more}"), PROVIDER), &expected);
        check(
            Spring,
            &yaml(&format!("{REGISTRATION}{}", more.replace("read, write", "[read, write]")), PROVIDER),
            &expected,
        );
        for joint in ["_", ""] {
            let of = |text: &str| {
                text.lines()
                    .map(|line| {
                        let (name, value) = line.split_once(':').unwrap();
                        format!("{}:{value}\n", if joint.is_empty() { camel(name) } else { name.replace('-', joint) })
                    })
                    .collect::<String>()
            };
            check(Spring, &yaml(&of(&format!("{REGISTRATION}{more}")), &of(PROVIDER)), &expected);
        }
        let properties = format!(
            "# clients\n{PREFIX}.registration.crm.client-id=id\n{PREFIX}.registration.crm.clientSecret = s3cr3t\n{PREFIX}.registration.crm.authorization-grant-type=client_credentials\n{PREFIX}.registration.crm.scope=read,\\\n    write\n{PREFIX}.registration.crm.client-authentication-method=post\n{PREFIX}.provider.crm.token-uri=https\\://a.example/t\n"
        );
        check(Spring, &properties, &expected);
        check(
            Spring,
            &properties.replace(
                "scope=read,\\\n    write",
                "scope[0]=read\nX.scope[1]=write".replace('X', &format!("{PREFIX}.registration.crm")).as_str(),
            ),
            &expected,
        );
        check(Spring, &properties.replace(".crm.", ".[crm].").replace("\n    write", "write"), &expected);
        let flat = format!(
            "{PREFIX}:\n  registration.crm: {{client-id: id, client-secret: s, authorization-grant-type: client_credentials}}\n  provider.crm.token-uri: https://a.example/t\n"
        );
        check(Spring, &flat, &out("", "client_secret_basic"));
    }

    fn camel(name: &str) -> String {
        let mut parts = name.split('-');
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |out, part| out + &part[..1].to_uppercase() + &part[1..])
    }

    #[test]
    fn spring_registrations_go_by_their_names_and_have_providers() {
        use System::Spring;
        let registration = |name: &str, id: &str, provider: &str| {
            let prefix = format!("{PREFIX}.registration.{name}");
            format!(
                "{prefix}.client-id={id}\n{prefix}.client-secret=s\n{prefix}.authorization-grant-type=client_credentials\n{prefix}.provider={provider}\n"
            )
        };
        let two = format!(
            "{}{}{PREFIX}.provider.keycloak.token-uri=https://a.example/t\n{PREFIX}.provider.other.issuer-uri=https://b.example\n",
            registration("crm", "id", "keycloak"),
            registration("erp", "id", "other")
        );
        check_named(Spring, &two, "crm", &out("", "client_secret_basic"));
        check_named(
            Spring,
            &two,
            "erp",
            "issuer: https://b.example\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:CLIENT_SECRET\n",
        );
        fault(Spring, &two, "there are 2 registrations in it: crm, erp");
        fault_named(Spring, &two, "hr", "--name names none of the registrations in it: crm, erp");
        fault(Spring, "spring: {}", "there is no registration in it");
        fault(Spring, &registration("crm", "id", "none"), "provider.token-uri: it is missing, and so is issuer-uri");
        let documents = format!(
            "{}---\nspring.config.activate.on-profile: prod\n{PREFIX}.registration.crm.client-id: other\n",
            yaml(REGISTRATION, PROVIDER)
        );
        fault(
            Spring,
            &documents,
            "registration.client-id: it is given several times, perhaps for several of Spring's profiles",
        );
        check(
            Spring,
            &documents.replace(&format!("{PREFIX}.registration.crm.client-id"), "x"),
            &out("", "client_secret_basic"),
        );
    }

    #[test]
    fn spring_placeholders_are_properties_or_the_variables_that_spring_reads() {
        use System::Spring;
        let with = |secret: &str| yaml(&REGISTRATION.replace("s3cr3t", secret), PROVIDER);
        let secret = |secret: &str| out("", "client_secret_basic").replace("env:CLIENT_SECRET", secret);
        check(Spring, &with("${SECRET}"), &secret("env:SECRET"));
        check(Spring, &with("${SECRET:d3fault}"), &secret("env:SECRET"));
        check_kept(Spring, &with("${SECRET:d3fault}"), true, &secret("\"${SECRET:d3fault}\""));
        check_kept(Spring, &with("${SECRET:}"), true, &secret("env:SECRET"));
        check(Spring, &with("${app.oauth.client-secret}"), &secret("env:APP_OAUTH_CLIENTSECRET"));
        note(
            Spring,
            &with("${app.oauth.client-secret}"),
            "holds the property app.oauth.client-secret: set the environment variable APP_OAUTH_CLIENTSECRET",
        );
        check(
            Spring,
            &format!("{}app:\n  oauth:\n    clientSecret: ${{S}}\n", with("${app.oauth.client-secret}")),
            &secret("env:S"),
        );
        check(Spring, &with("'{cipher}0a1b'"), &secret("env:CLIENT_SECRET"));
        note(Spring, &with("ENC(abc)"), "registration.client-secret is encrypted");
        fault(Spring, &with("${A:${B}}"), "registration.client-secret: a default that holds another placeholder");
        fault(Spring, &with("'#{1+1}'"), "registration.client-secret: its value is computed");
        fault(Spring, &format!("{}a: ${{b}}\nb: ${{a}}\n", with("${a}")), "its placeholders stand for each other");
        fault(Spring, &with("${a b}"), "does not hold the name of a property");
    }

    #[test]
    fn spring_tells_what_it_cannot_carry() {
        use System::Spring;
        let with = |more: &str| yaml(&format!("{REGISTRATION}\n{more}"), PROVIDER);
        let granted = |grant: &str| yaml(&REGISTRATION.replace("client_credentials", grant), PROVIDER);
        fault(
            Spring,
            &granted("authorization_code"),
            "registration.authorization-grant-type: it sends a person to log in at an application; register a client of your own",
        );
        fault(
            Spring,
            &granted("urn:ietf:params:oauth:grant-type:saml2-bearer"),
            "only known to the running application",
        );
        let traded = |grant: &str, more: &str| {
            out("", "client_secret_basic")
                .replace("grant_type: client_credentials\n", &format!("grant_type: {grant}\n{more}"))
        };
        for (grant, more) in [
            ("jwt-bearer", "assertion: env:ASSERTION\n"),
            ("token-exchange", "subject_token: env:SUBJECT_TOKEN\nrequested_token_type: access_token\n"),
        ] {
            check(Spring, &granted(&format!("urn:ietf:params:oauth:grant-type:{grant}")), &traded(grant, more));
        }
        fault(
            Spring,
            &yaml("client-id: id\nclient-secret: s", PROVIDER),
            "registration.authorization-grant-type: it is missing",
        );
        fault(
            Spring,
            &with("client-authentication-method: digest"),
            "registration.client-authentication-method: this is no method",
        );
        check(Spring, &with("client-authentication-method: client_secret_jwt"), &out("", "client_secret_jwt"));
        for (method, more) in
            [("private_key_jwt", "signing_key: env:SIGNING_KEY\n"), ("tls_client_auth", "cert: \"${CLIENT_CERT}\"\n")]
        {
            let expected = format!("{}{more}", out("", method).replace("client_secret: env:CLIENT_SECRET\n", ""));
            check(Spring, &with(&format!("client-authentication-method: {method}")), &expected);
            note(
                Spring,
                &with(&format!("client-authentication-method: {method}")),
                &format!("registration.client-secret is left out: the method {method} does not send it"),
            );
        }
        fault(Spring, &with("scpoe: a"), "registration.scpoe: this is not a field of a registration");
        fault(
            Spring,
            &yaml("client-id: id\nauthorization-grant-type: client_credentials", PROVIDER),
            "registration.client-secret: it is missing",
        );
        note(Spring, &with("redirect-uri: '{baseUrl}/x'"), "registration.redirect-uri is left out");
        note(
            Spring,
            &yaml(
                REGISTRATION,
                &format!("{PROVIDER}\nissuer-uri: https://a.example\njwk-set-uri: https://a.example/k"),
            ),
            "provider.issuer-uri is left out: token-uri says",
        );
        check(
            Spring,
            &yaml("client-id: id\nauthorization-grant-type: password\nclient-authentication-method: none", PROVIDER),
            "token_endpoint: https://a.example/t\ngrant_type: password\nusername: \"${OAUTH_USERNAME}\"\npassword: env:OAUTH_PASSWORD\nclient_id: id\ntoken_endpoint_auth_method: none\n",
        );
    }
}
