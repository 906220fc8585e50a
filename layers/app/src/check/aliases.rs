//! `paths` and `baseUrl` of a TypeScript configuration, by which tsx resolves names. In: the image's tree, the
//! program's working directory. Out: the paths that a name may resolve to; none if the configuration cannot be
//! followed.
//!
//! Source: get-tsconfig, `src/get-tsconfig.ts` and `src/paths-matcher/index.ts`, which tsx uses: the nearest
//! tsconfig.json at or above the folder.

use jsonc_parser::ParseOptions;
use serde_json::Value;

use super::folders::in_image;
use super::tree::ImageTree;

/// The most files in a chain of `extends`.
const MOST: usize = 32;

/// The aliases of a program.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    base_url: Option<String>,
    /// Keys, each with absolute paths that may contain a star.
    paths: Option<Vec<(String, Vec<String>)>>,
}

/// The configured targets of a name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Meant {
    /// Absolute, without an extension.
    pub paths: Vec<String>,
    /// Whether a key of `paths` matches the name.
    pub by_key: bool,
}

impl Aliases {
    /// The aliases of a program with working directory `folder`; empty if there is no configuration.
    pub(super) fn of(tree: &ImageTree<'_>, folder: &str) -> Option<Aliases> {
        let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
        let mut above: Vec<&str> = ends.filter_map(|end| folder.get(..end)).collect();
        above.reverse();
        let found = above.into_iter().find(|folder| tree.is_file(&format!("{folder}/tsconfig.json")));
        let mut aliases = Aliases::default();
        match found {
            Some(folder) => aliases.read(tree, &format!("{folder}/tsconfig.json"), folder, 0)?,
            None => return Some(aliases),
        }
        Some(aliases)
    }

    /// Reads a file and the files that it extends. Values that are set already win.
    fn read(&mut self, tree: &ImageTree<'_>, file: &str, leaf: &str, depth: usize) -> Option<()> {
        if depth >= MOST {
            return None;
        }
        let text = tree.text(file)?;
        let text = std::str::from_utf8(&text).ok()?.trim_start_matches('\u{feff}');
        let config: Value = jsonc_parser::parse_to_serde_value(text, &ParseOptions::default()).ok()?;
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let place = |path: &str| match path.strip_prefix("${configDir}") {
            Some(rest) => in_image(leaf, rest.trim_start_matches('/')),
            None if path.starts_with('/') => Some(path.to_owned()),
            None => in_image(folder, path),
        };
        let option = |name: &str| config.get("compilerOptions").and_then(|options| options.get(name));
        if let (Some(url), None) = (option("baseUrl"), &self.base_url) {
            self.base_url = Some(place(url.as_str()?)?);
        }
        let extends: Vec<&str> = match config.get("extends") {
            None => Vec::new(),
            Some(Value::Array(all)) => all.iter().map(Value::as_str).collect::<Option<_>>()?,
            Some(one) => vec![one.as_str()?],
        };
        let own = option("paths").and_then(Value::as_object).filter(|_| self.paths.is_none());
        // The last of several has the highest priority.
        for text in extends.into_iter().rev() {
            self.read(tree, &extended(tree, folder, text)?, leaf, depth + 1)?;
        }
        if let Some(own) = own {
            let base = self.base_url.clone();
            let target = |path: &Value| match (&base, path.as_str()?) {
                (Some(base), path) if !path.starts_with(['/', '$']) => in_image(base, path),
                (_, path) => place(path),
            };
            let entry = |(key, paths): (&String, &Value)| {
                let paths: Option<Vec<String>> = paths.as_array()?.iter().map(target).collect();
                Some((key.clone(), paths?))
            };
            self.paths = Some(own.iter().map(entry).collect::<Option<_>>()?);
        }
        Some(())
    }

    /// The file of a name. If a key of `paths` matches and no file exists, the first target path.
    pub(super) fn leads(&self, tree: &ImageTree<'_>, name: &str) -> Option<Result<String, String>> {
        let Meant { paths, by_key } = self.meant(name);
        let found = paths.iter().find_map(|path| tree.by_compiler(path).filter(|path| tree.is_file(path)));
        found.map(Ok).or_else(|| paths.into_iter().next().filter(|_| by_key).map(Err))
    }

    /// The targets of a name that is not a relative path.
    fn meant(&self, name: &str) -> Meant {
        let fits = |key: &str| {
            let (before, after) = key.split_once('*')?;
            let rest = name.strip_prefix(before)?.strip_suffix(after)?;
            Some((before.len(), rest.to_owned()))
        };
        let all = self.paths.as_deref().unwrap_or_default();
        if let Some((_, paths)) = all.iter().find(|(key, _)| key == name) {
            return Meant { paths: paths.clone(), by_key: true };
        }
        let starred = all.iter().filter_map(|(key, paths)| Some((fits(key)?, key, paths)));
        match starred.max_by_key(|((length, _), ..)| *length) {
            Some(((_, rest), key, paths)) => {
                let paths = paths.iter().map(|path| path.replacen('*', &rest, 1)).collect();
                // A key that matches everything may mean a package.
                Meant { paths, by_key: key != "*" }
            }
            None => {
                let base = self.base_url.iter().filter_map(|base| in_image(base, name));
                Meant { paths: base.collect(), by_key: false }
            }
        }
    }
}

/// The file that `extends` names: relative, or in a package.
fn extended(tree: &ImageTree<'_>, folder: &str, text: &str) -> Option<String> {
    let forms = |path: String| {
        [path.clone(), format!("{path}.json"), format!("{path}/tsconfig.json")]
            .into_iter()
            .find(|path| tree.is_file(path))
    };
    if text.starts_with('.') {
        return forms(in_image(folder, text)?);
    }
    let mut above = folder;
    loop {
        if let Some(found) = forms(format!("{above}/node_modules/{text}")) {
            return Some(found);
        }
        above = above.rsplit_once('/')?.0;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::testing::Bed;
    use super::*;

    #[test]
    fn names_mean_what_the_nearest_configuration_and_what_it_extends_say() {
        let bed = Bed::new(&[
            (
                "services/a/tsconfig.json",
                r#"{ "extends": "../../tsconfig.base", /* own */ "compilerOptions": { "strict": true, } }"#,
            ),
            (
                "tsconfig.base.json",
                r#"{"compilerOptions": {"baseUrl": ".", "paths": {"@lib/*": ["libs/*"], "@lib/x/*": ["x/*/src"], "core": ["core"]}}}"#,
            ),
            ("services/b/tsconfig.json", r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#),
            ("services/c/tsconfig.json", r#"{"extends": "@tsconfig/absent"}"#),
        ]);
        let tree = bed.tree();
        let meant = |folder: &str, name: &str| {
            Aliases::of(&tree, &format!("/app/services/{folder}")).map(|aliases| aliases.meant(name).paths)
        };
        let paths = |path: &str| Some(vec![format!("/app/{path}")]);
        assert_eq!(meant("a", "@lib/y"), paths("libs/y"));
        assert_eq!(meant("a", "@lib/x/z"), paths("x/z/src"));
        assert_eq!(meant("a", "core"), paths("core"));
        assert_eq!(meant("a", "left-pad"), paths("left-pad"));
        assert_eq!(meant("b", "@/db"), paths("services/b/src/db"));
        assert_eq!(meant("b", "left-pad"), Some(Vec::new()));
        assert_eq!(meant("c", "x"), None);
        assert_eq!(meant("d", "x"), Some(Vec::new()));
    }
}
