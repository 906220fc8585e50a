//! Parts: the packages of one layer by use, divided so that a release changes few bytes.
//!
//! In: packages with their sizes, and the most parts. Out: [`Part`]s. Each package is in exactly one part, and only the
//! arguments decide which. This module does not know services, images or package contents.
//!
//! The rule: packages that are released together form a unit: all of a scope (`@aws-sdk/*`), or all with one name. A
//! package of [`LARGE`] bytes is a unit by itself. Three quarters of the parts go to the units that are most expensive
//! to move when another package changes: those with the most bytes and releases. Rendezvous hashing puts the rest into
//! the remaining parts, so a unit stays in its part whatever else is there. Rarely released units do not share a part
//! with often released ones.
//!
//! The number of releases is estimated from the version: 3.940.0 means some 940 releases since 3.0.0, and 1.0.2 two.
//! Sizes count as powers of two, so that a new version gets another rank only if the package changed a lot.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Inputs as _;

use crate::DepPath;

/// The size in bytes from which a package is a unit by itself, whatever its scope.
const LARGE: u64 = 1 << 20;

/// The size in bytes below which a unit gets no part of its own: the request would cost more than the bytes.
const SMALL: u64 = 160 << 10;

/// The greatest number of [`releases`].
const MOST: usize = 6;

/// The number of [`releases`] from which a unit counts as often released.
const OFTEN: usize = 4;

/// How likely a package with this number of [`releases`] is to change, as a multiple of the least likely. Counted over
/// daily and monthly releases of two workspaces (docs/modules-layers.md).
const LIKELY: [u64; MOST + 1] = [1, 1, 2, 4, 5, 10, 40];

/// Packages in the same layer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// How much the part changes for its size; 0 is the lowest in an image. Some engines identify a layer by everything
    /// below it too, and pull all layers above a changed one again.
    pub tier: usize,
    /// At least one.
    pub packages: BTreeSet<DepPath>,
}

/// Divides `packages` (with their sizes in bytes) into at most `most` parts, sorted by tier.
pub fn parts(packages: &BTreeMap<DepPath, u64>, most: usize) -> Vec<Part> {
    let units = units(packages);
    let mut ranked: Vec<&Unit<'_>> = units.iter().filter(|unit| unit.size >= SMALL).collect();
    ranked.sort_by_key(|unit| (Reverse(unit.rank()), unit.name));
    let places = if most < 2 { 0 } else { most * 3 / 4 };
    ranked.truncate(places);
    let alone: BTreeSet<&str> = ranked.iter().map(|unit| unit.name).collect();
    let buckets = Buckets::new(most.saturating_sub(places));
    let mut shared: BTreeMap<usize, Vec<&Unit<'_>>> = BTreeMap::new();
    for unit in units.iter().filter(|unit| !alone.contains(unit.name)) {
        shared.entry(buckets.of(unit)).or_default().push(unit);
    }
    let mut parts: Vec<Part> = ranked
        .into_iter()
        .map(|unit| vec![unit])
        .chain(shared.into_values())
        .map(|units| part(&units))
        .collect();
    parts.sort();
    parts
}

/// Packages that change together.
struct Unit<'a> {
    /// The scope, or the package's name.
    name: &'a str,
    packages: BTreeSet<&'a DepPath>,
    size: u64,
    /// The maximum over its packages.
    releases: usize,
    likely: u64,
}

impl Unit<'_> {
    /// The cost of moving it unnecessarily, roughly twice a logarithm.
    fn rank(&self) -> usize {
        2 * self.size.max(1).ilog2() as usize + self.releases
    }
}

fn units(packages: &BTreeMap<DepPath, u64>) -> Vec<Unit<'_>> {
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    packages.iter().for_each(|(package, size)| *sizes.entry(package.name()).or_default() += size);
    let mut units: BTreeMap<&str, Unit<'_>> = BTreeMap::new();
    for (package, size) in packages {
        let is_large = sizes.get(package.name()).is_some_and(|size| *size >= LARGE);
        let name = if is_large { package.name() } else { family(package.name()) };
        let releases = releases(package.version());
        let unit = units.entry(name).or_insert(Unit {
            name,
            packages: BTreeSet::new(),
            size: 0,
            releases: 0,
            likely: 0,
        });
        unit.packages.insert(package);
        unit.size = unit.size.saturating_add(*size);
        unit.releases = unit.releases.max(releases);
        unit.likely += LIKELY.get(releases).copied().unwrap_or_default();
    }
    units.into_values().collect()
}

/// `@scope` of `@scope/x`; otherwise the name.
fn family(name: &str) -> &str {
    match name.split_once('/') {
        Some((scope, _)) if scope.starts_with('@') => scope,
        _ => name,
    }
}

/// How often a version's major version was released so far, as a logarithm; 0 if the text is not a version.
fn releases(version: &str) -> usize {
    let Ok(version) = node_semver::Version::parse(version) else { return 0 };
    let count = version.minor.saturating_add(version.patch).saturating_add(1);
    (count.ilog2() as usize).min(MOST)
}

/// The parts that units share.
struct Buckets {
    /// How many buckets are for rarely released units.
    seldom: usize,
    often: usize,
}

impl Buckets {
    fn new(number: usize) -> Buckets {
        let often = if number < 2 { 0 } else { (number * 3 / 10).max(1) };
        Buckets { seldom: number.saturating_sub(often).max(1), often }
    }

    fn of(&self, unit: &Unit<'_>) -> usize {
        let (first, number) = match unit.releases {
            OFTEN.. if self.often > 0 => (self.seldom, self.often),
            _ => (0, self.seldom),
        };
        // The family, not the unit: a package that grows large and shrinks again returns to its family's bucket.
        let family = family(unit.name);
        (first..first + number)
            .max_by_key(|bucket| BucketInputs { family, bucket: *bucket }.key())
            .unwrap_or(first)
    }
}

fourply_blob::inputs! {
    /// How much a family is drawn to a bucket: it goes where this is greatest.
    struct BucketInputs<'a>: "part", rules 1 {
        family: &'a str,
        bucket: usize,
    }
}

fn part(units: &[&Unit<'_>]) -> Part {
    let size = units.iter().map(|unit| unit.size).sum::<u64>().max(1);
    let likely = units.iter().map(|unit| unit.likely).sum::<u64>();
    // By MiB: a lower layer costs more bytes when it changes, so it should change rarely.
    let tier = match likely.saturating_mul(1 << 20) / size {
        0..5 => 0,
        5..50 => 1,
        _ => 2,
    };
    let packages = units.iter().flat_map(|unit| &unit.packages).map(|package| (*package).clone()).collect();
    Part { tier, packages }
}

#[cfg(test)]
mod tests;
