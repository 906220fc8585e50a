//! Packages that no registry has, through `fourply tree`: what is refused, what is told to do, and that doing it helps.

use std::path::Path;
use std::process::Command;

use crate::program::{digest, error, fourply};
use crate::tiny::{HARMLESS, Tiny, tarball};

/// A project with the tarball of one package, `UpperCase`, which the lockfile has no integrity for.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "package.json", r#"{"name": "p", "dependencies": {"UpperCase": "file:x.tgz"}}"#);
    write(dir.path(), "pnpm-workspace.yaml", "packages: ['.']\n");
    write(dir.path(), "package/package.json", r#"{"name": "UpperCase", "version": "1.0.0"}"#);
    run(dir.path(), "tar", &["--mtime=@0", "-czf", "x.tgz", "package"]);
    lockfile(dir.path(), "file:x.tgz", "{tarball: file:x.tgz}");
    dir
}

fn lockfile(root: &Path, version: &str, resolution: &str) {
    let text = format!(
        "lockfileVersion: '9.0'\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\
         importers:\n  .:\n    dependencies:\n      UpperCase:\n        specifier: file:x.tgz\n        version: {version}\n\
         packages:\n  UpperCase@{version}:\n    resolution: {resolution}\n    version: 1.0.0\n\
         snapshots:\n  UpperCase@{version}: {{}}\n"
    );
    write(root, "pnpm-lock.yaml", &text);
}

