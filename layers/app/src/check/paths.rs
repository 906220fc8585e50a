//! The files that a path resolves to. In: the image's tree, a path, how it is loaded. Out: the file that Node.js finds,
//! and the file that a compiler or another loader would find.
//!
//! Source: Node.js documentation, `esm.md` "Resolution Algorithm" and `modules.md` "All together". `require` does not
//! add TypeScript's extensions in Node.js 22.23 either, as observed.

use serde_json::Value;

use super::loads::Loader;
use super::tree::ImageTree;

/// The extensions that `require` adds.
const OF_REQUIRE: [&str; 3] = [".js", ".json", ".node"];
/// The suffixes that Node.js or a preloaded module adds to a path.
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
    /// The file that Node.js loads for a path: `import` takes it as written, `require` completes it.
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

    /// The file that a compiler or loader finds for a path, with its additional suffixes.
    pub(super) fn by_compiler(&self, full: &str) -> Option<String> {
        // TypeScript compilers let `./x.js` stand for x.ts.
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
