#![allow(clippy::unwrap_used)]

use super::super::testing::Bed;
use super::*;

const MAIN: &str = "services/a/dist/main.js";

fn found(bed: &Bed, compiles: bool) -> Vec<String> {
    let workspace = [("services/a", "a"), ("shared/kernel", "@erp/kernel"), ("shared/jobs", "@erp/jobs")];
    let workspace = workspace.map(|(folder, name)| (ImporterId::new(folder).unwrap(), name.to_owned()));
    let tree = bed.tree();
    let code = StartedCode {
        tree: &tree,
        workspace: &workspace,
        conditions: &[],
        compiles,
        plain: true,
        node_path: vec!["/app/extra"],
    };
    let mut files = vec![format!("/app/{MAIN}"), "/app/services/a/src/main.ts".to_owned()];
    files.retain(|file| tree.is_file(file));
    code.missing(&files).iter().map(ToString::to_string).collect()
}

fn of(text: &str) -> Vec<String> {
    let bed = Bed::new(&[(MAIN, text), ("services/a/dist/b.js", ""), ("services/a/package.json", "{}")]);
    found(&bed.package("pino", "services/a", &[("index.js", "require('absent')")]), false)
}

#[test]
fn packages_that_are_not_installed_are_told_with_the_file_that_loads_them() {
    let text = "const pino = require('pino'); const h = require('helmet'); require('@x/y/z'); require('node:fs'); require('fs/promises');";
    let expected = [
        "services/a/dist/main.js loads @x/y when it starts, which is in no node_modules of the image",
        "services/a/dist/main.js loads helmet when it starts, which is in no node_modules of the image",
    ];
    assert_eq!(of(text), expected);
    let jobs = [
        "services/a/dist/main.js loads @erp/jobs, and the image does not have shared/jobs: no \"dependencies\" lead to it",
    ];
    assert_eq!(of("require('@erp/jobs')"), jobs);
    for text in ["try { require('helmet') } catch {}", "if (dev) require('helmet')", "require('#x')"] {
        assert_eq!(of(text), [""; 0], "{text}");
    }
}

#[test]
fn files_are_completed_as_node_and_compilers_do() {
    for text in
        ["require('./b')", "import './b.js'", "require('../package')", "require('..')", "require('./c.js?x')"]
    {
        let expected: &[&str] = match text.contains("'..'") || text.contains("c.js") {
            true => &["one"],
            false => &[],
        };
        assert_eq!(of(text).len(), expected.len(), "{text}: {:?}", of(text));
    }
    let missing = of("require('./gen/client')");
    assert_eq!(
        missing,
        ["services/a/dist/main.js loads ./gen/client when it starts, and the image has no such file"]
    );
    let sources = [
        ("services/a/src/main.ts", "import { a } from './a.js'\nimport { b } from './types'"),
        ("services/a/src/a.ts", ""),
    ];
    assert_eq!(found(&Bed::new(&sources), true), [""; 0]);
    assert_eq!(found(&Bed::new(&sources), false).len(), 1);
}

#[test]
fn what_is_loaded_is_followed_but_for_packages_of_registries() {
    let kernel = r#"{"exports": {".": "./dist/index.js", "./x/*": "./dist/x/*.js"}}"#;
    let files = [
        (
            MAIN,
            "require('./b'); require('@erp/kernel'); require('@erp/kernel/x/y'); require('@erp/kernel/closed')",
        ),
        ("services/a/dist/b.js", "require('./main'); require('helmet')"),
        ("services/a/dist/test.js", "require('vitest')"),
        ("shared/kernel/package.json", kernel),
        ("shared/kernel/dist/index.js", "import 'lodash'"),
        ("shared/kernel/dist/x/y.js", "require('got')"),
        ("extra/lodash/package.json", "{}"),
    ];
    let mut bed = Bed::new(&files);
    let link = fourply_modules::InstalledNode::Link("../../../../shared/kernel".to_owned());
    bed.node("services/a/node_modules/@erp/kernel", link);
    let expected = [
        "services/a/dist/b.js loads helmet when it starts, which is in no node_modules of the image",
        "services/a/dist/main.js loads @erp/kernel/closed, which the \"exports\" of shared/kernel do not offer",
        "shared/kernel/dist/x/y.js loads got when it starts, which is in no node_modules of the image",
    ];
    assert_eq!(found(&bed, false), expected);
}

#[test]
fn own_names_lead_to_files() {
    let manifest =
        r##"{"imports": {"#c": "./config/x.json", "#l/*": {"import": "./dist/l/*"}, "#p": "lodash"}}"##;
    let text = "import '#c'; import '#l/a.js'; import '#l/b.js'; import '#p'; import '#none';";
    let files = [(MAIN, text), ("services/a/package.json", manifest), ("services/a/dist/l/a.js", "")];
    let missing =
        |path: &str| format!("{MAIN} loads services/a/{path} when it starts, and the image has no such file");
    assert_eq!(found(&Bed::new(&files), false), [missing("config/x.json"), missing("dist/l/b.js")]);
}
