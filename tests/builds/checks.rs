//! An image that could not start is not written: the error says what is wrong and which key helps.

use fourply_testing::elf::{X64, shared_library};

use super::program::{digest, error, tool};
use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

struct Bed {
    tiny: Tiny,
    config: String,
    _npm: Npm,
}

impl Bed {
    fn new() -> Bed {
        Bed::of(tarball(&HARMLESS))
    }

    /// With this archive as the package.
    fn of(package: Vec<u8>) -> Bed {
        let npm = Npm::start(Answer::Status(200, package.clone()));
        let tiny = Tiny::new(&package, &npm.url());
        let config = std::fs::read_to_string(tiny.root.join("fourply.toml")).unwrap();
        Bed { tiny, config, _npm: npm }
    }

    fn configure(&self, more: &str) {
        std::fs::write(self.tiny.root.join("fourply.toml"), format!("{}{more}\n", self.config)).unwrap();
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.tiny.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Lets the service depend on `@tiny/kernel` in shared/kernel, whose package.json this is.
    fn with_kernel(&self, manifest: &str) {
        let lockfile = self.tiny.root.join("pnpm-lock.yaml");
        let text = std::fs::read_to_string(lockfile).unwrap();
        let link = "    dependencies:\n      '@tiny/kernel':\n        specifier: workspace:*\n        version: link:../../shared/kernel\n";
        let text = text
            .replace("    dependencies:\n", link)
            .replace("\npackages:", "\n  shared/kernel: {}\n\npackages:");
        self.write("pnpm-lock.yaml", text);
        self.write("pnpm-workspace.yaml", "packages: ['services/*', 'shared/*']\n");
        let service = r#"{"name":"@tiny/a","version":"1.0.0","dependencies":{"@tiny/kernel":"workspace:*","thing":"1.0.0"}}"#;
        self.write("services/a/package.json", service);
        self.write("services/a/dist/main.js", "const kernel = require('@tiny/kernel');\n");
        self.write("shared/kernel/package.json", manifest);
    }

    fn refused(&self, more: &str) -> String {
        self.configure(more);
        let text = error(&mut self.tiny.build(), 1);
        assert!(!self.tiny.image().exists(), "{text}");
        text
    }
}

#[test]
fn each_command_that_cannot_start_is_an_error_with_the_key_that_helps() {
    let bed = Bed::new();
    for (more, expected, hint) in [
        (
            "[services.a]\ncmd = [\"tsx\", \"x.ts\"]",
            "the command starts tsx, which is in no folder",
            "[services.a] cmd",
        ),
        (
            "[services.a]\ncmd = [\"node\", \"/app/x.js\"]",
            "gives /app/x.js to node",
            "name the right one in [services.a] cmd",
        ),
        (
            "[services.a]\ncmd = [\"node\", \"node_modules/thing/no.js\"]",
            "gives node_modules/thing/no.js to node",
            "\"dependencies\"",
        ),
        (
            "[services.a]\ncmd = [\"sh\", \"-c\", \"node dist/main.js\"]",
            "starts sh",
            "add a shell to the packages of [base]: \"dash\" on Debian",
        ),
        ("[services.a]\ncmd = []", "the command is empty", "name the program in cmd"),
        ("[services.a]\ncmd = [\"node\"]", "starts node with nothing to run", "name the file to run"),
        ("[services.a]\ncmd = [\"pnpm\", \"start\"]", "starts pnpm", "name what the script starts"),
        ("[image]\nhealth = [\"curl\", \"x\"]", "the health check starts curl", "[services.a] health"),
        (
            "[image]\nentrypoint = [\"/app/run\"]",
            "the command starts /app/run, which is not in the image",
            "[services.a] entrypoint",
        ),
        (
            "[image]\nenv = { NODE_OPTIONS = \"--import @x/trace\" }",
            "lets node load @x/trace first",
            "NODE_OPTIONS",
        ),
    ] {
        let text = bed.refused(more);
        assert!(text.contains(expected), "{more}: {text}");
        let hints = text.split_once("hint: ").unwrap().1;
        assert!(hints.contains(hint), "{more}: {text}");
    }
    // Several at once are told at once.
    let text = bed.refused("[services.a]\ncmd = [\"bun\", \"x\"]\nhealth = [\"curl\", \"x\"]");
    assert!(text.contains("starts bun") && text.contains("starts curl"), "{text}");
    bed.configure("[services.a]\ncmd = [\"node\", \"node_modules/thing/index.js\"]");
    digest(&mut bed.tiny.build());
}

#[test]
fn a_base_without_node_is_an_error_of_an_image_that_starts_it() {
    let bed = Bed::new();
    let base = tarball(&[(b'0', "lib/ld-musl-x86_64.so.1", "a loader"), (b'0', "usr/bin/tool", "a tool")]);
    bed.write("base.tar.gz", base);
    let file = bed.tiny.root.join("base.tar.gz");
    let sum = tool("sha256sum", &[file.to_str().unwrap()]);
    let sha256 = sum.split_whitespace().next().unwrap();
    let old = bed.config.split("sha256 = \"").nth(1).unwrap().split('"').next().unwrap();
    let bed = Bed { config: bed.config.replace(old, sha256), ..bed };
    let text = bed.refused("");
    assert!(text.contains("the command starts node, and the base has no node in PATH"), "{text}");
    assert!(text.contains("the health check starts node"), "{text}");
    assert!(text.contains("[base] alpine") && text.contains("health = false"), "{text}");
    // What starts another program needs none.
    bed.configure("[image]\nhealth = false\ncmd = [\"tool\"]");
    digest(&mut bed.tiny.build());
}

#[test]
fn a_workspace_package_that_leads_nowhere_is_an_error() {
    let bed = Bed::new();
    bed.with_kernel(r#"{"name":"@tiny/kernel","version":"1.0.0","main":"lib/index.js"}"#);
    bed.write("shared/kernel/dist/index.js", "exports.one = 1;\n");
    let text = bed.refused("");
    let expected = "services/a/dist/main.js loads @tiny/kernel, and the image does not have lib/index.js of shared/kernel";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("[build] output") && text.contains("\"exports\" or \"main\""), "{text}");
    // Under a condition that the command sets, there is a file.
    let manifest = r#"{"name":"@tiny/kernel","version":"1.0.0","exports":{"built":"./dist/index.js","default":"./src/index.js"}}"#;
    bed.write("shared/kernel/package.json", manifest);
    let text = bed.refused("");
    assert!(text.contains("does not have src/index.js of shared/kernel"), "{text}");
    bed.configure("[services.a]\ncmd = [\"node\", \"-C\", \"built\", \"dist/main.js\"]");
    digest(&mut bed.tiny.build());
    // What nothing loads may lead nowhere.
    bed.write("services/a/dist/main.js", "require('thing');\n");
    bed.configure("");
    digest(&mut bed.tiny.build());
}

#[test]
fn what_a_program_loads_at_its_start_and_the_image_lacks_is_an_error() {
    let bed = Bed::new();
    bed.write(
        "services/a/package.json",
        r#"{"name":"@tiny/a","version":"1.0.0","devDependencies":{"thing":"1.0.0"}}"#,
    );
    let lockfile = std::fs::read_to_string(bed.tiny.root.join("pnpm-lock.yaml")).unwrap();
    bed.write("pnpm-lock.yaml", lockfile.replace("    dependencies:", "    devDependencies:"));
    bed.write("services/a/dist/main.js", "const server = require('./server');\n");
    bed.write(
        "services/a/dist/server.js",
        "const thing = require('thing');\nconst gen = require('./gen');\n",
    );
    let text = bed.refused("");
    let expected =
        "services/a/dist/server.js loads thing when it starts, which is in no node_modules of the image";
    assert!(text.contains(expected), "{text}");
    let expected = "move thing from \"devDependencies\" to \"dependencies\" in the package.json of services/a, or take it along as it is: [services.a] dev-dependencies = [\"thing\"]";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("services/a/dist/server.js loads ./gen when it starts"), "{text}");
    let text = bed.refused("[services.a]\ndev-dependencies = [\"thin\"]");
    assert!(text.contains("thin is not among the devDependencies of services/a, which are: thing"), "{text}");
    assert!(text.contains("did you mean thing?"), "{text}");
    bed.configure("");
    bed.write(
        "services/a/dist/server.js",
        "try { require('thing') } catch {}\nif (process.env.X) require('./gen');\n",
    );
    let without = digest(&mut bed.tiny.build());
    // The image has it if the configuration says so, with the package.json as it is.
    bed.write("services/a/dist/server.js", "const thing = require('thing');\n");
    bed.configure("[services.a]\ndev-dependencies = [\"thing\"]");
    assert!(digest(&mut bed.tiny.build()) != without);
}

