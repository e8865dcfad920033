//! What lies on disk: modes, links, damage, sealing; and that no trouble with it costs the token.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::world::*;
use crate::harness::*;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A run that must print `expected` and one warning that holds `warning`.
#[track_caller]
fn check_warned(run: Run, expected: &str, warning: &str) {
    let (out, err) = prints(run);
    assert_eq!(out, expected);
    assert!(err.starts_with("warning: ") && err.lines().count() == 1 && err.contains(warning), "{err}");
}

/// The same run under a umask.
fn under(umask: &str, run: Run) -> Run {
    run.by(["/bin/sh", "-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A user that is not root, for whom modes count.
const SOMEBODY: u32 = 54_321;

/// Gives the world to a user that is not root and has the run made by it. Who is not root makes it as it is.
fn by_somebody(world: &World, run: Run) -> Run {
    if !is_root() {
        return run;
    }
    // The build's directory may be closed to others.
    let (built, program) = (assert_cmd::cargo::cargo_bin!(), world.path("program"));
    if !program.exists() {
        fs::hard_link(built, &program).unwrap_or_else(|_| copy_to_run(built, &program));
    }
    give(&world.path(""), SOMEBODY);
    run.program(&program).user(SOMEBODY)
}

fn give(path: &Path, user: u32) {
    std::os::unix::fs::lchown(path, Some(user), Some(user)).unwrap();
}

#[test]
fn modes_are_strict_under_every_umask() {
    for umask in ["000", "022", "077", "0177", "0777"] {
        let (world, server) = (World::new(), Server::numbered());
        for name in ["cache", "state"] {
            fs::create_dir(world.path(name)).unwrap();
        }
        let run = || under(umask, world.client(&server, &[]));
        quiet(run());
        quiet(run());
        assert_eq!(server.count(), 1, "umask {umask}");
        let dir = world.cache_dir();
        for file in fs::read_dir(&dir).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600, "umask {umask}");
        }
        assert_eq!((mode(&dir), mode(&world.path("state/oauth2tok")), mode(&world.key_file())), (0o700, 0o700, 0o600));
    }
}

#[test]
fn missing_parents_are_made_so_that_their_owner_can_use_them_whatever_the_umask() {
    for umask in ["000", "022", "077", "0177", "0477", "0777"] {
        let (world, server) = (World::new(), Server::numbered());
        let run = world.client(&server, &[]).without("XDG_CACHE_HOME").without("XDG_STATE_HOME");
        let run = by_somebody(&world, run);
        for _ in 0..2 {
            assert_eq!(quiet(under(umask, run.clone())), "tok-1", "umask {umask}");
        }
        for name in [".cache", ".cache/oauth2tok", ".local", ".local/state", ".local/state/oauth2tok"] {
            assert_eq!(mode(&world.path(name)), 0o700, "{name} under umask {umask}");
        }
        for dir in [".cache/oauth2tok", ".local/state/oauth2tok"] {
            for file in fs::read_dir(world.path(dir)).unwrap() {
                assert_eq!(mode(&file.unwrap().path()), 0o600, "umask {umask}");
            }
        }
    }
}

#[test]
fn a_directory_that_a_umask_closed_to_its_owner_is_opened_again() {
    let (world, server) = (World::new(), Server::numbered());
    let run = by_somebody(&world, world.client(&server, &[]));
    quiet(under("022", run.clone()));
    for dir in [world.cache_dir(), world.path("state/oauth2tok")] {
        set_mode(&dir, 0);
        assert_eq!(quiet(under("022", run.clone())), "tok-1");
        assert!(is_root() || mode(&dir) == 0o700);
    }
}

#[test]
fn nothing_is_made_in_a_home_that_is_another_users() {
    // Only root can work in it.
    if !is_root() {
        return;
    }
    let server = Server::numbered();
    // What is there already, and so is the user's; from the last of them on something is missing.
    for there in [&[""][..], &["", ".cache", ".local"], &["", ".cache", ".local", ".local/state"]] {
        let world = World::new();
        for name in there {
            fs::create_dir_all(world.path(name)).unwrap();
            give(&world.path(name), SOMEBODY);
        }
        let before = everything_in(&world.path(""));
        for n in 1..=2 {
            let run = world.client(&server, &["--force-new"]).without("XDG_CACHE_HOME").without("XDG_STATE_HOME");
            let (out, err) = prints(run);
            assert!(out.starts_with("tok-"), "{n}: {out}");
            assert!(err.starts_with("warning: the token is not kept: ") && err.lines().count() == 1, "{err}");
            assert!(err.contains("belongs to another user, so nothing is made in it"), "{err}");
        }
        assert_eq!(everything_in(&world.path("")), before, "{there:?}");
        // Places of one's own are used all the same.
        let own = World::new();
        let run = world
            .client(&server, &[])
            .env("XDG_CACHE_HOME", own.path("cache"))
            .env("XDG_STATE_HOME", own.path("state"));

        quiet(run);
        assert!(own.cache_dir().exists());
    }
}

#[test]
fn a_base_that_is_a_link_is_followed_where_the_link_is_the_users() {
    let server = Server::numbered();
    for (name, target) in [("cache", "disk/c"), ("cache", "./x/../disk/c"), ("state", "disk/c")] {
        for absolute in [true, false] {
            let world = World::new();
            fs::create_dir_all(world.path("disk/c")).unwrap();
            fs::create_dir_all(world.path("x")).unwrap();
            let target = if absolute { world.path(target) } else { target.into() };
            symlink(&target, world.path(name)).unwrap();
            quiet(world.client(&server, &[]));
            assert!(world.path("disk/c/oauth2tok").exists() && world.path(name).is_symlink());
            let before = server.count();
            quiet(world.client(&server, &[]));
            assert_eq!(server.count(), before, "it is kept there");
            // Further down, too, and where the rest is missing.
            let deeper = world
                .client(&server, &[])
                .env(&format!("XDG_{}_HOME", name.to_uppercase()), world.path(name).join("a/b"));

            quiet(deeper);
            assert!(world.path("disk/c/a/b/oauth2tok").exists());
        }
    }
    // What it leads to may be gone, as after a scratch disk was emptied.
    let world = World::new();
    symlink(world.path("disk/c"), world.path("cache")).unwrap();
    quiet(world.client(&server, &[]));
    assert!(world.path("disk/c/oauth2tok").exists());
    // Nor is one around in circles.
    let world = World::new();
    symlink(world.path("cache"), world.path("cache")).unwrap();
    assert!(prints(world.client(&server, &[])).1.starts_with("warning: the token is not kept: "));
}

#[test]
fn another_users_link_on_the_way_is_not_followed() {
    // Only root can give a link away.
    if !is_root() {
        return;
    }
    let (world, server) = (World::new(), Server::numbered());
    fs::create_dir(world.path("victim")).unwrap();
    fs::create_dir(world.path("shared")).unwrap();
    symlink(world.path("victim"), world.path("shared/link")).unwrap();
    give(&world.path("shared/link"), SOMEBODY);
    for base in ["shared/link", "shared/link/deeper"] {
        let run = world.client(&server, &["--force-new"]).env("XDG_CACHE_HOME", world.path(base));
        let (_, err) = prints(run);
        assert!(err.contains("is reached through another user's link"), "{err}");
    }
    assert_eq!(fs::read_dir(world.path("victim")).unwrap().count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn who_swaps_the_directory_for_a_link_all_the_time_gets_nothing_changed_elsewhere() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let (world, server) = (World::new(), Server::numbered());
    for name in ["cache", "state", "victim"] {
        fs::create_dir(world.path(name)).unwrap();
    }
    set_mode(&world.path("victim"), 0o755);
    let (ours, theirs) = (world.cache_dir(), world.path("cache/evil"));
    fs::create_dir(&ours).unwrap();
    set_mode(&ours, 0o700);
    symlink(world.path("victim"), &theirs).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                // Now a link, now a directory, now nothing at all.
                let _ = renameat_with(CWD, &ours, CWD, &theirs, RenameFlags::EXCHANGE);
                turn += 1;
                if turn % 4 == 0 && !ours.is_symlink() && fs::remove_dir_all(&ours).is_ok() {
                    std::thread::sleep(Duration::from_micros(turn % 500));
                    let _ = fs::rename(&theirs, &ours).and_then(|()| fs::create_dir(&theirs));
                    set_mode(&theirs, 0o700);
                }
                if !theirs.is_symlink() && !ours.is_symlink() {
                    let _ = fs::remove_dir_all(&theirs).and_then(|()| symlink(world.path("victim"), &theirs));
                }
            }
        });
        for _ in 0..60 {
            let run = world.client(&server, &["-q"]).args(["--force-new"]);
            assert!(quiet(run).starts_with("tok-"));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(mode(&world.path("victim")), 0o755);
    assert_eq!(fs::read_dir(world.path("victim")).unwrap().count(), 0);
}

