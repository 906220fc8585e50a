//! The module that a failed script could not load. In: its log, the packages of the workspace. Out: the first package
//! that the log reports as not found, and a possible reason. A log is untrusted text, so the result is only a hint.

use std::collections::BTreeSet;

use fourply_pnpm::{ImporterId, Manifest};
use fourply_scripts::files::folder_of;

use crate::log_words::named;
use crate::missed::{Unresolved, UnresolvedKind};
use crate::{AppRequest, ScriptFailure, Tasks};

/// Finds it in a script's log; `built` are the packages whose script ran.
pub(crate) fn unresolved(
    request: &AppRequest<'_>,
    failure: &ScriptFailure,
    built: &BTreeSet<ImporterId>,
    tasks: &Tasks,
) -> Option<Unresolved> {
    let search = Search { request, package: &failure.package, built, tasks };
    named(&failure.log).find_map(|text| search.explain(text))
}

struct Search<'a> {
    request: &'a AppRequest<'a>,
    package: &'a ImporterId,
    built: &'a BTreeSet<ImporterId>,
    tasks: &'a Tasks,
}

impl Search<'_> {
    fn explain(&self, text: &str) -> Option<Unresolved> {
        let manifests = &self.request.workspace().manifests;
        let name = package_name(text);
        let others = || manifests.iter().filter(|(id, _)| !id.is_root() && *id != self.package);
        let of_name = |name: &str| others().find(|(_, manifest)| manifest.name.as_deref() == Some(name));
        let of_path = || others().find(|(id, _)| text.contains(&format!("/{id}/")));
        let found = match &name {
            Some(name) => of_name(name),
            None => of_path().filter(|_| text.starts_with('/')),
        };
        match (found, name) {
            (Some((folder, manifest)), name) => {
                let name = name.or_else(|| manifest.name.clone()).unwrap_or_else(|| folder.to_string());
                Some(Unresolved { kind: self.of_workspace(folder, manifest, &name), name })
            }
            (None, Some(name)) => {
                let declared = manifests.get(self.package).is_none_or(|manifest| declares(manifest, &name));
                // `src/x` is usually a path that the compiler's configuration maps.
                let folder = folder_of(&self.request.workspace().root, self.package).join(&name);
                (!declared && !folder.exists()).then_some(Unresolved { name, kind: UnresolvedKind::Package })
            }
            (None, None) => None,
        }
    }

    fn of_workspace(&self, folder: &ImporterId, manifest: &Manifest, name: &str) -> UnresolvedKind {
        let manifests = &self.request.workspace().manifests;
        let (folder, script) = (folder.clone(), self.tasks.main().to_owned());
        let by = |package: &ImporterId| manifests.get(package).is_some_and(|one| declares(one, name));
        if !by(self.package) {
            return match by(&ImporterId::root()) {
                true if !self.built.contains(&folder) => UnresolvedKind::OfRoot { folder },
                _ => UnresolvedKind::Undeclared { folder },
            };
        }
        match self.tasks.of(&folder, manifest).is_empty() {
            false => UnresolvedKind::Built { folder, script },
            true => {
                let available = manifest.scripts.keys().cloned().collect();
                UnresolvedKind::Unbuilt { folder, script, available }
            }
        }
    }
}

fn declares(manifest: &Manifest, name: &str) -> bool {
    let lists = [
        &manifest.dependencies,
        &manifest.dev_dependencies,
        &manifest.optional_dependencies,
        &manifest.peer_dependencies,
    ];
    manifest.name.as_deref() == Some(name) || lists.iter().any(|list| list.contains_key(name))
}

/// The package of a loaded name: `@a/b` for `@a/b/c`; for a path into a node_modules, the package there.
fn package_name(text: &str) -> Option<String> {
    let inside = text.rsplit_once("/node_modules/").map_or(text, |(_, inside)| inside);
    if inside.starts_with(['.', '/', '#', '~'])
        || inside.starts_with("@/")
        || inside.contains([':', '\\', ' '])
    {
        return None;
    }
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    let name: Vec<&str> = inside.split('/').take(parts).collect();
    (name.len() == parts && name.iter().all(|part| !part.is_empty())).then(|| name.join("/"))
}

#[cfg(test)]
mod tests;
