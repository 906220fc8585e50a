//! State that tools keep of their outputs between builds. In: paths. Out: whether it is such state, which is never a source: a build starts
//! without outputs, and a tool that is told they are there makes nothing.
//!
//! Some state has a name of its own. TypeScript's may have any: `tsconfig` finds it.

/// Files, by the end of their name. `*.tsbuildinfo` is TypeScript's for `incremental` and `composite`, where nothing else is configured.
const FILES: [&str; 4] = [".tsbuildinfo", ".eslintcache", ".stylelintcache", ".prettiercache"];

/// Folders, by the end of their path.
const FOLDERS: [&str; 14] = [
    ".angular/cache",
    ".cache/tsbuildinfo",
    ".jest-cache",
    ".moon/cache",
    ".next/cache",
    ".nuxt/cache",
    ".nx/cache",
    ".nx/workspace-data",
    ".parcel-cache",
    ".rollup.cache",
    ".rpt2_cache",
    ".turbo",
    ".vite/deps",
    ".wireit",
];

/// Whether a file or folder is state that a tool kept.
pub(crate) fn is_state(path: &str, is_dir: bool) -> bool {
    let ends = |name: &&str| {
        path.strip_suffix(*name).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    match is_dir {
        true => FOLDERS.iter().any(ends),
        false => FILES.iter().any(|name| path.ends_with(name)),
    }
}

#[cfg(test)]
mod tests;
