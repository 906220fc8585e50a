use std::collections::BTreeSet;

use super::{Found, ImageFile, Kinds, compare};
use crate::kind::FileKind;
use crate::known::tests::known;
use crate::model::Note;

const SLOT: &str = "node_modules/.pnpm/bcrypt@5.0.0/node_modules/bcrypt";

fn found(theirs: &[(&str, Option<&str>)], ours: &[&str]) -> Found {
    let known = known();
    let kinds = Kinds { known: &known, compiled: true, named: BTreeSet::new() };
    let file = |path: &str, source: Option<&str>| ImageFile {
        path: path.to_owned(),
        bytes: 10,
        kind: kinds.of(path),
        source: source.map(str::to_owned),
        content: None,
    };
    let mut theirs: Vec<_> = theirs.iter().map(|(path, source)| file(path, *source)).collect();
    let ours: Vec<_> = ours.iter().map(|path| file(path, None)).collect();
    compare(&known, &mut theirs, &ours, &|path| path.starts_with("services/auth/logs"))
}

#[test]
fn files_of_the_workspace_become_entries() {
    let plain = |path: &'static str| (path, None);
    let found = found(
        &[
            plain("services/auth/dist/main.js"),
            plain("services/auth/dist/mail/x.html"),
            plain("services/auth/templates/mail/a.html"),
            plain("services/auth/templates/mail/b.html"),
            plain("services/auth/templates/README.md"),
            plain("services/auth/logs/app.txt"),
            plain("services/auth/.env"),
            plain("proto/auth.proto"),
            ("services/auth/templates/x.html", Some("templates/x.html")),
        ],
        &["services/auth/dist/main.js"],
    );
    let entries: Vec<_> =
        found.missing.iter().map(|entry| (entry.from.as_str(), entry.to.as_deref(), entry.count)).collect();
    let expected =
        [("templates", Some("templates"), 1), ("proto", None, 1), ("services/auth/templates/mail", None, 2)];
    assert_eq!(entries, expected);
    let notes = [
        Note::EnvFile { path: "services/auth/.env".to_owned() },
        Note::NotInSources { path: "services/auth/dist/mail".to_owned(), count: 1 },
    ];
    assert_eq!(found.notes, notes);
}

#[test]
fn packages_are_the_same_in_every_layout() {
    let inside = format!("{SLOT}/bcrypt.js");
    let typed = format!("{SLOT}/bcrypt.d.ts");
    let theirs = [(inside.as_str(), None), (typed.as_str(), None)];
    let row = |found: &Found, kind: FileKind| {
        let row = found.rows.iter().find(|row| row.kind == kind).unwrap();
        (row.theirs.count, row.ours.count, row.only_theirs.count, row.only_ours.count)
    };
    let one = found(&theirs, &["node_modules/bcrypt/bcrypt.js"]);
    assert_eq!(row(&one, FileKind::Needed), (1, 1, 0, 0));
    assert_eq!(row(&one, FileKind::LeftOut), (1, 0, 1, 0));
    let other = found(&[("node_modules/bcrypt/bcrypt.js", None)], &[&inside]);
    assert_eq!(row(&other, FileKind::Needed), (1, 1, 0, 0));
}

#[test]
fn machine_code_that_was_not_built_is_missing() {
    let built = format!("{SLOT}/build/Release/bcrypt.node");
    let theirs = [(built.as_str(), None)];
    let index = format!("{SLOT}/index.js");
    let note =
        Note::MachineCode { package: "bcrypt".to_owned(), path: "build/Release/bcrypt.node".to_owned() };
    assert_eq!(found(&theirs, &[&index]).notes, [note]);
    let prebuilt = format!("{SLOT}/prebuilds/linux-x64/bcrypt.node");
    assert!(found(&theirs, &[&prebuilt]).notes.is_empty());
}

#[test]
fn names_that_each_build_makes_are_not_missing() {
    let theirs = [
        ("services/auth/dist/assets/index-Bx3kP9aZ.js", None),
        ("services/auth/.next/static/x/_buildManifest.js", None),
        ("services/auth/dist/assets/logo.svg", None),
        ("services/auth/client/4f3a9c1e.css", None),
    ];
    let ours = ["services/auth/dist/assets/index-Qw81aaab.js", "services/auth/.next/BUILD_ID"];
    let paths: Vec<_> = found(&theirs, &ours)
        .notes
        .into_iter()
        .map(|note| match note {
            Note::NotInSources { path, .. } => path,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(paths, ["services/auth/client", "services/auth/dist/assets/logo.svg"]);
}

#[test]
fn files_of_one_name_are_compared_by_what_they_hold() {
    let known = known();
    let kinds = Kinds { known: &known, compiled: true, named: BTreeSet::new() };
    let file = |path: &str, content: u8| ImageFile {
        path: path.to_owned(),
        bytes: 10,
        kind: kinds.of(path),
        source: None,
        content: Some([content; 20]),
    };
    let (slot, copy) = (format!("{SLOT}/bcrypt.js"), SLOT.replace(".pnpm/", ".pnpm/other/") + "/bcrypt.js");
    let mut theirs =
        ["services/auth/dist/main.js", "services/auth/src/main.ts", "proto/auth.proto", slot.as_str()]
            .map(|path| file(path, 1));
    let ours = [
        file("services/auth/dist/main.js", 2),
        file("services/auth/src/main.ts", 2),
        file("proto/auth.proto", 1),
        file(&slot, 2),
        file(&copy, 1),
    ];
    let found = compare(&known, &mut theirs, &ours, &|_| false);
    let note = |kind, path: &str| Note::OtherContents { kind, count: 1, paths: vec![path.to_owned()] };
    let expected = [
        note(FileKind::Needed, "services/auth/dist/main.js"),
        note(FileKind::Sources, "services/auth/src/main.ts"),
    ];
    assert_eq!(found.notes, expected);
    assert!(found.rows.iter().all(|row| row.differ.count == usize::from(row.kind <= FileKind::Sources)));
}
