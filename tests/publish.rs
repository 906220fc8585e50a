//! `fourply build --push` to a real registry, and the base taken from one.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/program.rs"]
mod program;
#[path = "support/registry.rs"]
mod registry;

use program::{copy_workspace, digest, error, fourply, tool};

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_push_is_there_under_its_tag_and_a_base_comes_back_from_there() {
    let registry = registry::Registry::start();
    let example = fixtures::project().join("examples/erp");
    let name = format!("{}/erp/catalog:1", registry.host());
    let pushed = digest(&mut fourply(&example, &["build", "services/catalog", "-t", &name, "--push"]));
    let inspect = |name: &str, what: &str| {
        let source = format!("docker://{name}");
        tool("skopeo", &["inspect", "--tls-verify=false", "--format", what, &source]).trim().to_owned()
    };
    assert_eq!(inspect(&name, "{{.Digest}}"), pushed);

    // The image is a base like any other: node, tini and the user are there already.
    let dir = tempfile::tempdir().unwrap();
    let workspace = dir.path().join("erp");
    copy_workspace(&example, &workspace);
    let other = format!("{}/erp/auth:1", registry.host());
    let args = ["build", "services/auth", "--base", &name, "-t", &other, "--push"];
    let again = digest(&mut fourply(&workspace, &args));
    assert_eq!(inspect(&other, "{{.Digest}}"), again);
    assert_eq!(
        digest(&mut fourply(&workspace, &args)),
        again,
        "a base that is known already gives the same image"
    );
}

#[test]
fn a_misspelt_tag_and_a_registry_that_is_not_there() {
    let example = fixtures::project().join("examples/erp");
    let build = |tag: &str, code: i32| {
        error(&mut fourply(&example, &["build", "services/catalog", "-t", tag, "--push"]), code)
    };
    assert!(build("127.0.0.1:9/Upper/x:1", 1).contains("Upper"));
    assert!(build("127.0.0.1:9/erp/x:1", 3).contains("127.0.0.1:9"));
}
