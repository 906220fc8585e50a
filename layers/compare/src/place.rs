//! The location of the workspace in an image. In: the image's start folder, paths of its files. Out: for a path of the
//! image, the path in the workspace. An image may contain the whole workspace (`/app/services/auth`) or a single
//! package, as `pnpm deploy` leaves it.

use crate::known::{Known, below, join};

/// The location of a workspace. Paths are those of the image, without a leading slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The workspace's root, if the image has one.
    root: Option<String>,
    /// The service's folder.
    service: String,
}

impl Place {
    /// `has` says whether the image has something at a path, `all` are its paths.
    pub(crate) fn find<'p>(
        known: &Known,
        folder: &str,
        has: &dyn Fn(&str) -> bool,
        all: impl Iterator<Item = &'p str>,
    ) -> Option<Place> {
        let folder = folder.trim_matches('/');
        let service = known.service.as_str();
        if service == "." {
            return (!folder.is_empty())
                .then(|| Place { root: Some(folder.to_owned()), service: folder.to_owned() });
        }
        let ends = folder.strip_suffix(service).filter(|root| root.is_empty() || root.ends_with('/'));
        if let Some(root) = ends {
            return Some(Place::of_root(root.trim_end_matches('/'), service));
        }
        if has(&join(folder, service)) {
            return Some(Place::of_root(folder, service));
        }
        let manifest = format!("{service}/package.json");
        let ends = |path: &&str| {
            let root = path.strip_suffix(manifest.as_str());
            root.is_some_and(|root| {
                (root.is_empty() || root.ends_with('/')) && !root.contains("node_modules/")
            })
        };
        let shortest = all.filter(ends).min_by_key(|path| path.len());
        if let Some(root) = shortest.and_then(|path| path.strip_suffix(manifest.as_str())) {
            return Some(Place::of_root(root.trim_end_matches('/'), service));
        }
        (!folder.is_empty()).then(|| Place { root: None, service: folder.to_owned() })
    }

    fn of_root(root: &str, service: &str) -> Place {
        Place { root: Some(root.to_owned()), service: join(root, service) }
    }

    /// The workspace path of an image path; `None` outside the workspace.
    pub(crate) fn of(&self, path: &str, known: &Known) -> Option<String> {
        if below(path, &self.service) {
            let rest = path.strip_prefix(self.service.as_str())?.trim_start_matches('/');
            return Some(known.in_service(rest));
        }
        let root = self.root.as_deref()?;
        if root.is_empty() {
            let top = path.split('/').next()?;
            return (!SYSTEM.contains(&top)).then(|| path.to_owned());
        }
        below(path, root)
            .then(|| path.strip_prefix(root).unwrap_or_default().trim_start_matches('/').to_owned())
    }

    /// The service's folder in the image.
    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// The folder of the whole workspace, for display.
    pub(crate) fn shown(&self) -> String {
        format!("/{}", self.root.as_deref().unwrap_or(&self.service))
    }
}

/// Folders of the system, if the workspace is at `/`.
const SYSTEM: [&str; 20] = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc",
    "root", "run", "sbin", "srv", "sys", "usr", "var",
];

#[cfg(test)]
mod tests;
