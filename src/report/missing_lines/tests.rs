#![allow(clippy::unwrap_used)]

use fourply_compare::Health;

use super::{health, key, quoted, time};

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
