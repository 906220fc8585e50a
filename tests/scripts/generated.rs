//! What scripts leave beside their packages, and what build steps generate in node_modules: as real pnpm has it on disk, and loaded in images.

use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::program::{copy_workspace, fourply, shared_store, tool};
use crate::{alone, fixtures, pack, planned, real_pnpm, rootless, rows, said};

/// The layout and the base of the images here.
const BASE: &str = "[base]\ndebian = { suite = \"bookworm\", packages = [\"tini\"], node = \"20.20.2\" }\n";

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Every image of the OCI layout that `build --all` made, unpacked, by its service's name.
fn unpacked(layout: &Path, services: &[&str], to: &Path) -> BTreeMap<String, PathBuf> {
    std::fs::create_dir_all(to).unwrap();
    let unpack = |service: &&str| {
        let (image, root) = (format!("{}:{service}", layout.display()), to.join(service));
        tool("umoci", &["raw", "unpack", "--rootless", "--image", &image, root.to_str().unwrap()]);
        ((*service).to_owned(), root)
    };
    services.iter().map(unpack).collect()
}

fn text(root: &Path, path: &str) -> String {
    let path = root.join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
#[ignore = "needs real pnpm"]
fn what_scripts_leave_beside_their_package_is_where_pnpm_leaves_it() {
    let _alone = alone();
    // .gen and @gen are new folders, `dep` is a link that pnpm made; a link out and an empty folder are no content.
    let script = "mkdir -p ../.gen/client ../@gen/x ../empty && echo made > ../.gen/client/index.js \
        && echo 'module.exports = 1' > ../@gen/x/index.js && chmod +x ../@gen/x/index.js && ln -s client ../.gen/latest";
    for (rules, version) in
        [(&PNPM_9, "9.14.2"), (&PNPM_10, "10.34.9"), (&PNPM_11, "11.28.11"), (&PNPM_12, "12.21.0")]
    {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        pack(root, "maker", &format!(r#"{{"postinstall": "{script}"}}"#));
        let manifest = format!(
            r#"{{"name": "x", "version": "1.0.0", "private": true, "packageManager": "pnpm@{version}",
                "dependencies": {{"maker": "file:maker.tgz"}}, "pnpm": {{"onlyBuiltDependencies": ["maker", "maker@file:maker.tgz"]}}}}"#
        );
        write(root, &[("package.json", &manifest)]);
        if rules.major() >= 11 {
            let yaml = "packages: ['.']\nallowBuilds: {'maker@file:maker.tgz': true}\n";
            write(root, &[("pnpm-workspace.yaml", yaml)]);
        }
        real_pnpm::lock(rules, root).unwrap();
        let (ours, _) = said(&mut fourply(root, &["tree", ".", "--libc", "glibc", "--node", "20.20.2"]));
        real_pnpm::install(rules, root, None, true).unwrap();
        let real = crate::comparable(real_pnpm::rows(root));
        let (count, shown) = planned::differences(&rows(&ours), &real);
        assert!(real.keys().any(|path| path.ends_with("/node_modules/.gen/client/index.js")), "{real:?}");
        assert!(real.keys().any(|path| path.ends_with("/node_modules/@gen/x/index.js")), "{real:?}");
        assert!(count == 0, "{rules}: {count} of {} paths differ\n{shown}", real.len());
    }
}

#[test]
#[ignore = "needs real pnpm"]
fn any_number_of_threads_leaves_the_same() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let names = ["one", "two", "three", "four"];
    for name in names {
        let script = "mkdir ../.gen && sleep 0.2 && pwd > where && echo $HOME > ../.gen/home && mktemp -d > made && dirname $(cat made) > ../.gen/tmp && rm made && touch ../../../../stray.js";
        pack(root, name, &format!(r#"{{"install": "{script}"}}"#));
    }
    let dependencies: Vec<String> =
        names.iter().map(|name| format!(r#""{name}": "file:{name}.tgz""#)).collect();
    let manifest = format!(
        r#"{{"name": "x", "version": "1.0.0", "private": true, "packageManager": "pnpm@9.14.2", "dependencies": {{{}}}}}"#,
        dependencies.join(", ")
    );
    write(root, &[("package.json", &manifest)]);
    real_pnpm::lock(&PNPM_9, root).unwrap();
    let tree = |threads: &str| {
        run_anew(root);
        let (tree, told) = said(&mut fourply(
            root,
            &["tree", ".", "--libc", "glibc", "--node", "20.20.2", "--threads", threads],
        ));
        assert_eq!(told.matches(": install: ").count(), names.len(), "{told}");
        assert!(
            told.contains("changed node_modules/stray.js (1 in all), outside their own packages"),
            "{told}"
        );
        assert!(!tree.contains("stray"), "{tree}");
        tree
    };
    let one = tree("1");
    assert_eq!(one.matches("/.gen/home\t").count(), names.len(), "{one}");
    assert_eq!(one, tree("4"));
}

/// Three services with one package, `maker`, whose script leaves a client beside it. Two services generate another in its place and write
/// into the package itself, in place.
fn generators(root: &Path) {
    let script = "mkdir -p ../.gen/client && echo stub > ../.gen/client/index.js && pwd > ../.gen/client/place && ln -s /etc ../.gen/etc";
    pack(root, "maker", &format!(r#"{{"postinstall": "{script}", "unique": "{}"}}"#, root.display()));
    let generate = |service: &str| {
        format!(
            "echo {service} > ../../node_modules/maker/../.gen/client/index.js && cat node_modules/maker/shared.js \
             && echo {service} >> node_modules/maker/shared.js"
        )
    };
    for (service, more) in [("a", generate("a")), ("b", generate("b")), ("c", "true".to_owned())] {
        let more = more.replace("../../node_modules/maker/../", "$(realpath node_modules/maker)/../");
        let manifest = format!(
            r#"{{"name": "{service}", "version": "1.0.0", "dependencies": {{"maker": "file:../../maker.tgz"}},
                "scripts": {{"build": "{more} && mkdir dist && touch dist/main.js"}}}}"#
        );
        write(root, &[(&format!("services/{service}/package.json"), &manifest)]);
    }
    write(
        root,
        &[
            ("package.json", r#"{"name": "x", "private": true, "packageManager": "pnpm@9.14.2"}"#),
            ("pnpm-workspace.yaml", "packages: ['services/*']\n"),
        ],
    );
    run_anew(root);
    real_pnpm::lock(&PNPM_9, root).unwrap();
}

#[test]
#[ignore = "needs real pnpm and umoci"]
fn services_that_write_over_one_package_do_not_see_each_other() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("workspace");
    generators(&root);
    // Two at once, of a package that no build has seen.
    let start = |service: &str| {
        let output = format!("type=oci,dest={}", dir.path().join(format!("only-{service}")).display());
        let mut command = fourply(&root, &["build", &format!("services/{service}"), "-o", &output]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running = [start("a"), start("b")];
    let mut digests = Vec::new();
    for done in running.map(|child| child.wait_with_output().unwrap()) {
        let told = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success() && told.contains(": build:"), "{told}");
        digests.push(String::from_utf8(done.stdout).unwrap().trim().to_owned());
    }
    // One after the other.
    run_anew(&root);
    let layout = dir.path().join("out");
    let output = format!("type=oci,dest={}", layout.display());
    let (first, told) = said(&mut fourply(&root, &["build", "--all", "-o", &output]));
    assert!(told.contains("left .gen/etc, a link that is not taken"), "{told}");
    assert!(told.contains("services/a: build:") && told.contains("services/b: build:"), "{told}");
    assert!(digests.iter().all(|digest| first.contains(digest)), "{digests:?} are not in {first}");
    // What each script printed is the package as it was published, in every run.
    for line in told.lines().filter(|line| line.contains("published")) {
        assert!(line.ends_with(": published"), "{told}");
    }
    let images = unpacked(&layout, &["a", "b", "c"], &dir.path().join("images"));
    let slot = "app/node_modules/.pnpm/maker@file+maker.tgz/node_modules";
    let of = |service: &str, path: &str| text(&images[service], &format!("{slot}/{path}"));
    for service in ["a", "b"] {
        assert_eq!(of(service, ".gen/client/index.js"), format!("{service}\n"));
        assert_eq!(of(service, "maker/shared.js"), format!("published\n{service}\n"));
    }
    assert_eq!(
        (of("c", ".gen/client/index.js"), of("c", "maker/shared.js")),
        ("stub\n".into(), "published\n".into())
    );
    for image in images.values() {
        assert_eq!(text(image, &format!("{slot}/.gen/client/place")), format!("/{slot}/maker\n"));
        assert!(image.join(slot).join(".gen/etc").symlink_metadata().is_err());
    }
    let (again, told) = said(&mut fourply(&root, &["build", "--all", "-o", &output]));
    assert!(again == first && !told.contains(": build:"), "{told}");
}

/// Gives scripts an environment that no run before had, so that they have to run.
fn run_anew(root: &Path) {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = format!("{} {}", root.display(), RUNS.fetch_add(1, Ordering::Relaxed));
    std::fs::write(root.join("fourply.toml"), format!("{BASE}[build.env]\nRUN = {run:?}\n")).unwrap();
}

#[test]
#[ignore = "needs real pnpm, umoci and runc"]
fn prisma_clients_are_generated_as_beside_real_pnpm_and_load_in_the_image() {
    use std::os::unix::fs::PermissionsExt;
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (root, real) = (dir.path().join("workspace"), dir.path().join("real"));
    for copy in [&root, &real] {
        copy_workspace(&fixtures::project().join("tests/data/prisma"), copy);
    }
    real_pnpm::install_all(&PNPM_10, &real).unwrap();
    // What pnpm fetched is not fetched again.
    let store = real_pnpm::store(&PNPM_10);
    let config =
        text(&root, "fourply.toml") + &format!("[store]\npnpm = {:?}\n", store.display().to_string());
    std::fs::write(root.join("fourply.toml"), config).unwrap();
    let layout = dir.path().join("out");
    let (first, _) =
        said(&mut fourply(&root, &["build", "--all", "-o", &format!("type=oci,dest={}", layout.display())]));
    let (again, told) = said(&mut fourply(
        &root,
        &["build", "--all", "-o", &format!("type=oci,dest={}", dir.path().join("2").display())],
    ));
    assert!(again == first && !told.contains("prisma generate"), "{told}");

    for (service, models, clients) in [("api", "Invoice", 1), ("jobs", "Job,Job", 2)] {
        let mut container = rootless::Container::start(&layout, service, &[]);
        assert_eq!(container.get("/"), (200, models.to_owned()));
        container.terminate();
        let app = container.rootfs().join("app");
        let env = [
            ("PRISMA_SCHEMA_ENGINE_BINARY", "/bin/true"),
            ("PRISMA_QUERY_ENGINE_LIBRARY", "/bin/true"),
            ("CHECKPOINT_DISABLE", "1"),
        ];
        real_pnpm::build(&PNPM_10, &real.join("services").join(service), &env).unwrap();
        let places = [
            "node_modules/.pnpm/@prisma+client@6.19.0_prisma@6.19.0/node_modules/.prisma/client".to_owned(),
            format!("services/{service}/node_modules/@{service}/client"),
        ];
        for place in places.iter().take(clients) {
            let (ours, theirs) =
                (files(&app.join(place), &app, "/app"), files(&real.join(place), &real, "/app"));
            assert!(
                ours.contains_key(Path::new("index.js")) && ours.contains_key(Path::new("schema.prisma")),
                "{:?}",
                ours.keys()
            );
            for name in ours.keys().chain(theirs.keys()) {
                assert!(
                    ours.get(name) == theirs.get(name),
                    "{service}: {place} has another {name:?} than beside pnpm"
                );
            }
        }
        let made = format!("grep -rl {} {} || true", shared_store().display(), app.display());
        assert_eq!(tool("sh", &["-c", &made]), "", "files that hold this machine's paths");
    }
}

/// The contents of the files of a folder, by path, with `in_image` for `place`.
fn files(folder: &Path, place: &Path, in_image: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let bytes = match String::from_utf8(std::fs::read(&entry).unwrap()) {
                Ok(text) => text.replace(place.to_str().unwrap(), in_image).into_bytes(),
                Err(binary) => binary.into_bytes(),
            };
            files.insert(entry.strip_prefix(folder).unwrap().to_path_buf(), bytes);
        }
    }
    files
}
