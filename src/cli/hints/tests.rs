#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn hints_name_what_the_user_can_type() {
    assert!(images(Remedy::SmallerChunks).contains("--chunk"));
    assert!(images(Remedy::AllPlatforms).contains("--platform"));
    let registry = "registry.example:5000".to_owned();
    assert!(images(Remedy::LogIn { registry }).contains("docker login registry.example:5000"));
}

#[test]
fn a_moved_entry_is_told_with_the_line_that_names_it() {
    let service = fourply_pnpm::ImporterId::new("services/a").unwrap();
    let path = "dist/apps/a/src/main.js".to_owned();
    let deep = app(fourply_app::Remedy::NameMovedEntry { service, path });
    assert!(deep.starts_with("the outputs have dist/apps/a/src/main.js, where a compiler"), "{deep}");
    assert!(deep.ends_with(r#"[services.a] cmd = ["node", "dist/apps/a/src/main.js"]"#), "{deep}");
}

#[test]
fn a_tarball_is_pinned_by_its_key() {
    let package = "x@https://example.org/x".to_owned();
    let hint = modules(fourply_modules::Remedy::PinTarball { package, found: None });
    assert!(hint.contains(r#"[packages.integrity] "x@https://example.org/x" = "sha512-"#), "{hint}");
}
