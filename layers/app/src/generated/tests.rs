#![allow(clippy::unwrap_used)]

use super::*;

fn taken() -> Taken {
    Taken {
        virtual_store: "node_modules/.pnpm".to_owned(),
        slots: BTreeSet::from(["@prisma+client@6.19.0".to_owned(), "lib@file+lib".to_owned()]),
        modules: BTreeSet::from(["node_modules".to_owned(), "services/a/node_modules".to_owned()]),
        copies: BTreeSet::from(["node_modules/.pnpm/lib@file+lib/node_modules/lib/".to_owned()]),
        absent: BTreeSet::new(),
    }
}

#[test]
fn slots_of_the_image_are_taken_whole() {
    for path in [
        "node_modules/.pnpm/@prisma+client@6.19.0/node_modules/.prisma/client/index.js",
        "node_modules/.pnpm/@prisma+client@6.19.0/node_modules/@prisma/client/index.js",
        "node_modules/.pnpm/lib@file+lib/node_modules/beside.js",
    ] {
        assert!(taken().has(path), "{path}");
    }
    for path in [
        "node_modules/.pnpm/prisma@6.19.0/node_modules/prisma/build/x.js",
        "node_modules/.pnpm/@prisma+client@6.19.0/x.js",
        "node_modules/.pnpm/lib@file+lib/node_modules/lib/dist/main.js",
        "node_modules/.pnpm/@prisma+client@6.19.0/node_modules/@prisma/client/.cache/x",
        "node_modules/.pnpm/lock.yaml",
    ] {
        assert!(!taken().has(path), "{path}");
    }
}

#[test]
fn of_folders_of_links_what_node_resolves_is_taken() {
    for path in [
        "node_modules/@generated/client/index.js",
        "services/a/node_modules/.prisma/client/index.js",
        "node_modules/.zenstack/policy.js",
        "services/a/node_modules/.made/index.js",
        "node_modules/.velite/index.js",
        "node_modules/.pnpm/node_modules/.prisma/client/default.js",
    ] {
        assert!(taken().has(path), "{path}");
    }
    for path in [
        "node_modules/.cache/jiti/x.mjs",
        "node_modules/.vite/deps/package.json",
        "node_modules/.vitest/results.json",
        "node_modules/.modules.yaml",
        "node_modules/.pnpm-workspace-state-v1.json",
        "node_modules/.ignored/x/index.js",
        "node_modules/.ignored_x/index.js",
        "node_modules/.package-lock.json",
        "services/a/node_modules/.bin/tool",
        "services/b/node_modules/x/index.js",
        "node_modules/.pnpm/node_modules/.cache/x",
    ] {
        assert!(!taken().has(path), "{path}");
    }
}
