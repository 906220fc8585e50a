//! What to do about an error, in the words of this program: its commands, its flags, its files.
//!
//! In: any error of the libraries. Out: a hint, where more can be said than the message does. Each file here words the
//! errors of one crate and knows no other; [`hint`] follows an error to the one that it wraps.

use advice::{Advice, AnyError};
use fourply_app::{Finding, StartOrigins};
use fourply_pnpm::ImporterId;

use crate::config::ConfigError;
pub use smoke::{Started, not_told};

mod advice;
mod apk;
mod app;
mod base;
mod blob;
mod check;
mod check_start;
mod config;
mod deb;
mod entry;
mod io;
mod modules;
mod npm;
mod oci;
mod package_name;
mod pnpm;
mod rootfs;
mod scripts;
mod service_key;
mod smoke;
mod store;
pub mod twice;

/// A service's table of `fourply.toml`: `[services.auth]`.
pub fn section(service: &ImporterId) -> String {
    service_key::section(service)
}

/// How a development dependency of a package gets into images.
pub fn of_development(package: &ImporterId, name: &str) -> String {
    service_key::of_development(package, name)
}

/// What to do about a `fourply.toml` that is none.
pub fn config(error: &ConfigError) -> String {
    config::advice(error)
}

/// The hint for an error. Transparent errors have no source of their own, so that a walk along `source()` would miss some: each
/// file names the error to ask.
pub fn hint(error: &AnyError) -> Option<String> {
    let mut asked = error;
    loop {
        match ask(asked) {
            Advice::Do(text) => return Some(text.into_owned()),
            Advice::Ask(next) => asked = next,
            Advice::Nothing => return None,
        }
    }
}

/// How the install scripts of packages are allowed, whose names are as pnpm reports them.
pub fn allow_builds(packages: &[&str]) -> String {
    modules::allow_builds(packages)
}

/// What to do where the output of a framework is not there.
pub fn of_framework(service: &str) -> String {
    entry::of_framework(service)
}

/// A warning for what a base was made with, and what to do about it.
pub fn warning(notice: &fourply_base::Notice) -> String {
    format!("{notice}; {}", base::notice(notice))
}

/// A warning for a setting of npm's registries that was left out, and what to do about it.
pub fn npm_notice(notice: &fourply_store::NpmNotice) -> String {
    npm::notice(notice)
}

/// A warning for what an image may miss, and what to do about it.
pub fn finding(service: &ImporterId, finding: &Finding, origins: &StartOrigins) -> String {
    format!("{finding}; {}", check::advice(service, std::slice::from_ref(finding), origins))
}

/// What to do about an image that was started and is not well. `started` is its service, where it is one's.
pub fn verdict(
    started: Option<Started<'_>>,
    verdict: &fourply_smoke::Verdict,
    root_in_image: &str,
) -> String {
    smoke::smoke(started, verdict, root_in_image)
}

/// The line that gives somebody's scripts a network.
pub(crate) fn network_line(owner: &str) -> String {
    scripts::network_line(owner)
}

/// Finds who words this type of error.
fn ask(error: &AnyError) -> Advice<'_> {
    macro_rules! first {
        ($($words:path),+) => {
            $(if let Some(advice) = error.downcast_ref().map($words) { return advice; })+
        };
    }
    first!(base::advice, base::node, rootfs::advice, apk::advice, deb::advice);
    first!(pnpm::advice, pnpm::lockfile, pnpm::layout, scripts::advice, modules::advice, app::advice);
    first!(smoke::advice);
    first!(store::advice, blob::advice, oci::advice, oci::registry, io::advice);
    Advice::Nothing
}

#[cfg(test)]
mod tests;
