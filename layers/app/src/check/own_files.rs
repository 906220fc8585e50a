//! The workspace's own files that code loads later, in a function: `require('../config/app.json')`,
//! `import('./generated/client.js')`. In: the files that the program may load. Out: findings for files that the image
//! lacks. Whether the sources have them is checked later.

use std::collections::BTreeSet;

use super::folders::in_image;
use super::loads::{Load, Loader, mentioned};
use super::start::{StartedCode, Way};
use crate::finding::Finding;

/// Suffixes that Node.js and compilers add to a path.
const ENDS: [&str; 5] = [".js", ".json", ".mjs", ".cjs", "/index.js"];
/// Folders whose code does not run in an image.
const OF_TESTS: [&str; 6] = ["test", "tests", "__tests__", "__mocks__", "mocks", "fixtures"];

impl StartedCode<'_> {
    /// `known` has earlier findings, which are not repeated.
    pub(super) fn own_files(&self, reached: &BTreeSet<String>, known: &[Finding]) -> Vec<Finding> {
        let own = reached.iter().filter(|file| self.is_own_code(file));
        own.flat_map(|file| self.absent_of(file, known)).collect()
    }

    fn absent_of(&self, file: &str, known: &[Finding]) -> Vec<Finding> {
        let text = self.tree.text(file).unwrap_or_default();
        let absent = mentioned(&text).into_iter().filter_map(|specifier| {
            let load = Load { specifier, loader: Loader::Import, perhaps_types: true };
            match self.way(file, &load) {
                Way::Missing(finding) if !known.iter().any(|known| is_same(known, &finding)) => Some(finding),
                _ => None,
            }
        });
        let paths = absent.flat_map(|finding| self.paths(file, &finding));
        let named = paths.filter(|path| !path.split('/').any(|part| OF_TESTS.contains(&part)));
        named.map(|path| Finding::Source { path, user: self.inside(file) }).collect()
    }

    /// The candidate paths, relative to the workspace's root.
    fn paths(&self, file: &str, finding: &Finding) -> Vec<String> {
        let path = match finding {
            Finding::Path { path, .. } if path.starts_with('.') => {
                in_image(file.rsplit_once('/').map_or("", |(folder, _)| folder), path)
            }
            Finding::Path { path, .. } => in_image(self.tree.root, path),
            Finding::Package { package, targets, .. } => {
                let first = targets.first();
                first.and_then(|target| in_image(self.tree.root, &format!("{package}/{target}")))
            }
            _ => None,
        };
        let Some(path) = path.filter(|path| path.starts_with(&format!("{}/", self.tree.root))) else {
            return Vec::new();
        };
        let path = self.inside(&path);
        let whole = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let more = ENDS.iter().map(|end| format!("{path}{end}"));
        whole.then(|| path.clone()).into_iter().chain(more).collect()
    }
}

fn is_same(known: &Finding, other: &Finding) -> bool {
    match (known, other) {
        (Finding::Path { path, user, .. }, Finding::Path { path: other, user: by, .. }) => {
            path == other && user == by
        }
        (Finding::Package { specifier, sure: true, .. }, Finding::Package { specifier: other, .. }) => {
            specifier == other
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Bed;

    #[test]
    fn files_that_are_loaded_in_a_function_are_there() {
        let text = "function f() { require('./generated/client'); require('./there'); import('../config/app.json') }";
        let bed = Bed::new(&[("apps/api/dist/main.js", text), ("apps/api/dist/there.js", "1")]);
        let tree = bed.tree();
        let code = StartedCode {
            tree: &tree,
            workspace: &[],
            conditions: &[],
            compiles: false,
            plain: true,
            aliases: None,
            node: None,
            strips: false,
            node_path: Vec::new(),
        };
        let main = ["/app/apps/api/dist/main.js".to_owned()];
        let found = code.own_files(&code.reached(&main), &[]);
        let paths: Vec<&str> = found
            .iter()
            .map(|finding| match finding {
                Finding::Source { path, .. } => path.as_str(),
                _ => "",
            })
            .collect();
        assert!(paths.contains(&"apps/api/dist/generated/client.js"), "{paths:?}");
        assert!(paths.contains(&"apps/api/config/app.json"), "{paths:?}");
        assert!(!paths.iter().any(|path| path.contains("there")), "{paths:?}");
        let known = Finding::Path {
            path: "./generated/client".to_owned(),
            user: "apps/api/dist/main.js".to_owned(),
            sure: true,
        };
        let rest = code.own_files(&code.reached(&main), &[known]);
        assert!(rest.len() < found.len());
    }
}
