use super::*;

fn names(text: &str) -> Vec<String> {
    loads(text.as_bytes()).into_iter().map(|load| load.specifier).collect()
}

#[test]
fn what_is_loaded_in_any_case() {
    for (text, expected) in [
        ("const a = require('a')", &["a"][..]),
        ("const a = require('a')\nconst b = require(\"b/c\")\nfoo()", &["a", "b/c"]),
        ("'use strict';\nvar a = require('a'), b = require('b');", &["a", "b"]),
        ("\"use strict\";\nconst x_1 = __importDefault(require(\"x\"));", &["x"]),
        ("const { a, b: { c } } = require('a').d;", &["a"]),
        ("require('dotenv').config();\nrequire('a')", &["dotenv", "a"]),
        ("export const a = require('a')", &["a"]),
        ("require('dotenv').config();require('a');", &["dotenv", "a"]),
        ("exports.a = require('a');module.exports = require('b');", &["a", "b"]),
        (
            "import 'a'\nimport b from 'b'\nimport * as c from \"c\"\nimport d, { e as f } from 'd'",
            &["a", "b", "c", "d"],
        ),
        ("import{a}from'a';import b,*as c from'b';", &["a", "b"]),
        ("export * from 'a'; export { b as default } from 'b'; export * as c from 'c'", &["a", "b", "c"]),
        ("import x from './x.json' with { type: 'json' }", &["./x.json"]),
        ("import type from 'a'", &["a"]),
        ("import fs = require('fs-extra')", &["fs-extra"]),
        ("function f() { return 1 }\nconst a = require('a')", &["a"]),
        ("async function f() {}\nrequire('a')", &["a"]),
        ("const a = await foo(require('a'))", &["a"]),
        ("const a = (await import('a')).default; const { b } = await import('b');", &["a", "b"]),
        ("await import('a'); export const c = await import('c')", &["a", "c"]),
        (
            "import { createRequire } from 'node:module'; const rq = createRequire(import.meta.url); rq('a');",
            &["node:module", "a"],
        ),
        (
            "import { createRequire as make } from 'module'\nconst load = make(import.meta.filename)\nconst a = load('a')",
            &["module", "a"],
        ),
        (
            "import m from 'module'; const rq = m.createRequire(import.meta.url); const { b } = rq('a');",
            &["module", "a"],
        ),
        (
            "const module_1 = require('m');const rq = (0, module_1.createRequire)(__filename);exports.a = rq('a');",
            &["m", "a"],
        ),
        ("const { createRequire: c } = require('m'); const a = c(__filename)('a');", &["m", "a"]),
        ("const load = require;\nconst a = load('a')", &["a"]),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

#[test]
fn what_may_not_be_loaded() {
    for text in [
        "try { require('a') } catch {}",
        "function f() { require('a') }",
        "if (x) require('a')",
        "if (x) {} else require('a')",
        "if (x)\nvar a = require('a')",
        "x && require('a')",
        "const a = x ? require('a') : require('b')",
        "const a = x || require('a')",
        "const a = x ?? require('a')",
        "const a = () => require('a')",
        "const a = function () { return require('a') }",
        "class A { static b = require('a') }",
        "const a = typeof require === 'undefined' ? null : require('a')",
        "import('a')",
        "const a = await import('a').catch(() => null)",
        "const a = x ? await import('a') : null",
        "function f() { return await import('a') }",
        "function require() {} require('a')",
        "var require = x; require('a')",
        "require = (a => a); require('a')",
        "const a = import('a')",
        "import.meta.resolve('a')",
        "import type { A } from 'a'",
        "import type A from 'a'",
        "export type { A } from 'a'",
        "export const from = 'a'",
        "export default 'a'",
        "require.resolve('a')",
        "x.require('a')",
        "require(a)",
        "// require('a')\n/* import 'a' */ const b = \"import 'a'\"",
        "`\nimport 'a'\n`",
        "(() => { var m = { 1: e => { e.exports = require('a') } } })()",
        "const a = require('a'); '",
        "for (;;) require('a')",
        "const o = { m() { return require('a') } }",
        "export default function () { require('a') }",
        "const x = 1 || 2, a = require('a')",
        "const rq = createRequire('/elsewhere/'); rq('a')",
        "const rq = createRequire(import.meta.url); if (x) rq('a')",
        "const a = x(import.meta.url)('a')",
    ] {
        assert!(names(text).is_empty(), "{text}: {:?}", names(text));
    }
}

#[test]
fn all_names_are_mentioned_wherever_they_stand() {
    let text =
        "import 'a'; if (x) { require('b') } const c = () => import('c'); export * from 'd'; // require('e')
        const rq = createRequire(import.meta.url); function f() { rq('g') }";
    assert_eq!(mentioned(text.as_bytes()), ["a", "b", "c", "d", "g"]);
}

#[test]
fn names_that_may_be_types() {
    let types = |text: &str| loads(text.as_bytes()).first().map(|load| load.perhaps_types);
    assert_eq!(types("import { A } from 'a'"), Some(true));
    assert_eq!(types("import A from 'a'"), Some(true));
    assert_eq!(types("import 'a'"), Some(false));
    assert_eq!(types("export * from 'a'"), Some(false));
    assert_eq!(types("const a = require('a')"), Some(false));
}
