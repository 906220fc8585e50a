//! Install scripts of packages in a plan. In: a closure with archives. Out: both after the scripts. pnpm's rules decide
//! which scripts run; `fourply-scripts` runs them.

use fourply_pnpm::rules::FailedOptional;
use fourply_pnpm::{Closure, PackageContents, Target};
use fourply_scripts::{Builds, Event, InstallRequest, run_install_scripts};

use crate::{ModulesError, PlanRequest};

/// Results of scripts outside their packages.
#[derive(Default)]
pub(crate) struct Ran {
    /// The archives of packages with scripts, from before the scripts.
    pub published: PackageContents,
    /// The files that scripts wrote next to packages.
    pub beside: PackageContents,
    /// The compilers, if any package was compiled.
    pub toolchain: Option<String>,
}

/// Replaces published packages by the result of their scripts, and removes packages from the closure as pnpm does.
///
/// # Errors
/// A script that fails; scripts that no setting allows, if the settings make that an error.
pub(crate) fn run(
    request: &PlanRequest<'_>,
    closure: &mut Closure,
    contents: &mut PackageContents,
) -> Result<Ran, ModulesError> {
    let PlanRequest { host, workspace, .. } = *request;
    if request.settings.ignore_scripts {
        return Ok(Ran::default());
    }
    let builds = Builds::of(host.store(), workspace, closure, contents)?;
    report(request, &builds)?;
    if builds.scripts.is_empty() {
        return Ok(Ran::default());
    }
    let Some(node) = request.node() else {
        let names: Vec<&str> = builds.scripts.keys().map(|package| package.as_str()).collect();
        host.warn(&format!(
            "the version of node is unknown, so install scripts did not run: {}",
            names.join(", ")
        ));
        return Ok(Ran::default());
    };
    let machine = host.machine(Some(&node))?;
    let done = run_install_scripts(
        &InstallRequest {
            host,
            inputs: request.inputs(&node, &machine),
            closure,
            contents,
            target: &Target { node: machine.node.clone(), ..request.target.clone() },
            root_in_image: request.root_in_image,
        },
        &builds,
    )?;
    let published = builds.scripts.keys().filter_map(|package| contents.0.get_key_value(package));
    let published = PackageContents(published.map(|(package, pack)| (package.clone(), *pack)).collect());
    *contents = done.contents;
    for (package, reason) in done.failed {
        let warn = |outcome: &str| {
            host.warn(&format!("{package} is optional and {outcome}: {reason}"));
        };
        match workspace.rules.builds.failed_optional {
            FailedOptional::StaysAsPublished => warn("stays as published"),
            FailedOptional::LeftOut => {
                warn("is left out");
                closure.leave_out(&package, reason);
            }
        }
    }
    Ok(Ran { published, beside: done.beside, toolchain: done.toolchain })
}

/// Reports scripts that do not run, in pnpm's words.
fn report(request: &PlanRequest<'_>, builds: &Builds) -> Result<(), ModulesError> {
    if builds.ignored.is_empty() {
        return Ok(());
    }
    if request.strict && request.workspace.settings.builds.strict_dep_builds {
        return Err(ModulesError::IgnoredBuilds { packages: builds.ignored.clone() });
    }
    request.host.report.event(Event::IgnoredBuilds { packages: &builds.ignored });
    Ok(())
}
