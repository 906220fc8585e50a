#![allow(clippy::unwrap_used)]

use std::path::Path;

use fourply_store::{PackBuilder, Store};

use super::*;

#[test]
fn a_run_knows_what_it_kept_alone() {
    let key = Key::of(b"inputs");
    let (first, second) = (ComparedRun::first(), ComparedRun::second("one".to_owned()));
    assert_eq!(first.known(&key), None);
    let keep = |run: &ComparedRun| run.keep(&key, |key| Ok::<_, ()>(*key)).unwrap();
    assert_eq!(keep(&first), key, "as every build's");
    assert_eq!(first.known(&key), Some(key));
    assert_eq!(second.known(&key), None);
    assert_ne!(keep(&second), key);
    assert_ne!(second.known(&key), ComparedRun::second("other".to_owned()).known(&key));
    let failed = ComparedRun::first();
    assert!(failed.keep(&key, |_| Err::<(), _>(())).is_err());
    assert_eq!(failed.known(&key), None);
}

/// The results of both runs for a service, and the differences, each as a line.
fn differences(one: &[(&str, &str)], other: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let pack = |files: &[(&str, &str)]| {
        let mut builder = PackBuilder::new();
        for (path, text) in files {
            let program = text.starts_with("#!");
            builder.add_file(path, program, text.as_bytes().to_vec()).unwrap();
        }
        builder.save(&store).unwrap()
    };
    let run = |files, key: &[u8]| {
        let run = ComparedRun::first();
        run.note(Made::new(MadeIn::Service, "services/web", Key::of(key), pack(files)));
        run
    };
    let comparison = Comparison {
        store: &store,
        folders: [Path::new("/store/build"), Path::new("/store/twice/second-run-x")],
        window: 1_700_000_000..=1_700_000_100,
    };
    // The inputs of the second differ, as if another package already differed.
    let found = comparison.differences(&run(one, b"one"), &run(other, b"other")).unwrap();
    found.into_iter().map(|found| format!("{} {:?}", found.path, found.causes)).collect()
}

#[test]
fn next_build_ids_are_found_in_names_and_contents() {
    let one = [
        (".next/BUILD_ID", "Q3x-9_aZ"),
        (".next/build-manifest.json", r#"{"files":["static/Q3x-9_aZ/_buildManifest.js"]}"#),
        (".next/static/Q3x-9_aZ/_buildManifest.js", "self.x=1"),
        (".next/prerender-manifest.json", r#"{"id":"Q3x-9_aZ","key":"00ff00ff00ff00ff00ff00ff00ff00ff"}"#),
        (".next/same.js", "same"),
    ];
    let other = [
        (".next/BUILD_ID", "W-77_bQz"),
        (".next/build-manifest.json", r#"{"files":["static/W-77_bQz/_buildManifest.js"]}"#),
        (".next/static/W-77_bQz/_buildManifest.js", "self.x=1"),
        (".next/prerender-manifest.json", r#"{"id":"W-77_bQz","key":"abcdefabcdefabcdefabcdefabcdef12"}"#),
        (".next/same.js", "same"),
    ];
    let expected = [
        ".next/BUILD_ID [BuildId]",
        ".next/build-manifest.json [BuildId]",
        ".next/prerender-manifest.json [BuildId, NextKeys]",
        ".next/static/Q3x-9_aZ/_buildManifest.js [Renamed]",
    ];
    assert_eq!(differences(&one, &other), expected);
}

#[test]
fn files_of_one_run_alone_and_renamed_ones_are_told_apart() {
    let one =
        [("app-B1x9Zk3P.js", "one"), ("index.html", "src=/app-B1x9Zk3P.js"), ("only", ""), ("tool", "#!")];
    let other = [("app-C7q2Ym8R.js", "two"), ("index.html", "src=/app-C7q2Ym8R.js"), ("tool", "")];
    let expected = [
        "app-B1x9Zk3P.js [Renamed, Unknown]",
        "index.html [Name]",
        "only [OnlyOnce]",
        "tool [Mode, Unknown]",
    ];
    assert_eq!(differences(&one, &other), expected);
}
