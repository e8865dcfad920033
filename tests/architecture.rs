//! The house rules that a compiler does not know, as ARCHITECTURE.md states them: its table says which rooms there are, what
//! each may name, and which doors lead outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::path::{Path, PathBuf};

/// The doors of the table's last column: what each is called there, and how code looks that goes through it.
const DOORS: [(&str, &[&str]); 13] = [
    ("HTTP", &["ureq"]),
    ("argv", &["env::args"]),
    ("clock", &["SystemTime::now"]),
    ("ends of the process", &["process::exit", "panic::set_hook"]),
    ("environment", &["env::var", "env::set_var", "env::current_dir", "env::home_dir"]),
    ("files", &["fs::"]),
    ("network", &["TcpStream", "TcpListener", "UdpSocket", "rustls"]),
    ("process limits", &["setrlimit"]),
    ("processes", &["Stdio::", "process::Child"]),
    ("randomness", &["SystemRandom"]),
    ("signals", &["signal_hook"]),
    ("stdin", &["io::stdin"]),
    ("stdout, stderr", &["println!", "print!(", "eprint!(", "io::stdout", "io::stderr", "anstream::"]),
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

impl Source {
    /// The path within the room.
    fn within(&self) -> &str {
        self.path.strip_prefix(&self.room).unwrap().trim_start_matches('/')
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find(&root, &mut files);
    files.sort();
    // A module for tests only is none of the rooms.
    let lib = std::fs::read_to_string(root.join("lib.rs")).unwrap();
    let for_tests = |source: &Source| lib.contains(&format!("#[cfg(test)]\nmod {};", source.room));
    files.iter().map(|file| read(&root, file)).filter(|source| !for_tests(source)).collect()
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
    // A module's tests stand at its end; one that is for tests says so at its beginning.
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap().split("#![cfg(test)]").next().unwrap();
    let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let lines = lines.map(|(number, line)| (number + 1, line.split(" // ").next().unwrap().to_owned())).collect();
    Source { path, room, lines }
}

/// One row of the table.
struct Row {
    floor: u8,
    room: String,
    may_name: Vec<Entry>,
    doors: Vec<Entry>,
}

/// One entry of a list in the table: `word (`part`, `part`)`.
struct Entry {
    word: String,
    parts: Vec<String>,
}

impl Entry {
    /// True where the entry speaks of this part of what it names.
    fn covers(&self, part: &str) -> bool {
        self.parts.is_empty()
            || self.parts.iter().any(|known| part == known || known.ends_with('/') && part.starts_with(known))
    }
}

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let lines = text.lines().skip_while(|line| *line != "|---|---|---|---|---|").skip(1);
    let rows = lines.take_while(|line| line.starts_with('|')).flat_map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [floor, rooms, _, may_name, doors] = cells[..] else { panic!("five columns: {line}") };
        let row = move |room: Entry| Row {
            floor: floor.parse().unwrap(),
            room: room.word.trim_end_matches(".rs").trim_end_matches('/').to_owned(),
            may_name: entries(may_name),
            doors: entries(doors),
        };
        entries(rooms).into_iter().map(row)
    });
    rows.collect()
}

fn entries(cell: &str) -> Vec<Entry> {
    let mut depth = 0;
    let entries = cell.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    let bare = |word: &str| word.trim_matches([' ', '`', ')']).to_owned();
    let entry = |entry: &str| {
        let (word, parts) = entry.split_once('(').unwrap_or((entry, ""));
        let parts = parts.split(',').map(bare).filter(|part| !part.is_empty()).collect();
        Entry { word: bare(word), parts }
    };
    entries.map(entry).filter(|entry| !matches!(&*entry.word, "nothing" | "none")).collect()
}

impl Row {
    /// The entry by which this room may name another.
    fn permit(&self, other: &Row) -> Option<&Entry> {
        let all_below = |entry: &&Entry| entry.word == "all below" && other.floor < self.floor;
        self.may_name.iter().find(|entry| entry.word == other.room).or_else(|| self.may_name.iter().find(all_below))
    }
}

/// What a line names of rooms: the room, and the names of it as far as they stand there.
fn named(line: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    line.split("crate::").skip(1).map(move |rest| {
        let (room, rest) = rest.split_at(word(rest));
        let rest = rest.trim_start_matches("::");
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap().split(',').map(str::trim).collect(),
            None => vec![&rest[..word(rest)]],
        };
        (room, names)
    })
}

