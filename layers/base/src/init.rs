//! Adds an init to a base that has a package manager and no init. In: the base, its additions, an earlier resolution.
//! Out: the base with its packages. The caller decides which program counts as an init.

use fourply_apk::{AlpineSpec, ApkBuild};
use fourply_rootfs::packages::UnrunScripts;
use fourply_rootfs::{DEFAULT_PATH, Held, RootfsMetadata, Tools};

use crate::added::{Pins, with_packages};
use crate::base::Base;
use crate::error::Result;
use crate::notice::Notice;
use crate::spec::AddedToBase;

/// The base with the configured packages and, if it lacks it, the init. Returns also the packages whose scripts were
/// skipped.
///
/// A complete earlier resolution decides alone: a base that was resolved without an init stays without one.
pub(crate) fn with_packages_and_init(
    base: Base,
    added: &AddedToBase,
    held: Held<'_, Pins>,
    pins: &mut Pins,
    tools: &Tools<'_>,
    shown: &str,
) -> Result<(Base, Vec<UnrunScripts>)> {
    let init = added.init.as_ref().filter(|init| is_to_be_added(&base.rootfs, added, held, init));
    // Packages of a base that is composed of packages are composed with it.
    let Some(init) = init.filter(|_| pins.apk.is_none() && pins.debian.is_none()) else {
        return match added.packages.is_empty() {
            true => Ok((base, Vec::new())),
            false => with_packages(base, added, held, pins, tools, shown),
        };
    };
    let mut both = added.clone();
    both.packages.push(init.clone());
    let error = match with_packages(base.clone(), &both, held, pins, tools, shown) {
        Err(error) if held.whole().is_none() => error,
        result => return result,
    };
    let (mut base, scripts) = match added.packages.is_empty() {
        true => (base, Vec::new()),
        false => with_packages(base, added, held, pins, tools, shown)?,
    };
    base.notices.push(Notice::NoInit { package: init.clone(), reason: error.to_string() });
    Ok((base, scripts))
}

/// A base composed of Alpine's packages, with the init if its repositories have it. Adds a notice if they do not.
pub(crate) fn alpine(
    spec: &AlpineSpec,
    added: &AddedToBase,
    held: Held<'_, Pins>,
    tools: &Tools<'_>,
) -> Result<(ApkBuild, Option<Notice>)> {
    let held_apk = held.part(|pins| pins.apk.as_ref());
    let Some(init) =
        added.init.as_ref().filter(|init| !is_named(&spec.packages, init) && is_held(held, init))
    else {
        return Ok((fourply_apk::build(spec, held_apk, tools)?, None));
    };
    let mut both = spec.clone();
    both.packages.push(init.clone());
    match fourply_apk::build(&both, held_apk, tools) {
        Err(error) if held.whole().is_none() => {
            let notice = Notice::NoInit { package: init.clone(), reason: error.to_string() };
            Ok((fourply_apk::build(spec, held_apk, tools)?, Some(notice)))
        }
        result => Ok((result?, None)),
    }
}

/// Whether a base lacks its init, and nothing prevents adding it.
fn is_to_be_added(rootfs: &RootfsMetadata, added: &AddedToBase, held: Held<'_, Pins>, init: &str) -> bool {
    let is_managed = fourply_apk::has_database(rootfs) || fourply_deb::has_database(rootfs);
    let is_lacking = rootfs.which(init, DEFAULT_PATH).is_none();
    is_managed && is_lacking && !is_named(&added.packages, init) && is_held(held, init)
}

/// Whether requests for packages include this one.
fn is_named(words: &[String], package: &str) -> bool {
    words.iter().any(|word| word.split(['=', '<', '>', '~', '@']).next() == Some(package))
}

/// Whether the earlier resolution includes it or does not decide.
fn is_held(held: Held<'_, Pins>, package: &str) -> bool {
    held.whole().is_none_or(|pins| holds(pins, package))
}

fn holds(pins: &Pins, package: &str) -> bool {
    let apk = pins.apk.iter().flat_map(|apk| &apk.packages).any(|pin| pin.name == package);
    apk || pins.debian.iter().flat_map(|deb| &deb.packages).any(|pin| pin.name == package)
}
