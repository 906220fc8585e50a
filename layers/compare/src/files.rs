//! The files of both images. In: their paths in the workspace. Out: counts by kind, and missing files: files of the
//! workspace, and files that the team's build produces.

use std::collections::{BTreeMap, BTreeSet};

use fourply_rootfs::{ContentHash, TreeKind};

use crate::collapse::{collapse, folders};
use crate::installed::{Installed, in_modules, installed};
use crate::kind::{BUILT, FileKind};
use crate::known::{Known, below, join};
use crate::model::{FileEntry, KindRow, Note};
use crate::moves::Moves;
use crate::place::Place;
use crate::side::Side;

/// The most entries of a list; the rest is only counted.
const MOST: usize = 200;

/// A file of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageFile {
    /// The path in the workspace; for a file outside it, in the image.
    pub path: String,
    pub bytes: u64,
    pub kind: FileKind,
    /// Its path in the workspace, if that is known to differ from `path`.
    pub source: Option<String>,
    pub content: Option<ContentHash>,
}

/// The inputs of kinds other than the path.
pub(crate) struct Kinds<'a> {
    pub known: &'a Known,
    /// The service does not execute TypeScript.
    pub compiled: bool,
    /// Workspace files that the command and the health check name.
    pub named: BTreeSet<String>,
}

impl Kinds<'_> {
    pub(crate) fn of(&self, path: &str) -> FileKind {
        match self.named.contains(path) {
            true => FileKind::Needed,
            false => FileKind::of(path, self.known, self.compiled),
        }
    }

    /// The files of an image.
    pub(crate) fn list(&self, side: &Side<'_>, place: Option<&Place>) -> Vec<ImageFile> {
        let mut files = Vec::new();
        for (path, entry) in &side.rootfs.entries {
            let TreeKind::File(bytes) = entry.kind else { continue };
            let content = side.contents.get(path).copied();
            let file = match place.and_then(|place| place.of(path, self.known)) {
                Some(inside) => {
                    let inside = self.known.unwrapped(&inside).to_owned();
                    ImageFile { kind: self.of(&inside), path: inside, bytes, source: None, content }
                }
                None => ImageFile {
                    path: path.clone(),
                    bytes,
                    kind: FileKind::System,
                    source: None,
                    content: None,
                },
            };
            files.push(file);
        }
        files
    }
}

