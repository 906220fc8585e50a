//! A package.json as pnpm sees it: after package extensions, overrides and ignored optional dependencies. Hooks of a
//! pnpmfile do not run.
//!
//! Source: pnpm's `createReadPackageHook`, in its order.

use std::collections::BTreeMap;

use serde_json::Value;

use super::corrections;
use super::selector::{self, Name, Selector};
use crate::layout::pattern::fits;
use crate::rules::PeerOverride;
use crate::{ImporterId, Manifest, Workspace};

type List = BTreeMap<String, String>;

/// The dependency lists of one package.json.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    pub(super) production: List,
    pub(super) development: List,
    pub(super) optional: List,
    pub(super) peer: List,
    /// Dependencies that the lockfile may have in addition: not every release of a pnpm version adds the correction.
    pub(super) perhaps: List,
    pub(super) publish_directory: Option<String>,
    pub(super) meta: Option<Value>,
}

pub(super) fn apply(workspace: &Workspace, id: &ImporterId, manifest: &Manifest) -> Lists {
    let mut lists = Lists {
        production: manifest.dependencies.clone(),
        development: manifest.dev_dependencies.clone(),
        optional: manifest.optional_dependencies.clone(),
        peer: manifest.peer_dependencies.clone(),
        perhaps: List::new(),
        publish_directory: manifest.publish_directory.clone(),
        meta: manifest.raw.get("dependenciesMeta").cloned(),
    };
    if workspace.rules.lockfile.runtimes_are_dependencies {
        add_runtimes(&manifest.raw, "devEngines", &mut lists.development);
        add_runtimes(&manifest.raw, "engines", &mut lists.production);
    }
    correct(workspace, manifest, &mut lists);
    extend(workspace, manifest, &mut lists);
    override_lists(workspace, id, manifest, &mut lists);
    for pattern in &workspace.settings.platforms.ignored_optional_dependencies {
        let ignored: Vec<String> =
            lists.optional.keys().filter(|name| fits(pattern, name)).cloned().collect();
        for name in ignored {
            lists.optional.remove(&name);
            lists.production.remove(&name);
        }
    }
    lists
}

/// Source: pnpm/pnpm@702ad5f860 pkg-manifest/manifest-utils/src/convertEnginesRuntimeToDependencies.ts.
fn add_runtimes(manifest: &Value, field: &str, list: &mut List) {
    let Some(runtime) = manifest.get(field).and_then(|engines| engines.get("runtime")) else { return };
    let runtimes = runtime.as_array().map_or(std::slice::from_ref(runtime), Vec::as_slice);
    let text = |runtime: &Value, key: &str| runtime.get(key).and_then(Value::as_str).map(str::to_owned);
    for name in ["node", "deno", "bun"] {
        let found = runtimes.iter().find(|runtime| text(runtime, "name").as_deref() == Some(name));
        let Some(runtime) = found.filter(|runtime| text(runtime, "onFail").as_deref() == Some("download"))
        else {
            continue;
        };
        let version = text(runtime, "version").unwrap_or_else(|| "undefined".to_owned());
        list.entry(name.to_owned()).or_insert_with(|| format!("runtime:{version}"));
    }
}

fn correct(workspace: &Workspace, manifest: &Manifest, lists: &mut Lists) {
    let resolution = &workspace.settings.resolution;
    if resolution.ignore_compatibility_db || !workspace.rules.lockfile.corrects_own_packages {
        return;
    }
    for it in corrections::of(manifest).filter(|it| !it.peer || resolution.auto_install_peers) {
        let list = match (it.uncertain, it.peer) {
            (true, _) => &mut lists.perhaps,
            (false, true) => &mut lists.peer,
            (false, false) => &mut lists.production,
        };
        list.entry(it.name.to_owned()).or_insert_with(|| it.range.to_owned());
    }
}

