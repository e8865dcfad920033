//! The keys of a request: read from their texts and checked against one another, before anything is sent.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{Engine as _, alphabet};

use crate::crypto::{self, Digest};
use crate::deadline::Deadline;
use crate::files;
use crate::jose::{Alg, KeyError, KeyFile, Wanted};
use crate::keyfile::{self, Fault, Purpose};
use crate::named;
use crate::oauth::assertion::{KeyId, Signer};
use crate::oauth::maker::{Hand, Maker};
use crate::oauth::{Assertion, ProofKey, Request};
use crate::problem::{self, Class, Problem};
use crate::report::Reporter;
use crate::secret::source::{self, SourceError};
use crate::secret::{Secret, Source};
use crate::settings::{Environment, Key, Layer, Origin, SettingValue, Settings};

/// What signs the requests of a session.
#[derive(Default)]
pub struct Keys {
    /// What makes assertions.
    pub maker: Option<Arc<Maker>>,
    /// The user's own key for proofs of possession.
    pub proof_key: Option<ProofKey>,
}

/// The keys of this process that were read, by what they were read from: to open one may take a while, or somebody's
/// passphrase. Whoever needs one that is being read waits for it.
#[derive(Default)]
pub struct Ring {
    known: Mutex<Vec<(Digest, Result<KeyFile, Told>)>>,
    /// How long a person was waited for (milliseconds): that time is nobody's fault.
    asked: AtomicU64,
}

/// A problem in its words, to be told again.
struct Told {
    class: Class,
    message: String,
    why: Vec<String>,
    hints: Vec<String>,
}

impl Ring {
    /// How long a person was waited for, all in all.
    pub fn asked(&self) -> Duration {
        Duration::from_millis(self.asked.load(Ordering::Relaxed))
    }

    /// The key that `digest` stands for, read by `read` if it was not before.
    fn key(&self, digest: Digest, read: impl FnOnce() -> problem::Result<KeyFile>) -> problem::Result<KeyFile> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match known.iter().position(|(of, _)| *of == digest) {
            Some(found) => found,
            None => {
                let read = read().map_err(|problem| Told {
                    class: problem.class,
                    message: problem.message(),
                    why: problem.why(),
                    hints: problem.hints,
                });
                known.push((digest, read));
                known.len() - 1
            }
        };
        match &known[found].1 {
            Ok(file) => Ok(file.clone()),
            Err(Told { class, message, why, hints }) => {
                Err(Problem::in_words(*class, message).causes(why.iter().cloned()).hints(hints.iter().cloned()))
            }
        }
    }
}

/// What it takes to read keys.
#[derive(Clone, Copy)]
pub(in crate::commands) struct Reading<'a> {
    /// What was said of them.
    pub layer: &'a Layer,
    /// The environment.
    pub env: &'a Environment,
    /// Those that were read already.
    pub ring: &'a Ring,
    /// Whoever is asked for a passphrase may take until then.
    pub deadline: Deadline,
}

impl<'a> Reading<'a> {
    /// The keys of `request`.
    ///
    /// # Errors
    /// A key that is none, or that does not go with what is said of it.
    pub(in crate::commands) fn keys(self, request: &Request, reporter: &mut Reporter) -> problem::Result<Keys> {
        let maker = match &request.assertion {
            Some(assertion) => Some(Arc::new(self.maker(request, assertion, reporter)?)),
            None => None,
        };
        Ok(Keys { maker, proof_key: self.proof_key(request, reporter)? })
    }

    /// The user's own key for proofs of possession alone.
    ///
    /// # Errors
    /// As [`Self::keys`].
    pub(super) fn proof_key(self, request: &Request, reporter: &mut Reporter) -> problem::Result<Option<ProofKey>> {
        let Some((dpop, key)) = request.dpop.as_ref().and_then(|dpop| Some((dpop, dpop.key.as_ref()?))) else {
            return Ok(None);
        };
        let file = self.key(Key::DpopKey, key, dpop.passphrase.as_ref(), None, &[], reporter)?;
        let kind = file.key.kind().name();
        let key = ProofKey::given(file, dpop.alg).ok_or_else(|| {
            let alg = dpop.alg.map_or("", |alg| alg.name());
            let message = format!("dpop_alg {alg} does not go with the dpop_key, which is {kind}");
            Problem::usage(message, "leave dpop_alg out, or give one that fits")
        })?;
        reporter.note(&format!("DPoP key: jkt {}, {}", key.thumbprint(), key.alg().name()));
        Ok(Some(key))
    }

