//! A file or link on its way into the image.

use std::collections::BTreeMap;

use fourply_pnpm::ImporterId;

use crate::entry::is_program;
use crate::listing::inside;
use crate::sensitive::Sensitive;
use crate::sources::SourceFile;
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
    /// Adds one.
    ///
    /// # Errors
    /// [`AppError::TwoFiles`] where another file has its place.
    pub(crate) fn add(&mut self, one: Captured) -> Result<()> {
        match self.0.get_mut(&one.at) {
            Some(other) if other.source.path == one.source.path => other.exact |= one.exact,
            Some(other) => {
                let other = other.source.path.clone();
                return Err(AppError::TwoFiles { one: one.source.path, other, at: one.at });
            }
            None => drop(self.0.insert(one.at.clone(), one)),
        }
        Ok(())
    }
}

/// Programs of node among these paths that lie in the service's folder, relative to it and in the same order.
pub(crate) fn programs<'p>(paths: impl Iterator<Item = &'p str>, service: &ImporterId) -> Vec<String> {
    let own = paths.filter(|path| service.is_root() || inside(service, path).len() < path.len());
    own.map(|path| inside(service, path).to_owned()).filter(|path| is_program(path)).collect()
}
