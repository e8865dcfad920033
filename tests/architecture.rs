//! The house rules that a compiler does not know: imports go down, and each outside thing has its door.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::path::{Path, PathBuf};

/// The rooms by floor, from the ground up. A room may name itself and the floors below its own.
const FLOORS: [&[&str]; 13] = [
    &["text", "json", "signals", "deadline", "pem", "growth"],
    &["files"],
    &["secret", "crypto"],
    &["wire"],
    &["oauth", "net"],
    &["http"],
    &["settings", "cache"],
    &["render", "import"],
    &["acquire"],
    &["report"],
    &["cli", "guard"],
    &["commands"],
    &["lib"],
];

/// What leads outside, and the only places it may be used in (files, or rooms with a slash at the end).
const DOORS: [(&[&str], &[&str]); 8] = [
    (&["println!", "print!(", "eprint!(", "io::stdout", "io::stderr", "anstream::"], &["report.rs"]),
    (&["process::exit", "panic::set_hook"], &["report.rs", "lib.rs", "guard.rs"]),
    (&["env::var", "env::set_var", "env::args", "env::current_dir"], &["settings/env.rs", "main.rs"]),
    (&["TcpStream", "UdpSocket", "rustls"], &["net/"]),
    (&["ureq"], &["http/"]),
    (&["SystemTime::now"], &["commands/"]),
    (&["Stdio::", "process::Child"], &["secret/helper.rs", "commands/"]),
    (&["fs::"], &["files.rs", "settings/profile.rs", "secret/", "net/", "cache/", "commands/", "signals.rs"]),
];

/// What has no place in the program at all.
const NOWHERE: [&str; 12] = [
    "unsafe ",
    "TODO",
    "FIXME",
    "XXX",
    "todo!",
    "unimplemented!",
    "dbg!",
    ".unwrap()",
    ".expect(",
    "panic!(",
    "unreachable!(",
    "#[allow(",
];

struct Source {
    /// Relative to `src`.
    path: String,
    room: String,
    /// Numbered lines of code: no comments, no tests.
    lines: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find(&root, &mut files);
    files.sort();
    files.iter().map(|file| read(&root, file)).collect()
}

fn find(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path) -> Source {
    let text = std::fs::read_to_string(file).unwrap();
    let path = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
    let room = path.split(['/', '.']).next().unwrap().to_owned();
    // A module's tests stand at its end.
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let lines = lines.map(|(number, line)| (number + 1, line.split(" // ").next().unwrap().to_owned())).collect();
    Source { path, room, lines }
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The rooms that a line names.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

#[test]
fn imports_only_go_down() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.room != "main") {
        let Some(own) = floor(&source.room) else {
            faults.push(format!("{}: the room '{}' has no floor yet", source.path, source.room));
            continue;
        };
        for (number, line) in &source.lines {
            for other in named(line).filter(|other| *other != source.room) {
                match floor(other) {
                    Some(floor) if floor < own => {}
                    Some(_) => faults.push(format!("{}:{number}: {} names {other}", source.path, source.room)),
                    None if other.is_empty() => {
                        faults.push(format!("{}:{number}: import one room at a time", source.path))
                    }
                    None => faults.push(format!("{}:{number}: '{other}' has no floor yet", source.path)),
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_outside_thing_has_its_door() {
    let mut faults = Vec::new();
    for source in sources() {
        for (things, places) in DOORS {
            let allowed = places.iter().any(|place| match place.strip_suffix('/') {
                Some(room) => source.path.starts_with(place) || source.path == format!("{room}.rs"),
                None => source.path == *place,
            });
            for (number, line) in source.lines.iter().filter(|_| !allowed) {
                faults.extend(
                    things
                        .iter()
                        .filter(|thing| uses(line, thing))
                        .map(|thing| format!("{}:{number}: {thing}", source.path)),
                );
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// True where `thing` stands in the line as a name of its own: `print!(` is not in `eprint!(`.
fn uses(line: &str, thing: &str) -> bool {
    line.match_indices(thing).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn nothing_is_left_undone_or_unsafe() {
    let mut faults = Vec::new();
    for source in sources() {
        for (number, line) in &source.lines {
            faults.extend(
                NOWHERE
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{}:{number}: {word}", source.path)),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_opens_with_what_it_owns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for source in sources() {
        let text = std::fs::read_to_string(root.join(&source.path)).unwrap();
        assert!(text.starts_with("//! "), "{}", source.path);
    }
}
