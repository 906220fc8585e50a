//! Whole builds of small workspaces that need no registry: reused results, new results, and remaining files.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use fourply_app::AppError;
use support::{Bench, Way, id, snapshot, write};

const LOCKFILE: &str = "lockfileVersion: '9.0'
settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false
importers:
  .: {}
  services/a:
    dependencies:
      '@x/kit':
        specifier: workspace:*
        version: link:../../shared/kit
    devDependencies:
      '@x/rules':
        specifier: workspace:*
        version: link:../../shared/rules
  services/b: {}
  shared/kit: {}
  shared/rules: {}
";

/// The events of a first build of service `a`.
const FIRST: [&str; 4] = ["shared/kit install", "shared/kit build", "services/a install", "services/a build"];

const SERVICE_B: &str = "services/b:
    dependencies:
      '@x/kit':
        specifier: workspace:*
        version: link:../../shared/kit";

/// Service `a` with a package that it needs at run time and one only for its build; `b` is another service.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let build = r#"node -e \"const fs=require('fs');fs.mkdirSync('dist');fs.writeFileSync('dist/main.js',fs.readFileSync('src/main.ts'))\""#;
    let a = format!(
        r#"{{"name": "@x/service-a", "main": "dist/main.js", "scripts": {{"build": "{build}"}},
        "dependencies": {{"@x/kit": "workspace:*"}}, "devDependencies": {{"@x/rules": "workspace:*"}}}}"#
    );
    let kit = r#"{"name": "@x/kit", "files": ["dist"], "scripts": {"build": "mkdir dist && cp src/index.ts dist/index.js"}}"#;
    write(
        folder.path(),
        &[
            (
                "package.json",
                r#"{"private": true, "scripts": {"build": "exit 1"}, "packageManager": "pnpm@9.14.2"}"#,
            ),
            ("pnpm-workspace.yaml", "packages: [services/*, shared/*]\n"),
            ("pnpm-lock.yaml", LOCKFILE),
            (".gitignore", "dist\n"),
            ("services/a/package.json", &a),
            ("services/a/src/main.ts", "console.log('a')\n"),
            ("services/b/package.json", r#"{"name": "@x/service-b"}"#),
            ("shared/kit/package.json", kit),
            ("shared/kit/src/index.ts", "exports.kit = 1\n"),
            ("shared/rules/package.json", r#"{"name": "@x/rules"}"#),
            ("shared/rules/index.js", "module.exports = {}\n"),
        ],
    );
    folder
}

/// [`workspace`] with `kit` injected into service `a`, which uses it during the build.
fn injected() -> tempfile::TempDir {
    let folder = workspace();
    let lockfile = LOCKFILE.replace(
        "version: link:../../shared/kit",
        "version: file:shared/kit\n    dependenciesMeta:\n      '@x/kit': {injected: true}",
    ) + "packages:\n  '@x/kit@file:shared/kit':\n    resolution: {directory: shared/kit, type: directory}\n\
           snapshots:\n  '@x/kit@file:shared/kit': {}\n";
    let build = r#"node -e \"const fs=require('fs');fs.mkdirSync('dist');fs.writeFileSync('dist/main.js','kit '+require('@x/kit').kit)\""#;
    let a = format!(
        r#"{{"name": "@x/service-a", "main": "dist/main.js", "scripts": {{"build": "{build}"}},
        "dependencies": {{"@x/kit": "workspace:*"}}, "devDependencies": {{"@x/rules": "workspace:*"}},
        "dependenciesMeta": {{"@x/kit": {{"injected": true}}}}}}"#
    );
    let kit = r#"{"name": "@x/kit", "main": "dist/index.js", "files": ["dist"], "scripts": {"build": "mkdir dist && cp src/index.ts dist/index.js"}}"#;
    write(
        folder.path(),
        &[
            ("pnpm-lock.yaml", &lockfile),
            ("services/a/package.json", &a),
            ("shared/kit/package.json", kit),
            ("shared/kit/dist/stale.js", "of an earlier build"),
        ],
    );
    folder
}

