//! Packages that are not what they should be, and registries that do not give them.

use crate::program::{digest, error, tool};
use crate::tiny::{Answer, Entry, HARMLESS, Npm, Tiny, tarball};

/// A workspace whose package has these entries beside the harmless ones.
fn with(entries: &[Entry<'_>]) -> (Tiny, Npm) {
    let bytes = tarball(&[&HARMLESS, entries].concat());
    let npm = Npm::start(Answer::Status(200, bytes.clone()));
    (Tiny::new(&bytes, &npm.url()), npm)
}

/// Fails with this code and all of these words, and leaves nothing.
fn fails(tiny: &Tiny, code: i32, words: &[&str]) {
    let text = error(&mut tiny.build(), code);
    for word in words {
        assert!(text.contains(word), "{word:?} is not in:\n{text}");
    }
    assert_eq!(tiny.beside(), Vec::<String>::new());
    assert_eq!(tiny.unfinished(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_harmless_package_is_taken() {
    let (tiny, npm) = with(&[]);
    digest(&mut tiny.build());
    assert_eq!((tiny.beside(), npm.asked()), (vec!["image.tar".to_owned()], 1));
    drop(npm);
    digest(&mut tiny.build());
}

#[test]
fn paths_that_lead_out_of_a_package_are_refused() {
    for path in ["package/../../../escaped", "../escaped", "package/a/../../../../escaped"] {
        fails(&with(&[(b'0', path, "x")]).0, 1, &["thing@1.0.0", path, "leads out"]);
    }
    fails(
        &with(&[(b'0', "/tmp/fourply-escaped", "x")]).0,
        1,
        &["thing@1.0.0", "/tmp/fourply-escaped", "absolute"],
    );
    assert!(!std::path::Path::new("/tmp/fourply-escaped").exists());
}

#[test]
fn a_name_that_an_engine_would_take_for_a_whiteout_is_refused() {
    for path in ["package/.wh.index.js", "package/lib/.wh..wh..opq"] {
        fails(&with(&[(b'0', path, "")]).0, 1, &["thing@1.0.0", ".wh."]);
    }
}

#[test]
fn links_of_a_tarball_are_left_out_as_pnpm_leaves_them_out() {
    let (tiny, _npm) = with(&[
        (b'2', "package/out", "../../../.."),
        (b'2', "package/passwd", "/etc/passwd"),
        (b'0', "package/out/escaped", "x"),
    ]);
    digest(&mut tiny.build());
    let tree =
        String::from_utf8(tiny.fourply(&["tree", "services/a", "--libc", "musl"]).output().unwrap().stdout)
            .unwrap();
    let entry = |path: &str| {
        tree.lines().find(|line| line.split('\t').next().unwrap().ends_with(path)).map(str::to_owned)
    };
    assert!(entry("/thing/out/escaped").is_some_and(|line| line.contains("\tf\t")), "{tree}");
    assert!(entry("/thing/out").is_some_and(|line| line.contains("\td\t")), "{tree}");
    assert_eq!(entry("/thing/passwd"), None);
    let listed = tool("tar", &["-tf", tiny.image().to_str().unwrap()]);
    assert!(listed.contains("blobs/sha256/"), "{listed}");
}

#[test]
fn a_tarball_that_ends_early_is_refused_though_its_integrity_fits() {
    let whole = tarball(&HARMLESS);
    let half = &whole[..whole.len() - 20];
    let npm = Npm::start(Answer::Status(200, half.to_vec()));
    fails(&Tiny::new(half, &npm.url()), 1, &["thing@1.0.0"]);
}

#[test]
fn bytes_that_are_not_the_promised_ones_are_refused() {
    let npm = Npm::start(Answer::Status(200, tarball(&[HARMLESS[0]])));
    fails(&Tiny::new(&tarball(&HARMLESS), &npm.url()), 1, &["thing@1.0.0", "sha512-", "lockfile"]);
}

#[test]
fn what_registries_answer_tells_whose_fault_it_is() {
    let bytes = tarball(&HARMLESS);
    for (answer, code, words, asked) in [
        (Answer::Status(404, Vec::new()), 1, &["thing", "404", ".npmrc"][..], 1),
        (Answer::Status(401, Vec::new()), 3, &["thing", "401", "_authToken"], 1),
        (Answer::Status(500, Vec::new()), 3, &["thing@1.0.0", "500"], 2),
        (Answer::Cut(bytes.clone(), 40), 3, &["thing@1.0.0"], 2),
        (Answer::Silence, 3, &["thing@1.0.0"], 2),
    ] {
        let npm = Npm::start(answer);
        let tiny = Tiny::new(&bytes, &npm.url());
        fails(&tiny, code, &[words, &[&npm.url() as &str]].concat());
        assert_eq!(npm.asked(), asked, "{words:?}");
    }
}

/// The commands of a package that the lockfile says to have some.
#[test]
fn a_package_with_more_commands_than_are_read_is_refused() {
    let build = |count: usize| {
        let bin: serde_json::Map<String, serde_json::Value> =
            (0..count).map(|number| (format!("c{number}"), "index.js".into())).collect();
        let manifest = serde_json::json!({ "name": "thing", "version": "1.0.0", "bin": bin }).to_string();
        let bytes = tarball(&[(b'0', "package/package.json", &manifest), HARMLESS[1]]);
        let npm = Npm::start(Answer::Status(200, bytes.clone()));
        let tiny = Tiny::new(&bytes, &npm.url());
        let lockfile = tiny.root.join("pnpm-lock.yaml");
        let text = std::fs::read_to_string(&lockfile).unwrap();
        std::fs::write(&lockfile, text.replace("}\n\nsnapshots", "}\n    hasBin: true\n\nsnapshots"))
            .unwrap();
        (tiny, npm)
    };
    let (tiny, _npm) = build(20_000);
    fails(&tiny, 1, &["thing@1.0.0", "its bin has 20000 commands; at most 10000 are read"]);
    let (tiny, _npm) = build(20);
    digest(&mut tiny.build());
    let tree = tiny.fourply(&["tree", "services/a", "--libc", "musl"]).output().unwrap().stdout;
    let tree = String::from_utf8(tree).unwrap();
    let commands = tree.lines().filter(|line| line.starts_with("services/a/node_modules/.bin/c"));
    assert_eq!(commands.count(), 20, "{tree}");
}
