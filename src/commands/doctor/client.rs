//! What the settings want against what the server's metadata advertises. Metadata may be out of date, so nothing of it is fatal.

use crate::oauth::client::none;
use crate::oauth::discovery::Metadata;
use crate::oauth::login::Way;
use crate::oauth::{Endpoint, Request};

/// Something that is wanted, and whether it is advertised.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// What was looked at.
    pub(super) lines: Vec<String>,
    /// What is not there, and what to write instead.
    pub(super) doubts: Vec<String>,
}

/// Compares the two.
pub(super) fn compare<S>(request: &Request<S>, metadata: &Metadata) -> Compared {
    let mut compared = Compared::default();
    compared.look(
        &format!("grant {}", request.grant.name),
        &[&*request.grant.name],
        ("grant_types_supported", metadata.grant_types.as_deref()),
        "-g names another one, or have the client's server allow it",
    );
    if let Some(client) = &request.client {
        let name = client.kind.name;
        // Servers that take public clients seldom list that they ask nothing of them (Keycloak).
        match name == none::KIND.name {
            true => compared.lines.push("auth method none: a public client, which servers seldom list".to_owned()),
            false => compared.look(
                &format!("auth method {name}"),
                &[name],
                ("token_endpoint_auth_methods_supported", metadata.auth_methods.as_deref()),
                "-a names another one",
            ),
        }
    }
    if !request.scope.is_empty() {
        let wanted: Vec<_> = request.scope.iter().map(String::as_str).collect();
        compared.look(
            &format!("scope {}", wanted.join(" ")),
            &wanted,
            ("scopes_supported", metadata.scopes.as_deref()),
            "check the spelling; servers need not list all that they know",
        );
    }
    if let Some(login) = &request.login {
        if login.proves_itself() {
            compared.look(
                "PKCE S256",
                &["S256"],
                ("code_challenge_methods_supported", metadata.challenge_methods.as_deref()),
                "pkce: false is for servers that refuse a code challenge; most ignore what they do not know",
            );
        }
        let endpoint = match login.way {
            Way::Browser => Endpoint::Authorization,
            Way::Device => Endpoint::DeviceAuthorization,
        };
        if request.endpoints.get(endpoint).is_none() && metadata.endpoints.get(endpoint).is_none() {
            compared.doubts.push(format!(
                "the server names no {}, without which nobody can log in: {} in the profile does",
                endpoint.name(),
                endpoint.name()
            ));
        }
    }
    if request.dpop.is_some() && metadata.proof_algs.is_none() {
        compared.lines.push("DPoP: dpop_signing_alg_values_supported is not said; tokens may come unbound".to_owned());
    }
    compared
}

impl Compared {
    /// Looks for what is `wanted` in the list of this name.
    fn look(&mut self, what: &str, wanted: &[&str], (name, list): (&str, Option<&[String]>), way: &str) {
        const MOST: usize = 20;
        let Some(list) = list else { return self.lines.push(format!("{what}: {name} is not said")) };
        let missing: Vec<_> = wanted.iter().filter(|word| !list.iter().any(|known| known == *word)).copied().collect();
        if missing.is_empty() {
            return self.lines.push(format!("{what}: advertised"));
        }
        let more = if list.len() > MOST { ", …" } else { "" };
        let listed: Vec<_> = list.iter().take(MOST).map(String::as_str).collect();
        self.lines.push(format!("{what}: not all of it is advertised"));
        self.doubts.push(format!("{name} lacks {}, and has {}{more}: {way}", missing.join(" "), listed.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::basic;
    use crate::oauth::tests as sample;

    #[test]
    fn what_is_wanted_and_not_advertised_is_named_with_what_is() {
        let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let metadata = Metadata {
            grant_types: list(&["authorization_code"]),
            auth_methods: list(&["private_key_jwt"]),
            scopes: list(&["read"]),
            ..Metadata::of(sample::url("https://idp.example/token"))
        };
        let client = Some(sample::client(&basic::KIND, "ci", ""));
        let request = Request { client, scope: vec!["read".into(), "write".into()], ..sample::request() };
        let Compared { doubts, .. } = compare(&request, &metadata);
        assert_eq!(
            doubts,
            [
                "grant_types_supported lacks client_credentials, and has authorization_code: -g names another one, or have the client's server allow it",
                "token_endpoint_auth_methods_supported lacks client_secret_basic, and has private_key_jwt: -a names another one",
                "scopes_supported lacks write, and has read: check the spelling; servers need not list all that they know",
            ]
        );
        let silent = Metadata::of(sample::url("https://idp.example/token"));
        let Compared { lines, doubts } = compare(&request, &silent);
        assert!(doubts.is_empty());
        assert_eq!(lines.len(), 3);
    }
}