/// The paths in a folder's package archive.
fn packed(bench: &Bench, built: &fourply_app::BuiltApp, folder: &str) -> Vec<String> {
    let pack = bench.store.open_pack(&built.folders[&id(folder)]).unwrap();
    pack.entries().iter().map(|entry| entry.path.clone()).collect()
}

#[test]
fn an_injected_package_is_what_the_build_made_of_it() {
    let (bench, workspace) = (Bench::new(true), injected());
    let built = bench.build(workspace.path(), "services/a").unwrap();
    assert_eq!(bench.told(), FIRST);
    assert_eq!(bench.text(&built, "services/a/dist/main.js"), "kit 1");
    assert_eq!(packed(&bench, &built, "shared/kit"), ["dist/index.js", "package.json"]);
    let again = bench.build(workspace.path(), "services/a").unwrap();
    assert!(again.reused && again.folders == built.folders);

    edit(workspace.path(), "shared/kit/src/index.ts", "exports.kit = 2\n");
    let changed = bench.build(workspace.path(), "services/a").unwrap();
    assert_eq!(bench.text(&changed, "services/a/dist/main.js"), "kit 2");
    assert_ne!(changed.folders, built.folders);
    let other = Bench::new(true).build(workspace.path(), "services/a").unwrap();
    assert_eq!(
        (other.pack, other.folders),
        (changed.pack, changed.folders),
        "nothing of the first build is left"
    );
}

#[test]
fn without_a_script_an_injected_package_is_what_lies_in_the_tree() {
    let (bench, workspace) = (Bench::new(true), injected());
    write(workspace.path(), &[("services/a/dist/main.js", "")]);
    let way = Way { script: None, ..Way::default() };
    let built = bench.build_as(workspace.path(), "services/a", &way).unwrap();
    assert_eq!(packed(&bench, &built, "shared/kit"), ["dist/stale.js", "package.json"]);
}

fn edit(root: &Path, path: &str, text: &str) {
    fs_err::write(root.join(path), text).unwrap();
}

#[test]
fn a_service_is_built_with_its_packages_and_the_users_tree_is_only_read() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let before = snapshot(workspace.path());
    let built = bench.build(workspace.path(), "services/a").unwrap();
    assert_eq!(snapshot(workspace.path()), before);
    let expected = [
        "package.json",
        "services/a/dist/main.js",
        "services/a/package.json",
        "shared/kit/dist/index.js",
        "shared/kit/package.json",
    ];
    assert_eq!(bench.paths(&built), expected);
    assert_eq!(bench.text(&built, "services/a/dist/main.js"), "console.log('a')\n");
    assert_eq!(bench.told(), FIRST);
    assert!(!built.reused);
    assert_eq!(built.programs, ["dist/main.js"]);
}

#[test]
fn the_same_inputs_run_nothing_and_ask_for_nothing() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let first = bench.build(workspace.path(), "services/a").unwrap();
    bench.told();
    let second = bench.build(workspace.path(), "services/a").unwrap();
    assert!(second.reused && second.pack == first.pack && second.key == first.key);
    assert_eq!((bench.trees(), bench.told().len()), (2, 0));
    assert_eq!(second.programs, first.programs);
    // Another service, other parts of the lockfile, the user's own outputs and installed packages change nothing.
    edit(workspace.path(), "services/b/other.ts", "1");
    write(workspace.path(), &[("services/a/dist/main.js", "stale"), ("shared/kit/node_modules/x", "")]);
    edit(workspace.path(), "pnpm-lock.yaml", &LOCKFILE.replace("services/b: {}", SERVICE_B));
    let third = bench.build(workspace.path(), "services/a").unwrap();
    assert!(third.pack == first.pack && third.reused, "{:?}", bench.told());
}

#[test]
fn a_changed_line_builds_anew_without_installing() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let first = bench.build(workspace.path(), "services/a").unwrap();
    bench.told();
    edit(workspace.path(), "services/a/src/main.ts", "console.log('b')\n");
    let second = bench.build(workspace.path(), "services/a").unwrap();
    assert_ne!(second.pack, first.pack);
    assert_eq!(bench.text(&second, "services/a/dist/main.js"), "console.log('b')\n");
    assert_eq!((bench.trees(), bench.told()), (2, vec!["services/a build".to_owned()]));
    edit(workspace.path(), "services/a/src/main.ts", "console.log('a')\n");
    assert_eq!(bench.build(workspace.path(), "services/a").unwrap().pack, first.pack);
}

