#![allow(clippy::unwrap_used)]

use super::*;

fn images(text: &str, service: &str) -> Vec<String> {
    let variables = BTreeMap::from([("TAG".to_owned(), "7".to_owned())]);
    Compose::parse(text, Path::new("/w/My Shop"), &variables).unwrap().images(service)
}

const FILE: &str = r#"
x-build: &build
  context: .
services:
  auth: { image: "erp/auth:${TAG:-dev}", build: { context: services/auth } }
  worker: { build: ./services/auth }
  finance: { build: { context: ., dockerfile: services/finance/Dockerfile } }
  stock: { build: { <<: *build, args: [NAME=stock-keeping] } }
  mail: { build: { <<: *build, dockerfile: docker/Dockerfile, args: { SERVICE: services/mailer, N: 1 } } }
  web: { build: { context: ., target: front }, image: "${REPO-erp}/web" }
  redis: { image: "redis:7" }
  db:
"#;

#[test]
fn images_are_named_as_compose_names_them() {
    assert_eq!(images(FILE, "services/auth"), ["erp/auth:7", "myshop-worker"]);
    assert_eq!(images(FILE, "services/finance"), ["myshop-finance"]);
    assert_eq!(images(FILE, "services/stock-keeping"), ["myshop-stock"]);
    assert_eq!(images(FILE, "services/mailer"), ["myshop-mail"]);
    assert_eq!(images(FILE, "apps/front"), ["erp/web"]);
    assert_eq!(images(FILE, "services/redis"), ["redis:7"], "what it runs under the service's name");
    assert_eq!(images(FILE, "services/other"), Vec::<String>::new());
    assert_eq!(images(&format!("name: the-${{TAG}}\n{FILE}"), "services/finance"), ["the-7-finance"]);
}

#[test]
fn variables_are_filled_in_as_compose_does() {
    let variables = BTreeMap::from([("A".to_owned(), "a".to_owned()), ("E".to_owned(), String::new())]);
    let cases = [
        ("$A-${A}-$$A", Ok("a-a-$A")),
        ("${E:-x}${E-x}${N:-${A}y}${N}", Ok("xay")),
        ("${A:+set}${E:+set}${E+set}", Ok("setset")),
        ("cost: 5$", Ok("cost: 5$")),
        ("${N:?give one}", Err("the variable N is not set: give one")),
        ("${A", Err("\"${A\" has a brace that is not closed")),
        ("${A!}", Err("${A!} is no variable")),
    ];
    for (text, expected) in cases {
        let found = interpolated(text, &variables);
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
    }
    let deep = "${N:-".repeat(20) + &"}".repeat(20);
    assert!(interpolated(&deep, &variables).is_err());
}

#[test]
fn damaged_files_are_errors() {
    for text in ["services: [a]", "services: {a: {build: 3}}", "services: {a: {image: [b]}}"] {
        assert!(Compose::parse(text, Path::new("/x"), &BTreeMap::new()).is_err(), "{text}");
    }
}
