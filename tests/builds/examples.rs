//! The examples beside `examples/erp`: each builds with the few lines of its own fourply.toml, lives, and answers.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::program::{digest, fourply};
use super::rootless::Container;
use super::{fixtures, scratch};

fn folder(name: &str) -> PathBuf {
    fixtures::project().join("examples").join(name)
}

/// Builds the service of an example, which has to be healthy, and starts its image.
fn started(name: &str, service: &str) -> Container {
    let dir = scratch();
    let image = dir.path().join("image");
    let output = format!("type=oci,dest={}", image.display());
    digest(&mut fourply(&folder(name), &["build", service, "--smoke=healthy", "-o", &output]));
    Container::start(&image, "latest", &[])
}

/// Asks for paths: the status, and a part of the body, of each.
fn answers(name: &str, service: &str, expected: &[(&str, u16, &str)]) -> Container {
    let mut container = started(name, service);
    for (path, status, part) in expected {
        let (found, body) = container.get(path);
        assert!(found == *status && body.contains(part), "{name}: {path}: {found} {body}");
    }
    container
}

#[test]
#[ignore = "needs umoci and runc"]
fn next_standalone() {
    let paths = [
        ("/api/health", 200, r#"{"status":"ok"}"#),
        ("/", 200, "Emma"),
        ("/books/dracula", 200, "1897"),
        // Beside the server, as Next's own Dockerfile has them.
        ("/robots.txt", 200, "Allow: /"),
    ];
    let mut container = answers("next-standalone", "web", &paths);
    let (_, page) = container.get("/");
    let script = page.split("src=\"/_next/static/").nth(1).and_then(|rest| rest.split('"').next());
    let (status, _) = container.get(&format!("/_next/static/{}", script.unwrap()));
    assert_eq!(status, 200, "{script:?}");
    let app = container.rootfs().join("app/apps/web");
    assert!(!app.join("node_modules").exists(), "the server brings its own packages");
}

#[test]
#[ignore = "needs umoci and runc"]
fn fastify_tsx() {
    let paths = [
        ("/health", 200, "ok"),
        ("/quotes/lamp?count=2", 200, "€79.00"),
        ("/quotes/none", 404, "no such item"),
    ];
    answers("fastify-tsx", "quotes", &paths);
}

#[test]
#[ignore = "needs umoci and runc"]
fn turbo_codegen() {
    let paths = [
        ("/health", 200, r#"["open","paid","shipped"]"#),
        ("/orders/1", 200, r#"{"id":"1","status":"paid","total":24900}"#),
    ];
    let container = answers("turbo-codegen", "orders", &paths);
    let contract = container.rootfs().join("app/packages/contract");
    assert!(contract.join("dist/generated/api.js").is_file() && !contract.join("src").exists());
}

#[test]
#[ignore = "needs umoci and runc"]
fn bundle() {
    let paths =
        [("/health", 200, "ok"), ("/slug/Cr%C3%A8me%20Br%C3%BBl%C3%A9e!", 200, r#"{"slug":"creme-brulee"}"#)];
    let container = answers("bundle", "links", &paths);
    let app = container.rootfs().join("app");
    assert!(!app.join("services/links/node_modules").exists() && !app.join("packages").exists());
}

/// Without a database: the query was compiled, and the adapter tried to send it.
#[test]
#[ignore = "needs umoci and runc"]
fn prisma_7() {
    let paths = [
        ("/health", 200, "ok"),
        ("/statuses", 200, r#"["OPEN","PAID","SHIPPED"]"#),
        ("/orders", 503, "the database does not answer"),
    ];
    let container = answers("prisma-7", "shop", &paths);
    let app = container.rootfs().join("app/services/shop");
    assert!(app.join("prisma/migrations/20260101000000_init/migration.sql").is_file());
}

#[test]
#[ignore = "needs umoci and runc"]
fn worker() {
    let mut container = started("worker", ".");
    let end = Instant::now() + Duration::from_secs(30);
    while !container.exec("node src/alive.js").status.success() {
        assert!(Instant::now() < end, "no heartbeat in half a minute");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(container.terminate().success(), "it ends at SIGTERM");
}