#[test]
fn a_package_is_built_again_when_what_it_sees_changes() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    bench.build(root, "services/a").unwrap();
    let both = ["shared/kit build", "services/a build"];
    for (path, ran) in
        [("shared/rules/index.js", &both[1..]), ("tsconfig.json", &both), ("shared/kit/src/index.ts", &both)]
    {
        bench.told();
        edit(root, path, "exports.kit = 3\n");
        bench.build(root, "services/a").unwrap();
        assert_eq!(bench.told(), ran, "{path}");
    }
}

#[test]
fn a_package_does_not_see_what_is_built_after_it() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let script =
        r#"{"name": "@x/kit", "files": ["dist"], "scripts": {"build": "mkdir dist; ls ../.. > dist/seen"}}"#;
    edit(workspace.path(), "shared/kit/package.json", script);
    let built = bench.build(workspace.path(), "services/a").unwrap();
    assert_eq!(
        bench.text(&built, "shared/kit/dist/seen"),
        "package.json\npnpm-lock.yaml\npnpm-workspace.yaml\nshared\n"
    );
}

#[test]
fn a_package_is_built_once_for_all_services() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    let build = "mkdir dist && pwd > dist/index.js && pwd > dist/machine";
    let kit = format!(r#"{{"name": "@x/kit", "files": ["dist"], "scripts": {{"build": "{build}"}}}}"#);
    let b = r#"{"name": "@x/service-b", "main": "dist/main.js", "dependencies": {"@x/kit": "workspace:*"},
        "scripts": {"build": "mkdir dist && cp ../../shared/kit/dist/index.js dist/main.js && pwd >> dist/main.js && cat ../../shared/kit/dist/machine > dist/machine && pwd >> dist/machine && printf '\\0' >> dist/machine"}}"#;
    write(root, &[("shared/kit/package.json", &kit), ("services/b/package.json", b)]);
    edit(root, "pnpm-lock.yaml", &LOCKFILE.replace("services/b: {}", SERVICE_B));
    let fresh = Bench::new(true);
    let alone = fresh.build(root, "services/b").unwrap();
    bench.build(root, "services/a").unwrap();
    bench.told();
    let built = bench.build(root, "services/b").unwrap();
    let told = bench.told();
    assert_eq!(told[..2], ["services/b install", "services/b build"], "{told:?}");
    assert_eq!(bench.paths(&built), fresh.paths(&alone));
    // Files with the path of kit's folder now have that of b's, as if kit had been built there; texts have the image's
    // path.
    assert_eq!(bench.text(&built, "services/b/dist/main.js"), "/app/shared/kit\n/app/services/b\n");
    let machine = bench.text(&built, "services/b/dist/machine");
    let (place, own) = machine.split_once('\n').unwrap();
    assert_eq!(own.strip_suffix("/services/b\n\0"), place.strip_suffix("/shared/kit"));

    edit(root, "shared/kit/src/index.ts", "exports.kit = 2\n");
    bench.build(root, "services/b").unwrap();
    assert_eq!(bench.told()[..2], ["shared/kit build", "services/b build"]);
    bench.build(root, "services/a").unwrap();
    assert_eq!(bench.told()[0], "services/a build");
}

#[test]
fn a_package_that_uses_what_it_does_not_depend_on_is_built_in_the_services_folder() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    let build = "mkdir dist && cat ../rules/index.js src/index.ts > dist/index.js";
    let kit = format!(r#"{{"name": "@x/kit", "files": ["dist"], "scripts": {{"build": "{build}"}}}}"#);
    edit(root, "shared/kit/package.json", &kit);
    let built = bench.build(root, "services/a").unwrap();
    assert_eq!(bench.text(&built, "shared/kit/dist/index.js"), "module.exports = {}\nexports.kit = 1\n");
    let told = bench.told();
    let warnings: Vec<_> = told.iter().filter(|line| line.starts_with("warning")).collect();
    assert!(matches!(warnings[..], [only] if only.contains("shared/kit cannot be built")), "{told:?}");
    // From then on without an attempt, and its result is kept for the service.
    edit(root, "shared/kit/src/index.ts", "exports.kit = 2\n");
    bench.build(root, "services/a").unwrap();
    assert_eq!(bench.told(), ["shared/kit build", "services/a build"]);
    edit(root, "services/a/src/main.ts", "2\n");
    bench.build(root, "services/a").unwrap();
    assert_eq!(bench.told(), ["services/a build"]);
}

