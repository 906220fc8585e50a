//! What each name of a crate means, and in which file it is defined.
//!
//! In: a parsed [`Crate`]. Out: [`Names::resolve`]: from a path in a module to the files that define the item, through all
//! imports and re-exports. Names of other crates resolve to nothing.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, UseTree};

use super::sources::{Crate, ModulePath};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// An item, or something inside it (a variant, a method).
    Item {
        /// Index of the file that defines it.
        file: usize,
        /// The item's own name.
        name: String,
    },
    /// A module itself.
    Module(ModulePath),
}

/// One name that a `use` brings in.
#[derive(Debug, Clone)]
pub(super) struct Import {
    /// As written, without the renaming.
    pub(super) path: Vec<String>,
    /// What it is called here; `None` for `*` and for `as _`.
    pub(super) name: Option<String>,
    /// Whether it is `path::*`.
    pub(super) glob: bool,
}

#[derive(Debug, Clone)]
enum Meaning {
    Item(usize),
    Module,
    Import(Vec<String>),
}

#[derive(Debug, Default)]
struct Module {
    names: BTreeMap<String, Vec<Meaning>>,
    globs: Vec<Vec<String>>,
}

/// All names of one crate by module.
#[derive(Debug, Default)]
pub(super) struct Names {
    modules: BTreeMap<ModulePath, Module>,
}

impl Names {
    /// Collects the names that the crate's files define and import.
    pub(super) fn of(krate: &Crate) -> Self {
        let mut names = Self::default();
        for (index, file) in krate.files.iter().enumerate() {
            if let Some(module) = &file.module {
                names.add_items(index, module, &file.syntax.items);
            }
        }
        names
    }

    /// All that `path` may mean in `module`: the same name may be a type, a function and a module.
    pub(super) fn resolve(&self, module: &ModulePath, path: &[String]) -> BTreeSet<Target> {
        self.walk(module, path, &mut BTreeSet::new())
    }

    fn add_items(&mut self, file: usize, module: &ModulePath, items: &[Item]) {
        self.modules.entry(module.clone()).or_default();
        for item in items {
            match item {
                Item::Use(item) => self.add_imports(module, &item.tree),
                Item::Mod(item) => {
                    self.add(module, item.ident.to_string(), Meaning::Module);
                    if let Some((_, items)) = &item.content {
                        self.add_items(file, &child(module, &item.ident.to_string()), items);
                    }
                }
                _ => self.add_defined(file, module, item),
            }
        }
    }

    fn add_defined(&mut self, file: usize, module: &ModulePath, item: &Item) {
        if let Some(name) = defined_name(item) {
            self.add(module, name, Meaning::Item(file));
        }
    }

    fn add_imports(&mut self, module: &ModulePath, tree: &UseTree) {
        for import in imports(tree) {
            match import.name {
                Some(name) => self.add(module, name, Meaning::Import(import.path)),
                None if import.glob => {
                    self.modules.entry(module.clone()).or_default().globs.push(import.path)
                }
                None => {}
            }
        }
    }

    fn add(&mut self, module: &ModulePath, name: String, meaning: Meaning) {
        self.modules.entry(module.clone()).or_default().names.entry(name).or_default().push(meaning);
    }

    fn walk(&self, module: &ModulePath, path: &[String], seen: &mut Seen) -> BTreeSet<Target> {
        let Some((head, rest)) = path.split_first() else { return BTreeSet::new() };
        let mut targets = match head.as_str() {
            "crate" => BTreeSet::from([Target::Module(Vec::new())]),
            "self" => BTreeSet::from([Target::Module(module.clone())]),
            "super" => BTreeSet::from([Target::Module(parent(module))]),
            name => self.lookup(module, name, seen),
        };
        for segment in rest {
            targets = targets.into_iter().flat_map(|target| self.step(target, segment, seen)).collect();
        }
        targets
    }

    fn step(&self, target: Target, segment: &str, seen: &mut Seen) -> BTreeSet<Target> {
        match target {
            Target::Module(module) if segment == "super" => BTreeSet::from([Target::Module(parent(&module))]),
            Target::Module(module) if segment == "self" => BTreeSet::from([Target::Module(module)]),
            Target::Module(module) => self.lookup(&module, segment, seen),
            item @ Target::Item { .. } => BTreeSet::from([item]),
        }
    }

    /// `seen` holds the imports that are being followed: it ends loops such as two modules that import each other's names
    /// by `*`, and lets `use plan::plan` find the module of that name.
    fn lookup(&self, module: &ModulePath, name: &str, seen: &mut Seen) -> BTreeSet<Target> {
        let Some(found) = self.modules.get(module) else { return BTreeSet::new() };
        let mut targets = BTreeSet::new();
        let Some(meanings) = found.names.get(name) else {
            return self.lookup_in_globs(module, found, name, seen);
        };
        for (index, meaning) in meanings.iter().enumerate() {
            match meaning {
                Meaning::Item(file) => targets.extend([Target::Item { file: *file, name: name.to_owned() }]),
                Meaning::Module => targets.extend([Target::Module(child(module, name))]),
                Meaning::Import(path) => {
                    let step = (module.clone(), name.to_owned(), index);
                    if seen.insert(step.clone()) {
                        targets.extend(self.walk(module, path, seen));
                        seen.remove(&step);
                    }
                }
            }
        }
        targets
    }

    fn lookup_in_globs(
        &self,
        module: &ModulePath,
        found: &Module,
        name: &str,
        seen: &mut Seen,
    ) -> BTreeSet<Target> {
        let mut targets = BTreeSet::new();
        for (index, glob) in found.globs.iter().enumerate() {
            let step = (module.clone(), format!("*{name}"), index);
            if !seen.insert(step.clone()) {
                continue;
            }
            for target in self.walk(module, glob, seen) {
                if let Target::Module(module) = target {
                    targets.extend(self.lookup(&module, name, seen));
                }
            }
            seen.remove(&step);
        }
        targets
    }
}

/// Imports by module, name and index; a name with `*` before it is looked for in globs.
type Seen = BTreeSet<(ModulePath, String, usize)>;

/// The names that a `use` brings in, one by one.
pub(super) fn imports(tree: &UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    add_imports(tree, &mut Vec::new(), &mut found);
    found
}

fn add_imports(tree: &UseTree, prefix: &mut Vec<String>, found: &mut Vec<Import>) {
    match tree {
        UseTree::Path(tree) => {
            prefix.push(tree.ident.to_string());
            add_imports(&tree.tree, prefix, found);
            prefix.pop();
        }
        UseTree::Name(tree) => found.push(import(prefix, &tree.ident.to_string(), None)),
        UseTree::Rename(tree) => {
            found.push(import(prefix, &tree.ident.to_string(), Some(tree.rename.to_string())))
        }
        UseTree::Glob(_) => found.push(Import { path: prefix.clone(), name: None, glob: true }),
        UseTree::Group(tree) => tree.items.iter().for_each(|tree| add_imports(tree, prefix, found)),
    }
}

/// `use a::{self}` imports `a` itself.
fn import(prefix: &[String], last: &str, renamed: Option<String>) -> Import {
    let mut path = prefix.to_vec();
    if last != "self" || path.is_empty() {
        path.push(last.to_owned());
    }
    let name = renamed.or_else(|| path.last().cloned()).filter(|name| name != "_");
    Import { path, name, glob: false }
}

fn defined_name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// The module `name` inside of `module`.
pub(super) fn child(module: &ModulePath, name: &str) -> ModulePath {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn parent(module: &ModulePath) -> ModulePath {
    module[..module.len().saturating_sub(1)].to_vec()
}
