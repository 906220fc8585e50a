#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;

use super::*;

fn told(store: &Store, env: &[(&str, &str)]) -> Option<String> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    toolchain(store, &env, &|| false).unwrap()
}

#[test]
fn the_compiler_that_scripts_would_find_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let told = |env: &[(&str, &str)]| told(&store, env);
    let compiler = |version: &str| {
        let path = folder.path().join(format!("cc-{version}"));
        std::fs::write(&path, format!("#!/bin/sh\necho cc {version}\necho more\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let twelve = told(&[("CC", &compiler("12"))]).unwrap();
    assert!(twelve.starts_with("cc 12") && !twelve.contains("more"), "{twelve}");
    assert_ne!(told(&[("CC", &compiler("13"))]).unwrap(), twelve);
    assert_eq!(told(&[("PATH", folder.path().to_str().unwrap()), ("CC", "absent")]), None);
    // A file's version output is cached until the file changes.
    let path = folder.path().join("cc-12");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(told(&[("CC", path.to_str().unwrap())]), None);
}
