//! Configuration files on a base: those that somebody changed stay. Comes in: the plan so far, and a file of a package. Goes out: whether it
//! takes the place of what the base has. As dpkg decides where nobody answers its question
//! (<https://git.dpkg.org/cgit/dpkg/dpkg.git/tree/src/main/configure.c>, `deferred_configure_conffile`): the base's stays, the package's lies
//! beside it.

use crate::plan::DebPlan;
use crate::scan::Scanned;

/// The ending of a file that lies beside the one that was changed.
const BESIDE: &str = ".dpkg-dist";

/// What becomes of a configuration file whose place is taken.
pub(crate) enum Conffile {
    Replaced,
    /// The base's file stays.
    Kept,
    /// The base's file stays, and the package's is written at this path.
    Beside(String),
}

impl DebPlan<'_> {
    pub(crate) fn conffile(&self, package: &Scanned, real: &str, path: &str) -> Conffile {
        let (Some(base), Some(new)) = (self.base, package.conffiles.get(path)) else {
            return Conffile::Replaced;
        };
        if self.claims.owner(real).is_some() {
            return Conffile::Replaced;
        }
        let found = base.found(real);
        let old = base.conffiles(&package.pin.name).and_then(|files| files.get(path)).map(String::as_str);
        match (found, old) {
            (Some(found), _) if found == new => Conffile::Kept,
            (Some(found), Some(old)) if found == old => Conffile::Replaced,
            (_, Some(old)) if old == new => Conffile::Kept,
            _ => Conffile::Beside(format!("{real}{BESIDE}")),
        }
    }

    /// What becomes of a configuration file that the base's package had, and that somebody deleted: it stays so. `None` for others.
    pub(crate) fn deleted(&self, package: &Scanned, real: &str, path: &str) -> Option<Conffile> {
        let old = self.base?.conffiles(&package.pin.name)?.get(path)?;
        let new = package.conffiles.get(path)?;
        match old == new {
            true => Some(Conffile::Kept),
            false => Some(Conffile::Beside(format!("{real}{BESIDE}"))),
        }
    }
}