fn extend(workspace: &Workspace, manifest: &Manifest, lists: &mut Lists) {
    let extensions = workspace.settings.resolution.package_extensions.as_ref().and_then(Value::as_object);
    for (selector, extension) in extensions.into_iter().flatten() {
        if !Name::parse(selector).holds(manifest.name.as_deref(), manifest.version.as_deref()) {
            continue;
        }
        let fields = [
            ("dependencies", &mut lists.production),
            ("optionalDependencies", &mut lists.optional),
            ("peerDependencies", &mut lists.peer),
        ];
        for (field, list) in fields {
            for (name, value) in extension.get(field).and_then(Value::as_object).into_iter().flatten() {
                list.entry(name.clone()).or_insert_with(|| value.as_str().unwrap_or_default().to_owned());
            }
        }
    }
}

fn override_lists(workspace: &Workspace, id: &ImporterId, manifest: &Manifest, lists: &mut Lists) {
    let parsed = workspace
        .settings
        .resolution
        .overrides
        .iter()
        .map(|(selector, value)| (Selector::parse(selector), value.as_str()));
    let (special, general): (Vec<_>, Vec<_>) = parsed
        .filter(|(it, _)| {
            it.parent.is_none_or(|parent| parent.holds(manifest.name.as_deref(), manifest.version.as_deref()))
        })
        .partition(|(it, _)| it.parent.is_some());
    let pick = |name: &str, specifier: &str| {
        most_special(&special, name, specifier).or_else(|| most_special(&general, name, specifier))
    };
    for list in [&mut lists.production, &mut lists.optional, &mut lists.development] {
        for (name, specifier) in list.clone() {
            match pick(&name, &specifier) {
                Some("-") => drop(list.remove(&name)),
                Some(value) => drop(list.insert(name, local(id, value))),
                None => {}
            }
        }
    }
    for (name, specifier) in lists.peer.clone() {
        match pick(&name, &specifier) {
            Some("-") => drop(lists.peer.remove(&name)),
            Some(value) => {
                let list = match workspace.rules.lockfile.peer_override {
                    PeerOverride::ReplacesRange => &mut lists.peer,
                    PeerOverride::ReplacesRangeOrAddsDependency if is_peer_range(value) => &mut lists.peer,
                    PeerOverride::ReplacesRangeOrAddsDependency => &mut lists.production,
                };
                drop(list.insert(name, local(id, value)));
            }
            None => {}
        }
    }
}

/// The override whose range is within those of all others; among equal ranges, the last.
fn most_special<'a>(overrides: &[(Selector<'a>, &'a str)], name: &str, specifier: &str) -> Option<&'a str> {
    let mut meeting = overrides.iter().filter(|(selector, _)| selector.target.meets(name, specifier));
    let first = meeting.next()?;
    let best = meeting.fold(first, |best, next| {
        let wider = selector::intersects(
            Some(best.0.target.range.unwrap_or_default()),
            next.0.target.range.unwrap_or_default(),
        );
        if wider { next } else { best }
    });
    Some(best.1)
}

/// `link:` and `file:` of an override are relative to the root, and recorded relative to the package.
fn local(id: &ImporterId, value: &str) -> String {
    for protocol in ["link:", "file:"] {
        let target = value.strip_prefix(protocol).and_then(ImporterId::new);
        if let Some(target) = target {
            return format!("{protocol}{}", relative(id, &target));
        }
    }
    value.to_owned()
}

fn relative(from: &ImporterId, to: &ImporterId) -> String {
    let parts = |id: &ImporterId| -> Vec<String> {
        id.as_str().split('/').filter(|part| *part != ".").map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = from.iter().skip(common).map(|_| "..".to_owned());
    up.chain(to.into_iter().skip(common)).collect::<Vec<_>>().join("/")
}

fn is_peer_range(value: &str) -> bool {
    value.starts_with("workspace:")
        || value.starts_with("catalog:")
        || node_semver::Range::parse(value).is_ok()
}