#[test]
fn what_is_no_file_or_has_no_end_is_neither_read_nor_waited_for() {
    let pipe = |path: &Path| {
        let made = Command::new("mkfifo").args(["-m", "600"]).arg(path).status().unwrap();
        assert!(made.success());
    };
    let endless = |path: &Path| {
        let file = fs::File::options().write(true).create_new(true).open(path).unwrap();
        file.set_len(10 << 30).unwrap();
        set_mode(path, 0o600);
    };
    let zero = |path: &Path| symlink("/dev/zero", path).unwrap();
    let directory = |path: &Path| fs::create_dir(path).unwrap();
    let kinds: [&dyn Fn(&Path); 4] = [&pipe, &endless, &zero, &directory];
    for (index, make) in kinds.iter().enumerate() {
        for place in ["entry", "lock", "key", "aside", "swept"] {
            let (world, server) = (World::new(), Server::numbered());
            quiet(world.client(&server, &[]));
            let path = match place {
                "entry" => world.entry(),
                "lock" => world.entry().with_extension("lock"),
                "key" => world.key_file(),
                "aside" => world.cache_dir().join("aside-0.tmp"),
                _ => world.cache_dir().join("swept"),
            };
            let _ = fs::remove_file(&path);
            make(&path);
            let (out, err) = prints(world.client(&server, &["--force-new"]));
            assert_eq!(out, "tok-2", "{place} {index}");
            assert!(err.lines().count() <= 1, "{place} {index}: {err}");
            let (out, err) = prints(world.client(&server, &[]));
            assert!(err.lines().count() <= 1, "{place} {index}: {err}");
            assert!(out == "tok-2" || place == "key" || index == 3, "it is kept all the same: {place} {index}: {out}");
        }
    }
}

