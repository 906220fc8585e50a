//! The faults that workspaces like the team's bring along, each put into a copy of `erp-sample`: what is built nevertheless, or the error that says
//! what is wrong and what to do.
//!
//! Its services are cut to what a fault needs: `auth` depends on the shared kernel, which TypeScript compiles, and on bcrypt; its own build copies
//! its sources. So all of this is one install and one compilation.
#![allow(missing_docs, clippy::unwrap_used)]

mod sees;
mod starts;

use std::path::PathBuf;
use std::process::Command;

use fourply_testing::program::{self, copy_workspace, fourply, run};
use fourply_testing::{elf, fixtures};
use serde_json::{Value, json};

const BASE: &str = "[base]\ndebian = { suite = \"bookworm\", packages = [\"tini\"], node = \"20.20.2\" }\n";
const BUILD: &str = "mkdir -p dist && cp -r src/. dist/";

struct Erp {
    _dir: tempfile::TempDir,
    root: PathBuf,
    out: PathBuf,
}

impl Erp {
    fn new() -> Erp {
        let dir = tempfile::tempdir().unwrap();
        let (root, out) = (dir.path().join("erp"), dir.path().join("out"));
        copy_workspace(&fixtures::shared().join("erp-sample"), &root);
        let erp = Erp { _dir: dir, root, out };
        erp.cut_lockfile();
        for service in ["auth", "finance", "master-data"] {
            erp.manifest(&format!("services/{service}"), |manifest| {
                let own = json!({"@vextrus/kernel": "workspace:*", "bcrypt": "^6.0.0"});
                manifest["dependencies"] = if service == "auth" { own } else { json!({}) };
                manifest["devDependencies"] = json!({});
                manifest["scripts"] = json!({"build": BUILD});
            });
            std::fs::remove_dir_all(erp.root.join(format!("services/{service}/src"))).unwrap();
            erp.write(&format!("services/{service}/src/main.js"), "setInterval(() => {}, 1000);\n");
        }
        erp.write("services/auth/src/main.js", "require('@vextrus/kernel');\nrequire('bcrypt');\n");
        erp.configure("");
        erp
    }

    /// Lets the lockfile have what the services still depend on.
    fn cut_lockfile(&self) {
        let text = std::fs::read_to_string(self.root.join("pnpm-lock.yaml")).unwrap();
        let (head, services) = text.split_once("  services/auth:\n").unwrap();
        let (_, rest) = services.split_once("  shared/kernel:\n").unwrap();
        let kernel = "      '@vextrus/kernel':\n        specifier: workspace:*\n        version: link:../../shared/kernel\n";
        let bcrypt = "      bcrypt:\n        specifier: ^6.0.0\n        version: 6.0.0\n";
        let others = "  services/finance: {}\n\n  services/master-data: {}\n\n";
        let auth = format!("  services/auth:\n    dependencies:\n{kernel}{bcrypt}\n");
        self.write("pnpm-lock.yaml", format!("{head}{auth}{others}  shared/kernel:\n{rest}"));
    }

    /// Adds a package of the workspace that depends on nothing.
    fn add(&self, folder: &str, name: &str) {
        self.write(&format!("{folder}/package.json"), json!({"name": name}).to_string());
        let text = std::fs::read_to_string(self.root.join("pnpm-lock.yaml")).unwrap();
        let importer = format!("  {folder}: {{}}\n\n  shared/kernel:\n");
        self.write("pnpm-lock.yaml", text.replacen("  shared/kernel:\n", &importer, 1));
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn append(&self, path: &str, text: &str) {
        let before = std::fs::read_to_string(self.root.join(path)).unwrap_or_default();
        self.write(path, format!("{before}{text}\n"));
    }

    fn remove(&self, path: &str) {
        std::fs::remove_file(self.root.join(path)).unwrap();
    }

    fn manifest(&self, package: &str, change: impl Fn(&mut Value)) {
        let path = format!("{package}/package.json");
        let text = std::fs::read(self.root.join(&path)).unwrap();
        let mut manifest: Value = serde_json::from_slice(&text).unwrap();
        change(&mut manifest);
        self.write(&path, manifest.to_string());
    }

    /// Lets the build of `auth` do this as well.
    fn script(&self, more: &str) {
        let build = format!("{BUILD} && {more}");
        self.manifest("services/auth", |manifest| manifest["scripts"]["build"] = build.clone().into());
    }

    fn configure(&self, more: &str) {
        self.write("fourply.toml", format!("{BASE}{more}\n"));
    }

    /// Builds `auth` with this configuration; what was told.
    #[track_caller]
    fn builds(&self, more: &str) -> String {
        self.configure(more);
        self.ends(&["build", "auth"], 0)
    }

    /// What a command that ends with this exit code told.
    #[track_caller]
    fn ends(&self, args: &[&str], code: i32) -> String {
        let output = format!("type=oci,dest={}", self.out.display());
        let _ = std::fs::remove_dir_all(&self.out);
        let done = run(&mut fourply(&self.root, &[args, &["-o", &output]].concat()));
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(code), "{told}");
        assert_eq!(self.out.exists(), code == 0, "{told}");
        told
    }

    /// Builds `auth` with this configuration, which fails with these words in the error and these in the hint.
    #[track_caller]
    fn refuses(&self, more: &str, error: &str, hint: &str) {
        self.configure(more);
        self.says(&["build", "auth"], error, hint);
    }

    /// Exit code 1, these words in the error and these in the hint.
    #[track_caller]
    fn says(&self, args: &[&str], error: &str, hint: &str) {
        let told = self.ends(args, 1);
        let (before, behind) = told.rsplit_once("hint: ").unwrap_or((&told, ""));
        assert!(before.contains(error), "{error:?} is not in the error:\n{told}");
        assert!(behind.contains(hint), "{hint:?} is not in the hint:\n{told}");
    }

    fn blobs(&self) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(self.out.join("blobs/sha256")).unwrap().map(|entry| entry.unwrap().path())
    }

    /// The lines of `tar -tv` of all layers.
    fn listed(&self) -> String {
        let listing = |blob: PathBuf| {
            let done = Command::new("tar").args(["--numeric-owner", "-tvzf"]).arg(blob).output().unwrap();
            String::from_utf8_lossy(&done.stdout).into_owned()
        };
        self.blobs().map(listing).collect()
    }

    #[track_caller]
    fn has(&self, path: &str, is_there: bool) {
        let listed = self.listed();
        assert_eq!(listed.contains(path), is_there, "{path}\n{}", own(&listed));
    }
}

/// What a listing has of services.
fn own(listed: &str) -> String {
    listed.lines().filter(|line| line.contains("services/")).collect::<Vec<_>>().join("\n")
}

/// Whether scripts of `auth` ran.
fn built(told: &str) -> bool {
    told.contains("services/auth: building (")
}
