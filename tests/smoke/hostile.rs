//! Images of strangers: they reach nothing, and are bounded in time, memory and processes.

use std::time::Duration;

use serde_json::json;

use super::images::{Images, layer, shell};
use super::user::is_root;

#[test]
fn links_lead_nowhere_and_folders_that_are_not_there_are_made() {
    let images = Images::new();
    let outside = images.path("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::set_permissions(&outside, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let target = format!("-> {}", outside.display());
    let up = format!("-> ../../../../../../../..{}", outside.display());
    let files = layer(&[
        ("home/node", 0o777, 0, &target),
        ("run", 0o777, 0, &up),
        ("etc/hosts", 0o777, 0, &target),
        ("etc/resolv.conf", 0o777, 0, "-> ../run/none/stub"),
        ("app/link", 0o777, 1001, &target),
        ("app/link/in", 0o644, 1001, "a"),
    ]);
    let script = "ls /dev | cat; echo a > $HOME/x; echo a > /run/x; echo a > /app/link/x; cat /app/link/in; pwd; id; exit 3";
    let config = json!({ "Cmd": ["sh", "-c", script], "User": "node", "WorkingDir": "/srv/none/here" });
    let image = images.write(&[shell(), &files], config.clone());
    let started = images.start(&image, "");
    started.expect(1, &["/srv/none/here", "uid=1001"]);
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0, "{started:?}");
    if is_root() {
        let started = images.start_as_root(&image, &[]);
        started.expect(1, &["/srv/none/here", "uid=1001"]);
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0, "{started:?}");
    }
    for path in ["proc", "dev", "sys"] {
        let files = layer(&[(path, 0o777, 0, "-> /etc")]);
        let image = images.write(&[shell(), &files], config.clone());
        images.start(&image, "").expect(1, &[&format!("lies at /{path}")]);
    }
    let files = layer(&[("srv", 0o644, 0, "a file")]);
    let image = images.write(&[shell(), &files], config);
    images.start(&image, "").expect(1, &["the working directory /srv/none/here cannot be entered"]);
}

#[test]
fn time_memory_and_processes_are_bounded() {
    let images = Images::new();
    let start = |script: &str, arguments: &str| {
        let config = json!({ "Cmd": ["sh", "-c", script], "User": "1001" });
        images.start(&images.write(&[shell()], config), arguments)
    };
    let soon =
        |started: &super::images::Started| assert!(started.took < Duration::from_secs(60), "{started:?}");
    // Forks without end: killed, or refused by the kernel, but never for long.
    soon(&start("f() { f | f & }; f; sleep 60", "--timeout 2s"));
    let started =
        start("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", "--timeout 1s");
    soon(&started);
    started.expect(0, &["it still ran after"]);
    let started = start("cat /dev/zero", "--timeout 1s");
    soon(&started);
    let started = start("cat /dev/zero > /tmp/x; exit 3", "");
    soon(&started);
    started.expect(4, &["the sandbox gives it no more"]);
    // More variables than a program may have.
    let variable = format!("A={}", "x".repeat(300_000));
    let image =
        images.write(&[shell()], json!({ "Cmd": ["sh", "-c", "exit 0"], "User": "1001", "Env": [variable] }));
    images.start(&image, "").expect(1, &["sh cannot be started: Argument list too long"]);
}
