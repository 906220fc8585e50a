#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

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
            ".npmrc",
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
