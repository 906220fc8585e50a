#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::{Config, ConfigError};

fn health(value: &str) -> Health {
    Config::parse(&format!("[image]\nhealth = {value}\n")).unwrap().image.health.unwrap()
}

fn error(line: &str) -> String {
    match Config::parse(&format!("[image]\n{line}\n")).unwrap_err() {
        ConfigError::Syntax(source) => source.to_string(),
        other => other.to_string(),
    }
}

#[test]
fn a_check_is_a_path_a_command_a_table_or_off() {
    assert_eq!(health("false"), Health::Off);
    assert_eq!(health("\"/up\""), of(Probe::Paths(vec!["/up".into()])));
    assert_eq!(health("[\"wget\", \"-q\"]"), of(Probe::Command(vec!["wget".into(), "-q".into()])));
    let table = "{ paths = [\"/api/v1/health/live\", \"/health?full=0\"], interval = \"1m30s\", timeout = \"500ms\", start-period = \"0s\", retries = 5 }";
    assert_eq!(
        health(table),
        Health::Check(HealthCheck {
            probe: Probe::Paths(vec!["/api/v1/health/live".into(), "/health?full=0".into()]),
            interval: Some(Duration::from_secs(90)),
            timeout: Some(Duration::from_millis(500)),
            start_period: Some(Duration::ZERO),
            retries: Some(5),
        })
    );
    assert_eq!(health("{ command = [\"true\"] }"), of(Probe::Command(vec!["true".into()])));
    let usual = Health::Check(HealthCheck { retries: Some(1), ..HealthCheck::default() });
    assert_eq!(health("{ retries = 1 }"), usual);
}

#[test]
fn values_that_no_check_can_have_are_named_with_their_line() {
    let wrong = [
        ("health = true", "`health = true` is invalid: use a path, a command or false"),
        ("health = 3", "a path such as \"/health\""),
        ("health = \"live\"", "\"live\" must begin with '/'"),
        ("health = \"/a b\"", "has ' ', which no request has"),
        ("health = \"/é\"", "has 'é'"),
        ("health = \"/a#b\"", "has '#'"),
        ("health = \"/a\\nb\"", "has '\\n'"),
        ("health = []", "names no program"),
        ("health = [\"\"]", "names no program"),
        ("health = [\"CMD-SHELL\", \"curl x\"]", "begin with the program"),
        ("health = [\"a\", 3]", "expected a string"),
        ("health = { paths = [] }", "0 paths: name 1 to 16"),
        ("health = { paths = [\"/a\"], command = [\"b\"] }", "paths and a command"),
        ("health = { path = \"/a\" }", "unknown field `path`"),
        ("health = { interval = 30 }", "a time with its unit in quotes"),
        ("health = { interval = \"30\" }", "\"30\" is no time"),
        ("health = { interval = \"-30s\" }", "is no time"),
        ("health = { interval = \"0s\" }", "must be 100ms to 24h"),
        ("health = { timeout = \"25h\" }", "must be 100ms to 24h"),
        ("health = { start-period = \"99999999999999999999s\" }", "is no time"),
        ("health = { retries = 0 }", "`retries` must be 1–100, got 0"),
        ("health = { retries = -1 }", "got -1"),
        ("port = 0", "a port from 1 to 65535, or false for a worker"),
        ("port = 65536", "integer `65536`"),
        ("port = -1", "integer `-1`"),
        ("port = true", "boolean `true`"),
        ("port = \"3000\"", "a port from 1 to 65535"),
    ];
    for (line, expected) in wrong {
        let text = error(line);
        assert!(text.contains(expected) && text.contains("line 2"), "{line}: {text}");
    }
    let long = format!("health = \"/{}\"", "a".repeat(2000));
    assert!(error(&long).contains("no longer than 1024"));
}

#[test]
fn a_worker_has_no_port() {
    let config = Config::parse("[image]\nport = 8080\n[services.job]\nport = false\n").unwrap();
    assert_eq!(config.image.port, Some(Port::Number(8080)));
    assert_eq!(config.services["job"].port, Some(Port::Off));
    let error = |text| Config::parse(text).unwrap_err().to_string();
    let asked = "line 3: [services.job] in fourply.toml has port = false and a health check that asks a port: use a command, or false";
    assert_eq!(error("[services.job]\nport = false\nhealth = \"/up\"\n"), asked);
    assert!(error("[image]\nport = false\nhealth = { retries = 2 }\n").starts_with("line 3: [image]"));
    for health in ["false", "[\"true\"]", "{ command = [\"true\"] }"] {
        Config::parse(&format!("[services.job]\nport = false\nhealth = {health}\n")).unwrap();
    }
}
