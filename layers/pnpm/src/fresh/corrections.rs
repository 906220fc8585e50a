//! Corrections of npm packages with known faults. By the rules of some versions, pnpm also applies them to workspace
//! packages with the same names.
//!
//! In: a package.json. Out: the dependencies that pnpm adds. The data is in `corrections.tsv`, with these columns:
//! whether every release of the list has the entry (`=`) or only some (`?`), the package, the field, the dependency,
//! its range. `tests/pnpm-versions/corrections` wrote the file from the npm package `@yarnpkg/extensions`; its licence
//! is in `corrections.license`.

use super::selector::Name;
use crate::Manifest;

const TABLE: &str = include_str!("corrections.tsv");

/// A dependency that pnpm adds to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Correction {
    /// Only some releases of the list have it, so a lockfile may lack it.
    pub(super) uncertain: bool,
    pub(super) peer: bool,
    pub(super) name: &'static str,
    pub(super) range: &'static str,
}

/// The corrections of one package.
pub(super) fn of(manifest: &Manifest) -> impl Iterator<Item = Correction> {
    let holds =
        |selector: &str| Name::parse(selector).holds(manifest.name.as_deref(), manifest.version.as_deref());
    TABLE
        .lines()
        .filter_map(entry)
        .filter(move |(selector, _)| holds(selector))
        .map(|(_, correction)| correction)
}

fn entry(line: &'static str) -> Option<(&'static str, Correction)> {
    let mut parts = line.split('\t');
    let (mark, selector, field) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, range) = (parts.next()?, parts.next()?);
    Some((selector, Correction { uncertain: mark == "?", peer: field == "peer", name, range }))
}

#[cfg(test)]
mod tests {
    use super::{TABLE, entry};

    #[test]
    fn every_line_is_an_entry() {
        assert!(TABLE.lines().count() > 200);
        for line in TABLE.lines() {
            assert!(entry(line).is_some() && line.split('\t').count() == 5, "{line}");
        }
    }
}
