#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use fourply_compare::{Health, Missing};

use super::{base, health, key, pairs, port, quoted, tables_there, time};
use crate::config::Config;

#[test]
fn lines_have_what_is_there_already() {
    let config: Config = toml::from_str(
        "[base]\ncertificates = [\"a.pem\"]\n[services.\"services/auth\"]\nlabels = { a = \"1\" }\n",
    )
    .unwrap();
    let missing = Missing { certificates: ["docker/ca.pem".to_owned()].into(), ..Missing::default() };
    assert_eq!(base(&missing, &config), ["certificates = [\"a.pem\", \"docker/ca.pem\"]\n"]);
    let own = config.services["services/auth"].labels.clone();
    let more = BTreeMap::from([("b.c".to_owned(), "2".to_owned())]);
    assert_eq!(pairs("labels", own.clone(), more).unwrap(), "labels = { a = \"1\", \"b.c\" = \"2\" }\n");
    assert_eq!(pairs("labels", own, BTreeMap::new()), None);
    let worker = Missing { no_port: true, ..Missing::default() };
    assert_eq!((port(&worker).as_deref(), port(&missing)), (Some("port = false\n"), None));
    // Which tables may not stand there a second time.
    let lines = "[base]\npackages = []\n\n[services.auth]\nport = 1\n";
    assert_eq!(tables_there(lines, &config, "services/auth"), ["[base]", "[services.auth]"]);
    assert!(tables_there(lines, &Config::default(), "services/auth").is_empty());
}

#[test]
fn values_are_toml() {
    let check = |paths: &[&str], timeout: Option<f64>| Health {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        timeout,
        ..Health::default()
    };
    assert_eq!(health(&check(&["/health"], None)), r#""/health""#);
    assert_eq!(health(&check(&["/health"], Some(1.5))), r#"{ paths = ["/health"], timeout = "1500ms" }"#);
    let command = Health { command: vec!["node".to_owned(), "x.js".to_owned()], ..Health::default() };
    assert_eq!(health(&command), r#"["node", "x.js"]"#);
    assert_eq!(time(90.0), "90s");
    assert_eq!((key("TZ"), key("a.b")), ("TZ".to_owned(), r#""a.b""#.to_owned()));
    for text in ["plain", "a \"b\" \\ 'c'", "line\nline\t\u{7f}\u{1b}", "\"\"\"'''"] {
        let table: toml::Table = toml::from_str(&format!("x = {}", quoted(text))).unwrap();
        assert_eq!(table["x"].as_str(), Some(text), "{text:?}");
        assert!(!quoted(text).contains('\n'), "{text:?}");
    }
}
