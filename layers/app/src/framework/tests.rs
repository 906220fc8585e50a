#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::{id, write};

/// The framework recognised for apps/web with these files.
fn found(package: &str, files: &[(&str, &str)]) -> Option<Framework> {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("package.json", "{}"),
            ("pnpm-workspace.yaml", "packages: ['apps/*']\n"),
            ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  apps/web: {}\n"),
            ("apps/web/package.json", package),
        ],
    );
    let files: Vec<_> = files.iter().map(|(path, text)| (format!("apps/web/{path}"), *text)).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    write(folder.path(), &files);
    framework(&Workspace::read(folder.path(), None).unwrap(), &id("apps/web"), "build", &BTreeMap::new())
}

fn package(dependency: &str, build: &str, start: &str) -> String {
    let start = if start.is_empty() { String::new() } else { format!(r#", "start": "{start}""#) };
    format!(r#"{{"dependencies": {{"{dependency}": "1.0.0"}}, "scripts": {{"build": "{build}"{start}}}}}"#)
}

fn cmd(package: &str, files: &[(&str, &str)]) -> String {
    found(package, files).map(|found| found.cmd.join(" ")).unwrap_or_default()
}

/// The key that prevents a server in the usual location.
fn decided_by(package: &str, files: &[(&str, &str)]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[("package.json", package), ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .: {}\n")],
    );
    write(folder.path(), files);
    let found = framework_elsewhere(&Workspace::read(folder.path(), None).unwrap(), &id("."), "build");
    found.map(|(name, key)| format!("{name}: {}", key.split(": @").next().unwrap()))
}

#[test]
fn a_framework_that_makes_no_server_in_the_usual_place_is_told_by_its_key() {
    let web = |build: &str| package("x", build, "");
    for (build, file, text, key) in [
        (
            "next build",
            "next.config.js",
            "export default { distDir: 'build' }",
            "Next.js: `distDir` in next.config.js",
        ),
        (
            "next build",
            "next.config.ts",
            "export default { output: 'export' }",
            "Next.js: `output: \"export\"`, which makes no server, in next.config.ts",
        ),
        (
            "vite build",
            "svelte.config.js",
            "import adapter from '@sveltejs/adapter-static'",
            "SvelteKit: `adapter` in svelte.config.js",
        ),
        ("astro build", "astro.config.mjs", "export default {}", "Astro: `adapter` in astro.config.mjs"),
        (
            "nuxt build",
            "nuxt.config.ts",
            "export default { nitro: { preset: 'vercel' } }",
            "Nuxt: `preset: \"vercel\"` of Nitro in nuxt.config.ts: node_server makes a server for node",
        ),
    ] {
        assert_eq!(decided_by(&web(build), &[(file, text)]).as_deref(), Some(key));
    }
    assert!(decided_by(&web("nuxt generate"), &[]).is_some());
    for (build, file, text) in [
        ("tsc", "next.config.js", "distDir"),
        ("vite build", "svelte.config.js", "import adapter from '@sveltejs/adapter-node'"),
        ("vite build", "vite.config.ts", "export default {}"),
        ("next build", "next.config.js", "export default {}"),
    ] {
        assert_eq!(decided_by(&web(build), &[(file, text)]), None);
    }
}

const STANDALONE: (&str, &str) = (
    "next.config.ts",
    "// output: 'export'\nexport default { /* x */\n  output : 'standalone',\n  url: 'https://x' }\n",
);

#[test]
fn next_standalone_has_its_own_packages_and_its_files_beside_the_server() {
    let web = package("next", "prisma generate && next build", "next start");
    let found = found(&web, &[STANDALONE, ("public/logo.svg", "")]).unwrap();
    assert_eq!((found.name, found.modules), ("Next.js, standalone", false));
    assert_eq!(found.because, "output: \"standalone\" in next.config.ts");
    assert_eq!(found.decided_by, "`output` and `outputFileTracingRoot` in next.config.ts");
    assert_eq!(found.outputs, [".next/standalone"]);
    let files: Vec<_> =
        found.files.iter().map(|files| (files.from.as_str(), files.to.clone().unwrap())).collect();
    let beside = |name: &str| format!(".next/standalone/apps/web/{name}");
    assert_eq!(files, [(".next/static", beside(".next/static")), ("public", beside("public"))]);
    assert_eq!(found.cmd, ["node", ".next/standalone/apps/web/server.js"]);
}

#[test]
fn next_without_standalone_is_started_by_next() {
    let found = found(
        &package("next", "next build --turbo", "next start -p 4000 -H 0.0.0.0"),
        &[("next.config.mjs", "export default {}")],
    );
    let found = found.unwrap();
    assert_eq!(found.cmd.join(" "), "node node_modules/next/dist/bin/next start -H 0.0.0.0");
    // The port is left to PORT, which may be changed later.
    assert_eq!(found.beside.words.join(" "), "next start -p 4000 -H 0.0.0.0");
    assert_eq!(found.outputs, [".next", "!.next/cache", "!.next/trace"]);
    assert_eq!(found.files[0].from, "next.config.mjs");
    assert!(found.modules);
}

#[test]
fn another_form_of_output_or_a_server_of_its_own_is_not_recognised() {
    let next = |start: &str, config: &str| {
        found(&package("next", "next build", start), &[("next.config.js", config)])
    };
    assert_eq!(next("", "module.exports = { output: 'export' }"), None);
    assert_eq!(next("", "module.exports = { distDir: out() }"), None);
    assert_eq!(next("node dist/main.js", "module.exports = {}"), None);
    // The name alone proves nothing.
    assert_eq!(found(&package("next", "tsc", ""), &[STANDALONE]), None);
    assert_eq!(found(&package("express", "next build", ""), &[STANDALONE]), None);
    assert_eq!(found(&package("nuxt", "nuxt generate", ""), &[]), None);
    let static_site = [("nuxt.config.ts", "export default { nitro: { preset: 'vercel' } }")];
    assert_eq!(found(&package("nuxt", "nuxt build", ""), &static_site), None);
    assert_eq!(
        found(
            &package("@astrojs/node", "astro build", ""),
            &[("astro.config.mjs", "node({ mode: 'middleware' })")]
        ),
        None
    );
}

#[test]
fn servers_of_nitro_and_others_lie_where_their_documentation_says() {
    let output = "node .output/server/index.mjs";
    assert_eq!(cmd(&package("nuxt", "nuxt build", "node .output/server/index.mjs"), &[]), output);
    assert_eq!(cmd(&package("nitropack", "nitropack build", ""), &[]), output);
    let vite = [("vite.config.ts", "import { nitro } from 'nitro/vite'")];
    assert_eq!(cmd(&package("nitro", "vite build && tsc --noEmit", output), &vite), output);
    assert_eq!(cmd(&package("nitro", "vite build", ""), &[("vite.config.ts", "export default {}")]), "");
    let svelte = [("svelte.config.js", "kit: { adapter: adapter({ out: 'server' }) }")];
    assert_eq!(cmd(&package("@sveltejs/adapter-node", "vite build", ""), &svelte), "node server/index.js");
    let astro = [("astro.config.mjs", "adapter: node({ mode: 'standalone' })")];
    assert_eq!(cmd(&package("@astrojs/node", "astro build", ""), &astro), "node dist/server/entry.mjs");
    assert_eq!(
        cmd(
            &package(
                "@react-router/serve",
                "react-router build",
                "react-router-serve ./build/server/index.js"
            ),
            &[]
        ),
        "node node_modules/@react-router/serve/dist/cli.js build/server/index.js"
    );
}