#[test]
fn a_package_that_only_the_root_depends_on_is_not_built_and_is_told_of() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    let link = ".:\n    dependencies:\n      '@x/rules':\n        specifier: workspace:*\n        version: link:shared/rules\n";
    let rules = r#"{"name": "@x/rules", "main": "index.js", "scripts": {"build": "exit 1"}}"#;
    let b = r#"{"name": "@x/service-b", "main": "dist/main.js",
        "scripts": {"build": "mkdir dist && node -p 'require(\"@x/rules\")' > dist/main.js"}}"#;
    let whole = r#"{"private": true, "dependencies": {"@x/rules": "workspace:*"}}"#;
    write(
        root,
        &[
            ("pnpm-lock.yaml", &LOCKFILE.replace(".: {}\n", link)),
            ("package.json", whole),
            ("shared/rules/package.json", rules),
            ("services/b/package.json", b),
        ],
    );
    let built = bench.build(root, "services/b").unwrap();
    assert_eq!(bench.text(&built, "services/b/dist/main.js"), "{}\n");
    let told = bench.told();
    assert!(told.iter().any(|line| line.starts_with("warning: shared/rules is in the image")), "{told:?}");
    assert!(bench.paths(&built).contains(&"shared/rules/index.js".to_owned()), "{:?}", bench.paths(&built));
}

#[test]
fn packages_of_a_cycle_are_built_together() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    let needs = |name: &str, other: &str| {
        format!(
            r#"{{"name": "@x/{name}", "files": ["dist"], "dependencies": {{"@x/{other}": "workspace:*"}},
            "scripts": {{"build": "ls ../{other}/package.json && mkdir dist && cp package.json dist/index.js"}}}}"#
        )
    };
    let link = |to: &str| {
        format!(
            "    dependencies:\n      '@x/{to}':\n        specifier: workspace:*\n        version: link:../{to}\n"
        )
    };
    let lockfile = LOCKFILE.replace("  shared/kit: {}\n  shared/rules: {}\n", "")
        + &format!("  shared/kit:\n{}  shared/rules:\n{}", link("rules"), link("kit"));
    let (kit, rules) = (needs("kit", "rules"), needs("rules", "kit"));
    write(
        root,
        &[
            ("pnpm-lock.yaml", &lockfile),
            ("shared/kit/package.json", &kit),
            ("shared/rules/package.json", &rules),
        ],
    );
    let built = bench.build(root, "services/a").unwrap();
    assert_eq!(bench.trees(), 1);
    assert!(bench.paths(&built).contains(&"shared/kit/dist/index.js".to_owned()));
}

#[test]
fn a_package_whose_script_does_more_than_make_files_is_built_every_time() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    for more in
        ["rm ../../services/a/node_modules/@x/rules", "rm src/index.ts", "mkdir empty", "ln -s /etc etc"]
    {
        let build = format!("mkdir dist && cp src/index.ts dist/index.js && {more}");
        let script = format!(r#"{{"name": "@x/kit", "files": ["dist"], "scripts": {{"build": "{build}"}}}}"#);
        edit(root, "shared/kit/package.json", &script);
        // The first time, isolation is tried.
        for (line, times) in [("1", 2), ("2", 1), ("3", 1)] {
            bench.told();
            edit(root, "services/a/src/main.ts", &format!("{line} {more}"));
            bench.build(root, "services/a").unwrap();
            let mut told = bench.told();
            told.retain(|line| line.ends_with(" build"));
            let expected: Vec<_> =
                std::iter::repeat_n("shared/kit build", times).chain(["services/a build"]).collect();
            assert_eq!(told, expected, "{more}");
        }
    }
}

