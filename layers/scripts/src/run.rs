//! Runs one script of a package outside the workspace. In: a command. Out: its files on disk, and events.

use std::path::Path;

use fourply_pnpm::{DepPath, Manifest};
use tracing::info_span;

use crate::beneath::Beneath;
use crate::network::Attempts;
use crate::process::{self, Shell};
use crate::report::{Event, Report};
use crate::{Ended, InstallFailure, Result, ScriptsError};

/// Runs one script of a package outside the workspace, and reports it.
///
/// # Errors
/// [`ScriptsError::InstallScript`], with the script's output.
pub(crate) fn run_script(
    shell: &Shell<'_>,
    package: &DepPath,
    event: &str,
    report: &dyn Report,
    cancelled: &dyn Fn() -> bool,
) -> Result<()> {
    let _span = info_span!("script", of = %format_args!("{} {event}", package.package_key())).entered();
    report.event(Event::Dependency { package: package.as_str(), script: event, command: shell.text });
    let outcome = process::run(shell, cancelled, &mut |_| {})?;
    let owner = package.package_key();
    check_attempts(&outcome.attempts, owner)?;
    match outcome.ended {
        Ended::Status(0) => {
            let mut attempts = outcome.attempts;
            if compiles_instead(shell.text) {
                // The denied download was replaced by the compiler's output.
                attempts.refused = Default::default();
            }
            tell_attempts(&attempts, owner, report);
            Ok(())
        }
        ended => Err(ScriptsError::InstallScript(Box::new(InstallFailure {
            package: package.to_string(),
            script: event.to_owned(),
            command: shell.text.to_owned(),
            ended,
            log: outcome.log,
            attempts: outcome.attempts,
            network: shell.room.is_none_or(|room| room.allowed().is_some()),
            rooted: shell.room.is_some_and(|room| room.view.root.is_some()),
        }))),
    }
}

/// Whether a successful command compiled what it could not download: `prebuild-install || node-gyp rebuild`,
/// `node-pre-gyp install --fallback-to-build`.
fn compiles_instead(command: &str) -> bool {
    let otherwise = command.split("||").nth(1).map(str::trim).unwrap_or_default();
    otherwise.starts_with("node-gyp ")
        || otherwise.starts_with("npm run build")
        || command.contains("--fallback-to-build")
}

/// Checks that no failed request makes a script's result invalid.
///
/// # Errors
/// [`ScriptsError::Download`].
pub fn check_attempts(attempts: &Attempts, owner: &str) -> Result<()> {
    match attempts.problems.iter().find(|problem| problem.is_fatal()) {
        Some(problem) => Err(ScriptsError::Download { owner: owner.to_owned(), problem: problem.clone() }),
        None => Ok(()),
    }
}

/// Reports a script's failed requests.
pub fn tell_attempts(attempts: &Attempts, owner: &str, report: &dyn Report) {
    if *attempts != Attempts::default() {
        report.event(Event::Attempts { owner, attempts });
    }
}

/// The package.json of such a package, in its folder below a root.
///
/// # Errors
/// It cannot be read.
pub(crate) fn manifest_of(root: &Beneath, folder: &str, package: &DepPath) -> Result<Manifest> {
    let place = if folder == "." { "package.json".to_owned() } else { format!("{folder}/package.json") };
    let failed = |message| ScriptsError::Manifest { owner: package.to_string(), message };
    let text = String::from_utf8(root.read(&place)?).map_err(|error| failed(error.into()))?;
    Manifest::parse(&text, Path::new(folder)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_needs_no_download() {
        for command in [
            "prebuild-install || node-gyp rebuild --release",
            "prebuild-install -r napi || node-gyp rebuild",
            "node-pre-gyp install --fallback-to-build",
        ] {
            assert!(compiles_instead(command), "{command}");
        }
        for command in ["node install.js", "node install.js || exit 0", "node-gyp rebuild || true"] {
            assert!(!compiles_instead(command), "{command}");
        }
    }
}
