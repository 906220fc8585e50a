//! The copies of a Dockerfile → files as they would be in its image. In: its copies, the files of the workspace. Out:
//! files with their locations, and notes on what cannot be known without a build.

use std::collections::BTreeSet;

use fourply_dockerfile::{CopiedPath, DockerImage};
use fourply_rootfs::RootfsMetadata;

use crate::command::name;
use crate::files::{ImageFile, Kinds};
use crate::installed::in_modules;
use crate::kind::FileKind;
use crate::known::{Known, below, join};
use crate::model::{FileEntry, Note};
use crate::place::Place;

/// The copied files that are in the workspace.
pub(crate) fn files(
    image: &DockerImage,
    kinds: &Kinds<'_>,
    place: Option<&Place>,
    ours: &RootfsMetadata,
    (notes, foreign): (&mut Vec<Note>, &mut Vec<FileEntry>),
) -> Vec<ImageFile> {
    let mut files: Vec<ImageFile> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for copied in &image.copies {
        let deployed = copied.deployed.as_ref().filter(|deployed| is_service(kinds.known, &deployed.filter));
        let source = match deployed {
            // `pnpm deploy` copies the `files` of package.json, and the new image has these.
            Some(_) if kinds.known.lists_files => continue,
            Some(deployed) => Some(kinds.known.in_service(&deployed.part)),
            None => copied.source.clone(),
        };
        let Some(source) = &source else {
            notes.push(Note::FromElsewhere { source: copied.written.clone(), to: copied.to.clone() });
            continue;
        };
        if in_modules(source) {
            continue;
        }
        if is_foreign(kinds.known, source) {
            foreign.extend(of_other_package(kinds.known, place, ours, source, copied));
            continue;
        }
        let found = sources(kinds.known, copied, source);
        if found.is_empty() {
            notes.extend(not_there(kinds, place, ours, source, copied));
        }
        for (source, to) in found {
            if let Some(file) = file(kinds, place, source, &to).filter(|file| seen.insert(file.path.clone()))
            {
                files.push(file);
            }
        }
    }
    files
}

/// Whether a pnpm filter names the service.
fn is_service(known: &Known, filter: &str) -> bool {
    let filter = filter.trim_start_matches("./").trim_end_matches("...").trim_matches(['{', '}']);
    let of_scope = |name: &str| name.starts_with('@') && name.split('/').next_back() == Some(filter);
    let mut alone = known.packages.iter().filter(|(name, _)| of_scope(name)).map(|(_, folder)| folder);
    match known.packages.get(filter) {
        _ if filter == known.service => true,
        Some(folder) => *folder == known.service,
        // pnpm finds `@erp/auth` for `auth` if no other package has that name; in a package's own folder no filter is
        // needed.
        None => filter.is_empty() || (alone.next() == Some(&known.service) && alone.next().is_none()),
    }
}

/// The workspace files that a source matches, each with its path in the image.
pub(crate) fn sources(known: &Known, copied: &CopiedPath, source: &str) -> Vec<(String, String)> {
    let to = copied.to.trim_matches('/');
    let as_file = |path: &str| if copied.into { join(to, name(path)) } else { to.to_owned() };
    if known.sources.contains(source) {
        return vec![(source.to_owned(), as_file(source))];
    }
    if source.contains(['*', '?', '[']) {
        return globbed(known, source, to);
    }
    let inside = known.sources.iter().filter(|path| below(path, source));
    inside.map(|path| (path.clone(), join(to, Known::within(source, path)))).collect()
}

/// docker copies the matches of a glob: files under their names, folders by their contents.
fn globbed(known: &Known, glob: &str, to: &str) -> Vec<(String, String)> {
    let depth = glob.split('/').count();
    let fits = |path: &&String| {
        let mut parts = path.split('/');
        glob.split('/').all(|pattern| parts.next().is_some_and(|part| matches(pattern, part)))
    };
    let place = |path: &String| {
        let parts: Vec<&str> = path.split('/').collect();
        let rest = parts.get(depth..).unwrap_or_default().join("/");
        let rest = if rest.is_empty() { name(path).to_owned() } else { rest };
        (path.clone(), join(to, &rest))
    };
    known.sources.iter().filter(fits).map(place).collect()
}

