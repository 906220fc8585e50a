#![allow(clippy::unwrap_used)]

use super::services;
use crate::closure::testing::workspace;

fn found(importers: &str, globs: Option<&[&str]>) -> Vec<String> {
    let workspace = workspace(&format!("lockfileVersion: '9.0'\nimporters:\n{importers}"));
    let globs = globs.map(|globs| globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>());
    services(&workspace, globs.as_deref()).unwrap().iter().map(ToString::to_string).collect()
}

const CUSTOMARY: &str =
    "  .: {}\n  apps/web: {}\n  libs/a: {}\n  services/auth: {}\n  services/auth/client: {}\n";

const OTHER: &str = "  .: {}\n  api:\n    dependencies:\n      kernel: {specifier: 'workspace:*', version: link:../kernel}\n  \
                     cli: {}\n  kernel: {}\n";

#[test]
fn folders_of_custom_are_services() {
    assert_eq!(found(CUSTOMARY, None), ["apps/web", "services/auth"]);
}

#[test]
fn elsewhere_what_nothing_depends_on_is_a_service() {
    assert_eq!(found(OTHER, None), ["api", "cli"]);
}

#[test]
fn globs_decide_alone() {
    assert_eq!(found(OTHER, Some(&["*", "!cli"])), [".", "api", "kernel"]);
    assert_eq!(found(CUSTOMARY, Some(&["./services/*/"])), ["services/auth"]);
    assert_eq!(found(CUSTOMARY, Some(&["services/**"])), ["services/auth", "services/auth/client"]);
}

#[test]
fn globs_that_name_nothing_are_told_with_what_there_is() {
    let workspace = workspace("lockfileVersion: '9.0'\nimporters:\n  .: {}\n  api: {}\n");
    let error = services(&workspace, Some(&["service/*".to_owned()])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "[\"service/*\"] matches no package of the workspace; its packages are: api"
    );
    let error = services(&workspace, Some(&["a[".to_owned()])).unwrap_err();
    assert!(error.to_string().contains("\"a[\""), "{error}");
}
