#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command as Process;

use super::*;
use fourply_testing::fixtures;

fn accounts() -> Accounts {
    Accounts {
        passwd: "root:x:0:0:root:/root:/bin/ash\n".into(),
        group: "root:x:0:\nshadow:x:42:\ntaken:x:100:\n".into(),
        shadow: Some("root:*::0:::::\n".into()),
    }
}

#[test]
fn accounts_are_added_as_busybox_would() {
    let script = b"#!/bin/sh\nuser=chrony\naddgroup -S -g 42 shadow 2>/dev/null\naddgroup -S \"$user\" 2>/dev/null\nadduser -S -D -h /var/log/chrony -s /sbin/nologin -G $user -g 'a b' ${user} 2>/dev/null\naddgroup chrony shadow\nexit 0\n";
    let mut found = accounts();
    assert!(found.apply(script).is_some());
    assert_eq!(found.group, "root:x:0:\nshadow:x:42:chrony\ntaken:x:100:\nchrony:x:101:chrony\n");
    assert!(found.passwd.ends_with("chrony:x:100:101:a b:/var/log/chrony:/sbin/nologin\n"));
    assert_eq!(found.shadow.clone().unwrap().lines().last(), Some("chrony:!::0:99999:7:::"));
    let before = found.clone();
    assert!(found.apply(script).is_some() && found == before);
}

#[test]
fn anything_else_is_not_understood() {
    for script in [
        "mkdir -p /x",
        "adduser -k /skel x",
        "addgroup $(id)",
        "addgroup $x",
        "adduser 'a:b'",
        "adduser .a",
        "addgroup -g 256001 a",
        "addgroup -g +5 a",
        "if true; then",
        "addgroup a || rm -rf /",
        "addgroup 'x",
    ] {
        let mut found = accounts();
        assert!(found.apply(script.as_bytes()).is_none() && found == accounts(), "{script}");
    }
}

/// busybox's answers: each line is a script, run on the accounts of `asked`.
const SCRIPTS: &str = "
adduser -S -D -H u
adduser -SDH u
adduser -D -H u
adduser -S -D -H -G taken u
adduser -S -D -H -G none u
adduser -D -H -u 100 u
adduser -D -H -u 1000 -G taken u
adduser -D -H -u 0 u
adduser -D -H -u 42 u
adduser -S -D -H -u 42 u
adduser -D -H -u 5 u
adduser -D -H -u 010 u
adduser -D -H -g '' u
adduser -S -D -H -s '' u
adduser -S -D -H -G shadow root
adduser -S -D -H -h /var/lib/u -s /bin/sh -g 'some text' -G taken u
adduser nobody shadow
adduser none shadow
addgroup g
addgroup -S g
addgroup -S -g 100 g
addgroup -S -g 5 taken
addgroup -g 256000 g
addgroup nobody none
addgroup none shadow
addgroup root shadow
addgroup -g 1000 g; adduser -D -H u
addgroup -S u; adduser -D -H u
addgroup -S u; adduser -S -D -H u
addgroup -S g; adduser -S -D -H -G g u
addgroup -S g; addgroup -S g; addgroup nobody g; addgroup nobody g
adduser -D -H -G taken u; adduser u shadow; adduser u taken; addgroup u root
adduser -S -D -H u; adduser -S -D -H v; addgroup -S w; adduser -D -H x
";

fn asked() -> Accounts {
    Accounts {
        passwd: "root:x:0:0:root:/root:/bin/ash\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n".into(),
        group: "root:x:0:root\nshadow:x:42:\ntaken:x:100:\nnogroup:x:65533:\nnobody:x:65534:\n".into(),
        shadow: Some("root:*::0:::::\nnobody:!::0:::::\n".into()),
    }
}

#[test]
#[ignore = "needs the fixtures, and root for chroot"]
fn accounts_are_those_of_real_busybox_as_root() {
    let root = tempfile::tempdir().unwrap();
    let archive = fixtures::dir().join("alpine/minirootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz");
    let unpacked = Process::new("tar").arg("-xzf").arg(archive).arg("-C").arg(root.path()).status().unwrap();
    assert!(unpacked.success());
    for script in SCRIPTS.lines().filter(|line| !line.is_empty()) {
        let mut found = asked();
        assert!(found.apply(script.replace("; ", "\n").as_bytes()).is_some(), "{script}");
        assert_eq!(found, busybox(root.path(), script), "{script}");
    }
}

/// The accounts after a script, run in apk's environment: only a path.
fn busybox(root: &Path, script: &str) -> Accounts {
    let Accounts { passwd, group, shadow } = asked();
    let path = |name: &str| root.join("etc").join(name);
    std::fs::write(path("passwd"), passwd).unwrap();
    std::fs::write(path("group"), group).unwrap();
    std::fs::write(path("shadow"), shadow.unwrap()).unwrap();
    let mut shell = Process::new("chroot");
    shell.arg(root).args(["/bin/sh", "-c", script]).env_clear();
    shell.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").output().unwrap();
    let text = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    // Without the day.
    let timeless = |line: &str| match line.split(':').collect::<Vec<_>>().as_slice() {
        [name, password, _, rest @ ..] if *password == "!" => format!("{name}:!::{}\n", rest.join(":")),
        _ => format!("{line}\n"),
    };
    let shadow = text("shadow").lines().map(timeless).collect();
    Accounts { passwd: text("passwd"), group: text("group"), shadow: Some(shadow) }
}

proptest::proptest! {
    #[test]
    fn any_script_is_read(script in "((addgroup|adduser) )?.{0,30}") {
        let _ = accounts().apply(script.as_bytes());
    }
}