/// `*` and `?` in one name. A bracket expression matches any character.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = plain(pattern);
    let name: Vec<char> = name.chars().collect();
    // The usual two pointers: linear, except for one step back.
    let (mut at, mut here, mut star) = (0, 0, None);
    while here < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(letter) if *letter == '?' || Some(letter) == name.get(here) => {
                at += 1;
                here += 1;
            }
            _ => match star {
                Some((before, matched)) => {
                    at = before + 1;
                    here = matched + 1;
                    star = Some((before, matched + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|letter| *letter == '*')
}

fn plain(pattern: &str) -> Vec<char> {
    let mut out = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '[' if letters.by_ref().any(|letter| letter == ']') => out.push('?'),
            other => out.push(other),
        }
    }
    out
}

fn file(kinds: &Kinds<'_>, place: Option<&Place>, source: String, to: &str) -> Option<ImageFile> {
    let path = place.and_then(|place| place.of(to, kinds.known))?;
    let kind = kinds.of(&path).max(kinds.of(&source));
    let kind = if kinds.named.contains(&path) { FileKind::Needed } else { kind };
    let source = (source != path).then_some(source);
    Some(ImageFile { path, bytes: 0, kind, source, content: None })
}

/// Whether a path belongs to a package that the image does not have.
pub(crate) fn is_foreign(known: &Known, source: &str) -> bool {
    let owner = known.owner(source);
    owner != "." && !known.needed.contains(owner)
}

/// A part of another package that is copied, such as files from a client's build. A whole package does not count.
fn of_other_package(
    known: &Known,
    place: Option<&Place>,
    ours: &RootfsMetadata,
    source: &str,
    copied: &CopiedPath,
) -> Option<FileEntry> {
    let part = known.owner(source) != source && !source.contains(['*', '?', '[']);
    let target = place.and_then(|place| place.of(copied.to.trim_matches('/'), known)).filter(|_| part)?;
    let target = if name(source).contains('.') && copied.into { join(&target, name(source)) } else { target };
    let there = ours.lookup(&format!("{}/{target}", known.root_in_image)).is_some();
    let inside = Known::within(&known.service, &target);
    let to = match target == source {
        true => None,
        false => Some(inside).filter(|_| below(&target, &known.service) && target != known.service),
    };
    let fits = target == source || to.is_some();
    (!there && fits).then(|| FileEntry { from: source.to_owned(), to: to.map(str::to_owned), count: 1 })
}

/// A source that is not a workspace file: it comes from a build. Its location shows whether the new image has it.
fn not_there(
    kinds: &Kinds<'_>,
    place: Option<&Place>,
    ours: &RootfsMetadata,
    source: &str,
    copied: &CopiedPath,
) -> Option<Note> {
    let known = kinds.known;
    let copy = place.and_then(|place| place.of(copied.to.trim_matches('/'), known));
    let into = copy.as_deref().map(|copy| join(copy, name(source)));
    let standalone = known.in_service(".next/standalone");
    let has = |path: &str| {
        let place = |path: &str| ours.lookup(&format!("{}/{path}", known.root_in_image)).is_some();
        place(path) || place(&join(&standalone, path))
    };
    let there = has(source)
        || into.as_deref().is_some_and(has)
        || copy.as_deref().is_some_and(|copy| copied.to.ends_with(name(source)) && has(copy));
    let kind = kinds.of(source);
    let lacks = !there && kind == FileKind::Needed && !source.contains(['*', '?']);
    lacks.then(|| Note::NotInSources { path: source.to_owned(), count: 1 })
}

#[cfg(test)]
mod tests;
