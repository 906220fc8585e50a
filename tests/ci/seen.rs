//! What a user sees: reasons, formats, and what is answered where something is missing.

use std::os::unix::fs::PermissionsExt as _;

use fourply_testing::program::{error, fourply, run};
use fourply_testing::tiny;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::{Repository, git, said};

/// Two services, of which one uses a package of the workspace by way of another, and nothing from a registry.
pub fn workspace() -> Repository {
    let repository = Repository::new();
    fill(&repository, "");
    repository
}

fn fill(repository: &Repository, below: &str) {
    let sha256: String =
        sha2::Sha256::digest(tiny::rootfs()).iter().map(|byte| format!("{byte:02x}")).collect();
    let toml = format!(
        "[base]\nrootfs = {{ file = \"base.tar.gz\", sha256 = \"{sha256}\" }}\n[build]\nnode = \"20.20.2\"\n"
    );
    let build = "mkdir -p dist && cat src/*.js > dist/main.js";
    let package = |name: &str, needs: Option<&str>| {
        let mut manifest =
            json!({ "name": format!("@my/{name}"), "version": "1.0.0", "scripts": { "build": build } });
        if let Some(needs) = needs {
            manifest["dependencies"] = json!({ (format!("@my/{needs}")): "workspace:*" });
        }
        manifest.to_string()
    };
    let link = |folder: &str| {
        format!(
            "\n    dependencies:\n      '@my/{folder}':\n        specifier: workspace:*\n        version: link:../../shared/{folder}\n"
        )
    };
    let lockfile = format!(
        "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {{}}\n\n  services/auth:{}\n  services/web: {{}}\n\n  shared/kernel: {{}}\n\n  shared/kit:{}",
        link("kit"),
        link("kernel"),
    );
    for (path, text) in [
        ("package.json", r#"{"name":"seen","private":true,"packageManager":"pnpm@9.14.2"}"#.to_owned()),
        ("pnpm-workspace.yaml", "packages: ['services/*', 'shared/*']\n".to_owned()),
        ("pnpm-lock.yaml", lockfile),
        ("fourply.toml", toml),
        (".gitignore", "dist\n".to_owned()),
        ("services/auth/package.json", package("auth", Some("kit"))),
        ("services/web/package.json", package("web", None)),
        ("shared/kit/package.json", package("kit", Some("kernel"))),
        ("shared/kernel/package.json", package("kernel", None)),
        ("services/auth/src/main.js", "setInterval(() => {}, 1000);\n".to_owned()),
        ("services/web/src/main.js", "setInterval(() => {}, 1000);\n".to_owned()),
        ("shared/kit/src/main.js", "exports.kit = 1;\n".to_owned()),
        ("shared/kernel/src/main.js", "exports.kernel = 1;\n".to_owned()),
    ] {
        repository.write(&format!("{below}{path}"), &text);
    }
    std::fs::write(repository.root.join(format!("{below}base.tar.gz")), tiny::rootfs()).unwrap();
    repository.commit();
}

#[test]
fn each_service_has_its_reasons_in_every_format() {
    let repository = workspace();
    repository.write("README.md", "a text\n");
    repository.commit();
    let (text, told) = repository.affected(&["--since", "HEAD~1"]);
    assert_eq!(text, "");
    assert!(told.contains("none of 2 services is affected since "), "{told}");
    // Not committed, and partly unknown to git.
    repository.write("shared/kernel/src/main.js", "exports.kernel = 2;\n");
    repository.write("services/web/src/new.js", "1;\n");
    let toml = std::fs::read_to_string(repository.root.join("fourply.toml")).unwrap();
    repository.write(
        "fourply.toml",
        &format!("{toml}[image]\nuser = \"nodejs:1001\"\n[services.web]\nport = 4000\n"),
    );
    let (text, told) = repository.affected(&["--since", "HEAD"]);
    assert_eq!(
        text,
        "services/auth\n  shared/kernel/src/main.js changed (services/auth → shared/kit → shared/kernel)\n\
         services/web\n  fourply.toml: image.user\n  fourply.toml: services.web.port\n  services/web/src/new.js added\n"
    );
    assert!(told.contains("2 of 2 services affected since "), "{told}");
    let (line, _) = repository.affected(&["--since", "HEAD", "--format", "github", "web"]);
    assert_eq!(line, "{\"include\":[{\"service\":\"services/web\",\"name\":\"web\"}]}\n");
    let (lines, _) = repository.affected(&["--since", "HEAD", "--format", "gitlab"]);
    assert!(lines.starts_with("FOURPLY_AFFECTED=services/auth services/web\nFOURPLY_AFFECTED_NAMES=auth web\nFOURPLY_AFFECTED_COUNT=2\nFOURPLY_SINCE="), "{lines}");
    let (text, _) = repository.affected(&["--since", "HEAD", "--format", "json"]);
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["services"][0]["package"], "@my/auth");
    assert_eq!(
        found["services"][0]["reasons"][0],
        json!({ "kind": "file", "path": "shared/kernel/src/main.js", "change": "changed",
                "via": ["services/auth", "shared/kit", "shared/kernel"],
                "text": "shared/kernel/src/main.js changed (services/auth → shared/kit → shared/kernel)" })
    );
    // The same between two commits, whatever lies in the folder.
    repository.commit();
    repository.write("services/auth/src/main.js", "// not committed\n");
    let (other, _) = repository.affected(&["--since", "HEAD~1", "--until", "HEAD", "--format", "json"]);
    let other: Value = serde_json::from_str(&other).unwrap();
    assert_eq!(other["services"], found["services"]);
}