    fn maker(self, request: &Request, assertion: &Assertion, reporter: &mut Reporter) -> problem::Result<Maker> {
        let chain = match &assertion.certificate {
            Some(text) => self.certificates(text)?,
            None => Vec::new(),
        };
        let file = match &assertion.signer {
            Signer::Key { key, passphrase } => {
                let key_id = match &assertion.terms.key_id {
                    Some(KeyId::Text(text)) => Some(text.as_str()),
                    _ => None,
                };
                Some(self.key(Key::SigningKey, key, passphrase.as_ref(), key_id, &chain, reporter)?)
            }
            Signer::Secret | Signer::Command(_) => None,
        };
        let maker = Maker::new(request, assertion, file, chain).map_err(|error| {
            let (setting, hint) = error.hint();
            let said = Key::from_profile_name(setting).filter(|key| self.layer.get(*key).is_some());
            let message = match said.map(|key| self.layer.origin(key)) {
                Some(origin) => format!("{setting} ({origin}): {error}"),
                None => error.to_string(),
            };
            Problem::usage(message, hint)
        })?;
        if let (Hand::Shared(secret), Some(hash)) = (&maker.hand, maker.alg.hash())
            && secret.expose().len() < hash.size()
        {
            let (length, alg, least) = (secret.expose().len(), maker.alg.name(), hash.size());
            reporter.warn(&format!(
                "client_secret has {length} bytes, and {alg} wants at least {least} (RFC 7518 §3.2): a shorter one is easier to guess from what it signed"
            ));
        }
        if let Some(der) = maker.chain.first() {
            reporter.note(&format!("signing certificate: {}", crypto::fingerprints(der)));
        }
        Ok(maker)
    }

    /// The certificates (DER) in the text of `signing_cert`.
    ///
    /// # Errors
    /// A text without any.
    pub(super) fn certificates(self, text: &Secret) -> problem::Result<Vec<Vec<u8>>> {
        keyfile::certificates(text.expose().as_bytes()).map_err(|fault| {
            let origin = self.layer.origin(Key::SigningCert);
            let message = format!("signing_cert ({origin}): {fault}");
            Problem::usage(message, "give the certificate of the signing key in PEM or DER")
        })
    }

    /// The key of the setting `key`, whose text is `text`, which of a set is the one that `key_id` names, and to which
    /// `certificates` (DER) are said to belong.
    ///
    /// # Errors
    /// What is none, or cannot be opened.
    pub(super) fn key(
        self,
        key: Key,
        text: &Secret,
        passphrase: Option<&Secret>,
        key_id: Option<&str>,
        certificates: &[Vec<u8>],
        reporter: &mut Reporter,
    ) -> problem::Result<KeyFile> {
        let digest = |text: Option<&str>| text.map(|text| crypto::sha256(text.as_bytes())).unwrap_or_default();
        let passphrase_text = passphrase.map(Secret::expose);
        let parts = [Some(key.name()), Some(text.expose()), passphrase_text, key_id].map(digest);
        let parts = parts.into_iter().chain(certificates.iter().map(|der| crypto::sha256(der)));
        let digest = crypto::sha256(&parts.collect::<Vec<_>>().concat());
        let is_late = self.deadline.has_passed();
        let asked = self.ring.asked();
        let file = self.ring.key(digest, || {
            let mut ask = || self.passphrase(key, passphrase);
            let wanted = Wanted { key_id, passphrase: &mut ask, certificates };
            let origin = self.layer.origin(key);
            let file = KeyFile::read(text, wanted).map_err(|error| match error {
                KeyError::File(Fault::Passphrase(problem)) => *problem,
                error => {
                    let purpose = if key == Key::DpopKey { Purpose::Proving } else { Purpose::Signing };
                    let file = self.file(key).map(|path| path.to_string_lossy().into_owned());
                    let file = file.map(|file| source::line(&[file]));
                    let hint = self.misplaced(key, text.expose());
                    let hint = hint.or_else(|| error.hint(purpose, file.as_deref().unwrap_or("FILE")));
                    Problem::in_words(Class::Usage, format!("{} ({origin}): {error}", key.name())).hints(hint)
                }
            })?;
            self.warn_of_an_open_file(key, reporter);
            reporter.note(&format!(
                "{}: {}, {} bytes, {}, thumbprint {}",
                key.name(),
                file.what,
                file.size,
                file.key.kind().name(),
                file.key.public().thumbprint()
            ));
            Ok(file)
        })?;
        // Told here, where it is known what took so long. The key is open for whoever has more time.
        match self.deadline.later_by(self.ring.asked().saturating_sub(asked)).has_passed() && !is_late {
            false => Ok(file),
            true => {
                let took = keyfile::took_all(self.deadline.budget());
                let message = format!("{} ({}): {took}", key.name(), self.layer.origin(key));
                Err(Problem::usage(message, keyfile::SOONER))
            }
        }
    }