fn write(root: &Path, path: &str, text: &str) {
    std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
    std::fs::write(root.join(path), text).unwrap();
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn tree(root: &Path, more: &[&str]) -> String {
    digest(&mut fourply(root, &[&["tree", ".", "--libc", "glibc"], more].concat()))
}

fn refused(root: &Path) -> String {
    error(&mut fourply(root, &["tree", ".", "--libc", "glibc"]), 1)
}

#[test]
fn a_tarball_without_integrity_is_refused_with_the_line_that_pins_it() {
    let project = project();
    let text = refused(project.path());
    assert!(text.contains("UpperCase@file:x.tgz") && text.contains("no integrity"), "{text}");
    let line = text.split("[packages.integrity] ").nth(1).unwrap().lines().next().unwrap();
    write(project.path(), "fourply.toml", &format!("[packages.integrity]\n{line}\n"));
    assert!(tree(project.path(), &[]).contains("/node_modules/UpperCase/package.json\tf\t0644\t"));
    let other = line.replacen("sha512-", "sha512-AAAA", 1);
    let other = format!("{}\"", other.get(..other.len() - 5).unwrap());
    write(project.path(), "fourply.toml", &format!("[packages.integrity]\n{other}\n"));
    refused(project.path());
}

#[test]
fn the_layout_is_that_of_the_pnpm_that_is_asked_for() {
    let project = project();
    let hash = run(project.path(), "sh", &["-c", "openssl dgst -sha512 -binary x.tgz | base64 -w0"]);
    lockfile(project.path(), "file:x.tgz", &format!("{{tarball: file:x.tgz, integrity: sha512-{hash}}}"));
    let slot = |more: &[&str]| {
        let tree = tree(project.path(), more);
        let line = tree.lines().find(|line| line.starts_with("node_modules/UpperCase\t")).unwrap().to_owned();
        line.split('\t').nth(3).unwrap().split('/').nth(1).unwrap().to_owned()
    };
    // From pnpm 9 on a hash of other kind and length, from 10 on of the same.
    assert_eq!(slot(&["--pnpm", "9", "--format", "tsv"]).len() + 6, slot(&["--pnpm", "10"]).len());
    assert_eq!(slot(&["--pnpm", "10"]), slot(&["--pnpm", "11"]));
    let mut command = fourply(project.path(), &["tree", ".", "--libc", "glibc", "--pnpm", "12"]);
    let moved = digest(command.env("pnpm_config_virtual_store_dir", "node_modules/.store"));
    assert!(moved.contains("node_modules/.store/UpperCase"), "{moved}");
}

#[test]
fn a_repository_is_taken_at_its_commit_unless_it_has_to_be_built() {
    let (project, repository) = (project(), tempfile::tempdir().unwrap());
    let git = |arguments: &[&str]| {
        let own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        run(repository.path(), "git", &[&own, arguments].concat())
    };
    git(&["init", "--quiet", "."]);
    let commit = |manifest: &str| {
        write(repository.path(), "package.json", manifest);
        write(repository.path(), "index.js", "1");
        write(repository.path(), "test/x.js", "1");
        git(&["add", "."]);
        git(&["commit", "--quiet", "-m", "x"]);
        let commit = git(&["rev-parse", "HEAD"]);
        let url = format!("file://{}", repository.path().display());
        lockfile(
            project.path(),
            &format!("git+{url}#{commit}"),
            &format!("{{type: git, repo: '{url}', commit: {commit}}}"),
        );
    };
    commit(r#"{"name": "UpperCase", "version": "1.0.0", "files": ["index.js"]}"#);
    let tree = tree(project.path(), &[]);
    assert!(tree.contains("UpperCase/index.js\t") && !tree.contains("test/x.js"), "{tree}");
    commit(r#"{"name": "UpperCase", "version": "1.0.0", "scripts": {"prepare": "exit 1"}}"#);
    let text = refused(project.path());
    assert!(text.contains("\"prepare\"") && text.contains("allowBuilds: {"), "{text}");
    lockfile(project.path(), "git+ext::x#1", "{type: git, repo: 'ext::sh -c id', commit: '1'}");
    assert!(refused(project.path()).contains("no full hash"));
}

#[test]
fn a_folder_is_what_npm_packs_of_it() {
    let project = project();
    lockfile(project.path(), "file:package", "{type: directory, directory: package}");
    write(project.path(), "package/.npmignore", "secret\n");
    write(project.path(), "package/secret/key", "1");
    let tree = tree(project.path(), &[]);
    assert!(tree.contains("UpperCase/package.json\t") && !tree.contains("secret"), "{tree}");
    write(project.path(), "package/.npmignore", "@(secret|b)\n");
    let same = self::tree(project.path(), &[]);
    assert!(same.contains("UpperCase/package.json\t") && !same.contains("secret"), "{same}");
    write(project.path(), "package/.npmignore", "@(a\n");
    assert!(refused(project.path()).contains("@(a"));
    std::fs::remove_dir_all(project.path().join("package")).unwrap();
    assert!(refused(project.path()).contains("package"));
    for outside in ["../x", "/etc"] {
        lockfile(project.path(), "file:x", &format!("{{type: directory, directory: {outside}}}"));
        let text = refused(project.path());
        assert!(text.contains("outside the workspace"), "{text}");
    }
}

/// The paths of all layers of a layout.
fn layers(layout: &Path) -> Vec<String> {
    let blobs = std::fs::read_dir(layout.join("blobs/sha256")).unwrap();
    let list = |blob: std::fs::DirEntry| {
        let output = Command::new("tar").arg("-tzf").arg(blob.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    blobs.flat_map(|blob| list(blob.unwrap())).collect()
}

#[test]
fn an_injected_package_is_in_the_image_as_it_was_built() {
    let tiny = Tiny::new(&tarball(&HARMLESS), "http://127.0.0.1:9/");
    let kit = r#"{"name":"@tiny/kit","version":"1.0.0","main":"dist/index.js","files":["dist"],"scripts":{"build":"mkdir dist && cp src.js dist/index.js"}}"#;
    let service = r#"{"name":"@tiny/a","version":"1.0.0","dependencies":{"@tiny/kit":"workspace:*"},"dependenciesMeta":{"@tiny/kit":{"injected":true}},
        "scripts":{"build":"mkdir -p dist && node -e \"require('fs').writeFileSync('dist/main.js', require('@tiny/kit').text)\""}}"#;
    // node comes from npm's own registry.
    std::fs::remove_file(tiny.root.join(".npmrc")).unwrap();
    write(&tiny.root, "kit/package.json", kit);
    write(&tiny.root, "kit/src.js", "exports.text = 'built'\n");
    write(&tiny.root, "services/a/package.json", service);
    write(&tiny.root, "pnpm-workspace.yaml", "packages: ['services/*', kit]\n");
    let lockfile = "lockfileVersion: '9.0'\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\
        importers:\n  .: {}\n  kit: {}\n  services/a:\n    dependencies:\n      '@tiny/kit':\n        specifier: workspace:*\n        version: file:kit\n\
    \x20   dependenciesMeta:\n      '@tiny/kit':\n        injected: true\n\
        packages:\n  '@tiny/kit@file:kit':\n    resolution: {directory: kit, type: directory}\nsnapshots:\n  '@tiny/kit@file:kit': {}\n";
    write(&tiny.root, "pnpm-lock.yaml", lockfile);
    let config = std::fs::read_to_string(tiny.root.join("fourply.toml")).unwrap();
    write(
        &tiny.root,
        "fourply.toml",
        &config.replace("script = false", "script = \"build\"\nnode = \"20.20.2\""),
    );
    let layout = tiny.dir.path().join("layout");
    let output = format!("type=oci,dest={}", layout.display());
    digest(&mut fourply(&tiny.root, &["build", "services/a", "-o", &output]));
    let paths = layers(&layout);
    let copy = "app/node_modules/.pnpm/@tiny+kit@file+kit/node_modules/@tiny/kit";
    for path in [
        format!("{copy}/dist/index.js"),
        format!("{copy}/package.json"),
        "app/services/a/dist/main.js".to_owned(),
    ] {
        assert!(paths.contains(&path), "{path} is not among {paths:#?}");
    }
    assert!(!paths.contains(&format!("{copy}/src.js")));
    assert!(!tiny.root.join("kit/dist").exists());
}