#[test]
fn what_no_build_could_change_is_told_before_anything_is_fetched() {
    let bed = Bed::new();
    bed.configure("[services.a]\ncmd = [\"npm\", \"start\"]");
    let text = error(&mut bed.tiny.build(), 1);
    assert!(text.contains("the command starts npm"), "{text}");
    assert_eq!(bed._npm.asked(), 0);
    bed.configure("");
    digest(&mut bed.tiny.build());
    assert_eq!(bed._npm.asked(), 1);
}

#[test]
fn files_of_the_base_in_app_stay_out_of_the_image() {
    let bed = Bed::new();
    let base = tarball(&[
        (b'0', "lib/ld-musl-x86_64.so.1", "a loader"),
        (b'0', "usr/bin/node", "a node"),
        (b'0', "app/dist/main.js", "stale"),
        (b'0', "app/node_modules/old/index.js", "stale"),
        (b'0', "app/data/seed", "wanted"),
    ]);
    bed.write("base.tar.gz", base);
    let sum = tool("sha256sum", &[bed.tiny.root.join("base.tar.gz").to_str().unwrap()]);
    let sha256 = sum.split_whitespace().next().unwrap();
    let old = bed.config.split("sha256 = \"").nth(1).unwrap().split('"').next().unwrap();
    let config = bed.config.replace(old, sha256);
    let bed = Bed {
        config: config
            .replace("[build]", "folders = [{ path = \"/app/data\", owner = \"1001:1001\" }]\n[build]"),
        ..bed
    };
    bed.configure("");
    let output = super::program::run(&mut bed.tiny.build());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("images leave out /app/dist, /app/node_modules;"), "{text}");
    // An independent reader: what GNU tar finds in the layers, whiteouts among it.
    let list = "cd $0 && mkdir x && tar xf image.tar -C x && for b in x/blobs/sha256/*; do tar tzf $b 2>/dev/null || true; done";
    let files = tool("sh", &["-c", list, bed.tiny.dir.path().to_str().unwrap()]);
    for path in ["app/.wh.dist", "app/.wh.node_modules"] {
        assert_eq!(files.lines().filter(|line| *line == path).count(), 1, "{path} in {files}");
    }
    assert!(!files.contains("app/.wh.data") && files.contains("app/node_modules/.pnpm/"), "{files}");
}

