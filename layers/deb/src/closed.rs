//! Whether packages that were named, not solved for, are whole. Comes in: packages as they were scanned, what they are put on, and
//! what is wanted. Goes out: nothing, or what is missing: a list in a lock file may have lost a line in a merge.

use crate::error::{DebianError, Result};
use crate::index::{DebPackage, PackageIndex};
use crate::installed::of_control;
use crate::scan::Scanned;
use crate::solve::{SolveOn, solve};
use crate::spec::DebianOptions;

/// Solves with nothing but these packages.
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
