//! The person's browser: which commands open an address in it ([`candidates`], pure), and starting them ([`open`]).
//!
//! No shell is involved, and none of them is waited for: what they do shows in whether somebody comes.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

use crate::home::Lookup;
use crate::named;

/// A command that says so later has not failed: it may be the browser itself, which somebody has closed.
const SOON: Duration = Duration::from_secs(5);

/// The variable that PowerShell takes the address from: its command line is a program.
const ADDRESS: &str = "ADDRESS_OF_OAUTH2TOK";

/// What opens addresses on a desktop of Linux and the BSDs, the usual one first.
const KIN: [&[&str]; 4] = [&["xdg-open"], &["gio", "open"], &["kde-open"], &["x-www-browser"]];

/// What is to open an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Browser {
    /// The one that this machine has.
    Auto,
    /// None at all.
    None,
    /// This command and its words; the address takes the place of `%s`, or comes last.
    Command(Vec<String>),
}

/// A kind of system, as far as it opens addresses in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// macOS
    MacOs,
    /// Windows
    Windows,
    /// Linux within Windows: the browser is that of Windows.
    Wsl,
    /// Linux and the BSDs.
    Other,
}

impl System {
    /// The one that this runs on.
    pub fn current(env: Lookup<'_>) -> Self {
        match std::env::consts::OS {
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            "linux" if is_wsl(env) => Self::Wsl,
            _ => Self::Other,
        }
    }
}

/// True within Windows, as its variables tell, or its kernel where they got lost (`sudo`). Its containers have the kernel, and
/// no way to Windows.
fn is_wsl(env: Lookup<'_>) -> bool {
    let is_container = || ["/.dockerenv", "/run/.containerenv"].iter().any(|path| named::is_there(Path::new(path)));
    let kernel = || fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().to_ascii_lowercase();
    ["WSL_DISTRO_NAME", "WSL_INTEROP"].iter().any(|name| is_set(env, name))
        || kernel().contains("microsoft") && !is_container()
}

fn is_set(env: Lookup<'_>, name: &str) -> bool {
    env(name).is_some_and(|value| !value.is_empty())
}

/// A command that opens an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener {
    words: Vec<OsString>,
    variables: Vec<(&'static str, OsString)>,
    /// What a message calls it.
    name: String,
}

impl Opener {
    /// Puts the address into the words of a command.
    fn filled(mut words: Vec<String>, address: &str, name: String) -> Self {
        let mut has_place = false;
        for word in words.iter_mut().skip(1).filter(|word| word.contains("%s")) {
            *word = word.replace("%s", address);
            has_place = true;
        }
        if !has_place {
            words.push(address.to_owned());
        }
        Self { words: words.into_iter().map(Into::into).collect(), variables: Vec::new(), name }
    }

    /// What a message calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One that somebody named.
    fn named(words: Vec<String>, address: &str, env: Lookup<'_>) -> Self {
        let program = words.first().map(String::as_str).unwrap_or_default();
        let name = named::command(program.as_ref(), env("PATH").as_deref());
        Self::filled(words, address, name)
    }

    /// One that this program knows.
    fn known(words: &[&str], address: &str) -> Self {
        Self::filled(words.iter().map(|word| (*word).to_owned()).collect(), address, format!("'{}'", words[0]))
    }

    /// PowerShell, which opens what a variable holds.
    fn powershell(program: OsString, address: &str) -> Self {
        let script = format!("Start-Process $env:{ADDRESS}");
        let words = ["-NoProfile".into(), "-NonInteractive".into(), "-Command".into(), script.into()];
        Self {
            words: std::iter::once(program).chain(words).collect(),
            variables: vec![(ADDRESS, address.into())],
            name: "PowerShell".to_owned(),
        }
    }
}

/// The commands that open `address`, each for where the one before it fails. None where none is to be tried: it was not asked
/// for, or there is no desktop, where xdg-open would start a text browser in this terminal and report success.
pub fn candidates(browser: &Browser, address: &str, system: System, env: Lookup<'_>) -> Vec<Opener> {
    let listed = env("BROWSER").filter(|list| !list.is_empty());
    match (browser, listed) {
        (Browser::None, _) => Vec::new(),
        (Browser::Command(words), _) => vec![Opener::named(words.clone(), address, env)],
        (Browser::Auto, Some(list)) => listed_in(&list, address, system, env),
        (Browser::Auto, None) => of_system(address, system, env),
    }
}

