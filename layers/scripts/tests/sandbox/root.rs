//! Scripts in a separate root file system: they see its programs and none of the host's, cannot change it, and find
//! their folders at the same paths.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_scripts::process::{Shell, run};
use fourply_scripts::sandbox::{Entered, Level, Room, Sandbox, Strictness, View};

/// The failures of scripts in a root.
pub fn failures(entered: Entered) -> Vec<String> {
    let mut failures = Vec::new();
    for level in [Level::Full, Level::Namespaces] {
        let sandbox = Sandbox::new(entered, Strictness::Auto, Vec::new()).at_most(level);
        if sandbox.strength().level != level {
            println!("{level}: no root to be had here: {:?}", sandbox.strength().lacks);
            continue;
        }
        failures.extend(at(&sandbox).into_iter().map(|failure| format!("root at {level}: {failure}")));
    }
    failures.extend(by_chroot(entered));
    failures
}

/// Without mounts: only root, who may `chroot`, with Landlock.
fn by_chroot(entered: Entered) -> Vec<String> {
    let at_most = |level| Sandbox::new(entered, Strictness::Auto, Vec::new()).at_most(level);
    let mut failures = Vec::new();
    if at_most(Level::Filter).admit_root().is_ok() {
        failures.push("a root without mounts and Landlock is admitted".to_owned());
    }
    let weak = at_most(Level::Landlock);
    if weak.strength().level != Level::Landlock {
        println!("landlock: not to be had here: {:?}", weak.strength().lacks);
        return failures;
    }
    match (weak.admit_root(), may_chroot()) {
        (Ok(()), true) => failures.extend(at(&weak).into_iter().map(|it| format!("root by chroot: {it}"))),
        (Err(_), false) => {}
        (admitted, allowed) => failures.push(format!("root by chroot: {admitted:?}, allowed {allowed}")),
    }
    failures
}

/// Whether this process has CAP_SYS_CHROOT and CAP_MKNOD.
fn may_chroot() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let held = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    let wanted = 1 << 18 | 1 << 27;
    u64::from_str_radix(held.trim(), 16).unwrap() & wanted == wanted
}

fn at(sandbox: &Sandbox) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().canonicalize().unwrap();
    let root = folder.join("root");
    fill(&root);
    let before = paths(&root);
    for path in ["build/app", "build/home", "build/tmp", "tool"] {
        std::fs::create_dir_all(folder.join(path)).unwrap();
    }
    std::fs::write(folder.join("tool/hello"), "hello\n").unwrap();
    let place = folder.display();
    // Each with its output.
    let attempts = [
        ("echo $0".to_owned(), "/bin/sh"),
        ("cat /etc/marker".to_owned(), "of the root"),
        (format!("cat {place}/tool/hello"), "hello"),
        ("echo a > made && cat made && pwd".to_owned(), "a\nBUILD"),
        ("echo a > $HOME/b && echo c > /tmp/d && cat /var/tmp/d".to_owned(), "c"),
        ("ls -d /usr/bin/python3 /usr/lib/python3 2>/dev/null || echo none".to_owned(), "none"),
        (format!("ls {place}"), "build\ntool"),
        (
            "while IFS=: read -r name rest; do echo $name; done < /etc/passwd | cat".to_owned(),
            "root\nUSERnobody",
        ),
        ("(echo x > /etc/marker) 2>/dev/null || echo refused".to_owned(), "refused"),
        ("(echo x > /bin/new) 2>/dev/null || echo refused".to_owned(), "refused"),
        ("(echo x > /new) 2>/dev/null || echo refused".to_owned(), "refused"),
        ("echo a > $HOME/b && cat $HOME/b && echo $(cat /dev/null)z".to_owned(), "a\nz"),
        (format!("(echo x > {place}/tool/new) 2>/dev/null || echo refused"), "refused"),
        ("echo a > /dev/null && ls /proc/self/fd > /dev/null && echo kernel".to_owned(), "kernel"),
        ("cat /etc/resolv.conf; cat /etc/hosts".to_owned(), "127.0.0.1 localhost\n::1 localhost"),
    ];
    let user = if super::is_root() { "" } else { "build\n" };
    let mut failures = Vec::new();
    // With chroot there is no own /proc; and other users' folders, here all below /tmp, are invisible.
    let chroot = sandbox.strength().level == Level::Landlock;
    let mounted = |command: &str| ["/var/tmp/d", "/proc/", "ls /"].iter().any(|part| command.contains(part));
    for (command, expected) in attempts.into_iter().filter(|(command, _)| !chroot || !mounted(command)) {
        let log = script(sandbox, &folder, &command);
        let expected =
            expected.replace("BUILD", &folder.join("build/app").display().to_string()).replace("USER", user);
        if log != expected {
            failures.push(format!("{command}: {log:?} and not {expected:?}"));
        }
    }
    if paths(&root) != before {
        failures.push("the root changed".to_owned());
    }
    // The written file is where the program looks for it.
    if std::fs::read(folder.join("build/app/made")).unwrap_or_default() != b"a\n" {
        failures.push("what a script made is not in its folder".to_owned());
    }
    failures
}

/// A root with a shell and two programs, and their libraries.
fn fill(root: &Path) {
    let programs = ["/bin/sh", "/bin/cat", "/bin/ls"];
    let loaded = Command::new("ldd").args(programs).output().unwrap();
    let text = String::from_utf8(loaded.stdout).unwrap();
    let libraries = text.split_whitespace().filter(|word| word.starts_with('/') && !word.ends_with(':'));
    let all: BTreeSet<&str> = programs.into_iter().chain(libraries).collect();
    for path in all {
        let to = root.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(path, to).unwrap();
    }
    for folder in ["etc", "tmp", "dev", "var/tmp", "home/of/the/root"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    for (name, text) in
        [("marker", "of the root\n"), ("passwd", "x"), ("group", ""), ("hosts", ""), ("resolv.conf", "")]
    {
        std::fs::write(root.join("etc").join(name), text).unwrap();
    }
}

fn paths(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| match path.is_dir() {
        true => paths(&path).into_iter().chain([path]).collect(),
        false => BTreeSet::from([path]),
    };
    entries.flat_map(below).collect()
}

fn script(sandbox: &Sandbox, folder: &Path, command: &str) -> String {
    let at = |name: &str| folder.join(name);
    let view = View {
        root: Some(at("root")),
        write: vec![at("build/app"), at("build/home"), at("build/tmp")],
        read: vec![at("tool")],
        home: at("build/home"),
        tmp: at("build/tmp"),
        ..View::default()
    };
    let room = Some(Room { sandbox, view: &view, network: None });
    let environment: BTreeMap<String, OsString> = BTreeMap::from([
        ("PATH".to_owned(), "/bin:/usr/bin".into()),
        ("HOME".to_owned(), at("build/home").into()),
    ]);
    let shell = Shell { text: command, folder: &at("build/app"), environment: &environment, room };
    match run(&shell, &|| false, &mut |_| ()) {
        Ok(outcome) => outcome.log,
        Err(error) => error.to_string(),
    }
}
