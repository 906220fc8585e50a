//! Licences of packages: whether each is allowed, and the list of all. In: what an image holds. Out: an error that names packages, or lines.

use std::collections::{BTreeMap, BTreeSet};

use fourply_attest::{AllowedLicences, Component, Contents, Kind, Licence};

use crate::Error;
use crate::settings::ROOT_IN_IMAGE;

/// How many packages of one licence are named.
const SHOWN: usize = 10;
/// What stands for a package that says nothing of a licence.
const NONE: &str = "NONE";

/// Checks the packages of npm's that the service brings; those of the base are the base's.
///
/// # Errors
/// Packages whose licence is not allowed.
pub(super) fn check(service: &str, contents: &Contents, allowed: &AllowedLicences) -> Result<(), Error> {
    let below = format!("{ROOT_IN_IMAGE}/");
    let is_own =
        |one: &&Component| one.kind == Kind::Npm && one.paths.iter().any(|path| path.starts_with(&below));
    let own = contents.components().filter(is_own);
    let others = by_licence(own.filter(|one| !allowed.allows(one.licence.as_ref())));
    if others.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = others.iter().map(|(licence, packages)| line(licence, packages)).collect();
    let words: Vec<String> = others.keys().map(|licence| format!("{licence:?}")).collect();
    Err(Error::user(
        format!(
            "{service} has packages of licences that [image] licenses does not allow: {}",
            lines.join("; ")
        ),
        format!(
            "add what is allowed to licenses of [image] in fourply.toml ({}), or do without the packages",
            words.join(", ")
        ),
    ))
}

fn line(licence: &str, packages: &BTreeSet<String>) -> String {
    let mut names: Vec<&str> = packages.iter().take(SHOWN).map(String::as_str).collect();
    let more = packages.len().saturating_sub(SHOWN);
    let rest = format!("{more} more");
    if more > 0 {
        names.push(&rest);
    }
    format!("{licence}: {}", names.join(", "))
}

/// `name@version` of components, by what they say of their licence.
fn by_licence<'c>(components: impl Iterator<Item = &'c Component>) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for component in components {
        let licence = component.licence.as_ref().map_or(NONE, Licence::text);
        let version = component.version.iter().map(|version| format!("@{version}")).collect::<String>();
        all.entry(licence.to_owned()).or_default().insert(format!("{}{version}", component.name));
    }
    all
}

/// One line for each licence: it, and the packages that have it, with a tab between them.
pub(super) fn list(contents: &Contents) -> String {
    let packages = contents.components().filter(|one| !matches!(one.kind, Kind::System | Kind::Download));
    let line = |(licence, packages): (String, BTreeSet<String>)| {
        format!("{licence}\t{}\n", packages.into_iter().collect::<Vec<_>>().join(", "))
    };
    by_licence(packages).into_iter().map(line).collect()
}
