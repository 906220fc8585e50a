//! The files of a service's image in addition to its outputs. In: checked entries, a folder. Out: files and links with
//! their targets.

use std::collections::BTreeSet;
use std::path::Path;

use fourply_pnpm::ImporterId;
use fourply_scripts::files::relative;

use crate::captured::Captured;
use crate::error::LinkFault;
use crate::included::Entry;
use crate::links::{Roots, resolved};
use crate::listing::{Listing, inside};
use crate::sources::{SourceFile, SourceKind};
use crate::{AppError, Patterns, Result};

/// The entries, and the folder to capture them from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IncludedCapture<'a> {
    pub entries: &'a [Entry],
    /// The folder with the files: the build's or the user's.
    pub listing: Listing<'a>,
    /// The user's own workspace.
    pub workspace: &'a Path,
    /// The workspace's folder in the image.
    pub root_in_image: &'a str,
}

impl IncludedCapture<'_> {
    /// The workspace's location on this host and in the image.
    pub(crate) fn roots(&self) -> Roots<'_> {
        Roots { here: self.listing.root, image: self.root_in_image }
    }

    /// Lists the files of the entries.
    ///
    /// # Errors
    /// [`AppError::MissingIncluded`] for an entry without files; or a link leads out of its entry.
    pub(crate) fn files(&self) -> Result<Vec<Captured>> {
        let mut taken = Vec::new();
        for entry in self.entries {
            let files = self.of(entry)?;
            if files.is_empty() {
                return Err(self.missing(entry));
            }
            taken.extend(files);
        }
        Ok(taken)
    }

    fn of(&self, entry: &Entry) -> Result<Vec<Captured>> {
        let full = self.listing.root.join(&entry.path);
        if full.symlink_metadata().is_err() {
            return self.globbed(entry);
        }
        let real = self.real(entry)?;
        let below = format!("{real}/");
        let files: Vec<SourceFile> = match self.listing.root.join(&real).is_dir() {
            true => self.listing.below(&real)?,
            false => self.file(&real)?,
        };
        let captured = |source: SourceFile| {
            let rest = source.path.strip_prefix(&below).unwrap_or_default();
            let at = entry.destination(rest);
            self.checked(
                entry,
                &real,
                Captured {
                    // The name of a link proves nothing about its target.
                    exact: rest.is_empty() && real == entry.path,
                    ..Captured::placed(source, at)
                },
            )
        };
        files.into_iter().map(captured).collect()
    }

    /// The file at a path; empty if it is not visible.
    pub(crate) fn file(&self, real: &str) -> Result<Vec<SourceFile>> {
        let folder = ImporterId::new(real.rsplit_once('/').map_or(".", |(folder, _)| folder));
        let folder = folder.unwrap_or_else(ImporterId::root);
        let beside = self.listing.below(folder.as_str())?;
        Ok(beside.into_iter().filter(|source| source.path == real).collect())
    }

    /// The real path of an entry that may be a link, or below one.
    fn real(&self, entry: &Entry) -> Result<String> {
        let root = fs_err::canonicalize(self.listing.root)?;
        let full = self.listing.root.join(&entry.path);
        let real = std::fs::canonicalize(&full).ok().filter(|real| real.starts_with(&root) && *real != root);
        match real {
            Some(real) => Ok(relative(&root, &real)?),
            None => Err(self.link_out(entry, &full)),
        }
    }

    /// The error for an entry that is a link, or below one, to something that the build lacks.
    fn link_out(&self, entry: &Entry, full: &Path) -> AppError {
        let own = self.workspace.join(&entry.path);
        let real = std::fs::canonicalize(&own).ok().zip(std::fs::canonicalize(self.workspace).ok());
        let fault = match real {
            _ if full.exists() => LinkFault::Outside,
            Some((real, root)) if real.starts_with(&root) => LinkFault::NoInput,
            Some(_) => LinkFault::Outside,
            None => LinkFault::Dangling,
        };
        let target = std::fs::read_link(full).unwrap_or_default().to_string_lossy().into_owned();
        AppError::LinkOut { path: own, fault, target }
    }

    fn globbed(&self, entry: &Entry) -> Result<Vec<Captured>> {
        if !entry.is_glob() {
            return Ok(Vec::new());
        }
        if entry.moves() {
            return Err(entry.refuse("a glob has no \"to\": name a folder, or leave \"to\" out"));
        }
        let pattern = Patterns::new(&[entry.inside().to_owned()])?;
        let there = self.listing.below(entry.owner.as_str())?;
        let named = there.into_iter().filter(|source| pattern.names(inside(&entry.owner, &source.path)));
        Ok(named.map(Captured::in_place).collect())
    }

    /// A moved link must lead to something that is moved with it.
    fn checked(&self, entry: &Entry, real: &str, one: Captured) -> Result<Captured> {
        let SourceKind::Symlink { target } = &one.source.kind else { return Ok(one) };
        if one.at() == one.source.path {
            return Ok(one);
        }
        let to = self.roots().target(&one.source.path, target);
        let to = to.and_then(|to| resolved(&one.source.path, &to.relative));
        let stays = to.is_some_and(|to| to.as_str() == real || to.as_str().starts_with(&format!("{real}/")));
        match stays {
            true => Ok(one),
            false => Err(entry.refuse_link(&one.source.path, target)),
        }
    }

    fn missing(&self, entry: &Entry) -> AppError {
        let (root, own) = (self.listing.root, self.workspace);
        let folder = entry.path.rsplit_once('/').map_or(root.to_path_buf(), |(folder, _)| root.join(folder));
        let names = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let found: BTreeSet<String> = names
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "node_modules")
            .collect();
        AppError::MissingIncluded {
            entry: entry.spec.from.clone(),
            path: entry.path.clone(),
            found: found.into_iter().collect(),
            ignored: root != own && own.join(&entry.path).exists(),
        }
    }
}