/// Those of `$BROWSER`: commands between colons (semicolons on Windows, where a drive has a colon).
fn listed_in(list: &OsStr, address: &str, system: System, env: Lookup<'_>) -> Vec<Opener> {
    let list = list.to_string_lossy();
    let commands = list.split(if system == System::Windows { ';' } else { ':' }).map(str::trim);
    let words = |command: &str| {
        // A path with spaces in it needs no quotes where it is all there is.
        match named::is_command(command.as_ref(), env("PATH").as_deref()) {
            true => vec![command.to_owned()],
            false => {
                shell_words::split(command).unwrap_or_else(|_| command.split_whitespace().map(str::to_owned).collect())
            }
        }
    };
    let words = commands.filter(|command| !command.is_empty()).map(words).filter(|words| !words.is_empty());
    words.map(|words| Opener::named(words, address, env)).collect()
}

fn of_system(address: &str, system: System, env: Lookup<'_>) -> Vec<Opener> {
    const POWERSHELL: &str = r"System32\WindowsPowerShell\v1.0\powershell.exe";
    let has_desktop = is_set(env, "DISPLAY") || is_set(env, "WAYLAND_DISPLAY");
    let kin = || KIN.into_iter().filter(|_| has_desktop).map(|words| Opener::known(words, address));
    match system {
        System::MacOs => vec![Opener::known(&["open"], address)],
        System::Windows => {
            // Not by its name, which other directories may have, too.
            let program = match env("SystemRoot") {
                Some(mut root) => {
                    root.push("\\");
                    root.push(POWERSHELL);
                    root
                }
                None => "powershell.exe".into(),
            };
            vec![Opener::powershell(program, address)]
        }
        System::Wsl => {
            let mounted = format!("/mnt/c/Windows/{}", POWERSHELL.replace('\\', "/"));
            // What passes from here to there has to be named.
            let mut shared = env("WSLENV").unwrap_or_default();
            if !shared.is_empty() {
                shared.push(":");
            }
            shared.push(ADDRESS);
            let across = ["powershell.exe", &mounted].map(|program| {
                let mut opener = Opener::powershell(program.into(), address);
                opener.variables.push(("WSLENV", shared.clone()));
                opener
            });
            across.into_iter().chain(kin()).collect()
        }
        System::Other => kin().collect(),
    }
}

/// Starts the first of `openers`, and the next where it fails, with nothing to read, nowhere to write, and without the
/// variables that `withheld` names. One that fails is not followed by another where `is_there` says that the browser has come.
/// Once all have failed `on_failure` is told why. It waits for none of this, and none of it
/// ends with this process.
///
/// # Errors
/// A system that gives no thread.
pub fn open(
    openers: Vec<Opener>,
    withheld: Vec<String>,
    is_there: impl Fn() -> bool + Send + 'static,
    on_failure: impl FnOnce(String) + Send + 'static,
) -> io::Result<()> {
    #[cfg(unix)]
    crate::signals::keep_children();
    let work = move || {
        let mut faults = Vec::new();
        for opener in openers {
            match opener.run(&withheld) {
                Ok(()) => return,
                Err(_) if is_there() => return,
                Err(fault) => faults.push(fault),
            }
        }
        on_failure(faults.join("; "));
    };
    thread::Builder::new().spawn(work).map(|_| ())
}

impl Opener {
    /// Runs it to its end, so that nothing of it stays behind, and tells whether it failed.
    fn run(&self, withheld: &[String]) -> Result<(), String> {
        let began = Instant::now();
        let mut command = self.command(withheld);
        let fault = match command.spawn().map(|mut child| child.wait()) {
            Ok(Ok(status)) if !status.success() && began.elapsed() < SOON => format!("failed ({status})"),
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "is not there".to_owned(),
            Err(error) => format!("cannot be run: {error}"),
        };
        Err(format!("{} {fault}", self.name))
    }