#[test]
fn the_start_script_stands_in_for_a_command() {
    let bin = [
        (b'0', "package/package.json", r#"{"name":"thing","version":"1.0.0","bin":"cli.js"}"#),
        (b'0', "package/cli.js", "#!/usr/bin/env node\n"),
    ];
    let bed = Bed::of(tarball(&bin));
    let lockfile = std::fs::read_to_string(bed.tiny.root.join("pnpm-lock.yaml")).unwrap();
    bed.write("pnpm-lock.yaml", lockfile.replace("}\n\nsnapshots:", "}\n    hasBin: true\n\nsnapshots:"));
    std::fs::rename(
        bed.tiny.root.join("services/a/dist/main.js"),
        bed.tiny.root.join("services/a/dist/x.txt"),
    )
    .unwrap();
    let manifest = r#"{"name":"@tiny/a","version":"1.0.0","dependencies":{"thing":"1.0.0"},"scripts":{"start":"thing serve --port 3000"}}"#;
    bed.write("services/a/package.json", manifest);
    let output = super::program::run(&mut bed.tiny.build());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    // The base has no shell: node starts the command's file.
    assert!(text.contains("the image starts what script \"start\" of package.json does: node node_modules/thing/cli.js serve --port 3000"), "{text}");
    bed.write("services/a/package.json", manifest.replace("thing serve", "absent serve"));
    std::fs::remove_file(bed.tiny.image()).unwrap();
    let text = bed.refused("");
    assert!(
        text.contains(
            "script \"start\" of package.json of services/a starts absent, which the image does not have"
        ),
        "{text}"
    );
}

#[test]
fn a_native_module_that_lacks_a_library_is_an_error() {
    let bed = Bed::new();
    bed.write("services/a/dist/own.node", shared_library(X64, &["libc.musl-x86_64.so.1", "libz.so.1"], None));
    let text = bed.refused("");
    assert!(text.contains("own.node of services/a/dist needs libz.so.1"), "{text}");
    assert!(text.contains("packages of [base]: zlib in Alpine, zlib1g in Debian"), "{text}");
    bed.write("services/a/dist/libz.so.1", shared_library(X64, &["libc.musl-x86_64.so.1"], None));
    digest(&mut bed.tiny.build());
}

/// The package with a native module that needs a library which the base does not have.
fn native() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let package = dir.path().join("package");
    std::fs::create_dir(&package).unwrap();
    std::fs::write(package.join("package.json"), HARMLESS[0].2).unwrap();
    let module = shared_library(X64, &["libc.musl-x86_64.so.1", "libvips-cpp.so.42"], None);
    std::fs::write(package.join("thing.node"), module).unwrap();
    let archive = dir.path().join("thing.tgz");
    tool("tar", &["-C", dir.path().to_str().unwrap(), "-czf", archive.to_str().unwrap(), "package"]);
    std::fs::read(archive).unwrap()
}

