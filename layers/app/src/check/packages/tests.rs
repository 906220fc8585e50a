#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use super::super::testing::Bed;
use super::*;

const MAIN: &str = "services/a/dist/main.js";

fn closure(name: &str) -> Closure {
    let kernel = Dependency::Link(ImporterId::new("shared/kernel").unwrap());
    Closure {
        importers: Vec::new(),
        others: BTreeSet::new(),
        unlinked: BTreeMap::new(),
        include: fourply_pnpm::Include::Production,
        direct: BTreeMap::from([(ImporterId::new("services/a").unwrap(), vec![(name.to_owned(), kernel)])]),
        packages: BTreeMap::new(),
        skipped: BTreeMap::new(),
        mismatched: BTreeMap::new(),
    }
}

/// The findings for `shared/kernel` with this package.json and these output files.
fn findings(manifest: &str, files: &[(&str, &str)], node: (bool, bool)) -> Vec<String> {
    let mut all = vec![("shared/kernel/package.json", manifest)];
    all.extend(files);
    let bed = Bed::new(&all);
    let (tree, production) = (bed.tree(), closure("@erp/kernel"));
    let packages = Packages {
        tree: &tree,
        production: &production,
        workspace: &[
            (ImporterId::new("shared/kernel").unwrap(), "@erp/kernel".to_owned()),
            (ImporterId::new("shared/jobs").unwrap(), "@erp/jobs".to_owned()),
        ],
        outputs: &bed.outputs,
        conditions: &[],
        typescript: node,
        node: Some("20.20.2".to_owned()),
    };
    packages.findings().iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_loaded_has_to_be_there() {
    let main = r#"{"main": "dist/index.js", "types": "dist/index.d.ts"}"#;
    let loads = (MAIN, "const kernel_1 = require(\"@erp/kernel\");");
    let expected = "services/a/dist/main.js loads @erp/kernel, and the image does not have dist/index.js of shared/kernel";
    assert_eq!(findings(main, &[loads], (false, false)), [expected]);
    assert_eq!(findings(main, &[loads, ("shared/kernel/dist/index.js", "")], (false, false)), [""; 0]);
    // The package's index replaces a missing main.
    assert_eq!(findings(main, &[loads, ("shared/kernel/index.js", "")], (false, false)), [""; 0]);
    let exports = r#"{"exports": {".": {"import": "./dist/index.mjs", "require": "./dist/index.js"}, "./testing": "./dist/testing.js", "./unused": "./dist/unused.js"}}"#;
    let testing = (MAIN, "import { x } from '@erp/kernel/testing';\nimport y from '@erp/kernel'");
    let found = findings(exports, &[testing, ("shared/kernel/dist/index.mjs", "")], (false, false));
    assert!(
        matches!(found.as_slice(), [one] if one.contains("loads @erp/kernel/testing, and the image does not have dist/testing.js")),
        "{found:?}"
    );
}

#[test]
fn what_no_code_loads_may_be_absent() {
    let main = r#"{"main": "dist/index.js"}"#;
    for code in ["require('@erp/kernels')", "// from '@erp/kernel'", "/**\n * from '@erp/kernel'\n */"] {
        assert_eq!(findings(main, &[(MAIN, code)], (false, false)), [""; 0], "{code}");
    }
    let types = ("services/a/src/main.ts", "import type { A } from '@erp/kernel';\nimport { b } from './b';");
    assert_eq!(findings(main, &[types], (true, false)), [""; 0]);
    let values =
        ("services/a/src/main.ts", "import type { A } from './a';\nimport { b } from '@erp/kernel';");
    assert_eq!(findings(main, &[values], (true, false)).len(), 1);
    let declared = ("services/a/dist/main.d.ts", "import { A } from '@erp/kernel';");
    assert_eq!(findings(main, &[declared], (false, false)), [""; 0]);
    let alone = r#"{"types": "index.d.ts"}"#;
    assert_eq!(findings(alone, &[(MAIN, "require('@erp/kernel')")], (false, false)), [""; 0]);
    let own = ("shared/kernel/dist/x.js", "require('@erp/kernel')");
    assert_eq!(findings(main, &[own], (false, false)), [""; 0]);
}

#[test]
fn sources_run_where_node_runs_typescript() {
    let manifest = r#"{"exports": {"types": "./src/index.ts", "default": "./src/index.ts"}}"#;
    let files = [(MAIN, "import k from '@erp/kernel'"), ("shared/kernel/src/index.ts", "")];
    let expected = "services/a/dist/main.js loads @erp/kernel, which is src/index.ts of shared/kernel, and node 20.20.2 does not run TypeScript there";
    assert_eq!(findings(manifest, &files, (false, false)), [expected]);
    assert_eq!(findings(manifest, &files, (true, false)), [""; 0]);
    let compiled = r#"{"exports": {"require": "./src/index.ts", "import": "./dist/index.js"}}"#;
    let both = [files[0], files[1], ("shared/kernel/dist/index.js", "")];
    assert_eq!(findings(compiled, &both, (false, false)), [""; 0]);
}

#[test]
fn what_only_development_depends_on_is_named() {
    let types = r#"{"types": "index.d.ts"}"#;
    let expected = "services/a/dist/main.js loads @erp/jobs, and the image does not have shared/jobs: no \"dependencies\" lead to it";
    let loads = (MAIN, "const jobs_1 = require(\"@erp/jobs\");");
    assert_eq!(findings(types, &[loads], (false, false)), [expected]);
    assert_eq!(findings(types, &[(MAIN, "// require(\"@erp/jobs\")")], (false, false)), [""; 0]);
}
