//! The reader of keys in all their forms: it must not panic, hang or grow, and a key that it takes signs what its public half
//! verifies. Encrypted ones stay so: their rounds would be all that is measured.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oauth2tok::jose::{KeyFile, Wanted};
use oauth2tok::keyfile::Purpose;

fuzz_target!(|text: &[u8]| {
    let mut none = || Ok(None);
    let wanted = Wanted { key_id: None, passphrase: &mut none, certificates: &[] };
    match KeyFile::read_bytes(text, wanted) {
        Err(error) => drop((error.hint(Purpose::Signing, "FILE"), error.to_string())),
        Ok(read) => {
            let alg = read.alg.unwrap_or(read.key.default_alg());
            // An RSA key's exponents are compared when it signs.
            let Ok(signature) = read.key.sign(alg, b"input") else { return };
            assert!(read.key.public().verify(alg, b"input", &signature));
            assert_eq!(read.key.public().thumbprint().len(), 43);
        }
    }
});
