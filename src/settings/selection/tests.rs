#![allow(clippy::unwrap_used)]

use super::*;

fn settings(text: &str, service: &str, prebuilt: bool) -> SelectionSettings {
    let config = Config::parse(text).unwrap();
    let own = config.services.get(service).cloned().unwrap_or_default();
    SelectionSettings::new(&merged(&own, &config), &config, prebuilt)
}

fn files(from: &str, to: Option<&str>) -> IncludedFiles {
    IncludedFiles { from: from.to_owned(), to: to.map(str::to_owned) }
}

#[test]
fn without_a_word_the_output_is_dist_and_named_by_nobody() {
    let found = settings("", "auth", false);
    assert_eq!((found.outputs, found.named), (vec!["dist".to_owned()], false));
    assert_eq!(found.package_outputs, ["dist"]);
}

#[test]
fn an_output_of_a_service_is_that_services_alone() {
    let text = "[build]\noutput = [\"lib\"]\n[services.auth]\noutput = [\"dist\", \"public\"]\n";
    let (auth, other) = (settings(text, "auth", false), settings(text, "other", false));
    assert_eq!((auth.outputs, auth.named), (vec!["dist".to_owned(), "public".to_owned()], true));
    assert_eq!((other.outputs, other.named), (vec!["lib".to_owned()], true));
    assert_eq!(
        (auth.package_outputs, other.package_outputs),
        (vec!["lib".to_owned()], vec!["lib".to_owned()])
    );
}

#[test]
fn files_are_paths_with_or_without_another_place() {
    let text = r#"
[build]
files = ["/locales"]
[services.auth]
files = ["prisma/migrations", { from = "/apps/client/dist", to = "client" }]
"#;
    let expected = [files("prisma/migrations", None), files("/apps/client/dist", Some("client"))];
    assert_eq!(settings(text, "auth", false).files, expected);
    assert_eq!(settings(text, "other", false).files, [files("/locales", None)]);
}

#[test]
fn values_that_are_no_files_say_what_is_one() {
    for value in [
        "[1]",
        "[{ from = \"x\" }]",
        "[{ from = \"x\", too = \"y\" }]",
        "[{ from = \"x\", to = \"y\", z = 1 }]",
    ] {
        let error = Config::parse(&format!("[services.a]\nfiles = {value}\n")).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("an entry of files is a path, or { from"), "{value}: {source}");
    }
    assert!(Config::parse("[build]\nfiles = \"x\"\n").is_err());
}

#[test]
fn a_project_is_built_by_its_own_script_and_not_where_all_is_prebuilt() {
    let text = "[build]\nscript = \"make\"\nfiles = [\"/apps/client/dist\"]\n[services.client]\nscript = \"bundle\"\n[services.docs]\nscript = false\n";
    let found = settings(text, "auth", false);
    let named = |script: &str| Some(ScriptChoice::Named(script.to_owned()));
    let script = |folder: &str| found.project_script(&ImporterId::new(folder).unwrap());
    assert_eq!(script("apps/client"), named("bundle"));
    assert_eq!(script("apps/docs"), None);
    assert_eq!(script("apps/other"), named("make"));
    assert!(found.may_build_projects());
    let prebuilt = settings(text, "auth", true);
    assert_eq!(prebuilt.project_script(&ImporterId::new("apps/client").unwrap()), None);
    assert!(!prebuilt.may_build_projects());
}