#[test]
fn what_a_killed_run_left_in_the_making_is_gone_with_the_next_token_that_is_kept() {
    let (world, server) = (World::new(), Server::numbered());
    quiet(world.client(&server, &[]));
    let aside = |n: u8| world.cache_dir().join(format!("aside-{n}.tmp"));
    for n in [0, 1, 7, 15] {
        fs::write(aside(n), vec![n; 100_000]).unwrap();
        set_mode(&aside(n), 0o600);
    }
    // A second name of what is kept: it must go, and the other must stay.
    let other = world.entry();
    fs::hard_link(&other, aside(3)).unwrap();
    let kept = fs::read(&other).unwrap();
    let live = fs::File::open(aside(1)).unwrap();
    live.try_lock().unwrap();
    quiet(world.client(&server, &["-s", "other"]));
    assert_eq!(asides(&world), ["aside-1.tmp"], "the one that is being written stays");
    assert_eq!(fs::read(aside(1)).unwrap(), vec![1; 100_000]);
    assert_eq!(fs::read(&other).unwrap(), kept);
    drop(live);
    quiet(world.client(&server, &["-s", "third"]));
    assert_eq!(asides(&world), Vec::<String>::new());
    assert_eq!(quiet(world.client(&server, &[])), "tok-1");
}

