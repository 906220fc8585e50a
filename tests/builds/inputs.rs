//! What a build sees, and when scripts run again. The workspace needs no package; its base is the example's.

use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_testing::program::{fourply, run};

const BASE: &str = r#"[base]
debian = { suite = "bookworm", packages = ["libc6", "libgcc-s1", "libstdc++6", "ca-certificates", "tini"], node = "20.20.2" }
"#;

/// A workspace of one service, `services/a`, with this script `build`.
pub(crate) struct Sample {
    dir: tempfile::TempDir,
    root: PathBuf,
}

impl Sample {
    pub(crate) fn new(script: &str) -> Sample {
        let dir = super::scratch();
        // The name is unique, so that no test finds what another one kept.
        let root = dir.path().join("workspace");
        let name = dir.path().file_name().unwrap().to_string_lossy().into_owned();
        let sample = Sample { dir, root };
        let manifest =
            serde_json::json!({ "name": "a", "description": name, "scripts": { "build": script } });
        sample
            .write("package.json", r#"{"name": "sample", "private": true, "packageManager": "pnpm@9.14.2"}"#);
        sample.write("pnpm-workspace.yaml", "packages: ['services/*', 'packages/*']\n");
        sample.lock(&["services/a"], "");
        sample.write("fourply.toml", BASE);
        sample.write("services/a/package.json", &manifest.to_string());
        sample.write("services/a/src/main.js", "setInterval(() => {}, 1000);\n");
        sample
    }

    /// The folder for all of it, and the workspace's root.
    pub(crate) fn places(&self) -> (&Path, &Path) {
        (self.dir.path(), &self.root)
    }

    /// A script that does what most do.
    fn copying() -> Sample {
        Sample::new("mkdir -p dist && cp src/main.js dist/main.js")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A lockfile in which these packages depend on nothing; `root` are the root's dependencies.
    fn lock(&self, packages: &[&str], root: &str) {
        let packages: String = packages.iter().map(|folder| format!("\n  {folder}: {{}}\n")).collect();
        let root =
            if root.is_empty() { "  .: {}\n".to_owned() } else { format!("  .:\n    dependencies:\n{root}") };
        self.write("pnpm-lock.yaml", &format!("lockfileVersion: '9.0'\n\nimporters:\n\n{root}{packages}"));
    }

    fn command(&self, dest: &Path) -> Command {
        let output = format!("type=oci-archive,dest={}", dest.display());
        fourply(&self.root, &["build", "services/a", "-o", &output])
    }

    /// Builds, and gives the digest and what was told.
    fn build(&self) -> (String, String) {
        let output = run(&mut self.command(&self.dir.path().join("image.tar")));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{told}");
        (String::from_utf8(output.stdout).unwrap(), told)
    }

    /// Builds, and insists that no script ran.
    fn cached(&self) -> String {
        let (digest, told) = self.build();
        assert!(!told.contains("services/a: "), "{told}");
        digest
    }

    /// Builds, insists that scripts ran, and gives why.
    fn reason(&self) -> String {
        let (_, told) = self.build();
        assert!(told.contains("services/a: build: "), "{told}");
        let line = told.lines().find(|line| line.starts_with("services/a: building (")).unwrap();
        line.trim_start_matches("services/a: building (").trim_end_matches(')').to_owned()
    }

    fn error(&self) -> String {
        fourply_testing::program::error(&mut self.command(&self.dir.path().join("image.tar")), 1)
    }
}

#[test]
fn what_no_build_reads_rebuilds_nothing_and_every_rebuild_says_why() {
    let sample = Sample::copying();
    assert_eq!(sample.reason(), "first build");
    let first = sample.cached();
    for path in [
        "README.md",
        "docs/x.md",
        ".github/workflows/ci.yml",
        "docker-compose.yml",
        "LICENSE",
        "npm-debug.log",
    ] {
        sample.write(path, "new");
        assert_eq!(sample.cached(), first, "{path}");
    }
    sample.write("tsconfig.base.json", "{}");
    assert_eq!(sample.reason(), "tsconfig.base.json added");
    sample.write("services/a/src/main.js", "setInterval(() => {}, 2000);\n");
    sample.write("services/a/src/other.js", "");
    std::fs::remove_file(sample.root.join("tsconfig.base.json")).unwrap();
    assert_eq!(
        sample.reason(),
        "services/a/src/main.js changed, services/a/src/other.js added, tsconfig.base.json removed"
    );
    sample.write("fourply.toml", &format!("{BASE}[build]\nenv = {{ MODE = \"x\" }}\n"));
    assert_eq!(sample.reason(), "env MODE added");
    sample.write(".dockerignore", "**/other.js\n");
    assert_eq!(sample.reason(), "services/a/src/other.js removed");
}

#[test]
fn a_new_base_runs_no_script_again_unless_node_changed() {
    let sample = Sample::copying();
    let (first, _) = sample.build();
    let with = |text: &str| sample.write("fourply.toml", text);
    with(&format!("{BASE}folders = [{{ path = \"/data\", owner = \"0:0\" }}]\nusers = [\"job:1002\"]\n"));
    let folders = sample.cached();
    assert_ne!(folders, first);
    with(&BASE.replace("\"tini\"", "\"tini\", \"dumb-init\""));
    let packages = sample.cached();
    assert!(packages != first && packages != folders);
    with(&format!("{BASE}[build]\nnode = \"22.12.0\"\n"));
    assert_eq!(sample.reason(), "node 20.20.2 became 22.12.0");
}

#[test]
fn what_the_program_writes_is_no_source_wherever_it_lies() {
    let sample = Sample::copying();
    let build = || {
        let folder = sample.root.join("services/a");
        let stream = |name: &str| std::fs::File::create(folder.join(name)).unwrap();
        let mut command = sample.command(&folder.join("src/image.tar"));
        command.stdout(stream("src/digest")).stderr(stream("src/log"));
        assert!(command.status().unwrap().success());
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        (read("src/digest"), read("src/log"))
    };
    let (first, told) = build();
    assert!(told.contains("services/a: building (first build)"), "{told}");
    let (second, told) = build();
    assert!(!told.contains("services/a: "), "{told}");
    assert_eq!(first, second);
}

#[test]
fn images_of_earlier_builds_are_no_sources_wherever_they_lie() {
    let sample = Sample::copying();
    let (first, _) = sample.build();
    let place = |name: &str| sample.root.join("services/a").join(name);
    for output in [
        format!("type=oci,dest={}", place("layout").display()),
        format!("type=oci-archive,dest={}", place("src/one").display()),
        format!("type=docker-archive,dest={}", place("two.tar").display()),
    ] {
        fourply_testing::program::digest(&mut fourply(&sample.root, &["build", "services/a", "-o", &output]));
    }
    assert_eq!(sample.cached(), first);
    sample.write("services/a/src/other.js", "");
    let (_, told) = sample.build();
    let expected = "warning: services/a/layout/, services/a/src/one, services/a/two.tar: left out, as it is a container image and no source";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn a_compiler_is_not_told_of_outputs_that_are_not_there() {
    // As `tsc` with `incremental`: what it remembers to have made it makes no more.
    let script = "[ -e tsconfig.tsbuildinfo ] || [ -e .state/info ] || { mkdir -p dist && cp src/main.js dist/main.js; }";
    let sample = Sample::new(script);
    sample.write("services/a/tsconfig.tsbuildinfo", "{}");
    sample.write("services/a/.state/info", "{}");
    sample.write(
        "services/a/tsconfig.json",
        "{\n  // all of it\n  \"extends\": \"../../tsconfig.base.json\",\n}",
    );
    sample.write(
        "tsconfig.base.json",
        r#"{"compilerOptions": {"tsBuildInfoFile": "${configDir}/.state/info"}}"#,
    );
    sample.build();
}

#[test]
fn the_error_of_a_script_names_what_it_could_not_see() {
    let sample = Sample::new("mkdir -p dist && cat ../../data/list.txt > dist/main.js");
    // A path in a script counts of itself; one in a program does not.
    sample.write("data/list.txt", "1");
    sample.build();
    sample.write("services/a/read.sh", "mkdir -p dist; cat ../../schemas/list.txt > dist/main.js\n");
    sample.write("schemas/list.txt", "1");
    sample.write("tsconfig.json", "{}");
    let manifest = std::fs::read_to_string(sample.root.join("services/a/package.json")).unwrap();
    let script = "mkdir -p dist && cat ../../data/list.txt > dist/main.js";
    sample.write("services/a/package.json", &manifest.replace(script, "sh -e read.sh"));
    let error = sample.error();
    assert!(error.contains("hint: the script could not see schemas/"), "{error}");
    assert!(error.contains(r#"inputs = ["tsconfig*.json", "schemas/**"]"#), "{error}");
    sample.write(
        "fourply.toml",
        &format!("{BASE}[build]\ninputs = [\"tsconfig*.json\", \"schemas/**\", \"typo/**\"]\n"),
    );
    let (_, told) = sample.build();
    assert!(told.contains("warning: \"typo/**\" of the root's inputs names no file"), "{told}");
    sample.write(".dockerignore", "schemas/*.txt\n");
    let error = sample.error();
    assert!(error.contains("schemas/") && error.contains(".dockerignore excludes"), "{error}");
}

#[test]
fn a_package_that_only_the_root_depends_on_is_built_where_projects_name_it() {
    let sample =
        Sample::new(r#"node -e "require('kit')" && mkdir -p dist && echo "require('kit')" > dist/main.js"#);
    sample.write(
        "package.json",
        r#"{"name": "sample", "private": true, "packageManager": "pnpm@9.14.2", "dependencies": {"kit": "workspace:*"}}"#,
    );
    sample.lock(
        &["packages/kit", "services/a"],
        "      kit:\n        specifier: workspace:*\n        version: link:packages/kit\n",
    );
    let kit = r#"{"name":"kit","version":"1.0.0","main":"dist/index.js","scripts":{"build":"mkdir -p dist && echo > dist/index.js"}}"#;
    sample.write("packages/kit/package.json", kit);
    let error = sample.error();
    assert!(error.contains("packages/kit is in the image") && error.contains("[build] projects"), "{error}");
    // What it needs and nothing else does is in the image as well: node itself loads both there.
    sample.lock(
        &["packages/deep", "services/a"],
        "      kit:\n        specifier: workspace:*\n        version: link:packages/kit\n",
    );
    let lock = std::fs::read_to_string(sample.root.join("pnpm-lock.yaml")).unwrap();
    let link = "\n  packages/kit:\n    dependencies:\n      deep:\n        specifier: workspace:*\n        version: link:../deep\n";
    sample.write("pnpm-lock.yaml", &lock.replace("\n  services/a:", &format!("{link}\n  services/a:")));
    sample.write(
        "packages/kit/package.json",
        &kit.replace(r#""main""#, r#""dependencies":{"deep":"workspace:*"},"main""#)
            .replace("echo >", "echo \\\"require('deep')\\\" >"),
    );
    sample.write("packages/deep/package.json", r#"{"name":"deep","version":"1.0.0"}"#);
    sample.write("packages/deep/index.js", "");
    for name in ["./packages/kit", "kit"] {
        sample.write("fourply.toml", &format!("{BASE}[build]\nprojects = [{name:?}]\n"));
        let (_, told) = sample.build();
        let warned = told.lines().any(|line| line.starts_with("warning") && !line.contains("fourply.lock"));
        assert!(!warned, "{told}");
        let files = fourply_testing::program::tool(
            "sh",
            &[
                "-c",
                &format!(
                    "cd {} && tar xf image.tar --wildcards 'blobs/*' && for b in blobs/sha256/*; do tar tzf $b 2>/dev/null || true; done",
                    sample.dir.path().display()
                ),
            ],
        );
        assert!(files.contains("app/packages/deep/index.js"), "{files}");
    }
    sample.write("fourply.toml", &format!("{BASE}[build]\nprojects = [\"libs/kit\"]\n"));
    let error = sample.error();
    assert!(
        error.contains("[build] projects names \"libs/kit\", which is no package of the workspace"),
        "{error}"
    );
    assert!(error.contains("hint: did you mean packages/kit?"), "{error}");
}

#[test]
fn values_that_cannot_be_are_refused() {
    let sample = Sample::copying();
    for (line, text) in [
        ("inputs = [\"a[\"]", "[build] inputs in fourply.toml has \"a[\": it is no glob"),
        ("inputs = [\"../x\"]", "it leaves its folder"),
        ("inputs = \"x\"", "invalid type"),
        ("projects = true", "invalid type"),
        ("projects = [\"\"]", "[build] projects in fourply.toml has \"\""),
    ] {
        sample.write("fourply.toml", &format!("{BASE}[build]\n{line}\n"));
        let error = sample.error();
        assert!(error.contains(text), "{line}: {error}");
    }
    sample.write("fourply.toml", BASE);
    sample.write(".dockerignore", "dist\n\n!\n");
    let error = sample.error();
    assert!(error.contains(".dockerignore, line 3: \"!\" is no pattern"), "{error}");
}
