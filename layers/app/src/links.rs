//! Links of the workspace as the image has them. In: a link's path and target. Out: where it leads, relative to its folder. No file is
//! opened but to learn the real name of the workspace's folder.

use std::path::Path;

use fourply_pnpm::ImporterId;

use crate::sources::stays_inside;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Relative to the link's folder.
    pub relative: String,
    /// It was absolute, and is to be in the image, too.
    pub absolute: bool,
}

/// Where a workspace lies: on this machine and in the image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots<'a> {
    pub here: &'a Path,
    /// `/app`.
    pub image: &'a str,
}

impl Roots<'_> {
    /// The target of a link at `path`; nothing where it leads out of the workspace.
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

/// The way from the folder of `path` to `to`, both relative to one root.
pub(crate) fn relative(path: &str, to: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    match (up.as_str(), to) {
        ("", ".") => ".".to_owned(),
        (up, ".") => up.trim_end_matches('/').to_owned(),
        (up, to) => format!("{up}{to}"),
    }
}

/// What a link at `path` leads to, relative to the root of both.
pub(crate) fn resolved(path: &str, relative: &str) -> Option<ImporterId> {
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    ImporterId::new(folder)?.join(relative)
}

#[cfg(test)]
mod tests;
