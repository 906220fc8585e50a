//! Whether a name without a package is a compiler alias. In: the workspace's root, the package whose code uses the
//! name. Out: a yes or no.

use std::path::Path;

/// Files that define aliases.
const CONFIGS: [&str; 4] = ["tsconfig.json", "tsconfig.build.json", "tsconfig.base.json", "jsconfig.json"];

/// Whether `specifier` begins with a folder of the package's sources, as with `baseUrl`, or matches `paths` in a
/// tsconfig.json.
pub(super) fn is_alias(root: &Path, package: &str, specifier: &str) -> bool {
    let folder = root.join(package);
    let first = specifier.split('/').next().unwrap_or(specifier);
    let in_sources = |base: &Path| base.join(first).is_dir() && specifier.contains('/');
    let is_base = first != "node_modules"
        && !first.starts_with('@')
        && (in_sources(&folder) || in_sources(&folder.join("src")));
    is_base
        || [folder.as_path(), root]
            .iter()
            .any(|folder| CONFIGS.iter().any(|name| is_named(&folder.join(name), specifier)))
}

/// Whether a key in a configuration's `paths` matches the name.
fn is_named(file: &Path, specifier: &str) -> bool {
    let Ok(text) = fourply_store::read_text(file, fourply_store::InputKind::TsConfig) else { return false };
    let Some((_, paths)) = text.split_once("\"paths\"") else { return false };
    let keys = paths.split('"').skip(1).step_by(2);
    keys.into_iter().any(|key| match key.split_once('*') {
        // `*` alone matches everything.
        Some((before, _)) => !before.is_empty() && !before.starts_with('.') && specifier.starts_with(before),
        None => key == specifier,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn aliases_are_those_of_configuration_and_of_folders() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        write(
            "a/tsconfig.json",
            r#"{"compilerOptions": {"paths": {"@lib/*": ["./src/lib/*"], "core": ["./src/core"]}}}"#,
        );
        write("a/src/db/x.ts", "");
        for (specifier, expected) in [("@lib/x", true), ("core", true), ("src/db/x", true), ("db/x", true)]
            .into_iter()
            .chain([("left-pad", false), ("@other/x", false), ("db", false), ("lodash/db", false)])
        {
            assert_eq!(is_alias(dir.path(), "a", specifier), expected, "{specifier}");
        }
    }
}
