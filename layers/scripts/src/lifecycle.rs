//! Install scripts of packages: from published archives to archives as pnpm's install leaves them.
//!
//! In: a closure with its archives, and the platform. Out: new archives for packages whose scripts ran. What a script
//! adds, changes or removes in its package, and what it adds next to it, is cached under a key of everything that the
//! script could see. So a second build runs no script.
//!
//! The scripts run on this host, in an install of the whole closure, several packages in parallel, dependencies first.
//! The results are checked against the image's platform. Where a text contains the path of that install, it is replaced
//! by the path in the image.

mod capture;
mod job;
mod key;
mod request;
mod site;
mod toolchain;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use fourply_pnpm::{Closure, DepPath, NodeLinker, PackageContents};

use crate::host::{Running, ScriptHost};
use crate::turns::try_in_turns;
use crate::{Result, ScriptsError};
use capture::Left;
use job::Job;
use request::children;
pub use request::{Builds, InstallRequest, InstallResult};
use site::InstallSite;
pub use toolchain::toolchain;

/// The archives after an install, and the optional packages that could not be built.
///
/// # Errors
/// [`ScriptsError::InstallScript`], with the script's output; [`ScriptsError::ForeignBinary`] for a binary that cannot
/// run on the target; unavailable tools; files that cannot be read or written.
pub fn run_install_scripts(request: &InstallRequest<'_>, builds: &Builds) -> Result<InstallResult> {
    let _running = Running::begin(request.host.report);
    let store = request.host.store();
    let compiled = toolchain::compiled(store, builds, request.contents)?;
    // In a separate root file system, the host's programs do not matter.
    let toolchain = match compiled.is_empty() || request.host.root.is_some() {
        true => None,
        false => toolchain(store, request.inputs.env, request.host.cancelled)?,
    };
    let compiling = key::Compiling { packages: &compiled, toolchain: toolchain.as_deref() };
    // What was downloaded in the meantime is part of the keys.
    let keyed = || {
        let job = |package| {
            let scripts = builds.scripts.get(package)?;
            Some(Job { package, scripts, key: key::built_key(request, builds, &compiling, package) })
        };
        in_order(request.closure, builds).into_iter().filter_map(job).collect::<Vec<Job<'_>>>()
    };
    let jobs = keyed();
    let mut installed = InstallResult {
        contents: request.contents.clone(),
        beside: PackageContents::default(),
        toolchain: toolchain.clone(),
        failed: BTreeMap::new(),
    };
    if let Some(first) = take_known(&request.host, &jobs, &mut installed)?.first() {
        let sandbox = request.host.sandbox;
        request.host.admit(first.package.as_str())?;
        let site = InstallSite::open(request)?;
        // Another build may have run them while this one waited for the folder.
        let jobs = keyed();
        let missing = take_known(&request.host, &jobs, &mut installed)?;
        if !missing.is_empty() {
            site.install(&installed, &missing)?;
            let made = Mutex::new(Vec::new());
            let built = build_all(request, &site, &missing, &mut installed, &made);
            let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
            let current = |job: &Job<'_>| key::built_key(request, builds, &compiling, job.package);
            if let Some(run) = sandbox.compared() {
                made.iter()
                    .flat_map(|(job, left)| current(job).made(job.package, left))
                    .for_each(|made| run.note(made));
            }
            // A script that wrote outside its own package may have changed the inputs of others: other builds must use
            // neither its result nor theirs.
            if !site.is_clean(&missing)? {
                sandbox.taint();
            } else {
                made.iter().try_for_each(|(job, left)| current(job).remember(store, sandbox, left))?;
            }
            built?;
        }
    }
    Ok(installed)
}

/// Runs the scripts of these packages, several in parallel, and records the results in `made`.
fn build_all<'j, 'a>(
    request: &InstallRequest<'_>,
    site: &InstallSite<'_>,
    jobs: &[&'j Job<'a>],
    installed: &mut InstallResult,
    made: &Mutex<Vec<(&'j Job<'a>, Left)>>,
) -> Result<()> {
    let (installed, store) = (Mutex::new(installed), request.host.store());
    // If packages share their parent folder, one runs at a time, so that new files there belong to it.
    let at_once = match request.inputs.workspace.settings.node_linker {
        NodeLinker::Isolated => request.host.jobs,
        NodeLinker::Hoisted => 1,
    };
    try_in_turns(&waits(request.closure, jobs), at_once, request.host.cancelled, |number, stop| {
        let Some(job) = jobs.get(number) else { return Ok(()) };
        let left = site.build(job, stop);
        if let Ok(left) = &left {
            made.lock().unwrap_or_else(PoisonError::into_inner).push((*job, *left));
        }
        let mut installed = installed.lock().unwrap_or_else(PoisonError::into_inner);
        match left {
            Ok(left) => installed.take(store, job.package, left),
            Err(error) if may_fail(request.closure, job.package, &error) => {
                installed.failed.insert(job.package.clone(), first_line(&error));
                Ok(())
            }
            Err(error) => Err(error),
        }
    })
}

/// For each job number: the jobs whose packages it needs, directly or not. In a cycle, only the earlier ones.
fn waits(closure: &Closure, jobs: &[&Job<'_>]) -> Vec<BTreeSet<usize>> {
    let numbers: BTreeMap<&DepPath, usize> =
        jobs.iter().enumerate().map(|(number, job)| (job.package, number)).collect();
    let before = |number: usize, job: &Job<'_>| {
        let needed = key::reachable(closure, job.package);
        needed.into_iter().filter_map(|path| numbers.get(path).copied()).filter(|it| *it < number).collect()
    };
    jobs.iter().enumerate().map(|(number, job)| before(number, job)).collect()
}

/// Takes cached results; returns the remaining jobs.
fn take_known<'j, 'a>(
    host: &ScriptHost<'_>,
    jobs: &'j [Job<'a>],
    installed: &mut InstallResult,
) -> Result<Vec<&'j Job<'a>>> {
    let (store, mut missing) = (host.store(), Vec::new());
    for job in jobs {
        match job.key.known(store, host.sandbox)? {
            Some(left) => installed.take(store, job.package, left)?,
            None => missing.push(job),
        }
    }
    Ok(missing)
}

fn may_fail(closure: &Closure, package: &DepPath, error: &ScriptsError) -> bool {
    let own = matches!(error, ScriptsError::InstallScript(_) | ScriptsError::ForeignBinary { .. });
    own && closure.packages.get(package).is_some_and(|package| package.optional)
}

fn first_line(error: &ScriptsError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// The packages with scripts, each after its dependencies; in a cycle, by name.
fn in_order<'a>(closure: &'a Closure, builds: &Builds) -> Vec<&'a DepPath> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for package in closure.packages.keys() {
        // A package, and how many of its children were visited; no recursion, because chains may be long.
        let mut stack = vec![(package, 0)];
        while let Some((package, next)) = stack.pop() {
            if next == 0 && !seen.insert(package) {
                continue;
            }
            match children(closure, package).nth(next) {
                Some(child) => {
                    stack.push((package, next + 1));
                    stack.push((child, 0));
                }
                None => order.push(package),
            }
        }
    }
    order.retain(|package| builds.scripts.contains_key(*package));
    order
}
