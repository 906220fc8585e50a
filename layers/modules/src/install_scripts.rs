//! Install scripts of packages in a plan. In: a closure with packs. Out: both as the scripts leave them. Which scripts run is pnpm's rule, how
//! they run is `fourply-scripts`'.

use fourply_pnpm::rules::FailedOptional;
use fourply_pnpm::{Closure, PackageContents, Target};
use fourply_scripts::{Builds, Event, InstallRequest, run_install_scripts};

use crate::{ModulesError, PlanRequest};

/// What scripts did, besides what they left in the packages.
#[derive(Default)]
pub(crate) struct Ran {
    /// The packs of the packages with scripts as they were before.
    pub published: PackageContents,
    /// What was left beside packages.
    pub beside: PackageContents,
    /// The programs that compiled, where some did.
    pub toolchain: Option<String>,
}

/// Puts what scripts leave in the place of what was published, and takes out of the closure what pnpm takes out.
///
/// # Errors
/// A script that fails; scripts that nobody allowed, where the settings make that an error.
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
        host.warn(&format!("no version of node is known, so no install scripts ran: {}", names.join(", ")));
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
            FailedOptional::StaysAsPublished => warn("stays as it was published"),
            FailedOptional::LeftOut => {
                warn("is left out");
                closure.leave_out(&package, reason);
            }
        }
    }
    Ok(Ran { published, beside: done.beside, toolchain: done.toolchain })
}

/// Tells of scripts that do not run, in pnpm's words.
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
