#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};

use fourply_store::{FetchSettings, Store};

use super::*;
use crate::testing::{Recorder, id, manifests, node, settings, write};

struct Workspace {
    folder: tempfile::TempDir,
    told: Recorder,
}

impl Workspace {
    /// Packages with their scripts.
    fn new(packages: &[(&str, &str)]) -> Workspace {
        let folder = tempfile::tempdir().unwrap();
        for (path, scripts) in packages {
            let json = format!(r#"{{"name": "@x/{path}", "scripts": {{{scripts}}}}}"#);
            write(folder.path(), &[(&format!("{path}/package.json"), &json)]);
        }
        Workspace { folder, told: Recorder::default() }
    }

    fn run(&self, levels: &[&[&str]], cancelled: &(dyn Fn() -> bool + Sync)) -> Result<()> {
        let root = self.folder.path();
        let names: Vec<&str> = levels.concat();
        let (node, settings, extra) = (node(), settings(), BTreeMap::new());
        let around = ScriptEnvironment {
            root,
            home: root,
            tmp: root,
            node: &node,
            pnpm: None,
            pnpm_version: None,
            extra: &extra,
            source_date_epoch: 0,
            settings: &settings,
        };
        let levels: Vec<Vec<_>> =
            levels.iter().map(|level| level.iter().map(|name| id(name)).collect()).collect();
        let tasks = Tasks::default();
        let run = Run {
            tasks: &tasks,
            without: None,
            secrets: None,
            install: false,
            manifests: &manifests(root, &names),
            around: &around,
            jobs: 2,
            cancelled,
            report: &self.told,
            sandbox: &Sandbox::off(),
            view: &View::default(),
            folders: &BTreeSet::new(),
            may_reach: &|_| false,
            network: &NetworkAccess::default(),
            fetcher: &Fetcher::new(Store::open(&root.join("store")).unwrap(), FetchSettings::default()),
        };
        levels.iter().try_for_each(|level| run.level(level))
    }
}

#[test]
fn pre_and_post_run_around_each_script_and_levels_one_after_the_other() {
    let workspace = Workspace::new(&[
        ("kit", r#""prebuild": "echo pre", "build": "echo kit > kit.out", "postbuild": "echo post""#),
        ("plain", r#""test": "exit 1""#),
        ("a", r#""build": "cat ../kit/kit.out && node -e \"console.log(process.env.npm_package_name)\"""#),
    ]);
    workspace.run(&[&["kit", "plain"], &["a"]], &|| false).unwrap();
    let expected = [
        "kit prebuild",
        "kit: pre",
        "kit prebuild done",
        "kit build",
        "kit build done",
        "kit postbuild",
        "kit: post",
        "kit postbuild done",
        "a build",
        "a: kit",
        "a: @x/a",
        "a build done",
    ];
    assert_eq!(workspace.told.all(), expected);
}

#[test]
fn packages_of_one_level_run_at_once() {
    // Each waits for the other: one after the other, they would never end. They give up after a while, to fail rather
    // than hang.
    let wait = |mine: &str, other: &str| {
        format!(
            r#""build": "touch ../{mine}.on; n=0; while [ ! -e ../{other}.on ]; do n=$((n+1)); [ $n -lt 3000 ] || exit 3; sleep 0.01; done""#
        )
    };
    let workspace = Workspace::new(&[("a", &wait("a", "b")), ("b", &wait("b", "a"))]);
    workspace.run(&[&["a", "b"]], &|| false).unwrap();
}

#[test]
fn commands_of_the_package_come_before_those_of_the_root() {
    let workspace = Workspace::new(&[("a", r#""build": "tool""#)]);
    let root = workspace.folder.path();
    for (path, text) in [
        ("node_modules/.bin/tool", "#!/bin/sh\necho root\n"),
        ("a/node_modules/.bin/tool", "#!/bin/sh\necho own\n"),
    ] {
        write(root, &[(path, text)]);
        fs_err::set_permissions(root.join(path), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
    }
    workspace.run(&[&["a"]], &|| false).unwrap();
    assert!(workspace.told.all().contains(&"a: own".to_owned()));
    fs_err::remove_file(root.join("a/node_modules/.bin/tool")).unwrap();
    workspace.run(&[&["a"]], &|| false).unwrap();
    assert!(workspace.told.all().contains(&"a: root".to_owned()));
}

#[test]
fn a_failure_tells_package_script_command_status_and_output() {
    let workspace = Workspace::new(&[
        ("a", r#""build": "echo out; echo 'src/x.ts(1,1): error' >&2; exit 2", "postbuild": "echo never""#),
        ("b", r#""build": "echo later""#),
    ]);
    let error = workspace.run(&[&["a"], &["b"]], &|| false).unwrap_err();
    let expected = "the script \"build\" of a ended with exit code 2: echo out; echo 'src/x.ts(1,1): error' >&2; exit 2\n\
                    it printed:\nout\nsrc/x.ts(1,1): error";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.category(), fourply_blob::Category::User);
    assert_eq!(workspace.told.all(), ["a build", "a: out", "a: src/x.ts(1,1): error"]);
}

#[test]
fn a_failure_stops_its_neighbours() {
    let workspace = Workspace::new(&[
        ("a", r#""build": "echo started; sleep 1000""#),
        ("b", r#""build": "while [ ! -e ../go ]; do sleep 0.01; done; exit 1""#),
    ]);
    fs_err::write(workspace.folder.path().join("go"), "").unwrap();
    let error = workspace.run(&[&["a", "b"]], &|| false).unwrap_err();
    assert!(matches!(&error, AppError::Script(failure) if failure.package == id("b")), "{error}");
}

#[test]
fn cancelling_ends_a_running_script() {
    let workspace = Workspace::new(&[("a", r#""build": "touch ../on; sleep 1000""#)]);
    let on = workspace.folder.path().join("on");
    let seen = AtomicBool::new(false);
    let cancelled = || {
        seen.fetch_or(on.exists(), Ordering::Relaxed);
        seen.load(Ordering::Relaxed)
    };
    assert!(matches!(
        workspace.run(&[&["a"]], &cancelled),
        Err(AppError::Scripts(fourply_scripts::ScriptsError::Interrupted))
    ));
}