#[test]
fn an_optional_package_may_lack_a_library_unless_it_is_the_one_for_this_machine() {
    let bed = Bed::of(native());
    let manifest = r#"{"name":"@tiny/a","version":"1.0.0","optionalDependencies":{"thing":"1.0.0"}}"#;
    bed.write("services/a/package.json", manifest);
    let lockfile = std::fs::read_to_string(bed.tiny.root.join("pnpm-lock.yaml")).unwrap();
    let lockfile = lockfile.replace("    dependencies:", "    optionalDependencies:");
    let lockfile = lockfile.replace("  thing@1.0.0: {}", "  thing@1.0.0:\n    optional: true");
    bed.write("pnpm-lock.yaml", &lockfile);
    let output = super::program::run(&mut bed.tiny.build());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("warning: thing.node of thing@1.0.0 needs libvips-cpp.so.42"), "{text}");
    std::fs::remove_file(bed.tiny.image()).unwrap();
    let machine = "}\n    cpu: [x64]\n    os: [linux]\n\nsnapshots:";
    bed.write("pnpm-lock.yaml", lockfile.replace("}\n\nsnapshots:", machine));
    let text = bed.refused("");
    assert!(text.contains("thing.node of thing@1.0.0 needs libvips-cpp.so.42"), "{text}");
    assert!(text.contains("drop = [\"thing/thing.node\"]"), "{text}");
}

#[test]
fn a_table_says_what_weighs_unless_the_build_is_quiet() {
    let bed = Bed::new();
    let output = super::program::run(&mut bed.tiny.build());
    let text = String::from_utf8(output.stderr).unwrap();
    let table: Vec<&str> = text.lines().skip_while(|line| !line.contains("compressed")).collect();
    assert!(table.len() <= 12, "{text}");
    for row in ["base ", "node_modules ", "dist ", "image "] {
        assert!(table.iter().any(|line| line.starts_with(row)), "{text}");
    }
    assert!(table.iter().any(|line| line.ends_with("services/a › thing")), "{text}");
    let output = super::program::run(bed.tiny.build().arg("--quiet"));
    // Warnings stay.
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.lines().all(|line| line.is_empty() || line.starts_with("warning: the base has no tini")),
        "{text}"
    );
}
