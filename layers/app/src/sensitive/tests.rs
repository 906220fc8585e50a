#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn names_of_environment_files() {
    for path in ["a/.env", ".env.production", "x/.env.local", ".envrc", ".env.production.local", "a/prod.env"]
    {
        assert_eq!(by_name(path), Some(Sensitive::Environment), "{path}");
    }
    assert_eq!(by_name("services/a/.npmrc"), Some(Sensitive::Npmrc));
    for path in [".pgpass", "a/.netrc", "a/.aws/credentials"] {
        assert_eq!(by_name(path), Some(Sensitive::Credentials), "{path}");
    }
    for path in [
        ".env.example",
        "a/.env.sample",
        ".env.template",
        ".env.d.ts",
        ".environment",
        "env",
        "src/.env/x.js",
        "example.env",
        "config/app.sample.env",
        "aws/credentials",
        ".aws/config",
        "dist/node_modules/x/.env",
        "dist/node_modules/x/.npmrc",
    ] {
        assert_eq!(by_name(path), None, "{path}");
    }
}

#[test]
fn keys_of_packages_are_left_as_they_are() {
    let key = b"PuTTY-User-Key-File-3: ssh-ed25519\n";
    assert_eq!(by_content("dist/key", key), Some(Sensitive::PrivateKey));
    assert_eq!(by_content("dist/node_modules/x/test.ppk", key), None);
}