fn asides(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.cache_dir()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut asides: Vec<_> = names.filter(|name| name.ends_with(".tmp")).collect();
    asides.sort();
    asides
}

#[test]
fn runs_that_are_ended_at_any_moment_leave_nothing_that_the_next_one_keeps() {
    let (world, server) = (World::new(), Server::numbered());
    quiet(world.client(&server, &[]));
    for (round, signal) in ["INT", "TERM", "ALRM", "KILL"].iter().cycle().take(60).enumerate() {
        let run = start(world.client(&server, &["--force-new"]));
        std::thread::sleep(Duration::from_micros(500 * round as u64));
        let _ = Command::new("kill").args([format!("-{signal}"), run.id().to_string()]).output();
        ended(run);
    }
    let last = quiet(world.client(&server, &["--force-new"]));
    assert_eq!(asides(&world), Vec::<String>::new());
    assert_eq!(quiet(world.client(&server, &[])), last);
}

#[test]
fn dates_on_disk_say_the_day_alone_and_sizes_nothing() {
    let world = World::new();
    let server = Server::scripted(|n, body| match body {
        body if body.contains("scope=refused") => json(400, r#"{"error":"invalid_scope"}"#),
        body if body.contains("scope=long") => token_with(&"t".repeat(1300), r#","refresh_token":"r","expires_in":60"#),
        _ => token_with(&format!("tok-{n}"), &format!(r#","expires_in":{}"#, n * 1000)),
    });
    let check = |when: &str| {
        for dir in [world.cache_dir(), world.path("state/oauth2tok")] {
            let files = fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path());
            for path in files.chain([dir.clone()]) {
                let meta = fs::symlink_metadata(&path).unwrap();
                assert_eq!((meta.mtime() % 86_400, meta.mtime_nsec()), (0, 0), "{when}: {}", path.display());
                let name = path.file_name().unwrap().to_str().unwrap();
                let is_sealed = name.len() >= 32 && meta.len() > 0;
                assert!(!is_sealed || meta.len() == 4096, "{when}: {} bytes in {name}", meta.len());
            }
        }
    };
    quiet(world.user(&server, &[]));
    check("a token");
    quiet(world.user(&server, &["-s", "long"]));
    check("a refresh token");
    assert_eq!(ended(start(world.user(&server, &["-s", "refused"]))).0, Some(3));
    check("a failure");
    quiet(world.user(&server, &[]));
    let entry = world.entries()[0].clone();
    let read = fs::metadata(&entry).unwrap();
    assert!(read.atime() % 86_400 == 86_399 || read.atime_nsec() != 0, "{}", read.atime());
    check("a hit");
    let clear = world.program().args(["cache", "clear", "--all"]);
    quiet(clear);
    check("nothing");
    assert_eq!(world.entries().len(), 0);
}

#[test]
fn a_run_that_is_killed_while_it_asks_leaves_no_date_but_its_promise() {
    let world = World::new();
    let server = Server::scripted(|_, _| json(200, "{}").late(Duration::from_secs(60)));
    let mut run = start(world.user(&server, &["--timeout", "1h"]));
    server.wait_for(1);
    run.kill().unwrap();
    run.wait().unwrap();
    let dir = fs::metadata(world.cache_dir()).unwrap();
    assert_eq!((dir.mtime() % 86_400, dir.mtime_nsec(), dir.atime() % 86_400), (0, 0, 86_399));
    let locks: Vec<_> =
        fs::read_dir(world.cache_dir()).unwrap().map(|file| file.unwrap().metadata().unwrap()).collect();
    assert_eq!(locks.len(), 1);
    assert_eq!((locks[0].atime(), locks[0].atime_nsec()), (locks[0].mtime(), 0));
}

#[test]
fn nothing_on_disk_can_be_read() {
    let world = World::new();
    let server = Server::scripted(|_, _| {
        token_with("the-t0ken", r#","expires_in":3600,"refresh_token":"the-refresh","scope":"the-scope""#)
    });
    quiet(world.user(&server, &["-s", "the-scope"]));
    let mut all = everything_in(&world.path("cache"));
    all.extend(everything_in(&world.path("state")));
    let port = server.port().to_string();
    for text in [
        "the-t0ken",
        "the-refresh",
        "the-scope",
        "alice",
        "pass-w0rd",
        "cl1ent-s3cret",
        "app",
        "127.0.0.1",
        &port,
        "Bearer",
    ] {
        assert!(!all.windows(text.len()).any(|window| window == text.as_bytes()), "{text} can be read");
    }
}

#[test]
fn an_entry_is_worthless_under_another_machine_key() {
    let (world, server) = (World::new(), Server::numbered());
    quiet(world.client(&server, &[]));
    fs::write(world.key_file(), [7; 32]).unwrap();
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
}

#[test]
fn a_damaged_or_foreign_entry_is_a_miss_and_heals() {
    let (world, server) = (World::new(), Server::numbered());
    quiet(world.client(&server, &[]));
    let path = world.entry();
    let good = fs::read(&path).unwrap();
    let mut flipped = good.clone();
    flipped[40] ^= 1;
    let mut newer = good.clone();
    newer[0] += 1;
    let mut older = good.clone();
    older[0] -= 1;
    let damages = [
        vec![],
        good[..20].to_vec(),
        good[..good.len() - 1].to_vec(),
        flipped,
        newer,
        older,
        b"{\"access_token\":\"x\"}".to_vec(),
    ];
    for (index, damage) in damages.iter().enumerate() {
        fs::write(&path, damage).unwrap();
        let expected = format!("tok-{}", index + 2);
        assert_eq!(quiet(world.client(&server, &[])), expected, "damage {index}");
        assert_eq!(quiet(world.client(&server, &[])), expected, "it healed");
    }
}

#[test]
fn two_entries_swapped_are_two_misses() {
    let (world, server) = (World::new(), Server::numbered());
    let run = |scope: &str| quiet(world.client(&server, &["-s", scope]));
    assert_eq!((run("a"), run("b")), ("tok-1".into(), "tok-2".into()));
    let entries = world.entries();
    let aside = world.path("aside");
    fs::rename(&entries[0], &aside).unwrap();
    fs::rename(&entries[1], &entries[0]).unwrap();
    fs::rename(&aside, &entries[1]).unwrap();
    assert_eq!((run("a"), run("b")), ("tok-3".into(), "tok-4".into()));
}

#[test]
fn a_planted_link_is_not_followed() {
    let target_text = "somebody's file";
    let places = [("entry", true), ("lock", false), ("key", true), ("dir", true), ("state", true)];
    for (place, warns) in places {
        let (world, server) = (World::new(), Server::numbered());
        quiet(world.client(&server, &[]));
        let entry = world.entry();
        let target = world.path("target");
        let link = match place {
            "entry" => entry.clone(),
            "lock" => entry.with_extension("lock"),
            "key" => world.key_file(),
            "dir" => world.cache_dir(),
            _ => world.path("state/oauth2tok"),
        };
        if link.is_dir() {
            fs::create_dir(&target).unwrap();
            fs::remove_dir_all(&link).unwrap();
        } else {
            fs::write(&target, target_text).unwrap();
            fs::remove_file(&link).unwrap();
        }
        symlink(&target, &link).unwrap();
        let (out, err) = prints(world.client(&server, &["--force-new"]));
        assert_eq!(out, "tok-2", "{place}");
        let (_, err_of_hit) = prints(world.client(&server, &[]));
        let heals = matches!(place, "entry" | "lock");
        assert_eq!(err.contains("is a link") || err_of_hit.contains("is a link"), warns && !heals, "{place}: {err}");
        if target.is_dir() {
            assert_eq!(fs::read_dir(&target).unwrap().count(), 0, "{place}");
        } else {
            assert_eq!(fs::read_to_string(&target).unwrap(), target_text, "{place}");
        }
    }
}

#[test]
fn a_linked_entry_is_told_and_replaced() {
    let (world, server) = (World::new(), Server::numbered());
    quiet(world.client(&server, &[]));
    let entry = world.entry();
    let copy = world.path("copy");
    fs::rename(&entry, &copy).unwrap();
    symlink(&copy, &entry).unwrap();
    check_warned(world.client(&server, &[]), "tok-2", "is a link");
    assert!(!entry.is_symlink());
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
}

#[test]
fn what_other_users_may_touch_is_not_trusted() {
    let (world, server) = (World::new(), Server::numbered());
    quiet(world.client(&server, &[]));
    let entry = world.entry();
    set_mode(&entry, 0o640);
    check_warned(world.client(&server, &[]), "tok-2", "is open to other users");
    assert_eq!(mode(&entry), 0o600, "it was replaced");
    let dirs = [world.cache_dir(), world.path("state/oauth2tok")];
    for (path, good) in [(&dirs[0], 0o700), (&dirs[1], 0o700), (&world.key_file(), 0o600)] {
        set_mode(path, good | 0o004);
        let before = server.count();
        check_warned(world.client(&server, &[]), &format!("tok-{}", before + 1), "is open to other users");
        set_mode(path, good);
    }
    assert_eq!(quiet(world.client(&server, &[])), "tok-2");
}

#[test]
fn what_belongs_to_another_user_is_not_trusted() {
    let (world, server) = (World::new(), Server::numbered());
    quiet(world.client(&server, &[]));
    let dirs = [world.cache_dir(), world.path("state/oauth2tok")];
    for path in [&dirs[0], &dirs[1], &world.key_file(), &world.entry()] {
        // Only root can give a file away.
        let me = rustix::process::geteuid().as_raw();
        if std::os::unix::fs::chown(path, Some(me + 1), None).is_err() {
            return;
        }
        let before = server.count();
        check_warned(world.client(&server, &[]), &format!("tok-{}", before + 1), "belongs to another user");
        if path.exists() {
            std::os::unix::fs::chown(path, Some(me), None).unwrap();
        }
    }
}

#[test]
fn a_lock_with_a_second_name_is_not_written_to() {
    let world = World::new();
    let server = Server::scripted(|_, _| json(400, r#"{"error":"invalid_client"}"#));
    ended(start(world.client(&server, &[])));
    let lock =
        fs::read_dir(world.cache_dir()).unwrap().map(|f| f.unwrap().path()).find(|p| p.extension().is_some()).unwrap();
    let target = world.path("target");
    fs::write(&target, "somebody's file").unwrap();
    set_mode(&target, 0o600);
    fs::remove_file(&lock).unwrap();
    fs::hard_link(&target, &lock).unwrap();
    let (code, _, _) = ended(start(world.client(&server, &[])));
    assert_eq!(code, Some(3));
    assert_eq!(fs::read_to_string(&target).unwrap(), "somebody's file");
}

#[test]
fn a_damaged_machine_key_is_made_anew() {
    let (world, server) = (World::new(), Server::numbered());
    for (index, damage) in [&b""[..], b"short", &[0; 32], &[1; 33]].iter().enumerate() {
        quiet(world.client(&server, &[]));
        fs::write(world.key_file(), damage).unwrap();
        let expected = format!("tok-{}", index + 2);
        assert_eq!(quiet(world.client(&server, &[])), expected);
        assert_eq!(quiet(world.client(&server, &[])), expected);
    }
}

#[test]
fn no_trouble_with_the_cache_costs_the_token() {
    let server = Server::numbered();
    let expect = |run: Run| {
        let (out, err) = prints(run);
        assert!(out.starts_with("tok-"), "{out}");
        assert!(err.starts_with("warning: the token is not kept: ") && err.lines().count() == 1, "{err}");
    };
    for name in ["cache", "cache/oauth2tok", "state", "state/oauth2tok"] {
        let world = World::new();
        let path = world.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "a file where a directory should be").unwrap();
        expect(world.client(&server, &[]));
    }
    // A directory that cannot be written to, even by root: it is gone.
    let world = World::new();
    let command = world.client(&server, &[]).env("XDG_CACHE_HOME", "/proc/oauth2tok-test");

    if cfg!(target_os = "linux") {
        expect(command);
    }
    for (home, names) in
        [("", &["XDG_CACHE_HOME", "XDG_STATE_HOME"][..]), ("", &["XDG_CACHE_HOME"]), ("relative", &["XDG_STATE_HOME"])]
    {
        let command = world.client(&server, &[]).env("HOME", home);
        expect(names.iter().fold(command, |command, name| command.without(name)));
    }
    // A relative path is no place of its own: the specification has it ignored.
    let command = world.client(&server, &[]).env("XDG_CACHE_HOME", "cache").cwd(&world.path(""));
    quiet(command);
    assert!(!world.path("cache").exists() && world.path(".cache/oauth2tok").exists());
    // An entry's place that cannot be replaced.
    let world = World::new();
    quiet(world.client(&server, &[]));
    let entry = world.entry();
    fs::remove_file(&entry).unwrap();
    fs::create_dir_all(entry.join("full")).unwrap();
    let (out, err) = prints(world.client(&server, &[]));
    assert!(out.starts_with("tok-") && err.starts_with("warning: ") && err.lines().count() == 1, "{err}");
}

#[test]
fn a_directory_without_room_or_rights_costs_no_token() {
    let (world, server) = (World::new(), Server::numbered());
    quiet(world.client(&server, &["-s", "a"]));
    set_mode(&world.cache_dir(), 0o500);
    let root = fs::write(world.cache_dir().join("probe"), "").is_ok();
    let (out, err) = prints(world.client(&server, &["-s", "b"]));
    assert_eq!(out, "tok-2");
    if !root {
        assert!(err.starts_with("warning: the token is not kept: ") && err.lines().count() == 1, "{err}");
        assert_eq!(quiet(world.client(&server, &["-s", "a"])), "tok-1", "what is kept can still be read");
    }
    set_mode(&world.cache_dir(), 0o700);
    let command = without_growing_files(world.client(&server, &["-s", "c"]));
    check_warned(command, "tok-3", "the token is not kept");
    assert!(fs::read_dir(world.cache_dir()).unwrap().all(|f| f.unwrap().path().extension().is_none_or(|e| e != "tmp")));
}

#[test]
fn the_command_lists_forgets_and_says_where() {
    let (world, server) = (World::new(), Server::numbered());
    let run = |words: &[&str]| {
        let command = world.program().args(words);
        quiet(command)
    };
    assert_eq!(run(&["cache", "path"]), world.cache_dir().to_str().unwrap());
    assert_eq!(run(&["cache", "list"]), "");
    assert_eq!(run(&["cache", "clear", "--all"]), "");
    assert_eq!(
        run(&["cache", "clear", "--token-endpoint", &server.url(), "-i", "app", "--client-secret", "env:SECRET"]),
        ""
    );
    assert!(!world.path("cache").exists() && !world.path("state").exists(), "looking leaves nothing behind");
    let profiles = format!(
        "defaults:\n  token_endpoint: {}\n  client_id: app\n  cache: true\nprofiles:\n  one:\n    client_secret: env:SECRET\n    scope: read write\n  two:\n    client_secret: command:echo x\n  three:\n    client_secret: env:SECRET\n    scope: other\n",
        server.url()
    );
    fs::create_dir_all(world.path("config/oauth2tok")).unwrap();
    fs::write(world.path("config/oauth2tok/config.yaml"), profiles).unwrap();
    assert_eq!((run(&["-p", "one"]), run(&["-p", "two"])), ("tok-1".into(), "tok-2".into()));
    quiet(world.client(&server, &["-s", "elsewhere"]));
    let list = run(&["cache", "list"]);
    let lines: Vec<_> = list.lines().map(|line| line.split('\t').collect::<Vec<_>>()).collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert!(lines[0][..2] == ["one", "read write"] && lines[0][2].ends_with('Z') && lines[0][3].starts_with("hit"));
    assert!(lines[1][..3] == ["two", "-", "-"] && lines[1][3].contains("--profile"), "{list}");
    assert!(lines[2][0].len() == 32 && lines[2][3].starts_with("sealed"), "{list}");
    assert!(!list.contains("tok-"), "{list}");
    assert!(run(&["cache", "list", "-p", "two"]).contains("two\t-\t2"), "its secret is read when it is named");
    let without_secret = world.program().args(["cache", "list", "-p", "one"]).without("SECRET");
    let list = quiet(without_secret);
    assert!(list.starts_with("one\tread write\t-\tsealed; cannot read client_secret from env:SECRET: "), "{list}");

    for words in [&["cache", "clear", "--all", "--dry-run"][..], &["cache", "clear", "--dry-run", "-p", "one"]] {
        let command = world.program().args(words);
        let (code, _, err) = ended(start(command));
        assert!(code == Some(2) && err.contains("cache clear has no dry run"), "{err}");
    }
    assert_eq!(world.entries().len(), 3);

    run(&["cache", "clear", "-p", "one"]);
    assert_eq!(run(&["-p", "two"]), "tok-2");
    assert_eq!(run(&["-p", "one"]), "tok-4");
    fs::write(world.cache_dir().join("not-ours"), "x").unwrap();
    let clear = world.program().args(["cache", "clear", "--all", "-v"]);
    assert!(prints(clear).1.ends_with("* 3 kept tokens forgotten"));
    let left: Vec<_> = fs::read_dir(world.cache_dir()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["not-ours"]);
    assert_eq!(run(&["-p", "two"]), "tok-5");
    let clear = world.program().args(["cache", "clear", "--all", "-v"]);
    assert!(prints(clear).1.ends_with("* 1 kept token forgotten"));
}

#[test]
fn forgetting_everything_goes_on_behind_what_is_not_ours() {
    let (world, server) = (World::new(), Server::numbered());
    for scope in ["a", "b", "c"] {
        quiet(world.client(&server, &["-s", scope]));
    }
    let target = world.path("target");
    fs::write(&target, "somebody's file").unwrap();
    let entries = world.entries();
    let lock = entries[0].with_extension("lock");
    fs::remove_file(&lock).unwrap();
    symlink(&target, &lock).unwrap();
    fs::remove_file(&entries[1]).unwrap();
    fs::create_dir(&entries[1]).unwrap();
    let clear = world.program().args(["cache", "clear", "--all", "-v"]);
    let (code, _, err) = ended(start(clear));
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("* 2 kept tokens forgotten") && err.contains("error: cannot remove "), "{err}");
    let left: Vec<_> = fs::read_dir(world.cache_dir()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(left, [entries[1].clone()], "what is no file stays and is told, everything else is gone");
    assert_eq!(fs::read_to_string(&target).unwrap(), "somebody's file");
}

#[test]
fn the_directory_is_told_without_a_home() {
    let world = World::new();
    let command = world.program().args(["cache", "path"]).env("HOME", "").without("XDG_STATE_HOME");
    assert_eq!(quiet(command), world.cache_dir().to_str().unwrap());
}