#[test]
fn services_that_come_and_go_are_named_and_a_workspace_may_lie_below_its_repository() {
    let repository = Repository::new();
    fill(&repository, "apps/shop/");
    let root = repository.root.join("apps/shop");
    let affected = |args: &[&str]| said(&run(fourply(&root, &["affected"]).args(args))).0;
    repository.write(".gitignore", "*.log\n");
    repository.write("apps/shop/services/web/x.log", "ignored\n");
    repository.write("other/x.txt", "not of the workspace\n");
    repository.commit();
    assert_eq!(affected(&["--since", "HEAD~1"]), "");
    std::fs::remove_dir_all(root.join("services/web")).unwrap();
    repository.write("apps/shop/services/job/package.json", r#"{"name":"job","scripts":{"build":"true"}}"#);
    let lockfile = std::fs::read_to_string(root.join("pnpm-lock.yaml")).unwrap();
    repository.write("apps/shop/pnpm-lock.yaml", &lockfile.replace("services/web", "services/job"));
    let text = affected(&["--since", "HEAD"]);
    assert!(
        text.contains("services/job\n  is new\n")
            && text.ends_with("services/web\n  is no service any more\n"),
        "{text}"
    );
    // Before the workspace was there, all of it is new.
    let first = repository.git(&["commit-tree", "-m", "empty", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"]);
    let text = affected(&["--since", first.trim()]);
    assert_eq!(text, "services/auth\n  is new\nservices/job\n  is new\n");
}

#[test]
fn a_commit_that_is_not_there_is_answered_with_the_command_that_brings_it() {
    let repository = workspace();
    let told = error(&mut repository.fourply(&["affected", "--since", "no-such"]), 1);
    assert!(
        told.contains("this clone has no commit \"no-such\"") && told.contains("has no remote"),
        "{told}"
    );
    let told = error(&mut repository.fourply(&["affected", "--since=--output=x"]), 1);
    assert!(told.contains("has no commit \"--output=x\"") && !repository.root.join("x").exists(), "{told}");
    let first = repository.commit();
    repository.commit();
    let clone = repository.dir.path().join("clone");
    let from = format!("file://{}", repository.root.display());
    git(repository.dir.path(), &["clone", "--quiet", "--depth=1", &from, clone.to_str().unwrap()]);
    let ask = || fourply(&clone, &["affected", "--since", &first]);
    let told = error(&mut ask(), 1);
    assert!(told.contains("this shallow clone has no commit"), "{told}");
    let command = format!("git fetch --depth=1 origin {first}");
    assert!(told.contains(&command), "{told}");
    // What the hint says helps.
    git(&clone, &command.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(said(&run(&mut ask())).0, "");
    let outside = repository.dir.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    for name in ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml"] {
        std::fs::copy(repository.root.join(name), outside.join(name)).unwrap();
    }
    let told = error(&mut fourply(&outside, &["affected", "--since", "HEAD"]), 1);
    assert!(told.contains("is in no git repository"), "{told}");
    let mut without = repository.fourply(&["affected", "--since", "HEAD"]);
    let told = error(without.env("PATH", repository.dir.path()), 1);
    assert!(told.contains("there is no git on PATH"), "{told}");
}

#[test]
fn what_cannot_be_read_before_makes_all_affected_and_says_so() {
    let repository = workspace();
    let toml = std::fs::read_to_string(repository.root.join("fourply.toml")).unwrap();
    repository.write("fourply.toml", "[base\n");
    repository.commit();
    repository.write("fourply.toml", &toml);
    repository.commit();
    let (text, told) = repository.affected(&["--since", "HEAD~1", "--format", "github"]);
    assert!(text.contains("services/auth") && text.contains("services/web"), "{text}");
    assert!(told.contains("warning: the workspace of") && told.contains("cannot be read"), "{told}");
    // Of the side after, it is an error as for a build.
    repository.write("fourply.toml", "[base\n");
    let told = error(&mut repository.fourply(&["affected", "--since", "HEAD"]), 1);
    assert!(told.contains("fourply.toml"), "{told}");
}

/// A tree with paths that no checkout can have, made of raw objects.
#[test]
fn a_hostile_tree_writes_nothing_outside() {
    let repository = workspace();
    let object = |kind: &str, bytes: &[u8]| {
        let file = repository.dir.path().join("object");
        std::fs::write(&file, bytes).unwrap();
        let args = ["hash-object", "-w", "-t", kind, "--literally", file.to_str().unwrap()];
        repository.git(&args).trim().to_owned()
    };
    let raw = |hash: &str| -> Vec<u8> {
        (0..hash.len()).step_by(2).map(|at| u8::from_str_radix(&hash[at..at + 2], 16).unwrap()).collect()
    };
    let blob = object("blob", b"out\n");
    let entry =
        |mode: &str, name: &str, hash: &str| [format!("{mode} {name}\0").as_bytes(), &raw(hash)].concat();
    let inner = object("tree", &entry("100644", "escaped", &blob));
    for name in ["..", ".git"] {
        let tree = object("tree", &entry("40000", name, &inner));
        let commit = repository.git(&["commit-tree", "-m", "x", &tree]);
        let told = error(&mut repository.fourply(&["affected", "--since", commit.trim()]), 1);
        assert!(told.contains("no checkout can have"), "{told}");
    }
}

#[test]
fn a_build_since_a_commit_builds_what_is_affected_alone() {
    let repository = workspace();
    let layout = repository.dir.path().join("layout");
    let output = format!("type=oci,dest={}", layout.display());
    let build = || said(&run(&mut repository.fourply(&["build", "--since", "HEAD", "-o", &output])));
    let (text, told) = build();
    assert_eq!(text, "");
    assert!(told.contains("none of 2 services is affected") && !layout.exists(), "{told}");
    repository.write("services/web/src/main.js", "setInterval(() => {}, 2000);\n");
    let (text, told) = build();
    assert!(text.starts_with("services/web\tsha256:") && text.lines().count() == 1, "{text}");
    assert!(told.contains("services/web: services/web/src/main.js changed"), "{told}");
    let mut named = repository.fourply(&["build", "auth", "--since", "HEAD", "-o", &output]);
    assert_eq!(said(&run(&mut named)).0, "");
}

/// git tells modes and links as changes, and so does a build.
#[test]
fn modes_and_links_count() {
    let repository = workspace();
    let file = repository.root.join("services/web/src/main.js");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (text, _) = repository.affected(&["--since", "HEAD"]);
    assert_eq!(text, "services/web\n  services/web/src/main.js changed\n");
    repository.commit();
    std::os::unix::fs::symlink("main.js", repository.root.join("services/web/src/link.js")).unwrap();
    repository.commit();
    let (text, _) = repository.affected(&["--since", "HEAD~1"]);
    assert_eq!(text, "services/web\n  services/web/src/link.js added\n");
}
