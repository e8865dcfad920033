//! What the documentation tells people to write is accepted.

use super::harness::*;

/// The blocks of `language` in a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// `<…>` filled in with the words in it.
fn filled(text: &str) -> String {
    text.lines().map(|line| line.split(" #").next().unwrap().replace(['<', '>'], "") + "\n").collect()
}

#[test]
fn every_profile_of_the_recipes_is_valid() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recipes.md")).unwrap();
    let is_profile = |block: &&str| block.contains("client_id:");
    let profiles: String = blocks(&page, "yaml").into_iter().filter(is_profile).map(filled).collect();
    assert!(profiles.matches("client_id:").count() > 25, "{profiles}");
    // The url of a binding is a whole one.
    let profiles = profiles.replace("token_endpoint: url/", "token_endpoint: https://url.example/");
    let config: String = profiles.lines().map(|line| format!("  {line}\n")).collect();
    let run = oauth2tok().config(&format!("profiles:\n{config}")).args(["profile", "check"]);
    let names = profiles.lines().filter(|line| !line.starts_with([' ', '#']) && !line.trim().is_empty());
    let ok: String = names.map(|line| format!("{}: ok\n", line.trim_end().trim_end_matches(':'))).collect();
    // Secrets that are not there yet are warned of.
    run.args(["-q"]).stdout(ok).run();
}

#[test]
fn the_profiles_of_the_readme_are_valid() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let config = blocks(&page, "yaml").into_iter().find(|block| block.contains("\nprofiles:\n")).unwrap();
    oauth2tok().config(config).args(["profile", "check", "-q"]).stdout("prod: ok\nalice: ok\n").run();
}
