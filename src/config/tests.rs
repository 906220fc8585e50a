#![allow(clippy::unwrap_used)]

use super::{Config, ConfigError, Health, Network, SandboxSwitch, Script};

#[test]
fn an_empty_file_is_a_configuration() {
    assert_eq!(Config::parse("").unwrap(), Config::default());
}

#[test]
fn a_service_overrides_what_all_have() {
    let config = Config::parse(
        "[image]\nport = 3000\nhealth = \"/health/live\"\n[services.auth]\nport = 3001\nhealth = false\nscript = false\n",
    )
    .unwrap();
    assert_eq!(config.image.health, Some(Health::Path("/health/live".into())));
    let auth = &config.services["auth"];
    assert_eq!((auth.port, &auth.health), (Some(3001), &Some(Health::Switch(false))));
    assert_eq!(auth.script, Some(Script::Switch(false)));
}

#[test]
fn a_misspelt_key_is_named_with_its_line() {
    let error = Config::parse("[image]\nprot = 3000\n").unwrap_err();
    let ConfigError::Syntax(source) = error else { panic!("{error}") };
    let text = source.to_string();
    assert!(text.contains("prot") && text.contains("line 2"), "{text}");
}

#[test]
fn two_bases_are_refused() {
    let error = Config::parse("[base]\nimage = \"a\"\ndebian = { node = \"20.20.2\" }\n").unwrap_err();
    assert_eq!(error.to_string(), "[base] in fourply.toml names more than one base: image, debian");
}

#[test]
fn switches_can_only_be_off() {
    assert!(matches!(Config::parse("[image]\nhealth = true"), Err(ConfigError::UselessSwitch("health"))));
    assert!(matches!(Config::parse("[build]\nscript = true"), Err(ConfigError::UselessSwitch("script"))));
    assert!(matches!(Config::parse("[image]\nhealth = \"live\""), Err(ConfigError::HealthPath(_))));
}

#[test]
fn scripts_are_confined_and_have_no_network_unless_the_file_says_so() {
    let build = |text: &str| Config::parse(&format!("[build]\n{text}")).map(|config| config.build);
    let plain = build("").unwrap();
    assert_eq!((plain.sandbox, plain.network), (SandboxSwitch::Auto, Network::Switch(false)));
    assert_eq!(build("sandbox = \"required\"").unwrap().sandbox, SandboxSwitch::Required);
    assert_eq!(build("sandbox = \"off\"").unwrap().sandbox, SandboxSwitch::Off);
    assert_eq!(build("network = true").unwrap().network, Network::Switch(true));
    let named = build("network = [\"puppeteer\", \"services/web\"]").unwrap().network;
    assert_eq!(named, Network::Named(vec!["puppeteer".to_owned(), "services/web".to_owned()]));
    for wrong in ["sandbox = \"maybe\"", "sandbox = true", "network = \"puppeteer\"", "network = 1"] {
        assert!(build(wrong).is_err(), "{wrong}");
    }
}
