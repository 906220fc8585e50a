//! Code that may change how names are resolved. In: the text of a file, names of preloaded modules. Out: whether names
//! may be resolved differently from then on.

use fourply_scripts::written::find;

use super::loads::mentioned;

/// Internals of Node.js that name-resolving code replaces.
const MACHINERY: [&[u8]; 9] = [
    b"_resolveFilename",
    b"._load",
    b"registerHooks",
    b"_nodeModulePaths",
    b"_initPaths",
    b"._extensions",
    b"require.extensions",
    b"module.paths",
    b"NODE_PATH",
];
/// Packages that resolve names or compile loaded code.
const PACKAGES: [&str; 14] = [
    "module-alias",
    "app-module-path",
    "tsconfig-paths",
    "ts-node",
    "tsx",
    "@swc-node/",
    "@swc/register",
    "@babel/register",
    "esbuild-register",
    "@esbuild-kit/",
    "sucrase",
    "pirates",
    "jiti",
    "vite-node",
];
/// Packages that are preloaded without changing name resolution: they add variables or observe loading.
const HARMLESS: [&str; 11] = [
    "dotenv",
    "dotenv-expand",
    "dotenv-flow",
    "reflect-metadata",
    "source-map-support",
    "newrelic",
    "dd-trace",
    "elastic-apm-node",
    "@sentry/",
    "@opentelemetry/",
    "core-js",
];

/// Whether code may change how names are resolved from then on.
pub(super) fn changes_names(text: &[u8]) -> bool {
    let has = |word: &[u8]| find(text, word).is_some();
    let of_module = [&b"'module'"[..], b"\"module\"", b"node:module"].iter().any(|name| has(name));
    if MACHINERY.iter().any(|word| has(word)) || (has(b"register") && of_module) {
        return true;
    }
    let may = has(b"/register") || PACKAGES.iter().any(|name| has(name.as_bytes()));
    may && mentioned(text)
        .iter()
        .any(|name| name.ends_with("/register") && !is_of(name, &HARMLESS) || is_of(name, &PACKAGES))
}

/// Whether a preloaded module may do so. Workspace files are checked by their own text.
pub(super) fn may_change_names(module: &str) -> bool {
    !is_path(module) && !is_of(module, &HARMLESS)
}

/// Whether a module is a file path.
pub(super) fn is_path(module: &str) -> bool {
    module.starts_with('.') || module.starts_with('/')
}

fn is_of(module: &str, packages: &[&str]) -> bool {
    packages.iter().any(|name| {
        module
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || name.ends_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_resolves_names_is_told_from_words_like_it() {
        for text in [
            "require('tsconfig-paths/register')",
            "import '@swc-node/register/esm-register'",
            "require('ts-node').register()",
            "import { register } from 'node:module'; register('./hook.mjs', import.meta.url)",
            "const load = Module._load",
        ] {
            assert!(changes_names(text.as_bytes()), "{text}");
        }
        for text in [
            "app.post('/auth/register', f)",
            "require('source-map-support/register')",
            "app.register(plugin); // tsx, ts-node",
            "require('./a.module'); X.register()",
            "require('@babel/runtime/helpers/x')",
            "import { createRequire } from 'node:module'",
        ] {
            assert!(!changes_names(text.as_bytes()), "{text}");
        }
        assert!(
            may_change_names("tsx")
                && may_change_names("tsconfig-paths/register")
                && may_change_names("data:x")
        );
        assert!(
            !may_change_names("dotenv/config")
                && !may_change_names("./a.cjs")
                && !may_change_names("@sentry/node/preload")
        );
    }
}
