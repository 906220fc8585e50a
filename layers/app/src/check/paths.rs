//! The files that a path leads to. In: the image's tree, a path, how it is loaded. Out: what node finds, and what a compiler or a loader of
//! another kind would find.
//!
//! Source: node's documentation, `esm.md` "Resolution Algorithm" and `modules.md` "All together". `require` does not add the endings of
//! TypeScript in node 22.23 either, which was observed.

use serde_json::Value;

use super::loads::Loader;
use super::tree::ImageTree;

/// What `require` adds.
const OF_REQUIRE: [&str; 3] = [".js", ".json", ".node"];
/// What node, or what is loaded before a program, puts behind a path.
const ENDS: [&str; 18] = [
    "",
    ".js",
    ".json",
    ".node",
    ".mjs",
    ".cjs",
    ".ts",
    ".mts",
    ".cts",
    ".tsx",
    ".jsx",
    ".wasm",
    "/index.js",
    "/index.json",
    "/index.ts",
    "/index.tsx",
    "/index.mjs",
    "/index.cjs",
];

impl ImageTree<'_> {
    /// The file that node loads for a path: `import` takes it as it is, `require` completes it.
    pub(super) fn by_node(&self, full: &str, loader: Loader) -> Option<String> {
        let file = |path: &String| self.is_file(path);
        if loader == Loader::Import {
            return Some(full.to_owned()).filter(|path| !path.ends_with('/') && file(path));
        }
        let completed = |path: &str| {
            std::iter::once("").chain(OF_REQUIRE).map(|end| format!("{path}{end}")).find(|path| file(path))
        };
        let index =
            |folder: &str| OF_REQUIRE.map(|end| format!("{folder}/index{end}")).into_iter().find(file);
        let folder = full.trim_end_matches('/');
        let itself = (folder == full).then(|| completed(full)).flatten();
        let by_main = || {
            let main = self.main(folder)?;
            let path = format!("{folder}/{main}");
            completed(&path).or_else(|| index(path.trim_end_matches('/')))
        };
        itself.or_else(by_main).or_else(|| index(folder))
    }

    /// The file that a compiler or loader finds for a path, with what it adds, too.
    pub(super) fn by_compiler(&self, full: &str) -> Option<String> {
        // Compilers of TypeScript let `./x.js` stand for x.ts.
        let stem = [".js", ".mjs", ".cjs", ".jsx"].iter().find_map(|end| full.strip_suffix(end));
        let sources = stem
            .into_iter()
            .flat_map(|stem| [".ts", ".tsx", ".mts", ".cts"].map(|end| format!("{stem}{end}")));
        let mut forms = ENDS.iter().map(|end| format!("{full}{end}")).chain(sources);
        forms.find(|form| self.is_file(form)).or_else(|| self.by_node(full, Loader::Require))
    }

    fn main(&self, folder: &str) -> Option<String> {
        let manifest: Value = serde_json::from_slice(&self.text(&format!("{folder}/package.json"))?).ok()?;
        manifest.get("main").and_then(Value::as_str).filter(|main| !main.is_empty()).map(str::to_owned)
    }
}