    /// What to write where the name of a file or a source stands in the key's place, which holds the key itself.
    fn misplaced(self, key: Key, text: &str) -> Option<String> {
        let text = text.trim();
        let is_source = ["file:", "env:", "command:", "fd:"].iter().any(|source| text.starts_with(source));
        let is_path = text.contains(['/', '\\']) && named::is_there(Path::new(text));
        let name = key.name();
        match self.layer.origin(key) {
            _ if text.lines().count() != 1 || !(is_source || is_path) => None,
            Origin::Env(_) => Some(format!(
                "the variable holds the key itself; {} names a file with it",
                key.other_variable().unwrap_or_default()
            )),
            _ => Some(format!("a file is named by its source: {name}: \"file:PATH\"")),
        }
    }

    /// Warns of a file with a key that others can read.
    fn warn_of_an_open_file(self, key: Key, reporter: &mut Reporter) {
        if let Some(warning) = self.file(key).and_then(|path| files::open_key(&path)) {
            reporter.warn(&warning);
        }
    }

    /// The file that a key comes from, as every command finds it.
    fn file(self, key: Key) -> Option<Cow<'a, Path>> {
        match self.layer.get(key).map(|given| &given.value) {
            Some(SettingValue::Secret(Source::File(path))) => self.env.expanded(path).ok(),
            _ => None,
        }
    }

    /// The passphrase that is given, else what a person says.
    fn passphrase(self, key: Key, given: Option<&Secret>) -> problem::Result<Option<Secret>> {
        if let Some(given) = given {
            return Ok(Some(given.clone()));
        }
        let lookup = |name: &str| self.env.os(name);
        let label = format!("Passphrase of {}", key.name());
        let mut reader = self.layer.reader(&lookup, self.deadline);
        let read = reader.read(&Source::Prompt, &label);
        let took = u64::try_from(reader.asked().as_millis()).unwrap_or(u64::MAX);
        self.ring.asked.fetch_add(took, Ordering::Relaxed);
        match read {
            Ok(secret) => Ok(Some(secret)),
            Err(SourceError::NoTerminal | SourceError::NobodyThere) => Ok(None),
            Err(error) => {
                let hint = error.hint();
                Err(Problem::new(Class::Usage, error).hints(hint))
            }
        }
    }
}

/// What `signer` gives for `input`, which is a JWS's signing input (RFC 7515 §5.1).
///
/// # Errors
/// A command that fails, or gives nothing.
pub(super) fn signed(
    settings: &Settings,
    env: &dyn Fn(&str) -> Option<OsString>,
    deadline: Deadline,
    words: &[String],
    alg: Alg,
    input: &str,
) -> problem::Result<Vec<u8>> {
    let digest = alg.digest(input.as_bytes()).map(|digest| STANDARD.encode(digest));
    let mut variables = vec![("OAUTH2TOK_SIGN_ALG", alg.name())];
    variables.extend(digest.as_deref().map(|digest| ("OAUTH2TOK_SIGN_DIGEST", digest)));
    let origin = settings.layer.origin(Key::Signer);
    let said = settings.reader(env, deadline).signature(words, &variables, input.as_bytes());
    let said = said.map_err(|error| {
        let hint = error.hint();
        Problem::new(Class::Usage, error).context(format!("signer ({origin}) gives no signature")).hints(hint)
    })?;
    Ok(decoded(&said))
}

/// The bytes of a signature that is base64 or base64url as a whole, in lines too, as `base64` and `openssl base64` print it;
/// any other text, or what is none, counts as it is.
fn decoded(said: &[u8]) -> Vec<u8> {
    let plain = || said.to_vec();
    let Ok(text) = std::str::from_utf8(said) else { return plain() };
    let text: String = text.trim().lines().collect();
    // HashiCorp Vault's transit engine: vault:v1:BASE64
    let bare = text.strip_prefix("vault:v").and_then(|rest| {
        let (version, signature) = rest.split_once(':')?;
        version.bytes().all(|b| b.is_ascii_digit()).then_some(signature)
    });
    let text = bare.unwrap_or(&text);
    let bytes = LENIENT_STANDARD.decode(text).or_else(|_| LENIENT_URL_SAFE.decode(text));
    bytes.ok().filter(|bytes| !bytes.is_empty()).unwrap_or_else(plain)
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const LENIENT_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const LENIENT_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_taken_in_the_forms_that_programs_give_it() {
        let bytes = [0xfb, 0xff, 0x00, 0x41, 0x7f];
        for text in [
            "+/8AQX8=",
            "-_8AQX8",
            "-_8AQX8=",
            " +/8AQX8=\r\n",
            "vault:v12:+/8AQX8=",
            "vault:v1:-_8AQX8",
            "+/8A\nQX8=\n",
        ] {
            assert_eq!(decoded(text.as_bytes()), bytes, "{text}");
        }
        for as_it_is in [&bytes[..], b"no*base64\n", b"vault:vx:AAAA", b"\x30\x44\x02\x20\n"] {
            assert_eq!(decoded(as_it_is), as_it_is);
        }
    }
}
