//! Product sources of a crate, parsed.
//!
//! In: paths and texts. Out: [`Crate`] with its [`SourceFile`]s, without test code. Knows nothing of rules.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use syn::{Attribute, ImplItem, Item};

/// Names of modules from the crate's root down; empty for the root itself.
pub(super) type ModulePath = Vec<String>;

/// One crate of the workspace.
#[derive(Debug)]
pub(super) struct Crate {
    /// As in `Cargo.toml`.
    pub(super) name: String,
    /// Relative to the workspace's root: `layers/blob`, or empty for the root package.
    pub(super) folder: String,
    /// In the order of their paths.
    pub(super) files: Vec<SourceFile>,
}

/// One file of product code.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Relative to the workspace's root, with `/`.
    pub(super) path: String,
    /// `None` for `main.rs`: it is a crate of its own.
    pub(super) module: Option<ModulePath>,
    /// All lines, those of tests inside included.
    pub(super) lines: usize,
    /// Without items that `#[cfg(test)]` guards.
    pub(super) syntax: syn::File,
}

impl Crate {
    /// Reads the crate whose `Cargo.toml` lies in `folder` of `root`.
    pub(super) fn read(root: &Path, folder: &str) -> Result<Self> {
        let manifest = std::fs::read_to_string(root.join(folder).join("Cargo.toml"))?;
        let manifest: toml::Table = manifest.parse().map_err(|error| invalid(folder, error))?;
        let name =
            manifest.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
        let name = name.ok_or_else(|| invalid(folder, "package.name is missing"))?;
        let mut texts = BTreeMap::new();
        let src = if folder.is_empty() { "src".to_owned() } else { format!("{folder}/src") };
        read_folder(root, &src, &mut texts)?;
        Self::parse(name, folder, &texts)
    }

    /// Parses a crate from texts by path. Paths start with `folder` and `src/`.
    pub(super) fn parse(name: &str, folder: &str, texts: &BTreeMap<String, String>) -> Result<Self> {
        let src = if folder.is_empty() { "src/".to_owned() } else { format!("{folder}/src/") };
        let mut files = Vec::new();
        let mut test_modules = Vec::new();
        for (path, text) in texts {
            let module = module_path(path.strip_prefix(&src).unwrap_or(path));
            let mut syntax = syn::parse_file(text).map_err(|error| invalid(path, error))?;
            if let Some(module) = &module {
                test_modules.extend(declared_for_tests(module, &syntax.items));
            }
            strip_tests(&mut syntax.items);
            files.push(SourceFile { path: path.clone(), module, lines: text.lines().count(), syntax });
        }
        files.retain(|file| match &file.module {
            Some(module) => !test_modules.iter().any(|test| module.starts_with(test)),
            None => true,
        });
        Ok(Self { name: name.to_owned(), folder: folder.to_owned(), files })
    }
}

/// Folders of all crates of the workspace; the root package's is empty and comes last.
pub(super) fn member_folders(root: &Path) -> Result<Vec<String>> {
    let manifest = std::fs::read_to_string(root.join("Cargo.toml"))?;
    let manifest: toml::Table = manifest.parse().map_err(|error| invalid("Cargo.toml", error))?;
    let members = manifest.get("workspace").and_then(|workspace| workspace.get("members"));
    let members = members.and_then(|members| members.as_array()).map(Vec::as_slice).unwrap_or_default();
    let mut folders: Vec<String> =
        members.iter().filter_map(|member| member.as_str()).map(str::to_owned).collect();
    folders.push(String::new());
    Ok(folders)
}

fn read_folder(root: &Path, folder: &str, texts: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            if !path.ends_with("/tests") {
                read_folder(root, &path, texts)?;
            }
        } else if path.ends_with(".rs") && !path.ends_with("/tests.rs") {
            texts.insert(path.clone(), std::fs::read_to_string(root.join(&path))?);
        }
    }
    Ok(())
}

/// The module that a file below `src/` is, by cargo's convention.
fn module_path(path: &str) -> Option<ModulePath> {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    match path {
        "main" => None,
        "lib" => Some(Vec::new()),
        _ => Some(path.split('/').map(str::to_owned).collect()),
    }
}

fn declared_for_tests(module: &ModulePath, items: &[Item]) -> Vec<ModulePath> {
    let declared = items.iter().filter_map(|item| match item {
        Item::Mod(item) if for_tests(&item.attrs) => Some(item.ident.to_string()),
        _ => None,
    });
    declared.map(|name| module.iter().cloned().chain([name]).collect()).collect()
}

fn strip_tests(items: &mut Vec<Item>) {
    items.retain(|item| !for_tests(attributes(item)));
    for item in items {
        match item {
            Item::Mod(item) => item.content.iter_mut().for_each(|(_, items)| strip_tests(items)),
            Item::Impl(item) => {
                item.items.retain(|item| !matches!(item, ImplItem::Fn(item) if for_tests(&item.attrs)))
            }
            _ => {}
        }
    }
}

/// Whether the attributes say `#[cfg(test)]`.
fn for_tests(attributes: &[Attribute]) -> bool {
    let is_test =
        |attribute: &Attribute| attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"));
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && is_test(attribute))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn invalid(path: &str, error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidData, format!("{path}: {error}"))
}