#[test]
fn what_scripts_generate_in_node_modules_is_kept_for_the_image() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    let build = "mkdir -p dist ../../services/a/node_modules/.prisma/client ../../node_modules/@gen/x ../../node_modules/.cache \
        && cp src/index.ts dist/index.js && pwd > ../../services/a/node_modules/.prisma/client/index.js \
        && ln -s client ../../services/a/node_modules/.prisma/other && ln -s /etc ../../node_modules/@gen/etc \
        && touch ../../node_modules/@gen/x/x.js ../../node_modules/.cache/y";
    edit(
        root,
        "shared/kit/package.json",
        &format!(r#"{{"name": "@x/kit", "files": ["dist"], "scripts": {{"build": "{build}"}}}}"#),
    );
    for line in ["1", "2"] {
        edit(root, "services/a/src/main.ts", line);
        let built = bench.build(root, "services/a").unwrap();
        let pack = bench.store.open_pack(&built.generated.unwrap()).unwrap();
        let paths: Vec<_> = pack.entries().iter().map(|entry| entry.path.as_str()).collect();
        let client = "services/a/node_modules/.prisma/client/index.js";
        assert_eq!(paths, ["node_modules/@gen/x/x.js", client, "services/a/node_modules/.prisma/other"]);
        assert_eq!(*pack.bytes(pack.find(client).unwrap()).unwrap(), *b"/app/shared/kit\n");
        let told = bench.told();
        assert!(told.iter().any(|line| line.contains("@gen/etc, a link that is not taken")), "{told:?}");
        // A link out of the workspace cannot be kept, so the package is built again.
        assert!(told.contains(&"shared/kit build".to_owned()), "{told:?}");
        let again = bench.build(root, "services/a").unwrap();
        assert!(again.reused && again.generated == built.generated);
    }
    edit(
        root,
        "shared/kit/package.json",
        &format!(
            r#"{{"name": "@x/kit", "files": ["dist"], "scripts": {{"build": "{}"}}}}"#,
            build.replace("ln -s /etc ../../node_modules/@gen/etc", "true")
        ),
    );
    let first = bench.build(root, "services/a").unwrap();
    bench.told();
    edit(root, "services/a/src/main.ts", "3");
    let second = bench.build(root, "services/a").unwrap();
    assert!(first.generated.is_some() && first.generated == second.generated);
    assert!(!bench.told().contains(&"shared/kit build".to_owned()));
    edit(
        root,
        "shared/kit/package.json",
        r#"{"name": "@x/kit", "files": ["dist"], "scripts": {"build": "mkdir dist && cp src/index.ts dist/index.js"}}"#,
    );
    assert_eq!(bench.build(root, "services/a").unwrap().generated, None);
    assert_eq!(bench.trees(), 2);
}

#[test]
fn install_scripts_of_workspace_packages_run_before_the_build() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    let generate =
        "mkdir node_modules/.prisma && echo $npm_command $npm_lifecycle_event > node_modules/.prisma/x.js";
    let service = format!(
        r#"{{"name": "@x/service-a", "main": "dist/main.js", "dependencies": {{"@x/kit": "workspace:*"}},
            "devDependencies": {{"@x/rules": "workspace:*"}}, "scripts": {{"preinstall": "npx only-allow pnpm",
            "postinstall": "{generate}", "prepare": "echo $npm_command $npm_lifecycle_event >> node_modules/.prisma/x.js",
            "build": "mkdir dist && cp node_modules/.prisma/x.js dist/main.js"}}}}"#
    );
    edit(root, "services/a/package.json", &service);
    edit(
        root,
        "package.json",
        r#"{"name": "root", "private": true, "scripts": {"postinstall": "x", "prepare": "husky"}}"#,
    );
    let without = bench.build(root, "services/a").unwrap_err().to_string();
    assert!(without.contains("build") && without.contains("x.js"), "{without}");
    bench.told();
    let way = Way { install_scripts: true, ..Way::default() };
    let built = bench.build_as(root, "services/a", &way).unwrap();
    let told = bench.told();
    let ran: Vec<&str> = told.iter().filter_map(|line| line.strip_prefix("services/a ")).collect();
    assert_eq!(ran, ["install", "postinstall", "prepare", "build"], "{told:?}");
    let of_root: Vec<_> = told.iter().filter(|line| line.contains("root does not run")).collect();
    assert!(
        matches!(&of_root[..], [one] if one.contains("postinstall of the workspace's root does not run: x"))
    );
    assert_eq!(bench.text(&built, "services/a/dist/main.js"), "install postinstall\ninstall prepare\n");
    let pack = bench.store.open_pack(&built.generated.unwrap()).unwrap();
    assert!(pack.find("services/a/node_modules/.prisma/x.js").is_some());
}

