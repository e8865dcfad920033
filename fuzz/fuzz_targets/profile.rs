//! The reader of config files: it must not panic or hang, and its errors must be fit for a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oauth2tok::settings::profile::{File, ProfileError, Wanted};
use oauth2tok::text::steers_a_terminal;

fuzz_target!(|text: &str| {
    let lookup = |name: &str| (name.len() % 2 == 0).then(|| "${VALUE} $$".to_owned());
    let name = "config.yaml";
    let files = [
        File::parse(name, text.to_owned(), Wanted::All),
        File::parse(name, text.to_owned(), Wanted::One("p")),
        File::parse(name, text.to_owned(), Wanted::Names),
        File::parse_single(name, text.to_owned()),
    ];
    for file in files {
        match file {
            Ok(file) => {
                file.defaults(&lookup).map(drop).unwrap_or_else(check);
                for name in file.names() {
                    file.profile(name, None, &lookup).map(drop).unwrap_or_else(check);
                }
            }
            Err(error) => check(error),
        }
    }
});

fn check(error: ProfileError) {
    let shown = error.to_string();
    assert!(!shown.chars().any(|c| c != '\n' && steers_a_terminal(c)), "{shown:?}");
}
