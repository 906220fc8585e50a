//! `fourply build --push` to a real registry, and the base taken from one.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;

use fourply_testing::program::{copy_workspace, digest, error, fourply, tool};
use fourply_testing::{fixtures, program, proxy, registry};

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
    let proxy = proxy::Proxy::start(&registry.host(), |_| proxy::Action::Pass);
    let (base, cache) =
        (format!("{}/erp/catalog:1", proxy.host()), format!("{}/cache/erp:1", registry.host()));
    let build = |tag: &str, store: Option<&str>, more: &[&str]| {
        let name = format!("{}/erp/auth:{tag}", registry.host());
        let args = ["build", "services/auth", "--base", &base, "-t", &name, "--push"];
        let mut command = fourply(&workspace, &[&args[..], more].concat());
        store.map(|store| command.env("FOURPLY_STORE", dir.path().join(store)));
        let made = digest(&mut command);
        assert_eq!(inspect(&name, "{{.Digest}}"), made);
        made
    };
    let made = build("1", None, &["--cache-to", &cache]);
    assert_eq!(build("1", None, &[]), made, "a base that is known already gives the same image");

    // A new runner has the base's file list from the cache: it fetches none of its layers, though it pushes an image on it.
    let layers = tool(
        "skopeo",
        &[
            "inspect",
            "--tls-verify=false",
            "--format",
            "{{range .Layers}}{{.}} {{end}}",
            &format!("docker://{base}"),
        ],
    );
    let asked = proxy.seen().len();
    assert_eq!(build("2", Some("runner"), &["--cache-from", &cache]), made);
    for layer in layers.split_whitespace() {
        let fetched = proxy.seen()[asked..].iter().any(|request| request.is("GET", layer));
        assert!(!fetched, "{layer}");
    }
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