#[test]
fn everything_that_a_script_can_see_decides() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    let mut keys = vec![bench.build(root, "services/a").unwrap().key];
    let env = BTreeMap::from([("API".to_owned(), "x".to_owned())]);
    keys.push(bench.build_as(root, "services/a", &Way { env, ..Way::default() }).unwrap().key);
    keys.push(
        bench.build_as(root, "services/a", &Way { source_date_epoch: 1, ..Way::default() }).unwrap().key,
    );
    keys.push(
        bench.build_as(root, "services/a", &Way { node_version: "22.0.0", ..Way::default() }).unwrap().key,
    );
    keys.push(bench.build_as(root, "services/a", &Way { cpu: "arm64", ..Way::default() }).unwrap().key);
    keys.push(
        bench
            .build_as(root, "services/a", &Way { script: None, ..Way::default() })
            .unwrap_or_else(|_| {
                write(root, &[("services/a/dist/main.js", ""), ("shared/kit/dist/index.js", "")]);
                bench.build_as(root, "services/a", &Way { script: None, ..Way::default() }).unwrap()
            })
            .key,
    );
    for (path, text) in [
        ("tsconfig.base.json", "{}"),
        ("shared/kit/src/index.ts", "exports.kit = 2\n"),
        ("shared/rules/index.js", "module.exports = { strict: true }\n"),
    ] {
        edit(root, path, text);
        keys.push(bench.build(root, "services/a").unwrap().key);
    }
    // It may contain tokens, so it is not a source.
    edit(root, ".npmrc", "//registry.example/:_authToken=x\n");
    assert_eq!(Some(&bench.build(root, "services/a").unwrap().key), keys.last());
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(root.join("services/a/src/main.ts"), mode).unwrap();
    keys.push(bench.build(root, "services/a").unwrap().key);
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
}

#[test]
fn two_folders_and_two_stores_give_the_same_pack() {
    let (one, other) = (workspace(), workspace());
    let first = Bench::new(true).build(one.path(), "services/a").unwrap();
    fs_err::set_permissions(
        other.path().join("services/a/src/main.ts"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    let second =
        Bench::new(true).build_as(other.path(), "services/a", &Way { jobs: 1, ..Way::default() }).unwrap();
    assert_eq!((first.pack, first.key), (second.pack, second.key));
}

#[test]
fn what_a_build_leaves_behind_is_not_seen_by_the_next() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let script = r#"{"name": "@x/kit", "files": ["dist"], "scripts": {"build": "ls -AR ../.. ~ $TMPDIR > ~/seen; mkdir dist ../../node_modules; mv ~/seen dist; touch stray ~/x $TMPDIR/y ../../node_modules/.cache ../../services/a/node_modules/y src/gen.ts"}}"#;
    edit(workspace.path(), "shared/kit/package.json", script);
    let first = bench.build(workspace.path(), "services/a").unwrap();
    edit(workspace.path(), "services/a/src/main.ts", "other\n");
    let second = bench.build(workspace.path(), "services/a").unwrap();
    assert_eq!(bench.text(&second, "shared/kit/dist/seen"), bench.text(&first, "shared/kit/dist/seen"));
    assert_eq!(bench.trees(), 2);
}

#[test]
fn a_failed_build_leaves_no_result_and_the_next_starts_clean() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let whole = fs_err::read_to_string(workspace.path().join("shared/kit/package.json")).unwrap();
    edit(
        workspace.path(),
        "shared/kit/package.json",
        &whole.replace("mkdir dist", "mkdir dist && echo bad >&2 && false"),
    );
    let error = bench.build(workspace.path(), "services/a").unwrap_err();
    let AppError::Script(failure) = &error else { panic!("{error}") };
    assert_eq!(
        (failure.package.as_str(), failure.script.as_str(), failure.log.as_str()),
        ("shared/kit", "build", "bad")
    );
    assert!(bench.build(workspace.path(), "services/a").is_err());
    edit(workspace.path(), "shared/kit/package.json", &whole);
    bench.told();
    bench.build(workspace.path(), "services/a").unwrap();
    assert_eq!(bench.told(), ["shared/kit build", "services/a build"]);
}

