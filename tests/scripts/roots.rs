//! Scripts that run in the base with a toolchain: what they find there, and what it is locked to.

use std::path::Path;

use fourply_testing::program::{digest, error, fourply, tool};

use crate::{said, with_package};

/// A package that writes down what it finds. The base has neither a shell nor make; this machine may have compilers.
const SCRIPTS: &str = r#"{"install": "make --version | head -n 1 > seen && (command -v gcc g++ python3 || echo no compiler) >> seen && node -p process.execPath >> seen && ls $npm_config_nodedir/include/node/node_api.h > /dev/null && echo headers >> seen && ls /usr/local/bin >> seen && . /etc/os-release && echo $VERSION_CODENAME >> seen"}"#;

const CONFIG: &str = "[base]\ndebian = { suite = \"bookworm\", packages = [\"tini\"], node = \"20.20.2\" }\n[build]\nscript = false\noutput = [\"main.js\"]\n\
    [image]\ncmd = [\"node\", \"main.js\"]\nhealth = false\n";

fn configure(root: &Path, toolchain: &str) {
    let text = CONFIG.replace("[build]\n", &format!("[build]\ntoolchain = {toolchain}\n"));
    std::fs::write(root.join("fourply.toml"), text).unwrap();
}

#[test]
#[ignore = "needs real pnpm, a Debian archive and an npm registry"]
fn scripts_run_in_the_base_with_its_toolchain() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("project");
    std::fs::create_dir(&root).unwrap();
    // No earlier run of this test made the same.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    with_package(&root, &SCRIPTS.replace("echo headers", &format!("true {now} && echo headers")));
    std::fs::write(root.join("main.js"), "").unwrap();
    configure(&root, "[\"make\"]");
    let image = dir.path().join("image");
    let output = format!("type=oci,dest={}", image.display());
    let build = |args: &[&str]| fourply(&root, &[&["build", ".", "-o", &output], args].concat());
    let first = digest(&mut build(&[]));
    let read = format!(
        "for blob in {}/blobs/sha256/*; do tar -xzOf $blob --wildcards '*/native/seen' 2> /dev/null; done; true",
        image.display()
    );
    let seen = tool("sh", &["-c", &read]);
    let expected = "no compiler\n/usr/local/bin/node\nheaders\nnode\nbookworm\n";
    assert!(seen.starts_with("GNU Make ") && seen.ends_with(expected), "{seen}");

    // What was made in the root is not taken for what this machine makes.
    let rooted = std::fs::read_to_string(root.join("fourply.toml")).unwrap();
    std::fs::write(root.join("fourply.toml"), CONFIG).unwrap();
    let on_machine = fourply(&root, &["tree", ".", "--node", "20.20.2"]).output().unwrap();
    let told = String::from_utf8_lossy(&on_machine.stderr).into_owned();
    assert!(told.contains("native@file:native.tgz: install: make --version"), "{told}");
    std::fs::write(root.join("fourply.toml"), rooted).unwrap();

    said(&mut fourply(&root, &["lock"]));
    let lock = std::fs::read_to_string(root.join("fourply.lock")).unwrap();
    assert!(lock.contains("[platform.\"linux/amd64\".toolchain.deb.make]\nversion = "), "{lock}");
    assert!(lock.contains("[platform.\"linux/amd64\".toolchain.deb.dash]\nversion = "), "{lock}");
    assert_eq!(digest(&mut build(&["--locked", "--offline"])), first);
    configure(&root, "[\"make\", \"file\"]");
    let text = error(&mut build(&["--locked"]), 1);
    assert!(text.contains("toolchain file is not locked"), "{text}");
    std::fs::remove_file(root.join("fourply.lock")).unwrap();

    configure(&root, "[\"no-such-package\"]");
    let text = error(&mut build(&[]), 1);
    assert!(text.contains("no-such-package"), "{text}");
    let with_off = CONFIG.replace("[build]\n", "[build]\ntoolchain = [\"make\"]\nsandbox = \"off\"\n");
    std::fs::write(root.join("fourply.toml"), with_off).unwrap();
    let text = error(&mut build(&[]), 1);
    assert!(text.contains("a root file system of their own"), "{text}");
}
