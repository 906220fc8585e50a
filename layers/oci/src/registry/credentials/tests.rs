#![allow(clippy::unwrap_used)]

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;

fn auth(user: &str, password: &str) -> Value {
    json!({ "auth": STANDARD.encode(format!("{user}:{password}")) })
}

fn write(folder: &Path, name: &str, config: &Value) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

fn user(credentials: &Credentials, reference: &str) -> Option<String> {
    match credentials.find(&Reference::parse(reference).unwrap()).unwrap()? {
        Credential::Password { user, .. } => Some(user),
        Credential::Identity(token) => Some(format!("identity {}", token.reveal())),
    }
}

#[test]
fn the_longest_path_wins_and_then_the_registry() {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({ "auths": {
        "r.example": auth("registry", "p"),
        "r.example/team": auth("team", "p"),
        "r.example/team/auth": auth("repository", "p"),
        "https://old.example/v1/": auth("url", "p"),
        "token.example": { "auth": STANDARD.encode("x:"), "identitytoken": "abc" },
    }});
    let credentials = Credentials::from_files(vec![write(folder.path(), "config.json", &config)]);
    assert_eq!(user(&credentials, "r.example/team/auth:1").as_deref(), Some("repository"));
    assert_eq!(user(&credentials, "r.example/team/other").as_deref(), Some("team"));
    assert_eq!(user(&credentials, "r.example/teamwork").as_deref(), Some("registry"));
    assert_eq!(user(&credentials, "old.example/x").as_deref(), Some("url"));
    assert_eq!(user(&credentials, "token.example/x").as_deref(), Some("identity abc"));
    assert_eq!(user(&credentials, "none.example/x"), None);
    assert_eq!(user(&credentials, "node"), None);
}

#[test]
fn dockers_own_registry_is_found_under_both_names() {
    let folder = tempfile::tempdir().unwrap();
    let docker = json!({ "auths": { "https://index.docker.io/v1/": auth("docker", "p") } });
    let podman = json!({ "auths": { "docker.io": auth("podman", "p"), "docker.io/erp": auth("erp", "p") } });
    let docker = write(folder.path(), "config.json", &docker);
    let podman = write(folder.path(), "auth.json", &podman);
    let both = Credentials::from_files(vec![folder.path().join("absent.json"), docker, podman.clone()]);
    assert_eq!(user(&both, "node").as_deref(), Some("docker"));
    let one = Credentials::from_files(vec![podman]);
    assert_eq!(user(&one, "node").as_deref(), Some("podman"));
    assert_eq!(user(&one, "erp/auth").as_deref(), Some("erp"));
}

#[test]
fn errors_name_the_file_and_never_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let reference = Reference::parse("r.example/a").unwrap();
    let texts = [
        "{\"auths\": {\"r.example\": {\"auth\": \"hunter2",
        "{\"auths\": {\"r.example\": {\"auth\": \"hunter2!\"}}}",
        "{\"auths\": {\"r.example\": \"hunter2\"}}",
    ];
    for text in texts {
        std::fs::write(&path, text).unwrap();
        let error = Credentials::from_files(vec![path.clone()]).find(&reference).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("config.json") && !shown.contains("hunter2"), "{shown}");
    }
    // The helper's name is not a secret, and users need it to find the problem.
    std::fs::write(&path, r#"{"credsStore": "other", "credHelpers": {"r.example": "no-such-helper"}}"#)
        .unwrap();
    let error = Credentials::from_files(vec![path]).find(&reference).unwrap_err();
    assert!(error.to_string().contains("docker-credential-no-such-helper in PATH"), "{error}");
}

#[test]
fn a_secret_does_not_show() {
    let credential = Credential::Password { user: "me".into(), password: Secret::new("hunter2".into()) };
    assert!(
        !format!("{credential:?} {:?}", Credential::Identity(Secret::new("hunter2".into())))
            .contains("hunter2")
    );
}
