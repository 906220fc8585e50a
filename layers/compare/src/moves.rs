//! Files whose location in the team's image differs from the workspace. In: such files. Out: entries; a folder replaces
//! its files only if all of them moved with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::known::{Known, below, join};
use crate::model::{FileEntry, Note};

/// The moved files of one image.
pub(crate) struct Moves<'a> {
    known: &'a Known,
    /// Sources with their locations.
    all: BTreeSet<(&'a str, &'a str)>,
    /// Folders with their new locations that were checked: whether everything in them moved.
    whole: BTreeMap<(String, String), bool>,
}

impl<'a> Moves<'a> {
    /// `all` are the team's files with a source, each with its path.
    pub(crate) fn of(known: &'a Known, all: impl Iterator<Item = (&'a str, &'a str)>) -> Moves<'a> {
        Moves { known, all: all.collect(), whole: BTreeMap::new() }
    }

    /// Handles one file. Only the service's folder can contain moved files.
    pub(crate) fn tell(
        &mut self,
        path: &str,
        source: &str,
        (entries, notes): (&mut Vec<FileEntry>, &mut Vec<Note>),
    ) {
        let known = self.known;
        if !below(path, &known.service) {
            let to = format!("{}/{}", known.root_in_image, path);
            return notes.push(Note::OtherPlace { source: source.to_owned(), to });
        }
        let inside = Known::within(&known.service, path);
        let folder = folder(known, source, inside);
        let (from, to) = match self.is_whole(&folder) {
            true => folder,
            false => (source.to_owned(), inside.to_owned()),
        };
        let same = |entry: &&mut FileEntry| entry.from == from && entry.to.as_deref() == Some(to.as_str());
        match entries.iter_mut().find(same) {
            Some(entry) => entry.count += 1,
            None => entries.push(FileEntry { from, to: Some(to), count: 1 }),
        }
    }

    fn is_whole(&mut self, folder: &(String, String)) -> bool {
        if let Some(whole) = self.whole.get(folder) {
            return *whole;
        }
        let (from, to) = folder;
        let place = self.known.in_service(to);
        let start = format!("{from}/");
        let mut inside =
            self.known.sources.range(start.clone()..).take_while(|path| path.starts_with(&start));
        let whole = inside.all(|path| {
            self.all.contains(&(path.as_str(), join(&place, Known::within(from, path)).as_str()))
        });
        self.whole.insert(folder.clone(), whole);
        whole
    }
}

/// The outermost folder that may replace a file, and its location.
fn folder(known: &Known, source: &str, to: &str) -> (String, String) {
    // The common trailing folders are the ones that moved.
    let same = source.rsplit('/').zip(to.rsplit('/')).take_while(|(one, other)| one == other).count();
    let cut = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        parts.get(..parts.len().saturating_sub(same)).unwrap_or_default().join("/")
    };
    match (cut(source), cut(to)) {
        (from, to_cut) if from.is_empty() || to_cut.is_empty() || !known.may_be_named(&from) => {
            // One folder lower is specific enough.
            let first = |path: &str, cut: &str| match path.strip_prefix(cut) {
                Some(rest) if !cut.is_empty() => {
                    format!("{cut}/{}", rest.trim_start_matches('/').split('/').next().unwrap_or_default())
                }
                _ => path.split('/').next().unwrap_or_default().to_owned(),
            };
            (first(source, &from), first(to, &to_cut))
        }
        both => both,
    }
}

#[cfg(test)]
mod tests;
