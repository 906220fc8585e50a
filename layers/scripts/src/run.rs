//! One script of a package that is none of the workspace. In: a command. Out: nothing but what it left on disk, and events.

use std::path::Path;

use fourply_pnpm::{DepPath, Manifest};

use crate::process::{self, Shell};
use crate::report::{Event, Report};
use crate::{Ended, InstallFailure, Result, ScriptsError};

/// Runs one script of a package that is none of the workspace, and tells of it.
///
/// # Errors
/// [`ScriptsError::InstallScript`], with all that it printed.
pub(crate) fn run_script(
    shell: &Shell<'_>,
    package: &DepPath,
    event: &str,
    report: &dyn Report,
    cancelled: &dyn Fn() -> bool,
) -> Result<()> {
    report.event(Event::Dependency { package: package.as_str(), script: event, command: shell.text });
    let outcome = process::run(shell, cancelled, &mut |_| {})?;
    match outcome.ended {
        Ended::Status(0) => Ok(()),
        ended => Err(ScriptsError::InstallScript(Box::new(InstallFailure {
            package: package.to_string(),
            script: event.to_owned(),
            command: shell.text.to_owned(),
            ended,
            log: outcome.log,
            network: shell.room.is_none_or(|room| room.network),
            rooted: shell.room.is_some_and(|room| room.view.root.is_some()),
        }))),
    }
}

/// package.json of such a package, in its folder.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn manifest_of(folder: &Path, package: &DepPath) -> Result<Manifest> {
    let text = fs_err::read_to_string(folder.join("package.json"))?;
    let failed = |message| ScriptsError::Manifest { owner: package.to_string(), message };
    Manifest::parse(&text, folder).map_err(failed)
}
