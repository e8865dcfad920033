//! A key's text, whatever it is: PEM, DER, JSON, and each of them in base64.

use super::key::{KeyError, KeyFile, Wanted};
use super::set;
use crate::keyfile;
use crate::secret::Secret;

impl KeyFile {
    /// Reads a key in any form of PEM, as DER in base64, as JWK, JWK Set or Google's JSON, and each of them in base64.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn read(text: &Secret, wanted: Wanted<'_>) -> Result<Self, KeyError> {
        Self::read_bytes(text.expose().as_bytes(), wanted)
    }

    /// The same of bytes, which may be DER as it is.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn read_bytes(text: &[u8], wanted: Wanted<'_>) -> Result<Self, KeyError> {
        let inner = keyfile::peel(text);
        let text = inner.as_ref().map_or(text, |inner| inner);
        let mut read = match set::is_json(text) {
            Some(json) => {
                let certificates = wanted.certificates;
                let mut read = set::read(json, wanted)?;
                if read.chain.is_empty() {
                    read.chain = keyfile::own_first(certificates.to_vec(), read.key.public())?;
                }
                read
            }
            None => Self::of_file(text, wanted.certificates, wanted.passphrase)?,
        };
        read.size = text.len();
        Ok(read)
    }
}
