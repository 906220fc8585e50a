#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_secret_shows_nowhere() {
    let secret = Secret::new("hunter2".to_owned());
    let text = format!("{secret} {secret:?} {:?}", Some(&secret));
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(secret.reveal(), "hunter2");
}

#[test]
fn a_url_shows_without_its_secrets() {
    let url = Url::parse("https://me:hunter2@registry.test:8443/a/b?token=hunter2").unwrap();
    let shown = Redacted::new(&url);
    assert_eq!(format!("{shown} {shown:?}"), ["https://registry.test:8443/a/b"; 2].join(" "));
}
