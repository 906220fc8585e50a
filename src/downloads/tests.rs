#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use fourply_pnpm::ReadOptions;
use fourply_store::Download;

use super::*;

const LOCKFILE: &str = "lockfileVersion: '9.0'
importers:
  services/web: {dependencies: {puppeteer: {specifier: 22.1.0, version: 22.1.0}}}
packages:
  puppeteer@22.1.0: {resolution: {integrity: sha512-AAAA}}
snapshots:
  puppeteer@22.1.0: {}
";

fn workspace() -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("services/web")).unwrap();
    for (path, text) in [
        ("package.json", r#"{"name": "root", "packageManager": "pnpm@10.0.0"}"#),
        ("pnpm-workspace.yaml", "packages: ['services/*']"),
        ("pnpm-lock.yaml", LOCKFILE),
        ("services/web/package.json", r#"{"name": "@a/web", "dependencies": {"puppeteer": "22.1.0"}}"#),
    ] {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    let workspace = Workspace::read_with(folder.path(), &ReadOptions::default()).unwrap();
    (folder, workspace)
}

fn download(byte: &str) -> Download {
    let sha256 = format!("sha256:{}", byte.repeat(32)).parse().unwrap();
    Download { status: 200, sha256, size: 3, location: None, media_type: None, encoding: None }
}

#[test]
fn names_that_name_nothing_are_told_with_what_is_near() {
    let (_folder, workspace) = workspace();
    let told = |names: &[&str]| {
        unknown_names(&names.iter().map(|name| (*name).to_owned()).collect(), "[build]", &workspace)
            .join("; ")
    };
    assert_eq!(told(&["puppeteer", "services/web", "@a/web"]), "");
    let near = told(&["pupeteer"]);
    assert!(near.ends_with("did you mean \"puppeteer\"?"), "{near}");
    let far = told(&["chromium"]);
    assert!(far.ends_with("so it gives nobody a network"), "{far}");
}

#[test]
fn downloads_are_read_as_they_were_written() {
    let mut lock = Lock::default();
    let redirect = Download {
        status: 302,
        location: Some("https://a.example/v2".to_owned()),
        media_type: Some("text/plain".to_owned()),
        ..download("cd")
    };
    let of = |url: &str, answer: Download| BTreeMap::from([(url.to_owned(), answer)]);
    let all = DownloadLines::from([
        ("services/web".to_owned(), of("https://a.example/x?v=1", download("ab"))),
        ("puppeteer@22.1.0".to_owned(), of("https://a.example/latest", redirect)),
        ("gone@1.0.0".to_owned(), of("https://a.example/x", download("ab"))),
    ]);
    lock.set_downloads(&all).unwrap();
    let text = lock.to_text().unwrap();
    assert_eq!(Lock::parse(&text).unwrap().downloads().unwrap(), all);
    let web = "[[download]]\nof = \"services/web\"\nurl = \"https://a.example/x?v=1\"\nsize = 3\nsha256 = \"sha256:abab";
    assert!(text.contains(web), "{text}");
    let (_folder, workspace) = workspace();
    let kept: Vec<String> = in_use(all, &workspace).into_keys().collect();
    assert_eq!(kept, ["puppeteer@22.1.0", "services/web"]);
}

#[test]
fn lines_that_cannot_be_are_refused() {
    let line = |url: &str, more: &str| {
        format!(
            "[[download]]\nof = \"x@1\"\nurl = \"{url}\"\nsize = 1\nsha256 = \"sha256:{}\"\n{more}",
            "ab".repeat(32)
        )
    };
    let read = |text: String| Lock::parse(&format!("version = 1\n{text}")).and_then(|lock| lock.downloads());
    assert_eq!(read(line("https://a.example/x", "")).unwrap().len(), 1);
    let twice = line("https://a.example/x", "") + &line("https://a.example/x", "");
    for wrong in [
        twice,
        line("file:///etc/passwd", ""),
        line("x", ""),
        line("https://a.example", "status = 7\n"),
        line("https://a.example", "more = 1\n"),
        line("https://a.example", "").replace("size = 1", "size = 0"),
    ] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn of_a_lock_that_cannot_be_read_what_is_whole_is_kept() {
    let (digest, other) = ("ab".repeat(32), "cd".repeat(32));
    let line = |of: &str, name: &str, sha256: &str| {
        format!(
            "[[download]]\nof = \"{of}\"\nurl = \"https://a.example/{name}\"\nsize = 3\nsha256 = \"sha256:{sha256}\"\n\n"
        )
    };
    let text = format!(
        "version = 1\n\n[platform.\"linux/arm64\"]\narchitecture = \"aarch64\"\n[platform.\"linux/arm64\".apk.tini]\n<<<<<<< HEAD\n{}{}=======\n{}{}>>>>>>> other\n{}{}",
        line("x@1", "both", &digest),
        line("x@1", "disputed", &digest),
        line("x@1", "both", &digest),
        line("x@1", "disputed", &other),
        line("y@2", "short", "ab"),
        line("services/web", "whole", &digest),
    );
    assert!(Lock::parse(&text).is_err());
    let (platforms, downloads, lost) = Lock::salvaged(&text);
    assert_eq!((platforms, lost), (vec!["linux/arm64".to_owned()], 2));
    let kept = downloads.iter().flat_map(|(of, all)| all.keys().map(move |url| format!("{of} {url}")));
    assert_eq!(
        kept.collect::<Vec<_>>(),
        ["services/web https://a.example/whole", "x@1 https://a.example/both"]
    );
}

#[test]
fn what_another_build_locked_meanwhile_is_not_written_over() {
    let lines = |byte: &str| {
        let answers = BTreeMap::from([("https://a.example/x".to_owned(), download(byte))]);
        DownloadLines::from([("x@1".to_owned(), answers)])
    };
    let mut all = DownloadLines::new();
    assert_eq!(add(&mut all, lines("ab")).unwrap(), 1);
    assert_eq!(add(&mut all, lines("ab")).unwrap(), 0);
    let error = add(&mut all, lines("cd")).unwrap_err().to_string();
    assert!(error.contains("https://a.example/x"), "{error}");
    assert_eq!(all, lines("ab"));
}
