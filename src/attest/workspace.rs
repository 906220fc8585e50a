//! What the workspace itself brings: the service, the packages that it needs, packages in its outputs, and what its build generated. In: the application's
//! archives. Out: components and edges.

use std::collections::BTreeSet;

use fourply_attest::{Component, Contents, Kind};
use fourply_modules::{PackageManifest, manifest_folder, manifests_in, read_manifest};
use fourply_pnpm::Dependency;
use fourply_store::PackKind;

use super::component::{beside, in_image, package_id, workspace_component, workspace_id};
use super::made::Made;
use super::system;
use crate::Error;

/// Adds them.
pub(super) fn add(contents: &mut Contents, made: &Made<'_>) -> Result<(), Error> {
    let store = &made.context.store;
    let pack = store.open_pack(&made.app.pack)?;
    let files: BTreeSet<&str> = pack.entries().iter().map(|entry| entry.path.as_str()).collect();
    for importer in &made.production.importers {
        let folder = importer.as_str();
        if files.contains(importer.path_of("package.json").as_str()) || importer == made.service {
            let paths = BTreeSet::from([in_image(folder)]);
            contents.add(Component { paths, ..workspace_component(made, folder) });
        }
        for (_, to) in made.production.direct.get(importer).into_iter().flatten() {
            let to = match to {
                Dependency::Package(path) => package_id(made, path),
                Dependency::Link(folder) => workspace_id(folder.as_str()),
            };
            contents.edge(&workspace_id(folder), &to);
        }
    }
    contents.root(&workspace_id(made.service.as_str()));
    // Outputs of some frameworks bring packages of their own.
    for manifest in manifests_in(store, &made.app.pack)? {
        if !manifest.folder.is_empty() {
            let folder = in_image(&manifest.folder).trim_start_matches('/').to_owned();
            contents.add(system::of_npm(&PackageManifest { folder, ..manifest }));
        }
    }
    generated(contents, made)
}

/// Packages that the build generated in node_modules, and the other files of it as one.
fn generated(contents: &mut Contents, made: &Made<'_>) -> Result<(), Error> {
    let Some(pack) = made.app.generated else { return Ok(()) };
    let store = &made.context.store;
    let pack = store.open_pack(&pack)?;
    let inventory = made.modules.and_then(|modules| modules.inventory(store)).unwrap_or_default();
    let installed: BTreeSet<&str> =
        inventory.packages.iter().map(|package| package.folder.as_str()).collect();
    let mut paths = BTreeSet::new();
    for entry in pack.entries() {
        let is_file = matches!(entry.kind, PackKind::File { .. });
        let folder = manifest_folder(&entry.path).filter(|folder| !folder.is_empty() && is_file);
        match folder.filter(|folder| !installed.contains(folder)) {
            Some(folder) => {
                contents.add(beside(&read_manifest(folder, &pack.bytes(entry)?)));
            }
            None => drop(paths.insert(in_image(&entry.path))),
        }
    }
    if !paths.is_empty() {
        let name = format!("files that {} generated in node_modules", made.service);
        let generated = format!("generated:{}", made.service);
        contents.edge(&workspace_id(made.service.as_str()), &generated);
        contents.add(Component { paths, ..Component::new(Kind::Generated, generated, name) });
    }
    Ok(())
}
