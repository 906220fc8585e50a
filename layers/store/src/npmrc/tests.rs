#![allow(clippy::unwrap_used)]

use url::Url;

use super::NpmConfig;

fn parse(text: &str) -> (NpmConfig, Vec<String>) {
    NpmConfig::parse(text, &|name| (name == "TOKEN").then(|| "secret".to_owned()))
}

#[test]
fn a_scope_has_its_own_registry_and_token() {
    let (config, unset) = parse(
        "registry=http://one.test\n@acme:registry=http://two.test/npm/\n//two.test/npm/:_authToken=${TOKEN}\n; comment\n",
    );
    assert_eq!(config.registry_for("left-pad").unwrap().unwrap().as_str(), "http://one.test/");
    let scoped = config.registry_for("@acme/x").unwrap().unwrap();
    assert_eq!(scoped.as_str(), "http://two.test/npm/");
    assert_eq!(
        config
            .authorization(&scoped.join("@acme/x").unwrap())
            .as_ref()
            .map(|header| header.reveal().as_str()),
        Some("Bearer secret")
    );
    assert_eq!(config.authorization(&Url::parse("http://two.test/other").unwrap()), None);
    assert!(unset.is_empty());
}

#[test]
fn an_unset_variable_is_told_and_stays() {
    let (config, unset) = parse("//h.test/:_authToken=${MISSING}\n");
    assert_eq!(unset, ["MISSING"]);
    let header = config.authorization(&Url::parse("http://h.test/x").unwrap());
    assert_eq!(header.as_ref().map(|header| header.reveal().as_str()), Some("Bearer ${MISSING}"));
}

#[test]
fn secrets_are_not_printed() {
    let (config, _) = parse("//h.test/:_authToken=${TOKEN}\nproxy=http://me:${TOKEN}@proxy.test\n");
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn a_password_is_base64_beside_its_user() {
    let (config, _) = parse("//h.test/:username=me\n//h.test/:_password=c2VjcmV0\n");
    let header = config.authorization(&Url::parse("http://h.test/x").unwrap());
    assert_eq!(header.as_ref().map(|header| header.reveal().as_str()), Some("Basic bWU6c2VjcmV0"));
}

#[test]
fn patience_is_npms() {
    let (config, _) = parse("fetch-timeout=1500\nfetch-retries=0\n");
    assert_eq!(config.fetch_timeout, Some(std::time::Duration::from_millis(1500)));
    assert_eq!(config.fetch_retries, Some(0));
    let (weaker, _) = parse("fetch-timeout=soon\n");
    assert_eq!(weaker.fetch_timeout, None);
    assert_eq!(weaker.or(config).fetch_retries, Some(0));
}
