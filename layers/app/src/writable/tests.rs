#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::id;

fn folders(texts: &[&str]) -> Result<WritableFolders> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    WritableFolders::new(&texts, &id("services/a"), &[id("services/a"), id("shared/k")], "/app", (1001, 1002))
}

#[test]
fn folders_are_the_services_the_workspaces_or_the_images() {
    let found = folders(&[
        "uploads",
        "./src/",
        "/app/shared/k/data",
        "/data/x",
        "/application",
        "node_modules/.cache",
        "/etc/app",
        "/device",
    ]);
    let found = found.unwrap();
    let inside: Vec<&str> = found.inside.iter().map(String::as_str).collect();
    assert_eq!(
        inside,
        ["services/a/node_modules/.cache", "services/a/src", "services/a/uploads", "shared/k/data"]
    );
    let outside: Vec<&str> = found.outside.iter().map(String::as_str).collect();
    assert_eq!(outside, ["/application", "/data/x", "/device", "/etc/app"]);
    assert!(found.has("services/a/src") && found.has("services/a/src/x/y") && found.has("shared/k/data"));
    for path in ["services/a", "services/a/src2", "", "services"] {
        assert!(!found.has(path), "{path}");
    }
    let all = folders(&["."]).unwrap();
    assert!(all.has("services/a/package.json") && !all.has("package.json"));
    let root =
        WritableFolders::new(&[".".to_owned()], &ImporterId::root(), &[], "/app", (1001, 1002)).unwrap();
    assert!(root.has(""));
    let named = folders(&["data.sqlite", "/var/lib/x/app.db", "v1.2"]).unwrap();
    assert_eq!(named.named_as_files().collect::<Vec<_>>(), ["services/a/data.sqlite", "/var/lib/x/app.db"]);
}

#[test]
fn what_is_no_folder_for_a_user_is_refused() {
    for (text, reason) in [
        ("", "to stay"),
        ("../b", "to stay"),
        ("/app/../etc", "to stay"),
        ("/", "image's root"),
        ("//", "image's root"),
        ("a\0", "no name should have"),
        ("node_modules", "packages"),
        ("node_modules/sharp", "packages"),
        ("/app/node_modules/.pnpm/x", "packages"),
        ("/app", "all packages of the image"),
        ("/app/services", "the service lies there"),
        ("/app/shared", "whole packages"),
        ("/app/shared/k", "whole packages"),
        ("uploads/*", "patterns are not known"),
        ("a\nb", "no name should have"),
        ("/etc", "belongs to the system"),
        ("/usr/bin/", "belongs to the system"),
        ("/proc/x", "the kernel"),
        ("/dev", "the kernel"),
    ] {
        let error = folders(&[text]).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}
