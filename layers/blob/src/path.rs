//! Paths inside a layer.
//!
//! In: untrusted text. Out: [`LayerPath`]. It is never absolute, never leaves the layer, and is never a whiteout. It
//! needs no further check before writing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The prefix of a whiteout's name: such a file would delete another one from lower layers.
/// Source: OCI image specification, layer.md, "Whiteouts".
pub(crate) const WHITEOUT: &str = ".wh.";

/// Linux's `NAME_MAX`: no file system for images accepts a longer component.
const NAME_MAX: usize = 255;

/// Linux's `PATH_MAX` without its final NUL.
const PATH_MAX: usize = 4095;

/// A path inside a layer: relative to the root of the image, separated by `/`, never empty.
///
/// The order is that of the bytes, so a directory comes before everything in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LayerPath(String);

impl LayerPath {
    /// Checks `path`.
    ///
    /// # Errors
    /// [`PathError`] for an empty, absolute or overlong path, an empty, `.`, `..` or overlong component, a NUL, or a
    /// component that begins with `.wh.`.
    pub fn new(path: impl Into<String>) -> Result<Self, PathError> {
        let path = path.into();
        match check(&path) {
            Ok(()) => Ok(Self(path)),
            Err(fault) => Err(PathError { path, fault }),
        }
    }

    /// This path with `below`, one component or more, appended.
    ///
    /// # Errors
    /// As [`LayerPath::new`].
    pub fn join(&self, below: &str) -> Result<Self, PathError> {
        Self::new(format!("{}/{below}", self.0))
    }

    /// Its directory; `None` at the root of the image.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// The last component.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.as_str(), |(_, name)| name)
    }

    /// All directories above it, the outermost first: for `a/b/c`, `a` and `a/b`.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        self.0.match_indices('/').filter_map(|(end, _)| self.0.get(..end)).map(|above| Self(above.to_owned()))
    }

    /// The name of the empty file with which a layer hides this path of lower layers. It is not a valid path of a file,
    /// so it leaves this crate only in tar headers.
    ///
    /// # Errors
    /// The name becomes too long.
    pub(crate) fn whiteout(&self) -> Result<Self, PathError> {
        let name = format!("{WHITEOUT}{}", self.name());
        let path = self.parent().map_or_else(|| name.clone(), |parent| format!("{parent}/{name}"));
        match name.len() > NAME_MAX || path.len() > PATH_MAX {
            true => Err(PathError { path, fault: PathFault::TooLong }),
            false => Ok(Self(path)),
        }
    }

    /// The path that a whiteout of this name hides; `None` for any other name.
    pub(crate) fn hidden_by(name: &str) -> Option<Self> {
        let (folder, last) = name.rsplit_once('/').map_or(("", name), |(folder, last)| (folder, last));
        let hidden = last.strip_prefix(WHITEOUT)?;
        Self::new(if folder.is_empty() { hidden.to_owned() } else { format!("{folder}/{hidden}") }).ok()
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(path: &str) -> Result<(), PathFault> {
    if path.is_empty() {
        return Err(PathFault::Empty);
    }
    if path.starts_with('/') {
        return Err(PathFault::Absolute);
    }
    if path.len() > PATH_MAX {
        return Err(PathFault::TooLong);
    }
    path.split('/').try_for_each(check_component)
}

fn check_component(name: &str) -> Result<(), PathFault> {
    match name {
        "" => Err(PathFault::EmptyComponent),
        "." | ".." => Err(PathFault::Dots),
        _ if name.len() > NAME_MAX => Err(PathFault::TooLong),
        _ if name.contains('\0') => Err(PathFault::Nul),
        _ if name.starts_with(WHITEOUT) => Err(PathFault::Whiteout),
        _ => Ok(()),
    }
}

/// The text is not a valid path inside a layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path:?} is not a valid path in a layer: {fault}")]
pub struct PathError {
    path: String,
    fault: PathFault,
}

impl PathError {
    /// The rejected text.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it was rejected because it would delete files of lower layers.
    pub fn is_whiteout(&self) -> bool {
        self.fault == PathFault::Whiteout
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum PathFault {
    #[error("it is empty")]
    Empty,
    #[error("it is absolute")]
    Absolute,
    #[error("the path or one of its components is too long for Linux")]
    TooLong,
    #[error("it has an empty component")]
    EmptyComponent,
    #[error("it has a component \".\" or \"..\"")]
    Dots,
    #[error("it contains a NUL")]
    Nul,
    #[error("names that start with \".wh.\" delete files of lower layers")]
    Whiteout,
}

impl fmt::Display for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for LayerPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<LayerPath> for String {
    fn from(path: LayerPath) -> Self {
        path.0
    }
}

impl TryFrom<String> for LayerPath {
    type Error = PathError;

    fn try_from(path: String) -> Result<Self, Self::Error> {
        Self::new(path)
    }
}

impl crate::KeyValue for LayerPath {
    fn feed(&self, feed: &mut crate::Feed<'_>) {
        feed.bytes(self.as_str().as_bytes());
    }
}

#[cfg(test)]
mod tests;