    fn command(&self, withheld: &[String]) -> Command {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().map(OsString::as_os_str).unwrap_or_default());
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        for name in withheld {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        // No signal of this process's terminal reaches it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        #[cfg(windows)]
        {
            const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            std::os::windows::process::CommandExt::creation_flags(
                &mut command,
                CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW,
            );
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "http://127.0.0.1:1/x";

    /// The commands, a line each: variables, then words.
    fn told(browser: &Browser, system: System, env: &[(&str, &str)]) -> String {
        let lookup = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        let told = |opener: Opener| {
            let variables = opener.variables.iter().map(|(name, value)| format!("{name}={}", value.display()));
            let words = opener.words.iter().map(|word| format!("[{}]", word.display()));
            variables.chain(words).collect::<Vec<_>>().join(" ")
        };
        candidates(browser, AT, system, &lookup).into_iter().map(told).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_system_opens_addresses_in_its_own_way() {
        let kin = "[xdg-open] [AT]\n[gio] [open] [AT]\n[kde-open] [AT]\n[x-www-browser] [AT]";
        let script = "[-NoProfile] [-NonInteractive] [-Command] [Start-Process $env:ADDRESS_OF_OAUTH2TOK]";
        let mounted = "/mnt/c/Windows/System32/WindowsPowerShell/v1.0/powershell.exe";
        let wsl = |shared: &str| {
            let variables = format!("ADDRESS_OF_OAUTH2TOK=AT WSLENV={shared}ADDRESS_OF_OAUTH2TOK");
            format!("{variables} [powershell.exe] {script}\n{variables} [{mounted}] {script}")
        };
        let windows = |program: &str| format!("ADDRESS_OF_OAUTH2TOK=AT [{program}] {script}");
        let (display, wayland) = (("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0"));
        for (system, env, expected) in [
            (System::Other, &[][..], String::new()),
            (System::Other, &[("DISPLAY", ""), ("WAYLAND_DISPLAY", ""), ("BROWSER", "")], String::new()),
            (System::Other, &[display], kin.to_owned()),
            (System::Other, &[wayland], kin.to_owned()),
            (System::Other, &[display, ("BROWSER", "w3m")], "[w3m] [AT]".to_owned()),
            (System::Other, &[("BROWSER", "w3m")], "[w3m] [AT]".to_owned()),
            (System::MacOs, &[], "[open] [AT]".to_owned()),
            (System::MacOs, &[("BROWSER", "links")], "[links] [AT]".to_owned()),
            (System::Windows, &[], windows("powershell.exe")),
            (
                System::Windows,
                &[("SystemRoot", r"D:\Windows")],
                windows(r"D:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"),
            ),
            (System::Windows, &[("BROWSER", r"'C:\a b.exe' -x;b")], "[C:\\a b.exe] [-x] [AT]\n[b] [AT]".to_owned()),
            (System::Wsl, &[], wsl("")),
            (System::Wsl, &[("WSLENV", "")], wsl("")),
            (System::Wsl, &[("WSLENV", "GOPATH/l:X")], wsl("GOPATH/l:X:")),
            (System::Wsl, &[display], format!("{}\n{kin}", wsl(""))),
            (System::Wsl, &[("BROWSER", "wslview")], "[wslview] [AT]".to_owned()),
        ] {
            let expected = expected.replace("AT]", &format!("{AT}]")).replace("=AT ", &format!("={AT} "));
            assert_eq!(told(&Browser::Auto, system, env), expected, "{system:?} {env:?}");
            assert_eq!(told(&Browser::None, system, env), "");
            let own = Browser::Command(["firefox", "-P", "work", "--url=%s"].map(str::to_owned).to_vec());
            assert_eq!(told(&own, system, env), format!("[firefox] [-P] [work] [--url={AT}]"));
        }
    }

    #[test]
    fn the_variable_is_a_list_of_commands() {
        for (list, expected) in [
            ("a:b", "[a] [AT]\n[b] [AT]"),
            (":a: :", "[a] [AT]"),
            ("a -n %s -k:b --url=%s#%s", "[a] [-n] [AT] [-k]\n[b] [--url=AT#AT]"),
            ("a 'b c' \"%s\"", "[a] [b c] [AT]"),
            ("a 'b", "[a] ['b] [AT]"),
            ("a $(b) `c` ; d", "[a] [$(b)] [`c`] [;] [d] [AT]"),
            ("''", "[] [AT]"),
        ] {
            let told = told(&Browser::Auto, System::Other, &[("BROWSER", list)]);
            assert_eq!(told, expected.replace("AT", AT), "{list}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my browser");
        fs::write(&path, "").unwrap();
        let list = format!("{}:x", path.display());
        let told = told(&Browser::Auto, System::Other, &[("BROWSER", &list)]);
        assert_eq!(told, format!("[{}] [{AT}]\n[x] [{AT}]", path.display()));
    }

    #[test]
    fn linux_within_windows_is_known_by_its_variables() {
        for (name, value, expected) in [
            ("WSL_DISTRO_NAME", "Ubuntu", true),
            ("WSL_INTEROP", "/run/WSL/1_interop", true),
            ("WSL_INTEROP", "", false),
        ] {
            let is_here = fs::read_to_string("/proc/sys/kernel/osrelease").is_ok_and(|text| text.contains("icrosoft"));
            let env = |asked: &str| (asked == name).then(|| value.into());
            assert_eq!(is_wsl(&env), expected || is_here, "{name}={value}");
        }
    }

    /// Runs scripts as openers, and gives what came of it: what the last one wrote into `out`, or the fault.
    #[cfg(unix)]
    mod running {
        use std::sync::mpsc;

        use super::*;

        const PATIENCE: Duration = Duration::from_secs(60);

        fn opener(script: &str, folder: &Path) -> Opener {
            Opener { variables: vec![("FOLDER", folder.into())], ..Opener::known(&["sh", "-c", script, "sh"], AT) }
        }

        #[track_caller]
        fn text_of(path: &Path) -> String {
            let began = Instant::now();
            loop {
                match fs::read_to_string(path) {
                    Ok(text) if text.ends_with("end\n") => return text,
                    _ => assert!(began.elapsed() < PATIENCE, "{}", path.display()),
                }
                thread::sleep(Duration::from_millis(2));
            }
        }

        #[test]
        fn a_command_has_no_streams_no_secrets_and_a_group_of_its_own() {
            let folder = tempfile::tempdir().unwrap();
            let script = "cd \"$FOLDER\" || exit; read -r line; echo said; echo said >&2
                { echo \"$1 $# [$line] [$CARGO_MANIFEST_DIR] $(($(ps -o pgid= -p $$) - $$)) $$\"; echo end; } >out";
            open(vec![opener(script, folder.path())], vec!["CARGO_MANIFEST_DIR".into()], || false, |_| {}).unwrap();
            let text = text_of(&folder.path().join("out"));
            let (told, number) = text.trim_end_matches("\nend\n").rsplit_once(' ').unwrap();
            assert_eq!(told, format!("{AT} 1 [] [] 0"));
            // Nothing of it stays behind.
            let began = Instant::now();
            let pid = rustix::process::Pid::from_raw(number.parse().unwrap()).unwrap();
            while rustix::process::test_kill_process(pid).is_ok() {
                assert!(began.elapsed() < PATIENCE);
                thread::sleep(Duration::from_millis(2));
            }
        }

        #[test]
        fn the_next_one_is_tried_where_one_fails_and_no_other() {
            let folder = tempfile::tempdir().unwrap();
            let note = |text: &str, then: &str| {
                opener(&format!("cd \"$FOLDER\" || exit; echo {text} >>out; {then}"), folder.path())
            };
            let absent = Opener::known(&["/nonexistent/xdg-open"], AT);
            let (sender, failures) = mpsc::channel();
            let openers = vec![
                absent,
                note("one", "exit 3"),
                note("two", "kill -9 $$"),
                note("three", "echo end >>out; sleep 1"),
                note("four", ""),
            ];
            open(openers, Vec::new(), || false, move |fault| sender.send(fault).unwrap()).unwrap();
            assert_eq!(text_of(&folder.path().join("out")), "one\ntwo\nthree\nend\n");
            // Its end without a word.
            assert_eq!(failures.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
            assert_eq!(text_of(&folder.path().join("out")), "one\ntwo\nthree\nend\n");
        }

        #[test]
        fn where_all_fail_each_is_told() {
            let (sender, failures) = mpsc::channel();
            let openers = vec![
                Opener::known(&["sh", "-c", "exit 3"], AT),
                Opener::named(vec!["hunter22".into()], AT, &|_| None),
                Opener::known(&["xdg-open-of-nobody"], AT),
            ];
            open(openers, Vec::new(), || false, move |fault| sender.send(fault).unwrap()).unwrap();
            assert_eq!(
                failures.recv_timeout(PATIENCE).unwrap(),
                "'sh' failed (exit status: 3); the given command (not repeated: it may be a secret) is not there; \
                 'xdg-open-of-nobody' is not there"
            );
        }
    }
}
