//! The example workspace, built with real packages, node and pnpm from the npm registry. The services are started from
//! the captured files.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use fourply_testing::fixtures;
use support::{Bench, Way, copy_sources, write};

fn example() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_sources(&fixtures::project().join("examples/erp"), folder.path());
    folder
}

/// Unpacks an archive next to the workspace's node_modules, starts the entry and requests its health endpoint.
fn health(bench: &Bench, built: &fourply_app::BuiltApp, service: &str, entry: &str) -> String {
    let installs = bench.folder.path().join("build/installs");
    let apps = fs_err::read_dir(installs).unwrap().map(|entry| entry.unwrap().path().join("app"));
    let app = apps.into_iter().find(|app| app.join(service).join("node_modules").is_dir()).unwrap();
    let pack = bench.store.open_pack(&built.pack).unwrap();
    for entry in pack.entries() {
        let path = app.join(&entry.path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, pack.bytes(entry).unwrap()).unwrap();
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child = Command::new("node")
        .arg(entry)
        .current_dir(app.join(service))
        .env("PORT", port.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let answer = (0..600).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        get(port, "/health/ready")
    });
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    answer.expect("the service does not answer")
}

fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

fn entry_of(root: &Path, built: &fourply_app::BuiltApp, service: &str) -> String {
    let workspace = fourply_pnpm::Workspace::read(root, None).unwrap();
    built.entry(&workspace, &support::id(service), None, &Default::default()).unwrap().unwrap().path
}

#[test]
#[ignore = "needs the network"]
fn every_service_of_the_example_builds_and_starts() {
    let (bench, workspace) = (Bench::new(false), example());
    let expected = [
        ("services/auth", "dist/main.js"),
        ("services/catalog", "dist/src/main.js"),
        ("services/master-data", "dist/main.js"),
    ];
    for (service, entry) in expected {
        let built = bench.build(workspace.path(), service).unwrap();
        assert_eq!(entry_of(workspace.path(), &built, service), entry);
        let answer = health(&bench, &built, service, entry);
        assert!(answer.starts_with("HTTP/1.1 200"), "{service}: {answer}");
        assert!(bench.build(workspace.path(), service).unwrap().reused);
    }
}

#[test]
#[ignore = "needs the network"]
fn a_script_that_calls_pnpm_finds_the_workspaces_own() {
    let (bench, workspace) = (Bench::new(false), example());
    for (version, node_version) in
        [("9.14.2", "20.20.2"), ("10.34.9", "20.20.2"), ("11.28.11", "22.23.3"), ("12.21.0", "20.20.2")]
    {
        let root = fs_err::read_to_string(fixtures::project().join("examples/erp/package.json")).unwrap();
        let root = root.replace("pnpm@9.14.2", &format!("pnpm@{version}"));
        let service =
            fs_err::read_to_string(workspace.path().join("services/master-data/package.json")).unwrap();
        let calls = r#""build": "pnpm --version && pnpm run compile", "compile": "tsc -p tsconfig.json""#;
        let service = service.replace(r#""build": "tsc -p tsconfig.json""#, calls);
        write(workspace.path(), &[("package.json", &root), ("services/master-data/package.json", &service)]);
        let built = bench
            .build_as(workspace.path(), "services/master-data", &Way { node_version, ..Way::default() })
            .unwrap();
        let told = bench.told();
        assert!(told.contains(&format!("services/master-data: {version}")), "{told:?}");
        assert!(bench.paths(&built).contains(&"services/master-data/dist/main.js".to_owned()));
    }
}

#[test]
#[ignore = "needs the network"]
fn a_script_that_writes_into_a_package_reaches_no_other_build() {
    let (bench, workspace) = (Bench::new(false), example());
    let clean = fs_err::read_to_string(workspace.path().join("shared/kernel/package.json")).unwrap();
    let first = bench.build(workspace.path(), "services/master-data").unwrap();
    let spoil = "tsc -p tsconfig.json && echo 'throw 1' >> node_modules/decimal.js/decimal.js";
    write(workspace.path(), &[("shared/kernel/package.json", &clean.replace("tsc -p tsconfig.json", spoil))]);
    bench.build(workspace.path(), "services/master-data").unwrap();
    let show = "tsc -p tsconfig.json && tail -n 1 node_modules/decimal.js/decimal.js";
    write(workspace.path(), &[("shared/kernel/package.json", &clean.replace("tsc -p tsconfig.json", show))]);
    bench.told();
    for service in ["services/master-data", "services/auth"] {
        bench.build(workspace.path(), service).unwrap();
        let told = bench.told();
        assert!(!told.iter().any(|line| line.contains("throw 1")), "{service}: {told:?}");
    }
    write(workspace.path(), &[("shared/kernel/package.json", &clean)]);
    assert_eq!(bench.build(workspace.path(), "services/master-data").unwrap().pack, first.pack);
}
