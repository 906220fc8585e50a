//! What happens to a file of the base in a protected folder when a package brings another. Comes in: the plan so far, and an item of a
//! package. Goes out: whether the item takes its place. A file that is as the base's package had it is replaced; one that was changed, or
//! that no package has, stays, and the package's lies beside it. Source: apk-tools 2.14, `apk_db_migrate_files`.

use fourply_blob::LayerPath;

use crate::error::{ApkError, Result};
use crate::plan::ApkPlan;
use crate::scan::{ApkItem, Scanned};

/// The ending of a file that lies beside the one that was changed.
const BESIDE: &str = ".apk-new";

/// What becomes of an item whose place is taken.
pub(crate) enum Configuration {
    Replaced,
    /// The base has the same content: its file stays.
    Kept,
    /// It is written at this path.
    Beside(LayerPath),
}

impl ApkPlan<'_> {
    pub(crate) fn configuration(
        &self,
        packages: &[Scanned],
        package: &str,
        real: &str,
        item: &ApkItem,
    ) -> Result<Configuration> {
        let folder = item.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let owner = self.claims.owner(real);
        let of_layer = owner.is_some() && !self.kept.contains(real);
        if of_layer || !self.protected.holds(folder) || !self.installed.rootfs.entries.contains_key(real) {
            return Ok(Configuration::Replaced);
        }
        let expected = match owner {
            Some(owner) => packages.get(owner).and_then(|package| sha1_at(package, &item.path)),
            None => self.installed_sha1(real),
        };
        let unknown = || ApkError::Protected { path: real.to_owned(), package: package.to_owned() };
        let found = self.installed.found(real).ok_or_else(unknown)?;
        if expected == Some(found) {
            return Ok(Configuration::Replaced);
        }
        if item.sha1 == Some(found) {
            return Ok(Configuration::Kept);
        }
        let path = LayerPath::new(format!("{real}{BESIDE}"))?;
        Ok(Configuration::Beside(path))
    }

    /// The checksum that the base's database has of a path, unless its package is gone.
    pub(crate) fn installed_sha1(&self, real: &str) -> Option<[u8; 20]> {
        let file = self.installed.files.files.get(real)?;
        file.sha1.filter(|_| !self.gone.contains(&file.package))
    }
}

fn sha1_at(package: &Scanned, path: &str) -> Option<[u8; 20]> {
    package.items.iter().find(|item| item.path == path)?.sha1
}
