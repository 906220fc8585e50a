//! Checks that a named list of packages is complete. In: scanned packages, their base, the requested packages. Out:
//! nothing, or the missing packages: a list in a lock file may have lost a line in a merge.

use crate::error::{DebianError, Result};
use crate::index::{DebPackage, PackageIndex};
use crate::installed::of_control;
use crate::scan::Scanned;
use crate::solve::{SolveOn, solve};
use crate::spec::DebianOptions;

/// Solves with only these packages.
///
/// # Errors
/// [`DebianError::Incomplete`].
pub(crate) fn check(
    packages: &[Scanned],
    installed: &[DebPackage],
    wanted: &[String],
    options: &DebianOptions,
) -> Result<()> {
    let mut index = PackageIndex::default();
    packages.iter().for_each(|package| index.insert(of_control(&package.control.paragraph)));
    let base = SolveOn { installed, preferred: &[], upgrade: options.upgrade };
    match solve(&index, base, wanted, options.dependencies) {
        Err(DebianError::Unsatisfied { reason, .. }) => Err(DebianError::Incomplete { reason }),
        other => other.map(drop),
    }
}
