#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::input_rules::{InputRules, Inputs};

fn id(folder: &str) -> ImporterId {
    ImporterId::new(folder).unwrap()
}

fn ids(folders: &[&str]) -> BTreeSet<ImporterId> {
    folders.iter().map(|folder| id(folder)).collect()
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            (".gitignore", "*.log\n/local\n"),
            (".npmrc", ""),
            ("package.json", "{}"),
            ("pnpm-lock.yaml", ""),
            ("tsconfig.base.json", "{}"),
            ("local/secret", ""),
            ("node_modules/x/index.js", ""),
            (".git/HEAD", ""),
            ("services/a/package.json", "{}"),
            ("services/a/src/main.ts", ""),
            ("services/a/dist/main.js", ""),
            ("services/a/debug.log", ""),
            ("services/a/.npmrc", ""),
            ("services/a/.gitignore", "gen\n"),
            ("services/a/gen/x.ts", ""),
            ("services/a/node_modules/y", ""),
            ("services/b/package.json", "{}"),
            ("services/b/src/main.ts", ""),
            ("services/b/inner/package.json", "{}"),
            ("services/b/inner/index.js", ""),
            ("shared/plain/package.json", "{}"),
            ("shared/plain/dist/index.js", ""),
        ],
    );
    folder
}

fn listed(root: &Path, needed: &[&str], built: &[&str]) -> Result<Vec<String>> {
    let scope = SourceScope {
        root,
        packages: &ids(&[".", "services/a", "services/b", "services/b/inner", "shared/plain"]),
        needed: &ids(needed),
        built: &ids(built),
        outputs: &Patterns::new(&["dist".to_owned()]).unwrap(),
    };
    Ok(list(&scope)?.into_iter().map(|source| source.path).collect())
}

#[test]
fn the_build_sees_its_packages_and_what_belongs_to_none() {
    let folder = workspace();
    let paths = listed(folder.path(), &[".", "services/a", "shared/plain"], &["services/a"]).unwrap();
    assert_eq!(
        paths,
        [
            ".gitignore",
            "package.json",
            "services/a/.gitignore",
            "services/a/package.json",
            "services/a/src/main.ts",
            "shared/plain/dist/index.js",
            "shared/plain/package.json",
            "tsconfig.base.json",
        ]
    );
}

#[test]
fn a_package_inside_one_that_is_not_needed_is_found() {
    let folder = workspace();
    let paths = listed(folder.path(), &["services/b/inner"], &[]).unwrap();
    assert!(paths.contains(&"services/b/inner/index.js".to_owned()), "{paths:?}");
    assert!(
        !paths.iter().any(|path| path.starts_with("services/b/src") || path == "services/b/package.json")
    );
}

#[test]
fn a_workspace_inside_a_repository_follows_the_rules_above_it() {
    let folder = workspace();
    let outer = tempfile::tempdir().unwrap();
    write(outer.path(), &[(".gitignore", "*.base.json\n")]);
    let root = outer.path().join("apps/erp");
    fs_err::create_dir_all(root.parent().unwrap()).unwrap();
    fs_err::remove_dir_all(folder.path().join(".git")).unwrap();
    fs_err::rename(folder.path(), &root).unwrap();
    let all = ["services/a", "shared/plain"];
    let before = listed(&root, &all, &[]).unwrap();
    assert!(before.contains(&"tsconfig.base.json".to_owned()));
    assert!(!before.contains(&"services/a/debug.log".to_owned()));
    fs_err::create_dir(outer.path().join(".git")).unwrap();
    let after = listed(&root, &all, &[]).unwrap();
    assert!(!after.contains(&"tsconfig.base.json".to_owned()));
    assert_eq!(after.len() + 1, before.len());
}

#[test]
fn links_stay_inside_and_modes_keep_one_bit() {
    let folder = workspace();
    let a = folder.path().join("services/a");
    symlink("../../shared/plain", a.join("plain")).unwrap();
    write(&a, &[("run.sh", "")]);
    fs_err::set_permissions(a.join("run.sh"), PermissionsExt::from_mode(0o710)).unwrap();
    let scope = SourceScope {
        root: folder.path(),
        packages: &ids(&["services/a", "services/b", "shared/plain"]),
        needed: &ids(&["services/a"]),
        built: &BTreeSet::new(),
        outputs: &Patterns::new(&[]).unwrap(),
    };
    let sources = list(&scope).unwrap();
    let kind = |path: &str| sources.iter().find(|source| source.path == path).unwrap().kind.clone();
    assert_eq!(kind("services/a/plain"), SourceKind::Symlink { target: "../../shared/plain".to_owned() });
    assert_eq!(kind("services/a/run.sh"), SourceKind::File { executable: true });
    assert_eq!(kind("services/a/package.json"), SourceKind::File { executable: false });
    for target in ["../../../x", "/etc/passwd"] {
        let link = a.join("out");
        symlink(target, &link).unwrap();
        let error = list(&scope).unwrap_err();
        assert!(matches!(&error, AppError::LinkOut { path, .. } if *path == link), "{error}");
        fs_err::remove_file(link).unwrap();
    }
}

