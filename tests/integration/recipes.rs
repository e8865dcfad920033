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

/// A page of the documentation.
fn page(name: &str) -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned() + name).unwrap()
}

/// A run with this config file, and with all that its profiles read.
fn with_what_it_reads(config: &str) -> Run {
    let config = config.replace("/var/run/secrets/", "~/").replace("/run/spiffe/", "~/");
    // The one that every algorithm of the pages goes with but for ES256, which programs sign.
    let (certificate, key) = (page("tests/fixtures/keys/rsa.certificate.pem"), page("tests/fixtures/rsa.pkcs8.pem"));
    let mut run = oauth2tok().env("AZURE_TENANT_ID", "t").env("AZURE_CLIENT_ID", "c");
    for rest in config.split("~/").skip(1) {
        let name = rest.split(['\n', ' ']).next().unwrap();
        // What is JSON is a service account's.
        let account = serde_json::json!({
            "type": "service_account", "private_key": key, "private_key_id": "1", "client_email": "ci@acme.example",
        });
        let is_json = name.ends_with(".json");
        run = run.file(name, if is_json { account.to_string() } else { format!("{certificate}{key}") });
    }
    for name in ["AZURE_FEDERATED_TOKEN_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
        let path = run.path_text("token");
        run = run.file("token", "x").env(name, path);
    }
    run.config(&config)
}

#[test]
fn the_profiles_of_the_readme_are_valid() {
    let page = page("README.md");
    let config = blocks(&page, "yaml").into_iter().find(|block| block.contains("\nprofiles:\n")).unwrap();
    let run = with_what_it_reads(config).args(["profile", "check", "-q"]);
    run.stdout("prod: ok\nactions: ok\nby-secret: ok\nalice: ok\n").run();
}

const MACHINES: &str = "docs/machine-identity.md";
const LOGINS: &str = "docs/logging-in.md";

/// The profiles of a page, as a file has them below `profiles:`, and their names.
fn profiles_of(page: &str) -> (String, Vec<String>) {
    let is_profile = |block: &&str| block.contains("issuer: ") || block.contains("token_endpoint: ");
    let profiles: String = blocks(page, "yaml").into_iter().filter(is_profile).map(filled).collect();
    let names = profiles.lines().filter(|line| !line.starts_with([' ', '#']) && !line.trim().is_empty());
    let names = names.map(|line| line.trim_end().trim_end_matches(':').to_owned()).collect();
    (profiles.lines().map(|line| format!("  {line}\n")).collect(), names)
}

#[test]
fn every_profile_of_the_documentation_is_valid() {
    for (name, least) in [("docs/recipes.md", 35), (MACHINES, 35), (LOGINS, 20), ("docs/commands.md", 2)] {
        let (profiles, names) = profiles_of(&page(name));
        assert!(names.len() >= least, "{name}: {names:?}");
        // The url of a binding is a whole one.
        let profiles = profiles.replace("url/oauth/token", "url.example/oauth/token");
        let profiles = profiles.replace("token_endpoint: url.", "token_endpoint: https://url.");
        let profiles = profiles.replace("token_endpoint: certurl.", "token_endpoint: https://certurl.");
        let ok: String = names.iter().map(|name| format!("{name}: ok\n")).collect();
        // Secrets that are not there yet are warned of.
        with_what_it_reads(&format!("profiles:\n{profiles}")).args(["profile", "check", "-q"]).stdout(ok).run();
    }
}

/// What stands behind each `oauth2tok` of a shell's line, up to where the shell goes on.
fn commands(line: &str) -> impl Iterator<Item = &str> {
    let line = line.split(" #").next().unwrap();
    let begins = move |(at, _): &(usize, &str)| *at == 0 || line[..*at].ends_with([' ', '(']);
    line.match_indices("oauth2tok ").filter(begins).map(|(at, name)| {
        let rest = &line[at + name.len()..];
        let ends = [" | ", " > ", " >> ", " < ", " || ", " &&", ")", " -- "];
        let end = ends.iter().filter_map(|end| rest.find(end)).min();
        end.map_or(rest, |end| &rest[..end])
    })
}

#[test]
fn every_command_of_the_documentation_is_one() {
    let pages = [("README.md", 14), (MACHINES, 20), (LOGINS, 12), ("docs/recipes.md", 5), ("docs/commands.md", 9)];
    for (name, least) in pages {
        let page = page(name);
        let (_, names) = profiles_of(&page);
        let lines = blocks(&page, "sh").into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#'));
        let mut count = 0;
        for command in lines.flat_map(commands) {
            let words = std::process::Command::new("sh").arg("-c").arg(format!("printf '%s\n' {command}")).output();
            let words = String::from_utf8(words.unwrap().stdout).unwrap();
            let words: Vec<_> = words.lines().collect();
            let profile = words.iter().position(|word| *word == "-p").map(|at| words[at + 1]);
            assert!(
                ![MACHINES, LOGINS].contains(&name)
                    || profile.is_none_or(|name| names.iter().any(|known| known == name)),
                "{command}"
            );
            // Help is given where all before it is known.
            oauth2tok().args(&words).args(["--help"]).any_stdout().run();
            count += 1;
        }
        assert!(count >= least, "{name}: {count}");
    }
}

/// A page without what stands in its fences.
fn prose(page: &str) -> String {
    page.split("```").step_by(2).collect()
}

/// What a heading is called in a link.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = [root.to_owned(), root.join("docs")].into_iter().flat_map(|dir| std::fs::read_dir(dir).unwrap());
    let pages = pages.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "md"));
    let mut count = 0;
    for path in pages {
        let page = prose(&std::fs::read_to_string(&path).unwrap());
        for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.contains("://") {
                continue;
            }
            let (file, wanted) = link.split_once('#').map_or((link, None), |(file, wanted)| (file, Some(wanted)));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}", path.display());
            if let Some(wanted) = wanted {
                let target = prose(&std::fs::read_to_string(target).unwrap());
                let mut headings = target.lines().filter(|line| line.starts_with('#'));
                assert!(headings.any(|heading| anchor(heading) == wanted), "{}: {link}", path.display());
            }
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
}