#[test]
#[ignore = "needs the network of packages"]
fn a_bundle_holds_all_that_a_build_without_any_network_needs() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let workspace = dir.path().join("erp");
    copy_workspace(&fixtures::project().join("examples/erp"), &workspace);
    let output = format!("type=oci,dest={}", path("here"));
    let here = digest(&mut fourply(&workspace, &["build", "services/catalog", "-o", &output]));
    digest(&mut fourply(&workspace, &["bundle", &path("build.tar"), "--build", "services/catalog"]));

    // The other side: an empty store, and a network namespace without so much as a route.
    let (site, bundle) = (path("site"), format!("oci-archive:{}", path("build.tar")));
    digest(fourply(&workspace, &["store", "pull", &bundle]).env("FOURPLY_STORE", &site));
    let output = format!("type=oci,dest={}", path("there"));
    let program = env!("CARGO_BIN_EXE_fourply");
    let mut build = std::process::Command::new("unshare");
    build.args(["-rn", program, "build", "services/catalog", "--offline", "-o", &output]);
    build.current_dir(&workspace).env("FOURPLY_STORE", &site).env("SOURCE_DATE_EPOCH", "1700000000");
    assert_eq!(digest(&mut build), here);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn an_empty_runner_is_warm_after_one_pull() {
    let registry = registry::Registry::start();
    let dir = tempfile::tempdir().unwrap();
    let workspace = dir.path().join("erp");
    copy_workspace(&fixtures::project().join("examples/erp"), &workspace);
    // No other test has these sources, so all that is made of them is made here.
    std::fs::write(workspace.join("shared/kernel/src/travels.ts"), "export const travels = true;\n").unwrap();
    let cache = format!("{}/cache/erp:main", registry.host());
    let build = |service: &str, store: &str, more: &[&str]| {
        let output = format!("type=oci,dest={}", dir.path().join(format!("{store}-image")).display());
        let args = [&["build", service, "-o", &output], more].concat();
        let mut command = fourply(&workspace, &args);
        if store != "shared" {
            command.env("FOURPLY_STORE", dir.path().join(store));
        }
        let output = program::run(&mut command);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
        (String::from_utf8(output.stdout).unwrap(), told)
    };
    let (made, _) = build("services/catalog", "shared", &["--cache-to", &cache]);
    let (again, told) = build("services/catalog", "runner", &["--cache-from", &cache]);
    assert_eq!(again, made);
    assert!(told.contains("cached") && !told.contains("  made"), "{told}");
    // What one runner took another can be given: it is as warm.
    build("services/catalog", "runner", &["--cache-to", &cache]);
    let (again, told) = build("services/catalog", "third", &["--cache-from", &cache]);
    assert!(again == made && !told.contains("  made"), "{told}");
    // Another service finds the workspace packages built.
    let (_, told) = build("services/auth", "third", &[]);
    assert!(told.contains("services/auth: build:") && !told.contains("shared/kernel: build:"), "{told}");
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn one_command_builds_for_two_machines_and_separate_runners_make_the_same_index() {
    let registry = registry::Registry::start();
    let example = fixtures::project().join("examples/erp");
    let name = |tag: &str| format!("{}/erp/catalog:{tag}", registry.host());
    let build = |platform: &str, tag: &str| {
        let name = name(tag);
        let args = ["build", "services/catalog", "--platform", platform, "-t", &name, "--push"];
        digest(&mut fourply(&example, &args))
    };
    let index = build("linux/amd64,linux/arm64", "both");
    let manifest =
        tool("skopeo", &["inspect", "--tls-verify=false", "--raw", &format!("docker://{}", name("both"))]);
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let machines = ["amd64", "arm64"].map(|machine| {
        let source = format!("docker://{}", name("both"));
        let args = ["inspect", "--tls-verify=false", "--override-arch", machine, "--config", &source];
        let config: serde_json::Value = serde_json::from_str(&tool("skopeo", &args)).unwrap();
        assert_eq!(config["architecture"], machine);
        manifest["manifests"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["platform"]["architecture"] == machine)
            .unwrap()["digest"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    // Every blob of both is there, and is what its digest says.
    let dir = tempfile::tempdir().unwrap();
    let layout = format!("oci:{}:x", dir.path().join("copy").display());
    tool(
        "skopeo",
        &["copy", "--all", "--src-tls-verify=false", &format!("docker://{}", name("both")), &layout],
    );

    let runners = [build("linux/arm64", "arm"), build("linux/amd64", "amd")];
    assert_eq!(runners, [machines[1].clone(), machines[0].clone()]);
    let target = format!("{}/joined/catalog:1", registry.host());
    let images = runners.map(|digest| format!("{}/erp/catalog@{digest}", registry.host()));
    assert_eq!(digest(&mut fourply(&example, &["index", &target, &images[0], &images[1]])), index);
    let text = error(&mut fourply(&example, &["index", &target, &images[0], &images[0]]), 1);
    assert!(text.contains("linux/arm64"), "{text}");
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_lockfiles_packages_travel_once_and_arrive_verified() {
    let registry = registry::Registry::start();
    let example = fixtures::project().join("examples/erp");
    let dir = tempfile::tempdir().unwrap();
    let target = format!("{}/cache/packages:main", registry.host());
    let push = || {
        let output = program::run(&mut fourply(&example, &["store", "push", &target]));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
        (String::from_utf8(output.stdout).unwrap(), told)
    };
    let (first, _) = push();
    let (second, told) = push();
    assert!(first == second && told.contains("sent 0 "), "{told}");
    let empty = dir.path().join("store");
    let run = |args: &[&str]| digest(fourply(&example, args).env("FOURPLY_STORE", &empty));
    run(&["store", "pull", &target]);
    let tree = ["tree", "services/catalog", "--libc", "glibc"];
    assert_eq!(run(&[&tree[..], &["--offline"]].concat()), digest(&mut fourply(&example, &tree)));
    let output = program::run(fourply(&example, &["store", "pull", &target]).env("FOURPLY_STORE", &empty));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("took 0 entries (0 B)"), "{told}");
}

/// The tags and digests that `build --all` printed, by service.
fn built(output: &std::process::Output) -> BTreeMap<String, String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| line.split_once('\t').unwrap());
    lines.map(|(service, digest)| (service.to_owned(), digest.to_owned())).collect()
}

fn raw_digest(name: &str) -> String {
    let args = ["inspect", "--tls-verify=false", "--format", "{{.Digest}}"];
    tool("skopeo", &[&args[..], &[&format!("docker://{name}")]].concat()).trim().to_owned()
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn all_services_for_two_machines_go_up_once_with_their_tags_last() {
    let registry = registry::Registry::start();
    let proxy = proxy::Proxy::start(&registry.host(), |_| proxy::Action::Pass);
    let dir = tempfile::tempdir().unwrap();
    let workspace = dir.path().join("erp");
    copy_workspace(&fixtures::project().join("examples/erp"), &workspace);
    let cache = format!("{}/cache/erp:main", registry.host());
    let tag = format!("{}/erp/{{service}}:1", proxy.host());
    let run = |store: Option<&str>, more: &[&str]| {
        let args = ["build", "--all", "--platform", "linux/amd64,linux/arm64", "-t", &tag, "--push"];
        let mut command = fourply(&workspace, &[&args[..], more].concat());
        store.map(|store| command.env("FOURPLY_STORE", dir.path().join(store)));
        let output = program::run(&mut command);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    };
    let first = built(&run(None, &["--cache-to", &cache]));
    assert_eq!(first.len(), 3);

    let puts: Vec<String> = proxy
        .seen()
        .into_iter()
        .filter(|request| request.method == "PUT")
        .map(|request| request.target)
        .collect();
    let mut uploads: Vec<&str> =
        puts.iter().filter_map(|target| Some(target.split_once("digest=")?.1)).collect();
    let count = uploads.len();
    uploads.sort_unstable();
    uploads.dedup();
    assert_eq!(uploads.len(), count, "each blob goes up once, however many services have it: {puts:?}");
    let tags = puts.iter().position(|target| target.ends_with("/manifests/1")).unwrap();
    assert_eq!(puts.len() - tags, 3, "{puts:?}");
    for (service, digest) in &first {
        let name = format!("{}/erp/{}:1", registry.host(), service.rsplit('/').next().unwrap());
        let args = ["inspect", "--tls-verify=false", "--raw", &format!("docker://{name}")];
        let index: serde_json::Value = serde_json::from_str(&tool("skopeo", &args)).unwrap();
        assert_eq!(index["manifests"].as_array().unwrap().len(), 2);
        assert_eq!(raw_digest(&name), *digest);
        let layout = format!("oci:{}:x", dir.path().join("copy").display());
        tool(
            "skopeo",
            &["copy", "-q", "--all", "--src-tls-verify=false", &format!("docker://{name}"), &layout],
        );
    }
    // An empty runner is warm after one pull, for both machines; and nothing is sent again.
    let sent = proxy.count("PUT", "");
    let runner = run(Some("runner"), &["--cache-from", &cache]);
    let told = String::from_utf8_lossy(&runner.stderr).into_owned();
    assert!(told.contains("cached") && !told.contains("  made"), "{told}");
    assert_eq!((built(&runner), proxy.count("PUT", "")), (first, sent));
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_service_whose_push_fails_is_told_and_keeps_no_other_from_its_tag() {
    let registry = registry::Registry::start();
    let example = fixtures::project().join("examples/erp");
    let run = |refused: &'static str| {
        let proxy = proxy::Proxy::start(&registry.host(), move |request| match request.method.as_str() {
            "PUT" | "POST" if request.target.contains(refused) => {
                let body = r#"{"errors":[{"code":"DENIED","message":"this tag cannot be changed"}]}"#;
                proxy::Action::Answer(403, Vec::new(), body.to_owned())
            }
            _ => proxy::Action::Pass,
        });
        let tag = format!("{}/erp/{{service}}:1", proxy.host());
        let output = program::run(&mut fourply(&example, &["build", "--all", "-t", &tag, "--push"]));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(text.contains("services/catalog did not get to all places"), "{text}");
        assert!(text.contains("DENIED (this tag cannot be changed)"), "{text}");
        built(&output)
    };
    let tags = |service: &str| {
        let args =
            ["inspect", "--tls-verify=false", &format!("docker://{}/erp/{service}:1", registry.host())];
        std::process::Command::new("skopeo").args(args).output().unwrap().status.success()
    };
    // Before all is there no tag is set.
    assert!(run("/erp/catalog/blobs/uploads/").is_empty());
    assert!(!["auth", "catalog", "master-data"].into_iter().any(tags));
    // Then each service is for itself.
    let done = run("/erp/catalog/manifests/1");
    assert_eq!(done.keys().collect::<Vec<_>>(), ["services/auth", "services/master-data"]);
    assert!(tags("auth") && tags("master-data") && !tags("catalog"));
    for (service, digest) in done {
        let name = format!("{}/erp/{}:1", registry.host(), service.rsplit('/').next().unwrap());
        assert_eq!(raw_digest(&name), digest);
    }
}
