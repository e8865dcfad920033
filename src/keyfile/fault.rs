//! Why a text gives no key, and what to do about it. No part of the text is ever in it.

use crate::problem::Problem;

/// What the key is for: what helps differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It signs assertions.
    Signing,
    /// It signs proofs of possession (RFC 9449).
    Proving,
    /// It is the client certificate's.
    Tls,
    /// It is that of an https redirect on this machine.
    Listening,
}

/// Why a text gives no key. Each completes "the key cannot be used: …".
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nothing is in it but white space.
    #[error("it is empty")]
    Empty,
    /// It is nothing that is known here.
    #[error("it holds no private key")]
    NoKey,
    /// It is something else that is known.
    #[error("it {}", .0.name())]
    Foreign(Foreign),
    /// It says what it is and is not.
    #[error("its {0} is malformed")]
    Malformed(&'static str),
    /// There is no passphrase.
    #[error("it is encrypted, and there is no passphrase")]
    Encrypted,
    /// There is one, but another one.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Asking for the passphrase failed.
    #[error("{}", .0.message())]
    Passphrase(Box<Problem>),
    /// A key, but of a kind that nothing is signed with here.
    #[error("the key is {0}, and no such key is used here")]
    Kind(&'static str),
    /// RSA of another size.
    #[error("the key is RSA with {0} bits; keys of 2048, 3072 and 4096 bits are used here")]
    RsaSize(usize),
    /// RSA with a small public exponent.
    #[error("the key is RSA with a public exponent below 65537")]
    RsaExponent,
    /// The curve's numbers are there in place of its name.
    #[error("the key's curve is written out in numbers")]
    CurveNumbers,
    /// A key of ECDSA without its point.
    #[error("the key's public half is missing")]
    NoPublicHalf,
    /// The point is there, but half of it is left out.
    #[error("the key's public half is compressed")]
    Compressed,
    /// The halves are not of one key.
    #[error("its private and public halves do not belong together")]
    Mismatch,
    /// It holds no certificate.
    #[error("it holds no certificate")]
    NoCertificate,
    /// None of the certificates is for this key.
    #[error("the certificate is for another key")]
    OtherCertificate,
}

/// What people have in the place of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// RFC 7292
    Pkcs12,
    /// RFC 1421 §4.6.1.1: MD5 is its key derivation.
    OldEncryption,
    /// PKCS#8 with PBES1, 3DES, scrypt or what else there is.
    OtherEncryption(&'static str),
    /// PROTOCOL.key
    OpenSsh,
    /// ssh.com's own
    Ssh2,
    /// PuTTY's
    Putty,
    /// RFC 9580
    Pgp,
    /// Java's
    KeyStore,
    /// `SubjectPublicKeyInfo`, `RSAPublicKey`, `ssh-rsa …`
    Public,
    /// RFC 5280
    Certificate,
    /// RFC 2986
    CertificateRequest,
    /// A PKCS#7 bundle of certificates.
    Pkcs7,
    /// Microsoft's
    PrivateKeyBlob,
}

impl Foreign {
    fn name(self) -> String {
        match self {
            Self::OtherEncryption(how) => return format!("is encrypted with {how}, which is not read here"),
            Self::Pkcs12 => "is PKCS#12",
            Self::OldEncryption => "is encrypted the old way (Proc-Type: 4,ENCRYPTED), which is not read here",
            Self::OpenSsh => "is in OpenSSH's own form",
            Self::Ssh2 => "is in ssh.com's own form",
            Self::Putty => "is in PuTTY's own form",
            Self::Pgp => "is a key of OpenPGP",
            Self::KeyStore => "is a Java KeyStore",
            Self::Public => "holds a public key and no private one",
            Self::Certificate => "holds a certificate and no private key",
            Self::CertificateRequest => "holds a certificate request and no private key",
            Self::Pkcs7 => "is PKCS#7, which holds certificates and no private key",
            Self::PrivateKeyBlob => "is a key in Microsoft's own form",
        }
        .to_owned()
    }
}

/// A word of a command line where a profile has it, in which `$` begins a variable.
pub fn in_profile(word: &str) -> String {
    word.replace('$', "$$")
}

impl Fault {
    /// What to do about it; `file` stands for what holds the key, as a command line has it.
    pub fn hint(&self, purpose: Purpose, file: &str) -> Option<String> {
        let (setting, passphrase, certificate) = match purpose {
            Purpose::Signing => ("signing_key", "signing_key_passphrase", "signing_cert"),
            Purpose::Proving => ("dpop_key", "signing_key_passphrase", "signing_cert"),
            Purpose::Tls => ("key", "key_passphrase", "cert"),
            Purpose::Listening => ("listen_key", "", "listen_cert"),
        };
        let convert = || format!("turn it into a form that is: openssl pkcs8 -topk8 -in {file} -out NEW");
        Some(match self {
            Self::Foreign(foreign) => match foreign {
                Foreign::Pkcs12 => {
                    format!("{setting}: command:openssl pkcs12 -in {} -nodes -passin env:NAME", in_profile(file))
                }
                Foreign::OldEncryption | Foreign::OtherEncryption(_) => convert(),
                Foreign::OpenSsh => {
                    format!("turn a copy of it into PKCS#8: ssh-keygen -p -m PKCS8 -f {file}")
                }
                Foreign::Ssh2 => format!("turn it into PKCS#8: ssh-keygen -i -f {file} > NEW; ssh-keygen -p -m PKCS8 -f NEW"),
                Foreign::Putty => {
                    format!("turn it into PKCS#8: puttygen {file} -O private-openssh -o NEW; ssh-keygen -p -m PKCS8 -f NEW")
                }
                Foreign::Pgp => "a key of its own is needed: oauth2tok key new --alg ES256 FILE".to_owned(),
                Foreign::KeyStore => format!(
                    "turn it into PKCS#12: keytool -importkeystore -srckeystore {file} -destkeystore NEW -deststoretype PKCS12; then {setting}: command:openssl pkcs12 -in NEW -nodes -passin env:NAME"
                ),
                Foreign::Public | Foreign::CertificateRequest => {
                    format!("{setting} is the private key that it was made with")
                }
                Foreign::Certificate | Foreign::Pkcs7 => {
                    format!("{setting} is the private key that it was made with; the certificate is {certificate}'s")
                }
                Foreign::PrivateKeyBlob => {
                    format!("turn it into PKCS#8: openssl pkey -inform MSBLOB -in {file} -out NEW")
                }
            },
            Self::Encrypted if passphrase.is_empty() => {
                format!("{setting}: command:openssl pkey -in {} -passin env:NAME", in_profile(file))
            }
            Self::Encrypted => format!("give its passphrase: {passphrase}: env:NAME"),
            Self::Kind(_) | Self::RsaSize(_) | Self::RsaExponent => match purpose {
                Purpose::Signing => "RSA of 2048, 3072 and 4096 bits, P-256, P-384 and Ed25519 are used here; with another key a program signs: signer: CMD".to_owned(),
                Purpose::Proving | Purpose::Tls | Purpose::Listening => "RSA of 2048, 3072 and 4096 bits, P-256, P-384 and Ed25519 are used here".to_owned(),
            },
            Self::CurveNumbers => {
                format!("write it anew with the curve's name: openssl pkey -in {file} -ec_param_enc named_curve -out NEW")
            }
            Self::NoPublicHalf => format!("append it: openssl pkey -in {file} -pubout >> {file}"),
            Self::Compressed => {
                format!("write it anew in full: openssl pkey -in {file} -ec_conv_form uncompressed -out NEW")
            }
            Self::Empty | Self::NoKey => {
                format!("{setting} takes a private key: PEM, DER, JWK, JWK Set or a Google service account's JSON")
            }
            Self::OtherCertificate => format!("{certificate} must be the certificate of this {setting}"),
            Self::NoCertificate => format!("{certificate} takes PEM or DER"),
            Self::Malformed(_) | Self::WrongPassphrase | Self::Passphrase(_) | Self::Mismatch => return None,
        })
    }
}