#[test]
fn imports_only_go_down() {
    let table = table();
    let row = |room: &str| table.iter().find(|row| row.room == room);
    let mut faults = Vec::new();
    // All that the program's own file can name is the library.
    for source in sources().iter().filter(|source| source.room != "main") {
        let Some(own) = row(&source.room) else {
            faults.push(format!("{}: the room '{}' is not in the table", source.path, source.room));
            continue;
        };
        for (number, line) in &source.lines {
            for (room, names) in named(line).filter(|(room, _)| *room != source.room) {
                let place = format!("{}:{number}", source.path);
                let Some(other) = row(room) else {
                    faults.push(format!("{place}: '{room}' is no room of the table; import one room at a time"));
                    continue;
                };
                match own.permit(other) {
                    Some(entry) if names.iter().all(|name| entry.covers(name)) => {}
                    Some(_) => faults.push(format!("{place}: of {room}, {} may not name all of {names:?}", own.room)),
                    None => faults.push(format!("{place}: {} may not name {room}", own.room)),
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// An entry that nothing makes use of would let in what nobody decided on.
#[test]
fn what_the_table_allows_is_made_use_of() {
    let (table, sources) = (table(), sources());
    let mut faults = Vec::new();
    for row in &table {
        let own = || sources.iter().filter(|source| source.room == row.room);
        let names: Vec<_> = own().flat_map(|source| &source.lines).flat_map(|(_, line)| named(line)).collect();
        for Entry { word, parts } in row.may_name.iter().filter(|entry| !matches!(&*entry.word, "all below" | "lib")) {
            let mut of_it = names.iter().filter(|(room, _)| room == word).flat_map(|(_, names)| names).peekable();
            if of_it.peek().is_none() {
                faults.push(format!("{} does not name {word}", row.room));
            }
            let of_it: Vec<_> = of_it.collect();
            let unused = parts.iter().filter(|part| !of_it.contains(&&part.as_str()));
            faults.extend(unused.map(|part| format!("{} does not name {part} of {word}", row.room)));
        }
        for door in &row.doors {
            let opens = |(doors, _): &&(&str, _)| doors.split(", ").any(|name| name == door.word);
            let things: Vec<_> = DOORS.iter().filter(opens).flat_map(|(_, things)| *things).collect();
            let goes = |source: &&Source| source.lines.iter().any(|(_, line)| things.iter().any(|t| uses(line, t)));
            let users: Vec<_> = own().filter(goes).map(Source::within).collect();
            // One entry for each of the files in brackets, or one that stands for the whole room.
            let places: Vec<Vec<String>> = match door.parts.is_empty() {
                true => vec![Vec::new()],
                false => door.parts.iter().map(|part| vec![part.clone()]).collect(),
            };
            for parts in places {
                let place = Entry { word: door.word.clone(), parts };
                if !users.iter().any(|file| place.covers(file)) {
                    faults
                        .push(format!("{} {:?} does not go through the door '{}'", row.room, place.parts, place.word));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What commands share. Of each other they know nothing.
const OF_ALL_COMMANDS: [&str; 14] = [
    "mod", "api", "context", "each", "ending", "given", "input", "keys", "packed", "proofs", "result", "session",
    "way", "dry_run",
];

#[test]
fn no_command_names_another() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.room == "commands") {
        let within = source.path.strip_prefix("commands/").unwrap();
        let command = within.split(['/', '.']).next().unwrap();
        // From the file of the command, or from one of its folder's, up to where the commands are.
        let up =
            if within.matches('/').count() == 1 && !within.ends_with("/mod.rs") { "super::super::" } else { "super::" };
        for (number, line) in &source.lines {
            let named = ["crate::commands::", up].into_iter().flat_map(|from| line.split(from).skip(1));
            for rest in named.filter(|rest| !rest.starts_with("super::")) {
                let name = &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())];
                if name != command && !OF_ALL_COMMANDS.contains(&name) {
                    faults.push(format!("{}:{number}: {command} names '{name}' of the commands", source.path));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_goes_one_way_down() {
    let (table, sources) = (table(), sources());
    assert!(!table.is_empty());
    let mut faults = Vec::new();
    for (at, row) in table.iter().enumerate() {
        if table[..at].iter().any(|earlier| earlier.room == row.room) {
            faults.push(format!("{} stands there twice", row.room));
        }
        if !sources.iter().any(|source| source.room == row.room) {
            faults.push(format!("{} is not built", row.room));
        }
        for entry in row.may_name.iter().filter(|entry| entry.word != "all below") {
            match table.iter().find(|other| other.room == entry.word) {
                Some(other) if other.floor <= row.floor => {}
                Some(_) => faults.push(format!("{} names {}, which lies above it", row.room, entry.word)),
                None => faults.push(format!("{} names {}, which is no room", row.room, entry.word)),
            }
        }
    }
    // Without the rooms that name none of those left, or that none of those left names, only circles are left in the end.
    let mut left: Vec<&Row> = table.iter().collect();
    let within = |left: &[&Row], row: &Row| {
        left.iter().any(|other| row.permit(other).is_some()) && left.iter().any(|other| other.permit(row).is_some())
    };
    while let Some(at) = left.iter().position(|row| !within(&left, row)) {
        left.remove(at);
    }
    faults.extend(left.iter().map(|row| format!("{} is part of a circle", row.room)));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_outside_thing_has_its_door() {
    let table = table();
    let mut faults = Vec::new();
    for entry in table.iter().flat_map(|row| &row.doors) {
        if !DOORS.iter().any(|(door, _)| door.split(", ").any(|door| door == entry.word)) {
            faults.push(format!("'{}' is no door; there are {:?}", entry.word, DOORS.map(|(door, _)| door)));
        }
    }
    for source in sources() {
        let own: Vec<_> = table.iter().filter(|row| row.room == source.room).flat_map(|row| &row.doors).collect();
        for (doors, things) in DOORS {
            let open =
                |entry: &&Entry| doors.split(", ").any(|door| door == entry.word) && entry.covers(source.within());
            if own.iter().any(open) {
                continue;
            }
            for (number, line) in &source.lines {
                let used = things.iter().filter(|thing| uses(line, thing));
                faults.extend(used.map(|thing| format!("{}:{number}: {thing}", source.path)));
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
