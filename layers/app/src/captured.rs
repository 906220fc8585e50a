//! A file or link on its way into the image.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::Path;

use fourply_pnpm::ImporterId;

use crate::entry::is_program;
use crate::listing::inside;
use crate::sensitive::Sensitive;
use crate::sources::{SourceFile, SourceKind};
use crate::windows::hold_the_same;
use crate::{AppError, Result};

/// A file or link for the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Captured {
    /// Its location. A link's target is relative once it was checked.
    pub source: SourceFile,
    /// Whether the configuration names this file by itself. Then it may be one that is otherwise an error.
    pub exact: bool,
    /// Whether a link's target must be absolute.
    pub absolute: bool,
    /// The target path, if it differs from the location. Most files have none, and there may be very many.
    pub moved: Option<String>,
}

impl Captured {
    /// A file whose target path is its location.
    pub(crate) fn in_place(source: SourceFile) -> Captured {
        Captured { source, exact: false, absolute: false, moved: None }
    }

    /// A file with a target path, relative to the workspace's root.
    pub(crate) fn placed(source: SourceFile, at: String) -> Captured {
        let moved = (at != source.path).then_some(at);
        Captured { moved, ..Captured::in_place(source) }
    }

    /// The target path, relative to the workspace's root.
    pub(crate) fn at(&self) -> &str {
        self.moved.as_deref().unwrap_or(&self.source.path)
    }

    /// The error for a sensitive file that must be named explicitly, in a service's image.
    pub(crate) fn sensitive(&self, what: Sensitive, service: &ImporterId) -> AppError {
        let (path, at) = (self.source.path.clone(), self.at().to_owned());
        AppError::Sensitive { what, path, at, service: service.clone() }
    }
}

/// Captured files, by target path.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeSet<Placed>);

/// A file, ordered and found by its target path.
#[derive(Debug)]
struct Placed(Captured);

impl Borrow<str> for Placed {
    fn borrow(&self) -> &str {
        self.0.at()
    }
}

impl PartialEq for Placed {
    fn eq(&self, other: &Placed) -> bool {
        self.0.at() == other.0.at()
    }
}

impl Eq for Placed {}

impl PartialOrd for Placed {
    fn partial_cmp(&self, other: &Placed) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Placed {
    fn cmp(&self, other: &Placed) -> Ordering {
        self.0.at().cmp(other.0.at())
    }
}

impl Taken {
    /// Adds a file that is below `root`. An identical file with the same target is accepted: Next.js traces parts of
    /// `public`, for example.
    ///
    /// # Errors
    /// [`AppError::TwoFiles`] if a different file has the target path; or a file cannot be read.
    pub(crate) fn add(&mut self, one: Captured, root: &Path) -> Result<()> {
        let Some(Placed(other)) = self.0.get(one.at()) else {
            self.0.insert(Placed(one));
            return Ok(());
        };
        if other.source.path != one.source.path && !is_copy(&other.source, &one.source, root)? {
            let (at, other) = (one.at().to_owned(), other.source.path.clone());
            return Err(AppError::TwoFiles { one: one.source.path, other, at });
        }
        if one.exact
            && let Some(Placed(other)) = self.0.take(one.at())
        {
            self.0.insert(Placed(Captured { exact: true, ..other }));
        }
        Ok(())
    }

    /// All files, sorted by target path.
    pub(crate) fn into_files(self) -> impl Iterator<Item = Captured> {
        self.0.into_iter().map(|Placed(one)| one)
    }
}

/// Whether two files have the same content and executable bit.
fn is_copy(one: &SourceFile, other: &SourceFile, root: &Path) -> Result<bool> {
    if one.kind != other.kind || matches!(one.kind, SourceKind::Symlink { .. }) {
        return Ok(false);
    }
    let (one, other) = (root.join(&one.path), root.join(&other.path));
    let size = |path: &Path| Ok::<_, std::io::Error>(fs_err::metadata(path)?.len());
    Ok(size(&one)? == size(&other)? && hold_the_same(&one, &other)?)
}

/// The Node.js programs among these paths that are in the service's folder, relative to it, in the same order.
pub(crate) fn programs<'p>(paths: impl Iterator<Item = &'p str>, service: &ImporterId) -> Vec<String> {
    let own = paths.filter(|path| service.is_root() || inside(service, path).len() < path.len());
    own.map(|path| inside(service, path).to_owned()).filter(|path| is_program(path)).collect()
}
