//! What a tree's packages have to fit. In: arguments and settings. Out: a target, from the base unless all is told.

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
        return Ok(Target::new(architecture, libc, args.node.as_deref())?);
    }
    let (base, _) = context.base(settings)?;
    let libc = base.rootfs.libc.ok_or_else(|| {
        Error::user(
            "the base has no C library that can be told: neither musl's loader nor glibc's is there",
            "name one with --libc, or take a base that node runs on, such as node:22-alpine",
        )
    })?;
    let node = args.node.as_deref().or(base.rootfs.node.as_deref());
    Ok(Target::new(architecture, libc, node)?)
}
