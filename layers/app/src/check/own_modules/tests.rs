use super::super::testing::Bed;
use super::*;

fn found(files: &[(&str, &str)], started: &str) -> Vec<(String, String, bool)> {
    let bed = Bed::new(files);
    let names = ["express", "next", "@erp/kernel"].map(str::to_owned);
    let findings = missing(&bed.tree(), &bed.outputs, &names, &BTreeSet::from([started.to_owned()]));
    let plain = |finding| match finding {
        Finding::LeftOut { name, user, starts } => (name, user, starts),
        other => panic!("{other}"),
    };
    findings.into_iter().map(plain).collect()
}

#[test]
fn what_the_program_loads_has_to_be_in_a_node_modules_above_it() {
    let server = "apps/web/.next/standalone/apps/web/server.js";
    let text = "const next = require('next/dist/server'); require(\"@erp/kernel\");\n// require('express')\n";
    let next = ("apps/web/.next/standalone/node_modules/next/package.json", "{}");
    let kernel = ("apps/web/.next/standalone/apps/web/node_modules/@erp/kernel/package.json", "{}");
    let started = format!("/app/{server}");
    assert_eq!(found(&[(server, text), next, kernel], &started), []);
    let expected = [("@erp/kernel".to_owned(), server.to_owned(), true)];
    assert_eq!(found(&[(server, text), next], &started), expected);
}

#[test]
fn other_code_may_be_code_that_nobody_loads() {
    let files = [
        ("services/a/dist/a.test.js", "require('express')"),
        (
            "services/a/dist/main.js",
            "const rq = createRequire(import.meta.url); function f() { rq('express') }",
        ),
        ("services/a/dist/browser.js", "x={name:\"next\",other:`@erp/kernel`}"),
        ("services/a/dist/node_modules/x/index.js", "require('next')"),
    ];
    let found = found(&files, "/app/services/a/dist/main.js");
    assert_eq!(found, [("express".to_owned(), "services/a/dist/main.js".to_owned(), true)]);
    let found = self::found(&files, "/app/services/a/other.js");
    assert_eq!(found, [("express".to_owned(), "services/a/dist/a.test.js".to_owned(), false)]);
}
