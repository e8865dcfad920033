//! Keys that sign: made, and shown as far as others may see them.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::context::Context;
use super::keys::Reading;
use super::session::read_secret;
use crate::cli::{KeyAction, NewKey};
use crate::jose::{self, Alg, KeyKind, PrivateKey, PublicKey};
use crate::json::Members;
use crate::named;
use crate::oauth::Role;
use crate::problem::{self, Class, Problem, Shortage};
use crate::report::{Reporter, stdout_is_terminal, write_stdout};
use crate::secret::{Secret, Source};
use crate::settings::{Asked, Key, Layer, patience};

/// Runs it.
///
/// # Errors
/// A key that is none, or not there; a file that is there already, or cannot be written.
pub fn run(action: &KeyAction, flags: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<()> {
    let shown = match action {
        KeyAction::Public { is_dpop } => public(*is_dpop, flags, context, reporter)?,
        KeyAction::New(new) => self::new(new, context)?,
    };
    write_stdout(&format!("{}\n", shown.to_text(stdout_is_terminal())))?;
    Ok(())
}

/// A key as it is registered.
struct Registered<'a> {
    key: &'a PublicKey,
    id: Option<String>,
    alg: Alg,
    chain: &'a [Vec<u8>],
}

impl Registered<'_> {
    /// As the one key of a set (RFC 7517 §5).
    fn set(self) -> Members {
        let mut jwk = self.key.jwk();
        jwk.push("kid", &Value::from(self.id.unwrap_or_else(|| self.key.thumbprint())));
        jwk.push("alg", &Value::from(self.alg.name()));
        jwk.push("use", &Value::from("sig"));
        if !self.chain.is_empty() {
            let chain: Vec<_> = self.chain.iter().map(|der| Value::from(STANDARD.encode(der))).collect();
            jwk.push("x5c", &Value::from(chain));
        }
        let mut set = Members::default();
        set.push_raw("keys", &format!("[{}]", jwk.to_line()));
        set
    }
}

/// The public half of what is configured. Nothing but the key need be said: neither a server nor a method.
fn public(is_dpop: bool, flags: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<Members> {
    let layer = context.layer(flags, reporter)?;
    let lookup = |name: &str| context.env.os(name);
    let deadline = patience(&layer);
    let mut reader = layer.reader(&lookup, deadline);
    let mut read = |role: Role<'_>, source: &Source| -> problem::Result<Secret> {
        let key = Key::from_profile_name(role.setting).unwrap_or(Key::SigningKey);
        let asked = Asked { key, role: &role, source, origin: &layer.origin(key) };
        let secret = read_secret(&mut reader, &asked, &context.env)?;
        reporter.conceal(&secret);
        Ok(secret)
    };
    let (key, alg) = if is_dpop { (Key::DpopKey, Key::DpopAlg) } else { (Key::SigningKey, Key::SigningAlg) };
    let text = layer.source(key).map(|source| read(Role::of_file(key.name()), &source)).transpose()?;
    let passphrase = layer.source(Key::SigningKeyPassphrase).filter(|_| text.is_some());
    let role = Role::of_passphrase(Key::SigningKeyPassphrase.name(), key.name());
    let passphrase = passphrase.map(|source| read(role, &source)).transpose()?;
    let certificate = layer.path(Key::SigningCert, &context.env)?.filter(|_| !is_dpop).map(Source::File);
    let certificate = certificate.map(|source| read(Role::of_file(Key::SigningCert.name()), &source)).transpose()?;
    let key_id = layer.text(Key::KeyId).filter(|id| !is_dpop && *id != "thumbprint");
    let is_own_id = is_dpop || layer.text(Key::KeyId).is_none();
    drop(reader);

    let reading = Reading { layer: &layer, env: &context.env, ring: &context.keys, deadline };
    let chain = certificate.as_ref().map(|text| reading.certificates(text)).transpose()?.unwrap_or_default();
    let said = layer.text(alg).and_then(Alg::find);
    let other = |kind: KeyKind| {
        let said = said.map_or("", Alg::name);
        let message = format!("{} {said} does not go with the key, which is {}", alg.name(), kind.name());
        Problem::usage(message, format!("leave {} out, or give one that fits", alg.name()))
    };
    if let Some(text) = &text {
        let file = reading.key(key, text, passphrase.as_ref(), key_id, &chain, reporter)?;
        let signs = said.or(file.alg).unwrap_or_else(|| file.key.default_alg());
        if !file.key.allows(signs) {
            return Err(other(file.key.kind()));
        }
        let id = key_id.map(str::to_owned).or_else(|| file.key_id.clone().filter(|_| is_own_id));
        return Ok(Registered { key: file.key.public(), id, alg: signs, chain: &file.chain }.set());
    }
    if is_dpop || layer.command(Key::Signer).is_none() {
        let file = "oauth2tok key new --alg ES256 FILE";
        return Err(Problem::usage(
            format!("{} is missing", key.name()),
            format!("give {} file:PATH, or make one: {file}", key.flag()),
        ));
    }
    let certified = chain.first().and_then(|der| PublicKey::from_certificate(der)).ok_or_else(|| {
        Problem::usage(
            "the key is not known: signer signs with it, and there is no signing_cert",
            "give --signing-cert FILE, or have what holds the key export its public half",
        )
    })?;
    let signs = said.unwrap_or_else(|| Alg::default_of(certified.kind()));
    if !signs.fits(certified.kind()) {
        return Err(other(certified.kind()));
    }
    Ok(Registered { key: &certified, id: key_id.map(str::to_owned), alg: signs, chain: &chain }.set())
}

/// Makes a key, and writes it.
fn new(NewKey { alg, file }: &NewKey, context: &Context) -> problem::Result<Members> {
    let alg = Alg::find(alg).unwrap_or(Alg::ES256);
    let kind = match alg {
        Alg::ES384 => KeyKind::P384,
        Alg::EdDSA => KeyKind::Ed25519,
        _ => KeyKind::P256,
    };
    let path = context.expanded("FILE", file)?;
    let (key, pkcs8) = PrivateKey::generate(kind).map_err(Problem::from)?;
    write_new(&path, jose::to_pem(&pkcs8).as_bytes()).map_err(|error| {
        let shown = named::file(&path);
        if error.kind() == ErrorKind::AlreadyExists {
            return Problem::usage(format!("{shown} is there already, and stays as it is"), "give another FILE");
        }
        let shortage = Shortage::of(&error);
        Problem::in_words(Class::Output, format!("cannot write {shown}: {error}")).for_want_of(shortage, Class::Output)
    })?;
    Ok(Registered { key: key.public(), id: None, alg, chain: &[] }.set())
}

/// Writes a file that its owner alone can read, where nothing may be. None is left half written.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
        // That it cannot be removed either is the smaller trouble.
        let _ = fs::remove_file(path);
    })
}
