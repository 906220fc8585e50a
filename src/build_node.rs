//! The node that scripts run on. In: `[build] node` and the base. Out: a version. A range, `lts` and the name of a release mean the base's node
//! where it is one of these, since scripts run on what the image runs on; else the newest that npm has, which `fourply.lock` keeps.

use std::collections::BTreeMap;

use fourply_base::node::{fits, is_exact, meaning};
use fourply_base::{Base, BaseError};
use fourply_platform::Platform;

use crate::Error;
use crate::context::Context;
use crate::lock::{BUILD_NODE, FILE_NAME};
use crate::settings::Settings;

/// The configured version of node, else the base's.
///
/// # Errors
/// Where neither is known, or npm has no such version.
pub(crate) fn node_version(settings: &Settings, context: &Context<'_>, base: &Base) -> Result<String, Error> {
    match &settings.install.node {
        Some(word) => resolve(settings, context, base, word),
        None => base.rootfs.node.clone().ok_or_else(|| {
            Error::user(
                "the base does not tell which node it has, so none can be chosen for the build",
                "name one: [build] node = \"22.12.0\"",
            )
        }),
    }
}

/// What a word stands for; the context remembers what npm said, for the lock.
///
/// # Errors
/// Where npm has no such version, or the lock should say it and does not.
pub(crate) fn resolve(
    settings: &Settings,
    context: &Context<'_>,
    base: &Base,
    word: &str,
) -> Result<String, Error> {
    if is_exact(word) {
        return Ok(meaning(word));
    }
    let of_base = base.rootfs.node.as_ref().filter(|version| is_range(word) && fits(word, version));
    if let Some(version) = of_base {
        return Ok(version.clone());
    }
    let locked = settings.base.lock.any().and_then(|locked| locked.build_node.get(word));
    if let Some(version) = locked {
        return match fits(word, version) {
            true => Ok(context.remember_build_node(word, version.clone())),
            false => Err(Error::user(
                format!("{FILE_NAME} has node {version} for [build], but {word} is asked for"),
                "resolve it again: fourply lock",
            )),
        };
    }
    if settings.base.locked && settings.base.lock.whole().is_some() {
        return Err(Error::user(
            format!("{FILE_NAME} does not say which node {word:?} of [build] is"),
            "run fourply lock, and commit the file",
        ));
    }
    let (store, fetcher, refresh) = (&context.store, &context.fetcher, settings.base.refresh);
    let found = fourply_base::node::node_version(store, fetcher, word, &Platform::host(), refresh);
    Ok(context.remember_build_node(word, found.map_err(BaseError::from)?.version))
}

/// Resolves all words of the workspace's configuration, for a lock.
///
/// # Errors
/// As [`resolve`].
pub(crate) fn resolve_all(
    settings: &Settings,
    context: &Context<'_>,
    base: &Base,
) -> Result<BTreeMap<String, String>, Error> {
    let words = settings.base.lock.asked.get(BUILD_NODE).into_iter().flatten();
    words.map(|word| resolve(settings, context, base, word)).collect::<Result<Vec<_>, _>>()?;
    Ok(context.build_nodes())
}

/// A tag says nothing of a version; a range does.
fn is_range(word: &str) -> bool {
    node_semver::Range::parse(meaning(word)).is_ok()
}