#[test]
fn a_missing_output_is_told() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let outputs = vec!["dist".to_owned(), "public".to_owned()];
    let error = bench
        .build_as(workspace.path(), "services/a", &Way { outputs, named: true, ..Way::default() })
        .unwrap_err();
    let AppError::MissingOutput { package, patterns, found, .. } = &error else { panic!("{error}") };
    assert_eq!((package, patterns.as_slice()), (&id("services/a"), &["public".to_owned()][..]));
    assert_eq!(found, &["dist/", "package.json", "src/"]);
}

#[test]
fn prebuilt_outputs_are_taken_as_they_are() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let root = workspace.path();
    let build = |bench: &Bench| bench.build_as(root, "services/a", &Way { script: None, ..Way::default() });
    assert!(matches!(build(&bench), Err(AppError::MissingOutput { built: false, .. })));
    write(root, &[("services/a/dist/src/main.js", "own"), ("shared/kit/dist/index.js", "kit")]);
    let first = build(&bench).unwrap();
    assert_eq!(bench.text(&first, "services/a/dist/src/main.js"), "own");
    assert_eq!(bench.text(&first, "shared/kit/dist/index.js"), "kit");
    assert!(build(&bench).unwrap().reused);
    edit(root, "shared/kit/dist/index.js", "changed");
    let second = build(&bench).unwrap();
    assert!(!second.reused && second.pack != first.pack);
    assert_eq!((bench.trees(), bench.told().len()), (0, 0));
    let other = fourply_pnpm::Workspace::read(root, None).unwrap();
    let entry = second.entry(&other, &id("services/a"), None, &Default::default()).unwrap().unwrap();
    assert_eq!(entry.path, "dist/src/main.js");
}

#[test]
fn the_build_folder_reads_as_the_image_s_in_texts_and_is_told_of_in_other_files() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let build = "mkdir dist && pwd > dist/where.txt && echo $HOME $TMPDIR >> dist/where.txt && (pwd; printf '\\\\0') > dist/where.bin";
    let kit = format!(r#"{{"name": "@x/kit", "files": ["dist"], "scripts": {{"build": "{build}"}}}}"#);
    edit(workspace.path(), "shared/kit/package.json", &kit);
    let built = bench.build(workspace.path(), "services/a").unwrap();
    assert_eq!(bench.text(&built, "shared/kit/dist/where.txt"), "/app/shared/kit\n/root /tmp\n");
    let mut told = bench.told();
    told.retain(|line| line.contains("contains a path"));
    assert!(matches!(&told[..], [one] if one.starts_with("warning: shared/kit/dist/where.bin")), "{told:?}");
}

#[test]
fn a_damaged_pack_or_record_is_built_again() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let first = bench.build(workspace.path(), "services/a").unwrap();
    for kind in ["records", "packs", "derived"] {
        fs_err::remove_dir_all(bench.store.root().join(kind)).unwrap();
        let again = bench.build(workspace.path(), "services/a").unwrap();
        assert!(!again.reused && again.pack == first.pack, "{kind}");
        assert!(bench.store.open_pack(&again.pack).is_ok(), "{kind}");
    }
}

#[test]
fn two_builds_at_once_share_one_folder() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let build = || bench.build(workspace.path(), "services/a").unwrap();
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(build);
        (build(), other.join().unwrap())
    });
    assert_eq!(one.pack, other.pack);
    assert_eq!(bench.told(), FIRST);
}