#[test]
fn a_name_that_is_no_utf8_is_refused_with_its_path() {
    use std::os::unix::ffi::OsStrExt;
    let folder = workspace();
    fs_err::write(folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    assert!(matches!(
        listed(folder.path(), &[], &[]),
        Err(AppError::NotUtf8 { .. } | AppError::Scripts(fourply_scripts::ScriptsError::NotUtf8 { .. }))
    ));
}

/// The listed and left-out files of a workspace on disk, with the default inputs of the root.
fn inputs_of(root: &Path, needed: &[&str], settings: &Inputs) -> Result<Listed> {
    let workspace = fourply_pnpm::Workspace::read(root, None).unwrap();
    let needed = ids(needed);
    let outputs = Patterns::new(&["dist".to_owned()]).unwrap();
    let scope = SourceScope {
        root,
        packages: &workspace.manifests.keys().cloned().collect(),
        needed: &needed,
        built: &needed,
        outputs: &outputs,
    };
    let rules = crate::root_inputs::RootInputs::new(settings.root.as_deref(), &workspace, &needed)?;
    list_inputs(&scope, InputRules::new(root, settings, Some(rules))?)
}

/// A workspace that pnpm could read, with services a and b.
fn readable(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let lockfile = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  services/a: {}\n  services/b: {}\n";
    write(
        folder.path(),
        &[
            ("package.json", r#"{"packageManager": "pnpm@9.14.2"}"#),
            ("pnpm-lock.yaml", lockfile),
            ("pnpm-workspace.yaml", "packages: ['services/*']\n"),
            ("services/a/package.json", r#"{"scripts": {"build": "tsc"}}"#),
            ("services/a/src/main.ts", ""),
            ("services/b/package.json", "{}"),
            ("services/b/src/main.ts", ""),
        ],
    );
    write(folder.path(), files);
    folder
}

fn paths(listed: &Listed) -> Vec<&str> {
    listed.files.iter().map(|file| file.path.as_str()).collect()
}

const OF_A: [&str; 4] =
    ["package.json", "pnpm-workspace.yaml", "services/a/package.json", "services/a/src/main.ts"];

#[test]
fn documents_of_the_root_are_left_out_and_named() {
    let folder = readable(&[
        ("README.md", ""),
        ("docs/a/b.md", ""),
        ("services/README.md", ""),
        ("data/x.json", ""),
        ("fourply.toml", ""),
        ("tsconfig.json", "{}"),
    ]);
    let listed = inputs_of(folder.path(), &["services/a"], &Inputs::default()).unwrap();
    assert_eq!(paths(&listed), [&OF_A[..], &["tsconfig.json"]].concat());
    let root: Vec<&str> = listed.left_out.root.iter().map(String::as_str).collect();
    assert_eq!(root, ["README.md", "data/", "docs/", "fourply.toml", "services/README.md"]);
    assert_eq!(listed.left_out.counting, ["tsconfig*.json"]);
    let settings = Inputs { root: Some(vec!["data".to_owned()]), ..Inputs::default() };
    let listed = inputs_of(folder.path(), &["services/a"], &settings).unwrap();
    assert_eq!(paths(&listed), [&["data/x.json"], &OF_A[..]].concat());
}

#[test]
fn docker_ignore_counts_beside_gitignore_and_the_manifest_stays() {
    let folder = readable(&[
        (".dockerignore", "**\n!services/*/src\n!tsconfig.json\n**/*.spec.ts\n"),
        (".gitignore", "*.log\n"),
        ("tsconfig.json", "{}"),
        ("services/a/src/main.spec.ts", ""),
        ("services/a/src/x.log", ""),
        ("services/a/notes.md", ""),
    ]);
    let listed = inputs_of(folder.path(), &["services/a"], &Inputs::default()).unwrap();
    let expected = ["package.json", "services/a/package.json", "services/a/src/main.ts", "tsconfig.json"];
    assert_eq!(paths(&listed), expected);
    let ignored: Vec<&str> = listed.left_out.docker_ignored.iter().map(String::as_str).collect();
    assert!(
        ignored.contains(&"services/a/notes.md") && ignored.contains(&"services/a/src/main.spec.ts"),
        "{ignored:?}"
    );
    assert!(
        !ignored.iter().any(|path| path.contains("x.log") || path.starts_with("services/b")),
        "{ignored:?}"
    );
    write(folder.path(), &[(".dockerignore", "# one\n[a\n")]);
    let error = inputs_of(folder.path(), &["services/a"], &Inputs::default()).unwrap_err();
    assert!(matches!(error, AppError::DockerIgnore { line: 2, .. }), "{error}");
    // For a completely excluded folder, only its manifest is kept.
    write(folder.path(), &[(".dockerignore", "services\n")]);
    let listed = inputs_of(folder.path(), &["services/a"], &Inputs::default()).unwrap();
    assert!(paths(&listed).contains(&"services/a/package.json"), "{listed:?}");
    assert!(!paths(&listed).contains(&"services/a/src/main.ts"), "{listed:?}");
}

#[test]
fn state_of_compilers_is_no_source_whatever_it_is_named() {
    let folder = readable(&[
        (
            "tsconfig.base.json",
            r#"{"compilerOptions": {"tsBuildInfoFile": "${configDir}/.state/base"}} // for all"#,
        ),
        ("services/a/tsconfig.json", r#"{"extends": "../../tsconfig.base.json"}"#),
        ("services/a/test/tsconfig.json", r#"{"compilerOptions": {"tsBuildInfoFile": "../.state/test"}}"#),
        ("services/a/.state/base", ""),
        ("services/a/.state/test", ""),
        ("services/a/.state/other", ""),
        ("services/a/tsconfig.tsbuildinfo", ""),
        ("services/a/.turbo/turbo-build.log", ""),
    ]);
    let listed = inputs_of(folder.path(), &["services/a"], &Inputs::default()).unwrap();
    let state: Vec<&str> = paths(&listed).into_iter().filter(|path| !OF_A.contains(path)).collect();
    let expected = [
        "services/a/.state/other",
        "services/a/test/tsconfig.json",
        "services/a/tsconfig.json",
        "tsconfig.base.json",
    ];
    assert_eq!(state, expected);
}

#[test]
fn what_the_program_writes_is_no_source() {
    use std::os::unix::fs::MetadataExt;
    let folder = readable(&[
        ("services/a/out.tar", ""),
        ("services/a/.fourply-x1y2", ""),
        ("services/a/log", ""),
        ("services/a/image/index.json", ""),
    ]);
    let log = fs_err::metadata(folder.path().join("services/a/log")).unwrap();
    let settings = Inputs {
        root: None,
        written: ["services/a/out.tar", "services/a/.fourply-*", "services/a/image"]
            .map(str::to_owned)
            .into(),
        streams: vec![(log.dev(), log.ino())],
    };
    let listed = inputs_of(folder.path(), &["services/a"], &settings).unwrap();
    assert_eq!(paths(&listed), OF_A);
    assert_eq!(listed.left_out.docker_ignored.len(), 0);
}

#[test]
fn a_folder_outside_of_the_packages_that_one_links_to_is_there() {
    let folder =
        readable(&[("vendor/x/package.json", "{}"), ("vendor/x/index.js", ""), ("vendor/y/index.js", "")]);
    let listed = inputs_of(folder.path(), &["services/a", "vendor/x"], &Inputs::default()).unwrap();
    assert_eq!(paths(&listed), [&OF_A[..], &["vendor/x/index.js", "vendor/x/package.json"]].concat());
    assert!(listed.left_out.root.contains("vendor/y/"), "{:?}", listed.left_out);
}

#[test]
fn a_tarball_without_git_lists_the_same() {
    let files = [
        (".gitignore", "gen\n"),
        ("services/a/gen/x.ts", ""),
        ("services/a/.gitignore", "*.tmp\n"),
        ("services/a/y.tmp", ""),
    ];
    let folder = readable(&files);
    let without = inputs_of(folder.path(), &["services/a"], &Inputs::default()).unwrap();
    write(folder.path(), &[(".git/HEAD", "ref: refs/heads/main\n"), (".git/info/exclude", "src\n")]);
    let with = inputs_of(folder.path(), &["services/a"], &Inputs::default()).unwrap();
    assert_eq!(with.files, without.files);
    write(folder.path(), &[("services/a/.git", "gitdir: ../../.git/modules/a\n")]);
    let submodule = inputs_of(folder.path(), &["services/a"], &Inputs::default()).unwrap();
    assert_eq!(submodule.files, without.files);
    assert!(paths(&with).contains(&"services/a/src/main.ts") && !paths(&with).contains(&"services/a/y.tmp"));
}

#[test]
fn ignored_files_of_packages_count_where_inputs_name_them() {
    let folder = readable(&[
        (".gitignore", "gen\n*.snap\n"),
        ("tsconfig.json", "{}"),
        ("services/a/gen/x.ts", ""),
        ("services/a/gen/node_modules/y.ts", ""),
        ("services/b/gen/x.ts", ""),
        ("root.snap", ""),
    ]);
    let listed = |globs: &[&str]| {
        let globs = globs.iter().map(|&glob| glob.to_owned()).collect();
        inputs_of(folder.path(), &["services/a"], &Inputs { root: Some(globs), ..Inputs::default() }).unwrap()
    };
    let all = listed(&["services/a/gen/**", "services/b/gen/**"]);
    let more =
        [&[".gitignore"], &OF_A[..2], &[OF_A[2]], &["services/a/gen/x.ts"], &[OF_A[3]], &["tsconfig.json"]]
            .concat();
    assert_eq!(paths(&all), {
        let mut more = more;
        more.sort_unstable();
        more
    });
    assert_eq!(all.left_out.taken_back, ["services/a/gen/**"]);
    assert!(paths(&listed(&["root.snap"])).contains(&"root.snap"));
    assert!(
        !paths(&listed(&["*.snap", "**/*.ts"]))
            .iter()
            .any(|path| path.contains("snap") || path.contains("gen"))
    );
}
