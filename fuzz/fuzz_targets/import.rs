//! The readers of foreign configurations: none must panic, hang or grow, and what they make of a text is a profile.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oauth2tok::import::{System, import};
use oauth2tok::settings::File;

fuzz_target!(|text: &str| {
    for (_, system) in System::ALL {
        for keep_secrets in [false, true] {
            let import = import(system, text, None, None, keep_secrets);
            if let Ok(profile) = import.profile {
                assert!(profile.len() < 64 << 20);
                assert!(File::parse_single("import.yaml", profile).is_ok());
            }
        }
    }
});
