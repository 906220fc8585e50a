//! A file or link on its way into the image.

use std::collections::BTreeMap;
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
    /// Where it lies. A link's target is relative once it was checked.
    pub source: SourceFile,
    /// Where it goes, relative to the workspace's root.
    pub at: String,
    /// Something names it alone, so that it may be what otherwise is an error.
    pub exact: bool,
    /// A link whose target is to be absolute.
    pub absolute: bool,
}

impl Captured {
    /// A file at its own place.
    pub(crate) fn in_place(source: SourceFile) -> Captured {
        Captured { at: source.path.clone(), source, exact: false, absolute: false }
    }
}

impl Captured {
    /// The error of a file that has to be named, in the image of a service.
    pub(crate) fn sensitive(&self, what: Sensitive, service: &ImporterId) -> AppError {
        let (path, at) = (self.source.path.clone(), self.at.clone());
        AppError::Sensitive { what, path, at, service: service.clone() }
    }
}

/// What is taken, by place.
#[derive(Debug, Default)]
pub(crate) struct Taken(pub BTreeMap<String, Captured>);

impl Taken {
    /// Adds one, which lies below `root`. A copy of what has its place already is no other file: Next.js traces parts of `public`, for example.
    ///
    /// # Errors
    /// [`AppError::TwoFiles`] where another file has its place; files that cannot be read.
    pub(crate) fn add(&mut self, one: Captured, root: &Path) -> Result<()> {
        match self.0.get_mut(&one.at) {
            Some(other)
                if other.source.path == one.source.path || is_copy(&other.source, &one.source, root)? =>
            {
                other.exact |= one.exact;
            }
            Some(other) => {
                let other = other.source.path.clone();
                return Err(AppError::TwoFiles { one: one.source.path, other, at: one.at });
            }
            None => drop(self.0.insert(one.at.clone(), one)),
        }
        Ok(())
    }
}

/// Whether two files hold the same, and are executable alike.
fn is_copy(one: &SourceFile, other: &SourceFile, root: &Path) -> Result<bool> {
    if one.kind != other.kind || matches!(one.kind, SourceKind::Symlink { .. }) {
        return Ok(false);
    }
    let (one, other) = (root.join(&one.path), root.join(&other.path));
    let size = |path: &Path| Ok::<_, std::io::Error>(fs_err::metadata(path)?.len());
    Ok(size(&one)? == size(&other)? && hold_the_same(&one, &other)?)
}

/// Programs of node among these paths that lie in the service's folder, relative to it and in the same order.
pub(crate) fn programs<'p>(paths: impl Iterator<Item = &'p str>, service: &ImporterId) -> Vec<String> {
    let own = paths.filter(|path| service.is_root() || inside(service, path).len() < path.len());
    own.map(|path| inside(service, path).to_owned()).filter(|path| is_program(path)).collect()
}
