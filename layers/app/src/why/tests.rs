#![allow(clippy::unwrap_used)]

use super::*;

fn decisions(settings: &[(&str, &str)], packages: &[&str], sources: &[(&str, &str)]) -> BuildDecisions {
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    BuildDecisions {
        settings: map(settings),
        packages: packages.iter().map(|&name| name.to_owned()).collect(),
        sources: map(sources),
    }
}

/// The message for a build after the one of [`last`].
fn said(now: &BuildDecisions) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("why/record");
    keep(&path, &Key::of(b"last"), &last()).unwrap();
    reason(&path, &Key::of(b"now"), now).to_string()
}

fn last() -> BuildDecisions {
    decisions(
        &[("node", "20.20.2"), (DEPENDENCIES, "1"), ("env NAME", "2")],
        &["a@1.0.0", "b@1.0.0"],
        &[("shared/kernel/src/a.ts", "1"), ("tsconfig.json", "2")],
    )
}

#[test]
fn the_first_causes_are_named_and_the_others_counted() {
    let mut now = last();
    now.sources.insert("shared/kernel/src/a.ts".to_owned(), "3".to_owned());
    assert_eq!(said(&now), "shared/kernel/src/a.ts changed");
    now.sources.insert("services/auth/new.ts".to_owned(), "3".to_owned());
    now.sources.remove("tsconfig.json");
    assert_eq!(
        said(&now),
        "services/auth/new.ts added, shared/kernel/src/a.ts changed, tsconfig.json removed"
    );
    now.settings.insert("node".to_owned(), "22.1.0".to_owned());
    now.settings.remove("env NAME");
    let all = "node 20.20.2 became 22.1.0, env NAME removed, services/auth/new.ts added, shared/kernel/src/a.ts changed, tsconfig.json removed";
    assert_eq!(said(&now), all);
    now.sources.insert("services/auth/other.ts".to_owned(), "3".to_owned());
    assert!(said(&now).ends_with("shared/kernel/src/a.ts changed, and 1 more"), "{}", said(&now));
}

#[test]
fn packages_are_named_where_they_are_what_changed() {
    let mut now = last();
    now.settings.insert(DEPENDENCIES.to_owned(), "9".to_owned());
    assert_eq!(said(&now), "dependencies in pnpm-lock.yaml changed");
    now.packages.remove("a@1.0.0");
    now.packages.insert("a@1.0.1".to_owned());
    assert_eq!(said(&now), "the package a@1.0.1 added, the package a@1.0.0 removed");
}

#[test]
fn without_a_record_it_is_a_first_build_and_without_a_cause_the_result_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record");
    let key = Key::of(b"last");
    assert_eq!(reason(&path, &key, &last()), BuildReason::First);
    fs_err::write(&path, "damaged").unwrap();
    assert_eq!(reason(&path, &key, &last()), BuildReason::First);
    keep(&path, &key, &last()).unwrap();
    assert_eq!(reason(&path, &key, &last()), BuildReason::Gone);
    assert_eq!(reason(&path, &Key::of(b"other"), &last()), BuildReason::Other);
    keep_other(&path, &key, || unreachable!("it is there")).unwrap();
}

#[test]
fn another_level_of_the_sandbox_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record");
    let key = Key::of(b"last");
    keep(&path, &key, &last().at_level(Level::Namespaces)).unwrap();
    let said = |now: &BuildDecisions| reason(&path, &key, now).to_string();
    assert_eq!(said(&last().at_level(Level::Full)), "the sandbox's level namespaces became full");
    assert_eq!(reason(&path, &key, &last().at_level(Level::Namespaces)), BuildReason::Gone);
    // A build that was found has no level.
    keep(&path, &key, &last()).unwrap();
    assert_eq!(reason(&path, &key, &last().at_level(Level::Full)), BuildReason::Gone);
}

#[test]
fn a_pipe_in_the_place_of_the_record_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("why");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let key = Key::of(b"now");
    let (done, wait) = std::sync::mpsc::channel();
    let pipe = path.clone();
    std::thread::spawn(move || done.send(keep_other(&pipe, &key, last).is_ok()));
    assert!(wait.recv_timeout(std::time::Duration::from_secs(20)).unwrap(), "it waits for a writer");
    assert_eq!(read(&path).unwrap().0, key.hex());
}
