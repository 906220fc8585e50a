//! `build --smoke`: an image that does not live is written nowhere.

use std::process::Command;

use super::images::{hex, node};
use super::program::{digest, error};
use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

#[test]
fn an_image_that_is_at_fault_is_neither_written_nor_pushed() {
    let package = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, package.clone()));
    let tiny = Tiny::new(&package, &npm.url());
    let text = std::fs::read_to_string(tiny.root.join("fourply.toml")).unwrap();
    let old = text.split("sha256 = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let text = text.replace(&old, &hex(node()));
    std::fs::write(tiny.root.join("base.tar.gz"), node()).unwrap();
    std::fs::write(
        tiny.root.join("fourply.toml"),
        format!("{text}\n[image]\nuser = \"node\"\n[services.a]\nport = 3000\n"),
    )
    .unwrap();
    let service = |code: &str| std::fs::write(tiny.root.join("services/a/dist/main.js"), code).unwrap();
    let build = |smoke: &str| -> Command {
        let mut command = tiny.build();
        command.arg(smoke);
        command
    };
    service("require('thing');require('fs').mkdirSync('uploads')");
    let text = error(&mut build("--smoke"), 1);
    assert!(text.contains("[services.a] writable = [\"uploads\"]"), "{text}");
    assert!(!tiny.image().exists());
    // What cannot be told is written, unless only what is well may be.
    service("require('net').connect(5432,'127.0.0.1')");
    let text = error(&mut build("--smoke=healthy"), 1);
    assert!(text.contains("ECONNREFUSED") && !tiny.image().exists(), "{text}");
    let output = build("--smoke").output().unwrap();
    assert!(output.status.success() && tiny.image().exists(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("warning: it cannot be told whether services/a lives"), "{said}");
    std::fs::remove_dir_all(tiny.image()).or_else(|_| std::fs::remove_file(tiny.image())).unwrap();
    service("require('http').createServer((q,r)=>r.end()).listen(3000)");
    let found = digest(&mut build("--smoke=healthy"));
    assert!(found.starts_with("sha256:") && tiny.image().exists());
    let run = tiny.fourply(&["smoke", "a"]).output().unwrap();
    assert!(String::from_utf8_lossy(&run.stdout).contains("the health check passed"), "{run:?}");
}
