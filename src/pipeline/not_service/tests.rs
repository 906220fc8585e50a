#![allow(clippy::unwrap_used)]

use super::*;

fn said(root: &str, service: &str, named: bool) -> Result<Option<String>, Error> {
    let packages = [
        (".", root),
        ("apps/api", r#"{"name": "api", "dependencies": {"@x/shared": "workspace:*"}}"#),
        ("packages/shared", r#"{"name": "@x/shared", "exports": "./dist/index.js"}"#),
        ("packages/worker", r#"{"name": "worker", "scripts": {"start": "node dist/main.js"}}"#),
        ("packages/alone", r#"{"name": "alone"}"#),
    ];
    let manifests = packages
        .map(|(folder, text)| (ImporterId::new(folder).unwrap(), Manifest::parse(text, folder).unwrap()));
    let (services, service) = ([ImporterId::new("apps/api").unwrap()], ImporterId::new(service).unwrap());
    check(named, &BTreeMap::from(manifests), &services, &service)
}

#[test]
fn a_library_is_warned_of_and_a_service_outside_of_the_usual_folders_is_not() {
    let text = said("{}", "packages/shared", false).unwrap().unwrap();
    assert!(
        text.contains("packages/shared seems to be a library") && text.ends_with("are apps/api"),
        "{text}"
    );
    for (service, named) in [
        ("packages/shared", true),
        ("packages/worker", false),
        ("packages/alone", false),
        ("apps/api", false),
    ] {
        assert_eq!(said("{}", service, named).unwrap(), None);
    }
}

#[test]
fn a_root_without_a_program_is_no_service_where_the_workspace_has_some() {
    let text = said("{}", ".", false).unwrap_err().to_string();
    assert!(text.contains("the root is no service") && text.contains("apps/api"), "{text}");
    assert_eq!(said(r#"{"main": "index.js"}"#, ".", false).unwrap(), None);
    assert_eq!(said(r#"{"scripts": {"start": "node ."}}"#, ".", false).unwrap(), None);
    assert_eq!(said("{}", ".", true).unwrap(), None);
}
