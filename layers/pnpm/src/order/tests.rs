#![allow(clippy::unwrap_used)]

use super::build_order;
use crate::ImporterId;
use crate::closure::testing::workspace;

fn lockfile(edges: &[(&str, &[&str])]) -> String {
    let mut text = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n".to_owned();
    for (from, to) in edges {
        text.push_str(&format!("  {from}:\n    devDependencies:\n"));
        for to in *to {
            text.push_str(&format!(
                "      {to}:\n        specifier: workspace:*\n        version: link:../{to}\n"
            ));
        }
    }
    text
}

fn order(edges: &[(&str, &[&str])], service: &str) -> Vec<Vec<String>> {
    let groups = build_order(&workspace(&lockfile(edges)), &ImporterId::new(service).unwrap()).unwrap();
    groups.into_iter().map(|group| group.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn each_comes_after_what_it_needs() {
    let edges: &[(&str, &[&str])] =
        &[("svc", &["a", "b"]), ("a", &["base"]), ("b", &["base"]), ("base", &[]), ("other", &["svc"])];
    assert_eq!(order(edges, "svc"), [vec!["base"], vec!["a", "b"], vec!["svc"]]);
    assert_eq!(order(edges, "base"), [vec!["base"]]);
}

#[test]
fn a_circle_is_one_group() {
    let edges: &[(&str, &[&str])] =
        &[("svc", &["a"]), ("a", &["b"]), ("b", &["a", "base"]), ("base", &["base"])];
    assert_eq!(order(edges, "svc"), [vec!["base"], vec!["a", "b"], vec!["svc"]]);
}

#[test]
fn an_unknown_service_is_refused() {
    assert!(build_order(&workspace(&lockfile(&[])), &ImporterId::new("x").unwrap()).is_err());
}

#[test]
fn dependents_are_those_that_lead_there() {
    let edges: &[(&str, &[&str])] =
        &[("svc", &["a"]), ("a", &["base"]), ("b", &["a"]), ("base", &[]), ("other", &[])];
    let found = workspace(&lockfile(edges)).dependents(&ImporterId::new("a").unwrap());
    assert_eq!(found.iter().map(ImporterId::as_str).collect::<Vec<_>>(), ["a", "b", "svc"]);
}
