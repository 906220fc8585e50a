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
fn packages_with_a_start_script_outside_of_the_usual_folders_are_named_with_the_line_for_them() {
    let start = |name: &str| format!(r#"{{"name": "{name}", "scripts": {{"start": "node ."}}}}"#);
    let said = |packages: &[(&str, String)]| {
        let manifest = |(folder, text): &(&str, String)| {
            (ImporterId::new(folder).unwrap(), Manifest::parse(text, folder).unwrap())
        };
        left_out(&packages.iter().map(manifest).collect(), &[ImporterId::new("services/a").unwrap()])
    };
    let (root, a) = ((".", start("root")), ("services/a", start("a")));
    let text = said(&[root.clone(), a.clone(), ("backend/api", start("api"))]).unwrap();
    assert!(text.contains("start script: backend/api;"), "{text}");
    assert!(text.ends_with(r#"[workspace] services = ["backend/*", "services/*"]"#), "{text}");
    // A folder that has libraries as well is not taken as a whole.
    let library = ("packages/kit", r#"{"name": "kit"}"#.to_owned());
    let text = said(&[a.clone(), library, ("packages/worker", start("worker"))]).unwrap();
    assert!(text.ends_with(r#"["packages/worker", "services/*"]"#), "{text}");
    let user = ("services/a", r#"{"name": "a", "dependencies": {"ui": "workspace:*"}}"#.to_owned());
    assert_eq!(said(&[root, user, ("packages/ui", start("ui"))]), None);
}

#[test]
fn a_root_without_a_program_is_no_service_where_the_workspace_has_some() {
    let text = said("{}", ".", false).unwrap_err().to_string();
    assert!(text.contains("the root is no service") && text.contains("apps/api"), "{text}");
    assert_eq!(said(r#"{"main": "index.js"}"#, ".", false).unwrap(), None);
    assert_eq!(said(r#"{"scripts": {"start": "node ."}}"#, ".", false).unwrap(), None);
    assert_eq!(said("{}", ".", true).unwrap(), None);
}