/// The identity of a file, independent of the layout of node_modules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name<'f> {
    Path(bool, &'f str),
    Package { name: &'f str, version: Option<&'f str>, rest: &'f str },
}

impl<'f> Name<'f> {
    fn of(file: &'f ImageFile, known: &Known) -> Name<'f> {
        let system = file.kind == FileKind::System;
        match installed(&file.path).filter(|_| !system) {
            Some(Installed { name, version, rest }) if !known.packages.contains_key(name) => {
                Name::Package { name, version, rest }
            }
            _ => Name::Path(system, &file.path),
        }
    }

    fn without_version(&self) -> Option<(&'f str, &'f str)> {
        match self {
            Name::Package { name, rest, .. } => Some((name, rest)),
            Name::Path(..) => None,
        }
    }
}

/// The names of one side.
struct Names<'f> {
    exact: BTreeSet<Name<'f>>,
    /// Packages of any version, and those of unknown version.
    any: BTreeSet<(&'f str, &'f str)>,
    open: BTreeSet<(&'f str, &'f str)>,
}

impl<'f> Names<'f> {
    fn of(files: &'f [ImageFile], known: &Known) -> Names<'f> {
        let exact: BTreeSet<Name<'f>> = files.iter().map(|file| Name::of(file, known)).collect();
        let open = exact.iter().filter(|name| matches!(name, Name::Package { version: None, .. }));
        Names {
            any: exact.iter().filter_map(Name::without_version).collect(),
            open: open.filter_map(Name::without_version).collect(),
            exact,
        }
    }

    fn has(&self, name: &Name<'_>) -> bool {
        match name {
            Name::Package { name, version: None, rest } => self.any.contains(&(*name, *rest)),
            Name::Package { name: package, rest, .. } => {
                self.exact.contains(name) || self.open.contains(&(*package, *rest))
            }
            Name::Path(..) => self.exact.contains(name),
        }
    }
}

/// The contents of the new image's files. A package may be at several locations; one of them is enough.
struct Contents<'f>(BTreeMap<Name<'f>, BTreeSet<ContentHash>>);

impl<'f> Contents<'f> {
    fn of(files: &'f [ImageFile], known: &Known) -> Contents<'f> {
        let mut found: BTreeMap<Name<'f>, BTreeSet<ContentHash>> = BTreeMap::new();
        for (file, content) in files.iter().filter_map(|file| Some((file, file.content?))) {
            found.entry(Name::of(file, known)).or_default().insert(content);
        }
        Contents(found)
    }

    fn differ(&self, file: &ImageFile, known: &Known) -> bool {
        let Some(content) = file.content else { return false };
        self.0.get(&Name::of(file, known)).is_some_and(|ours| !ours.contains(&content))
    }
}

/// Files of the same name with different contents, by kind.
#[derive(Default)]
struct Others(BTreeMap<FileKind, (usize, Vec<String>)>);

impl Others {
    fn add(&mut self, file: &ImageFile) {
        /// The most names in a note.
        const NAMED: usize = 5;
        let (count, paths) = self.0.entry(file.kind).or_default();
        *count += 1;
        if paths.len() < NAMED {
            paths.push(file.path.clone());
        }
    }

    fn notes(self) -> impl Iterator<Item = Note> {
        self.0.into_iter().map(|(kind, (count, paths))| Note::OtherContents { kind, count, paths })
    }
}

/// The results for files.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub rows: Vec<KindRow>,
    pub missing: Vec<FileEntry>,
    pub notes: Vec<Note>,
}

/// Compares the files of two images. `written` says whether a running service writes to a workspace path.
pub(crate) fn compare(
    known: &Known,
    theirs: &mut [ImageFile],
    ours: &[ImageFile],
    written: &dyn Fn(&str) -> bool,
) -> Found {
    let our_names = Names::of(ours, known);
    for file in theirs.iter_mut().filter(|file| file.kind == FileKind::Needed && in_modules(&file.path)) {
        if !our_names.has(&Name::of(file, known)) {
            file.kind = FileKind::LeftOut;
        }
    }
    let theirs = &*theirs;
    let their_names = Names::of(theirs, known);
    let mut rows: BTreeMap<FileKind, KindRow> = BTreeMap::new();
    let empty = |kind| KindRow {
        kind,
        theirs: Default::default(),
        ours: Default::default(),
        only_theirs: Default::default(),
        only_ours: Default::default(),
        differ: Default::default(),
    };
    let mut alone = Vec::new();
    let contents = Contents::of(ours, known);
    let mut others = Others::default();
    for file in theirs {
        let row = rows.entry(file.kind).or_insert_with(|| empty(file.kind));
        row.theirs.add(file.bytes);
        if contents.differ(file, known) {
            row.differ.add(file.bytes);
            others.add(file);
        }
        if !our_names.has(&Name::of(file, known)) {
            row.only_theirs.add(file.bytes);
            alone.push(file);
        }
    }
    for file in ours {
        let row = rows.entry(file.kind).or_insert_with(|| empty(file.kind));
        row.ours.add(file.bytes);
        if !their_names.has(&Name::of(file, known)) {
            row.only_ours.add(file.bytes);
        }
    }
    // A copy of a file that the new image has at its own path.
    let there = |file: &&ImageFile| {
        file.source.as_deref().is_some_and(|source| our_names.has(&Name::Path(false, source)))
    };
    alone.retain(|file| !there(file));
    let our_folders = ours.iter().flat_map(|file| folders(&file.path)).collect();
    let mut found = missing(known, theirs, &alone, &our_folders, written);
    found.notes.extend(machine_code(known, &alone, &our_names));
    found.notes.extend(others.notes());
    found.rows = rows.into_values().collect();
    found
}

/// Workspace files that only the team's image has and that a running service may need.
fn missing(
    known: &Known,
    theirs: &[ImageFile],
    alone: &[&ImageFile],
    our_folders: &BTreeSet<&str>,
    written: &dyn Fn(&str) -> bool,
) -> Found {
    let lacks =
        |file: &&&ImageFile| file.kind == FileKind::Needed && !in_modules(&file.path) && !written(&file.path);
    let mut found = Found::default();
    let variables = alone.iter().filter(|file| is_env_file(&file.path) && below(&file.path, &known.service));
    found.notes.extend(variables.map(|file| Note::EnvFile { path: file.path.clone() }).take(MOST));
    let pairs = theirs.iter().filter_map(|file| Some((file.source.as_deref()?, file.path.as_str())));
    let mut moves = Moves::of(known, pairs);
    let (mut plain, mut made) = (BTreeSet::new(), BTreeSet::new());
    for file in alone.iter().filter(lacks) {
        let source = file.source.as_deref().unwrap_or(&file.path);
        match () {
            () if !known.sources.contains(source) && is_of_build(known, &file.path, our_folders) => {}
            () if !known.sources.contains(source) => drop(made.insert(file.path.clone())),
            () if source == file.path => drop(plain.insert(file.path.clone())),
            () => moves.tell(&file.path, source, (&mut found.missing, &mut found.notes)),
        }
    }
    let may = |folder: &str| known.may_be_named(folder);
    let entries = collapse(&plain, &known.sources, &may).into_iter().take(MOST);
    found.missing.extend(entries.map(|(from, count)| FileEntry { from, to: None, count }));
    let all = theirs.iter().map(|file| file.path.clone()).collect();
    let made = collapse(&made, &all, &may).into_iter().take(MOST);
    found.notes.extend(made.map(|(path, count)| Note::NotInSources { path, count }));
    found
}

/// Whether a file gets a different name in each build: framework output, or a name with a hash, in a folder that the
/// new image also has.
fn is_of_build(known: &Known, path: &str, our_folders: &BTreeSet<&str>) -> bool {
    let owner = known.owner(path);
    let top = Known::within(owner, path).split('/').next().unwrap_or_default();
    if BUILT.contains(&top) {
        return our_folders.contains(join(owner, top).as_str());
    }
    let hashed = path.split('/').position(is_hashed);
    let above = hashed.map(|count| path.split('/').take(count).collect::<Vec<_>>().join("/"));
    above.is_some_and(|above| our_folders.contains(above.as_str()))
}

/// `index-Bx3kP9aZ.js`, `main.4f3a9c1e.css`, `_Kq8f2LmZ0pWc`.
fn is_hashed(name: &str) -> bool {
    let parts = name.split(['.', '-', '~']);
    let mixed = |part: &str| {
        part.len() >= 8
            && part.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
            && part.bytes().any(|letter| letter.is_ascii_digit())
            && part.bytes().any(|letter| letter.is_ascii_alphabetic())
    };
    parts.into_iter().any(mixed)
}

/// `.env` and `.env.production`, but not an example file.
fn is_env_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let example = ["example", "sample", "template", "dist"].iter().any(|word| name.contains(word));
    (name == ".env" || name.starts_with(".env.")) && !example && !in_modules(path)
}

/// Packages whose machine code is missing in the new image.
fn machine_code(known: &Known, alone: &[&ImageFile], ours: &Names<'_>) -> Vec<Note> {
    let mut found: BTreeMap<&str, &str> = BTreeMap::new();
    for file in alone.iter().filter(|file| file.kind == FileKind::LeftOut) {
        let Name::Package { name, rest, .. } = Name::of(file, known) else { continue };
        let built = rest.ends_with(".node") && folders(rest).any(|folder| folder.ends_with("Release"));
        if built
            && !ours
                .any
                .range((name, "")..)
                .take_while(|(other, _)| *other == name)
                .any(|(_, rest)| rest.ends_with(".node"))
        {
            found.entry(name).or_insert(rest);
        }
    }
    let note = |(package, path): (&str, &str)| Note::MachineCode {
        package: package.to_owned(),
        path: path.to_owned(),
    };
    found.into_iter().map(note).collect()
}

#[cfg(test)]
mod tests;
