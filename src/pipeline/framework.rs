//! The framework of a service, where its outputs are not configured. In: settings, the workspace. Out: settings, and a line that says so.

use std::borrow::Cow;

use fourply_app::{ScriptChoice, framework};

use super::common::Common;
use super::start;
use crate::Error;
use crate::context::Context;
use crate::settings::Settings;

/// The settings as the service's framework wants them, if it has one.
///
/// # Errors
/// Where the service is not in the workspace.
pub(super) fn applied<'a>(
    settings: &'a Settings,
    context: &Context<'_>,
    common: &Common,
) -> Result<Cow<'a, Settings>, Error> {
    if settings.build.selection.named {
        return Ok(Cow::Borrowed(settings));
    }
    let service = common.workspace.importer(&settings.workspace.service)?;
    let script = settings.build.script.as_ref().map_or("build", ScriptChoice::main);
    let Some(found) = framework(&common.workspace, &service, script) else {
        return Ok(Cow::Borrowed(settings));
    };
    let recognised = settings.with_framework(&found);
    let recognised = match settings.container.cmd {
        None => start::applied(&recognised, context, &service, &found.beside)?.into_owned(),
        Some(_) => recognised,
    };
    let cmd = recognised.container.cmd.clone().unwrap_or_default();
    context.terminal.note(&format!(
        "{service}: {} ({}): the image has {}, and starts {}",
        found.name,
        found.because,
        found
            .outputs
            .iter()
            .filter(|output| !output.starts_with('!'))
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        cmd.join(" ")
    ));
    Ok(Cow::Owned(recognised))
}
