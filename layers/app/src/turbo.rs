//! What a workspace's turbo would run before the build script. Comes in: turbo.json, package.json files, the script's name. Goes out: a
//! warning for each script that nobody else runs, or nothing. It decides nothing: turbo is a way to call scripts, and its caches and
//! graph of tasks are not part of a build.
//!
//! Source of the shapes: turborepo.com/docs/reference/configuration (`tasks`, before version 2 `pipeline`; `dependsOn`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::{ImporterId, Manifest};
use jsonc_parser::ParseOptions;
use serde_json::Value;

/// Where the build of `service` misses a script that turbo would run in it or in the `packages` that it needs. A package without the build
/// script has a task of that name for turbo all the same, where the service's waits for those of others.
pub fn warnings(
    root: &Path,
    manifests: &BTreeMap<ImporterId, Manifest>,
    service: &ImporterId,
    packages: &[ImporterId],
    script: &str,
) -> Vec<String> {
    let Some(whole) = config(root) else { return Vec::new() };
    let manifests: Vec<_> = packages.iter().filter_map(|id| Some((id, manifests.get(id)?))).collect();
    let needs = |id: &ImporterId, manifest: &Manifest| {
        depends_on(&whole, config(&root.join(id.as_str())).as_ref(), manifest, script)
    };
    let of_others = format!("^{script}");
    let Some(manifest) = manifests.iter().find(|(id, _)| *id == service).map(|(_, manifest)| manifest) else {
        return Vec::new();
    };
    let all = needs(service, manifest).contains(&of_others);
    let mut missed = BTreeSet::new();
    for (id, manifest) in manifests.iter().filter(|(id, _)| all || *id == service) {
        for needed in needs(id, manifest) {
            let (of, task) = match (needed.strip_prefix('^'), needed.split_once('#')) {
                (Some(task), _) => (Of::Others(id), task),
                (None, Some((package, task))) => (Of::Named(package), task),
                (None, None) => (Of::Itself(id), needed.as_str()),
            };
            let concerned = manifests.iter().filter(|(other, manifest)| of.is(other, manifest));
            let missing = concerned.filter(|(_, manifest)| lacks(manifest, task, script));
            missed.extend(missing.map(|(other, _)| ((*other).clone(), task.to_owned())));
        }
    }
    missed.iter().map(|(package, task)| warning(package, task, script)).collect()
}

/// Beginnings of tasks that look at files and make none.
const CHECKS: [&str; 6] = ["lint", "test", "typecheck", "type-check", "check", "format"];

/// Whose script a task is.
enum Of<'a> {
    Itself(&'a ImporterId),
    Others(&'a ImporterId),
    Named(&'a str),
}

impl Of<'_> {
    fn is(&self, id: &ImporterId, manifest: &Manifest) -> bool {
        match self {
            Of::Itself(package) => id == *package,
            Of::Others(package) => id != *package,
            Of::Named(name) => manifest.name.as_deref() == Some(*name),
        }
    }
}

fn warning(package: &ImporterId, task: &str, script: &str) -> String {
    format!(
        "turbo.json runs {task} before {script} in {package}, which fourply, as pnpm, does not: call it in \"pre{script}\" of its package.json"
    )
}

/// What the script's task waits for, by the package's own turbo.json, the task of the package, or the task of all.
fn depends_on(whole: &Value, own: Option<&Value>, manifest: &Manifest, script: &str) -> Vec<String> {
    let name = manifest.name.as_deref().unwrap_or_default();
    let of_package = format!("{name}#{script}");
    let found = [(own, script), (Some(whole), of_package.as_str()), (Some(whole), script)]
        .into_iter()
        .find_map(|(config, task)| task_of(config?, task)?.get("dependsOn")?.as_array());
    found.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn task_of<'a>(config: &'a Value, task: &str) -> Option<&'a Value> {
    ["tasks", "pipeline"].iter().find_map(|key| config.get(key)?.get(task))
}

/// Whether a package has a script that neither an install nor the build script calls.
fn lacks(manifest: &Manifest, task: &str, script: &str) -> bool {
    let runs = [format!("pre{script}"), script.to_owned(), "postinstall".to_owned(), "prepare".to_owned()];
    let Some(command) = manifest.scripts.get(task) else { return false };
    let called = |text: &String| {
        text.contains(command.as_str()) || text.split_whitespace().any(|word| word.trim_matches('"') == task)
    };
    let decides =
        !CHECKS.iter().any(|check| task.starts_with(check)) && !runs.iter().any(|name| name == task);
    decides && !runs.iter().filter_map(|name| manifest.scripts.get(name)).any(called)
}

/// turbo.json of a folder. One that cannot be read is turbo's to tell of.
fn config(folder: &Path) -> Option<Value> {
    let text = ["turbo.json", "turbo.jsonc"]
        .iter()
        .find_map(|name| fs_err::read_to_string(folder.join(name)).ok())?;
    jsonc_parser::parse_to_serde_value(&text, &ParseOptions::default()).ok()
}

#[cfg(test)]
mod tests;
