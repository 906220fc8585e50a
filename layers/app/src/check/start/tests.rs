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
        plain: !compiles,
        aliases: Aliases::of(&tree, "/app/services/a").filter(|_| compiles),
        node: Some(&"22.23.3".parse().unwrap()),
        strips: !compiles,
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
    let expected = [
        "services/a/src/main.ts loads ./a.js when it starts, and node wants the whole name there: ./a.ts",
        "services/a/src/main.ts loads ./types when it starts, and the image has no such file",
    ];
    assert_eq!(found(&Bed::new(&sources), false), expected);
}

/// The findings for main.js with these other files, in a workspace with `shared/kernel`.
fn lacks(files: &[(&str, &str)]) -> Vec<String> {
    let mut bed = Bed::new(files);
    let link = fourply_modules::InstalledNode::Link("../../../../shared/kernel".to_owned());
    bed.node("services/a/node_modules/@erp/kernel", link);
    found(&bed, false)
}

#[test]
fn import_adds_nothing_to_a_path() {
    let manifest = ("services/a/package.json", r#"{"type": "module"}"#);
    let of = |text: &str, more: &[(&str, &str)]| lacks(&[&[(MAIN, text), manifest], more].concat());
    let x = [("services/a/dist/lib/x.js", ""), ("services/a/dist/lib/index.js", "")];
    let wants = |path: &str, whole: &str| {
        vec![format!("{MAIN} loads {path} when it starts, and node wants the whole name there: {whole}")]
    };
    assert_eq!(of("import {x} from './lib/x'", &x), wants("./lib/x", "./lib/x.js"));
    assert_eq!(of("export * from './lib'", &x), wants("./lib", "./lib/index.js"));
    assert_eq!(of("import './lib/'", &x), wants("./lib/", "./lib/index.js"));
    for text in [
        "import './lib/x.js'",
        "import './lib/x.js?v=1'",
        "import { createRequire } from 'module'; const r = createRequire(import.meta.url); r('./lib/x'); r('./lib')",
        "if (a) { await import('./lib/x') }",
        "import 'tsx/esm'; import './lib/x'",
    ] {
        assert_eq!(
            lacks(&[&[(MAIN, text), manifest], &x[..]].concat())
                .iter()
                .filter(|it| it.contains("wants"))
                .count(),
            0,
            "{text}"
        );
    }
    assert_eq!(of("await import('./lib/x')", &x), wants("./lib/x", "./lib/x.js"));
    let modules = [
        ("services/a/dist/y.mjs", ""),
        ("services/a/dist/z/package.json", r#"{"main": "a.js"}"#),
        ("services/a/dist/z/a.js", ""),
    ];
    assert_eq!(of("require('./y')", &modules), wants("./y", "./y.mjs"));
    assert_eq!(of("require('./z'); require('./z/')", &modules), [""; 0]);
}

#[test]
fn packages_offer_what_the_form_of_loading_asks_for() {
    let of = |text: &str, exports: &str| {
        let manifest = format!(r#"{{"name": "@erp/kernel", "exports": {exports}}}"#);
        lacks(&[(MAIN, text), ("shared/kernel/package.json", &manifest), ("shared/kernel/dist/i.js", "")])
    };
    let by = |form: &str, other: &str| {
        vec![format!(
            "{MAIN} loads @erp/kernel by {form}, which the \"exports\" of shared/kernel offer to {other} alone"
        )]
    };
    let (import, require) = ("import k from '@erp/kernel'", "require('@erp/kernel')");
    assert_eq!(of(require, r#"{".": {"import": "./dist/i.js"}}"#), by("require", "import"));
    assert_eq!(of(import, r#"{".": {"require": "./dist/i.js"}}"#), by("import", "require"));
    let absent = |name: &str, path: &str| {
        vec![format!("{MAIN} loads {name}, and the image does not have {path} of shared/kernel")]
    };
    let both = r#"{".": {"node": {"import": "./dist/i.mjs", "require": "./dist/i.js"}}}"#;
    assert_eq!(of(import, both), absent("@erp/kernel", "dist/i.mjs"));
    assert_eq!(of(require, both), [""; 0]);
    assert_eq!(
        of("require('@erp/kernel/c')", r#"{"./*": "./dist/*.js"}"#),
        absent("@erp/kernel/c", "dist/c.js")
    );
    assert_eq!(of("require('@erp/kernel/i')", r#"{"./*": "./dist/*.js"}"#), [""; 0]);
    assert_eq!(of(import, r#"{"types": "./dist/i.d.ts", "default": "./dist/i.js"}"#), [""; 0]);
    let stars = r#"{"./*": "./dist/*.js", "./*.js": "./dist/*.js"}"#;
    assert_eq!(of("require('@erp/kernel/i.js'); require('@erp/kernel/i')", stars), [""; 0]);
    // Without `exports`.
    assert_eq!(of("require('@erp/kernel/dist/t')", "null"), absent("@erp/kernel/dist/t", "dist/t"));
    assert_eq!(of("require('@erp/kernel/dist/i')", "null"), [""; 0]);
    assert_eq!(
        of("require('@erp/kernel/dist/'); require('@erp/kernel/')", r#"null, "main": "dist/i.js""#).len(),
        1
    );
    let whole = [format!(
        "{MAIN} loads @erp/kernel/dist/i when it starts, and node wants the whole name there: @erp/kernel/dist/i.js"
    )];
    assert_eq!(of("import '@erp/kernel/dist/i'", "null"), whole);
}

#[test]
fn the_innermost_node_modules_comes_first() {
    let closed = r#"{"exports": {"./a": "./a.js"}}"#;
    let files = [
        (MAIN, "require('@erp/kernel/b')"),
        ("shared/kernel/package.json", closed),
        ("services/a/dist/node_modules/@erp/kernel/b.js", ""),
    ];
    assert_eq!(lacks(&files), [""; 0]);
}

#[test]
fn names_that_lead_nowhere_are_told() {
    let of = |text: &str, manifest: &str| lacks(&[(MAIN, text), ("services/a/package.json", manifest)]);
    let own = r#"{"name": "a", "exports": {"./x": "./lib/x.js", "./main": "./dist/main.js"}}"#;
    assert_eq!(
        of("require('a/x')", own),
        [format!("{MAIN} loads a/x, and the image does not have lib/x.js of services/a")]
    );
    assert_eq!(of("require('a/main')", own), [""; 0]);
    assert_eq!(
        of("require('a/x')", r#"{"name": "a"}"#),
        [format!("{MAIN} loads a/x of its own package services/a, whose package.json has no \"exports\"")]
    );
    assert_eq!(
        of("require('@/x')", "{}"),
        [format!("{MAIN} loads @/x when it starts, an alias that node does not know")]
    );
    assert_eq!(
        of("require('node:foo')", "{}"),
        [format!("{MAIN} loads node:foo when it starts, and node 22.23.3 has no such module")]
    );
    assert_eq!(of("require('node:test'); import 'node:sqlite'; require('_stream_wrap')", "{}"), [""; 0]);
    for text in [
        "function require(x) {} require('left-pad')",
        "var require = load(); require('left-pad')",
        "const a = await import('left-pad').catch(() => null)",
        "const f = async () => await import('left-pad')",
        "const t = __webpack_require__('left-pad')",
    ] {
        assert_eq!(of(text, "{}"), [""; 0], "{text}");
    }
    assert_eq!(of("const m = (await import('left-pad')).default; const require = createRequire(import.meta.url); require('x')", "{}").len(), 2);
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
        ("shared/kernel/dist/index.js", "require('lodash')"),
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
