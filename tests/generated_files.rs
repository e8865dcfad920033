//! What is generated from the command line's definition is up to date in the repository.

mod generated;

use oauth2tok::settings::key::{Key, On};

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

#[test]
fn completions_offer_values_and_pages_have_the_usual_sections() {
    let files = generated::files().unwrap();
    let text = |path: &str| files.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str()).unwrap();
    let bash = text("completions/oauth2tok.bash");
    for values in ["token json header curl env ttl exec-credential", "text json", "form raw", "message token"] {
        assert!(bash.contains(&format!("compgen -W \"{values}\"")), "{values}");
    }
    let page = text("man/oauth2tok.1");
    for section in ["SECRETS", "EXIT STATUS", "EXAMPLES"] {
        assert!(page.contains(&format!(".SH \"{section}\"\n")), "{section}");
    }
    assert!(!page.contains(".SH EXTRA"));
}

/// Its table says more of each setting than a row does, so it is written by hand, and held to the rows here.
#[test]
fn the_reference_names_every_setting_and_nothing_else() {
    let text = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let reference = text("docs/reference.md");
    let commands = text("docs/commands.md");
    for (name, key) in Key::all_names() {
        if key.is_profile_key() {
            assert!(reference.contains(&format!("`{name}`")), "{name}");
        }
        if let Some(flag) = key.setting().flag {
            let page = if flag.on == On::Api { &commands } else { &reference };
            let by_letter = flag.short.is_some_and(|short| page.contains(&format!("`-{short}")));
            assert!(by_letter || page.contains(&key.flag()), "{}", key.flag());
        }
    }
    let table = reference.lines().skip_while(|line| !line.starts_with("| profile key")).skip(2);
    for row in table.take_while(|line| line.starts_with('|')) {
        for name in row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2) {
            assert!(Key::from_profile_name(name).is_some(), "{name}");
        }
    }
}
