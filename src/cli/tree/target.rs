//! What a tree's packages have to fit. In: arguments and settings. Out: a target, from the base unless all is told.

use fourply_base::BaseError;
use fourply_base::node::node_version;
use fourply_platform::Libc;
use fourply_pnpm::Target;

use super::args::TreeArgs;
use crate::Error;
use crate::context::Context;
use crate::settings::Settings;

/// With `--libc`, what the arguments say, and the base is not looked at; else the base's, as a build takes it, and the node that is told in place of its own.
///
/// # Errors
/// Those of the base, and a base without a C library.
pub(super) fn target(args: &TreeArgs, settings: &Settings, context: &Context<'_>) -> Result<Target, Error> {
    let architecture = &settings.base.platform.architecture;
    let told = args.libc.as_deref().map(|name| if name == "musl" { Libc::Musl } else { Libc::Glibc });
    if let Some(libc) = told {
        let node = node(args, settings, context, None)?;
        return Ok(Target::new(architecture, libc, node.as_deref())?);
    }
    let (base, _) = context.base(settings)?;
    let libc = base.rootfs.libc.ok_or_else(|| {
        Error::user(
            "the base has no C library that can be told: neither musl's loader nor glibc's is there",
            "name one with --libc, or take a base that node runs on, such as node:22-alpine",
        )
    })?;
    let node = node(args, settings, context, base.rootfs.node.as_deref())?;
    Ok(Target::new(architecture, libc, node.as_deref())?)
}

/// `--node`, else the base's. A range such as `22` means the base's if it is one of these, else the newest that npm has.
fn node(
    args: &TreeArgs,
    settings: &Settings,
    context: &Context<'_>,
    base: Option<&str>,
) -> Result<Option<String>, Error> {
    let base = base.map(str::to_owned);
    let Some(wanted) = args.node.as_deref().map(|text| text.trim().trim_start_matches('v')) else {
        return Ok(base);
    };
    let parse = |text: &str| node_semver::Version::parse(text).ok();
    if parse(wanted).is_some() {
        return Ok(Some(wanted.to_owned()));
    }
    let in_range = |version: &String| {
        let range = node_semver::Range::parse(wanted).ok();
        range.zip(parse(version)).is_some_and(|(range, version)| range.satisfies(&version))
    };
    if let Some(version) = base.filter(in_range) {
        return Ok(Some(version));
    }
    let platform = &settings.base.platform;
    let found = node_version(&context.store, &context.fetcher, wanted, platform, false);
    Ok(Some(found.map_err(BaseError::from)?.version))
}
