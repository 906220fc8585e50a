#![allow(clippy::unwrap_used)]

use fourply_platform::Libc;
use fourply_pnpm::{DepPath, Target};

use fourply_platform::elf::Dynamic;

use super::{Binary, Claims, NativeFile, check_claims, is_module};

fn target() -> Target {
    Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc: Libc::Musl, node: None }
}

fn check(cpu: Option<&[&str]>, libc: Option<&[&str]>, binary: (&str, Option<&str>)) -> Result<(), String> {
    let list =
        |words: Option<&[&str]>| words.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
    let binaries = [NativeFile {
        path: "a.node".to_owned(),
        binary: Binary { cpu: binary.0.to_owned(), libc: binary.1.map(str::to_owned) },
        dynamic: Dynamic::default(),
    }];
    let claims = Claims::of(list(cpu).as_ref(), list(libc).as_ref(), &target());
    check_claims(&DepPath::new("a-musl@1.0.0"), &binaries, &claims, &target())
        .map_err(|error| error.to_string())
}

#[test]
fn a_package_is_held_to_what_it_claims() {
    check(Some(&["x64"]), Some(&["musl"]), ("x64", Some("musl"))).unwrap();
    let error = check(Some(&["x64"]), Some(&["musl"]), ("x64", Some("glibc"))).unwrap_err();
    assert!(error.contains("a.node of a-musl@1.0.0 cannot run in the image: it needs glibc"), "{error}");
    check(Some(&["x64"]), None, ("arm64", None)).unwrap_err();
    // Without a claim, or with a claim for several platforms or another one, there is no error.
    check(None, None, ("arm64", Some("glibc"))).unwrap();
    check(Some(&["x64", "arm64"]), None, ("arm64", None)).unwrap();
    check(Some(&["arm64"]), Some(&["glibc"]), ("arm64", Some("glibc"))).unwrap();
}

#[test]
fn modules_are_told_by_their_names() {
    assert!(is_module("lib/a.node") && is_module("b.so") && is_module("c.so.1.2"));
    assert!(!is_module("node") && !is_module("a.node.js") && !is_module("so/readme"));
}
