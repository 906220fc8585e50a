//! The team's own kind of workspace, from the fixtures: `erp-sample` built from its sources, and one with prebuilt outputs on Alpine.
#![allow(missing_docs, clippy::unwrap_used)]

mod alpine;

use std::path::Path;

use fourply_testing::program::{copy_workspace, digest, fourply};
use fourply_testing::{fixtures, program, rootless};

/// The base of the example, and the variable that this workspace reads its port from.
const CONFIG: &str = "[base]\ndebian = { suite = \"bookworm\", packages = [\"tini\"], node = \"20.20.2\" }\n";

/// Builds the image with the configuration that is there, starts it, and gives its digest.
fn builds_and_answers(workspace: &Path, service: &str, more: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let image = dir.path().join("image");
    let output = format!("type=oci,dest={}", image.display());
    let service = format!("services/{service}");
    let built = digest(&mut fourply(workspace, &[&["build", &service, "-o", &output], more].concat()));
    let port = rootless::free_port();
    let mut container = rootless::Container::start(&image, "latest", &[("SERVICE_PORT", port.to_string())]);
    container.port = port;
    assert_eq!(container.get("/health/live").0, 200, "{service}");
    container.terminate();
    built
}

#[test]
#[ignore = "needs the fixtures, umoci and runc"]
fn every_service_of_the_fixture_builds_from_its_sources_and_starts() {
    let dir = tempfile::tempdir().unwrap();
    let workspace = dir.path().join("erp");
    copy_workspace(&fixtures::shared().join("erp-sample"), &workspace);
    std::fs::write(workspace.join("fourply.toml"), CONFIG).unwrap();
    for service in ["master-data", "auth", "finance"] {
        builds_and_answers(&workspace, service, &[]);
    }
}
