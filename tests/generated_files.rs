//! What is generated from the command line's definition is up to date in the repository.

mod generated;

#[test]
fn generated_files_are_up_to_date() {
    for (path, text) in generated::files().unwrap() {
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "{path} is out of date: run `cargo run --example generate`");
    }
}

#[test]
fn every_completion_script_asks_for_profile_names() {
    for (path, text) in generated::files().unwrap() {
        if path.starts_with("completions/") {
            // zsh's own description of the command list does not count.
            assert!(text.replace("'oauth2tok profile list commands'", "").contains("oauth2tok profile list"), "{path}");
        }
    }
}
