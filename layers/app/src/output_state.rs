//! State that tools keep about their outputs between builds. In: paths. Out: whether a path is such state. State is
//! never a source: a build starts without outputs, and a tool whose state claims that they exist builds nothing.
//!
//! Some state has a fixed name. TypeScript's may have any: `tsconfig` finds it.

/// Files, by the end of their name. `*.tsbuildinfo` is TypeScript's default for `incremental` and `composite`.
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

/// Whether a file or folder is a tool's state.
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
