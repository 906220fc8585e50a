use super::*;

fn found(text: &str) -> Vec<String> {
    loaded_later(text.as_bytes())
}

#[test]
fn names_in_functions_are_found() {
    assert_eq!(found("export async function f() { const _ = await import('lodash'); return _ }"), ["lodash"]);
    assert_eq!(
        found("app.get('/', async () => { const { a } = await import('@x/y/z'); return a })"),
        ["@x/y/z"]
    );
    assert_eq!(
        found("app.get('/', async () => (await import('lodash')).default.upperCase('x'))"),
        ["lodash"]
    );
    assert_eq!(found("class A { f(b) { if (b) { return require('lodash/fp') } } }"), ["lodash/fp"]);
}

#[test]
fn what_may_be_absent_is_spared() {
    for text in [
        "import 'lodash'; const x = require('lodash')",
        "function f() { try { return require('x') } catch { return require('y') } }",
        "async function f() { return import('x').catch(() => null) }",
        "function f() { return require.resolve('x') }",
        "function f() { return a.require('x') }",
        "async function f() { const a = await import('./a.js'); const b = await import('node:fs') }",
        "async function f() { if (process.env.NODE_ENV !== 'production') { await import('x') } else { await import('y') } }",
        "async function f() { if (isProd) return; await import('x') }",
        "async function startDev() { await import('x') }",
        "async function f() { return dev ? await import('x') : null }",
        "async function f(p) { if (!p) { await import('vite') } }",
        "if (process.env.DEBUG) { require('x') }",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}
