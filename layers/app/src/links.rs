//! Links of the workspace in the image. In: a link's path and target. Out: the target, relative to the link's folder.
//! No file is opened except to find the real name of the workspace's folder.

use std::path::Path;

use fourply_pnpm::ImporterId;

use crate::sources::stays_inside;

/// The target of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Relative to the link's folder.
    pub relative: String,
    /// Whether it was absolute, and must be absolute in the image too.
    pub absolute: bool,
}

/// The workspace's location on this host and in the image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots<'a> {
    pub here: &'a Path,
    /// Such as `/app`.
    pub image: &'a str,
}

impl Roots<'_> {
    /// The target of a link at `path`; `None` if it leads out of the workspace.
    pub(crate) fn target(&self, path: &str, target: &str) -> Option<Target> {
        if !target.starts_with('/') {
            let inside = stays_inside(path, target);
            return inside.then(|| Target { relative: target.to_owned(), absolute: false });
        }
        let real = std::fs::canonicalize(self.here).ok();
        let places = [Some(self.here), real.as_deref(), Some(Path::new(self.image))];
        let rest =
            places.into_iter().flatten().find_map(|place| Path::new(target).strip_prefix(place).ok())?;
        let rest = ImporterId::new(rest.to_str()?)?;
        Some(Target { relative: relative(path, rest.as_str()), absolute: true })
    }
}

/// The relative path from the folder of `path` to `to`; both are relative to the same root.
pub(crate) fn relative(path: &str, to: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    match (up.as_str(), to) {
        ("", ".") => ".".to_owned(),
        (up, ".") => up.trim_end_matches('/').to_owned(),
        (up, to) => format!("{up}{to}"),
    }
}

/// The target of a link at `path`, relative to the common root.
pub(crate) fn resolved(path: &str, relative: &str) -> Option<ImporterId> {
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    ImporterId::new(folder)?.join(relative)
}

#[cfg(test)]
mod tests;
