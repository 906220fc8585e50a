//! Scripts that put links to folders of the machine in the place of folders that fourply goes on with, outside of the sandbox: nothing behind them is
//! read, written or kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_testing::tiny::{HARMLESS, Tiny, tarball};

use crate::program::{error, fourply, shared_store};

/// What nobody may find in an image or a store.
const SECRET: &str = "of the machine, and nobody's to read";

/// A workspace of `services/api`, which needs `packages/s`, and a folder of the machine beside it.
struct Links {
    tiny: Tiny,
    host: PathBuf,
}

impl Links {
    fn new() -> Links {
        let tiny = Tiny::new(&tarball(&HARMLESS), "http://127.0.0.1:9/");
        let host = tiny.dir.path().join("host");
        std::fs::remove_dir_all(tiny.root.join("services/a")).unwrap();
        std::fs::remove_file(tiny.root.join(".npmrc")).unwrap();
        let links = Links { tiny, host };
        for path in ["dist/main.js", "src/main.js", "index.js", "creds"] {
            put(&links.host.join(path), SECRET);
        }
        put(&links.host.join("package.json"), &format!(r#"{{"name": "{SECRET}", "version": "1.0.0"}}"#));
        links
    }

    /// Builds with these scripts of the service, of the package, and of a dependency.
    fn build(&self, service: &str, package: &str, dependency: &str) -> Command {
        let root = &self.tiny.root;
        let script = |text: &str| text.replace("HOST", self.host.to_str().unwrap());
        let scripts = serde_json::json!({ "name": "evil", "version": "1.0.0", "scripts": { "postinstall": script(dependency) } });
        let evil = tarball(&[(b'0', "package/package.json", &scripts.to_string())]);
        std::fs::write(root.join("evil.tgz"), &evil).unwrap();
        let integrity = fourply_store::Integrity::of(&evil).to_string();
        put(
            &root.join("pnpm-lock.yaml"),
            &format!(
                "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {{}}\n\n  packages/s: {{}}\n\n  services/api:\n    dependencies:\n      evil:\n        specifier: file:../../evil.tgz\n        \
                 version: file:evil.tgz\n      s:\n        specifier: workspace:*\n        version: link:../../packages/s\n\npackages:\n\n  evil@file:evil.tgz:\n    resolution: {{integrity: {integrity}, tarball: file:evil.tgz}}\n    \
                 version: 1.0.0\n\nsnapshots:\n\n  evil@file:evil.tgz: {{}}\n"
            ),
        );
        put(&root.join("pnpm-workspace.yaml"), "packages: ['services/*', 'packages/*']\n");
        let dependencies = serde_json::json!({ "evil": "file:../../evil.tgz", "s": "workspace:*" });
        let api = serde_json::json!({ "name": "api", "version": "1.0.0", "dependencies": dependencies, "scripts": { "build": script(service) } });
        let s =
            serde_json::json!({ "name": "s", "version": "1.0.0", "scripts": { "build": script(package) } });
        put(&root.join("services/api/package.json"), &api.to_string());
        put(&root.join("services/api/src/main.js"), "1\n");
        put(&root.join("packages/s/package.json"), &s.to_string());
        put(&root.join("packages/s/index.js"), "1\n");
        let config = std::fs::read_to_string(root.join("fourply.toml")).unwrap();
        put(
            &root.join("fourply.toml"),
            &config.replace("script = false", "node = \"20.20.2\"\nsandbox = \"required\""),
        );
        let output = format!("type=oci,dest={}", self.tiny.dir.path().join("image").display());
        let mut command = fourply(root, &["build", "services/api", "-o", &output]);
        command.env("FOURPLY_STORE", shared_store());
        command
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.host.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => drop(files.insert(path.clone(), std::fs::read(path).unwrap())),
                }
            }
        }
        files
    }
}

fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
#[ignore = "needs npm's node"]
fn links_in_the_place_of_folders_lead_nowhere() {
    const GOOD: &str = "mkdir -p dist && cp src/main.js dist/";
    let own = "mkdir -p dist && cd .. && mv api api2 && ln -s HOST api";
    let later = "mkdir -p ../../services && rm -rf ../../services/api && ln -s HOST ../../services/api";
    let sources = "mkdir -p ../../services/api && rm -rf ../../services/api/src && ln -s HOST/src ../../services/api/src";
    let modules = "rm -rf ../../node_modules && ln -s HOST ../../node_modules";
    let evil = "rm -rf * && cd .. && rmdir evil && ln -s HOST evil";
    for (scripts, replaced, by) in [
        ([GOOD, "true", evil], "node_modules/evil", "\"postinstall\" of evil@file:evil.tgz"),
        ([own, "true", "true"], "services/api", "\"build\" of services/api"),
        ([GOOD, "cd .. && mv s s2 && ln -s HOST s", "true"], "packages/s", "\"build\" of packages/s"),
        ([GOOD, modules, "true"], "node_modules", "\"build\" of packages/s"),
        ([GOOD, later, "true"], "services/api", "\"build\" of packages/s"),
        ([GOOD, sources, "true"], "services/api/src", "the scripts of packages/s"),
    ] {
        let links = Links::new();
        let before = links.files();
        let [service, package, dependency] = scripts;
        let told = error(&mut links.build(service, package, dependency), 1);
        let words = format!("{replaced} in the build folder is a link to \"{}", links.host.display());
        assert!(told.contains(&words) && told.contains(by), "{scripts:?}: {told}");
        assert!(told.contains("hint: let the script copy") && !told.contains("sandbox = \"off\""), "{told}");
        assert_eq!(links.files(), before, "{scripts:?}");
        assert!(!links.tiny.dir.path().join("image/index.json").exists());
    }
}
