//! The packages of node_modules, and what their scripts downloaded. In: the closure, the inventory of the layers. Out: components and edges.

use std::collections::{BTreeMap, BTreeSet};

use fourply_attest::{Component, Contents, Hash, Kind, Licence, Purl};
use fourply_modules::{InstalledPackage, ModuleLayers, Placement, manifests};
use fourply_pnpm::{DepPath, Dependency};

use super::component::{beside, bundled, in_image, package_component, package_id, workspace_id};
use super::made::Made;
use crate::Error;

/// Adds the packages that the layers hold.
pub(super) fn add(contents: &mut Contents, made: &Made<'_>, layers: &ModuleLayers) -> Result<(), Error> {
    let store = &made.context.store;
    let inventory = layers.inventory(store).ok_or_else(|| {
        Error::user(
            "what the layers hold is no longer in the store",
            "build again: somebody cleaned the store meanwhile",
        )
    })?;
    let mut own: Vec<Component> = inventory.packages.iter().map(|package| installed(made, package)).collect();
    for (number, placement, manifest) in manifests(&inventory, store)? {
        let Some(package) = own.get_mut(number) else { continue };
        match placement {
            Placement::Own => {
                package.licence = manifest.licence.as_deref().and_then(Licence::read);
                package.version = package.version.take().or(manifest.version);
            }
            Placement::Bundled => {
                let folder = inventory.packages.get(number).map_or("", |package| package.folder.as_str());
                let bundled = bundled(&manifest, &package.id, folder);
                contents.edge(&package.id, &bundled.id);
                contents.add(bundled);
            }
            Placement::Beside => {
                let beside = beside(&manifest);
                contents.edge(&package.id, &beside.id);
                contents.add(beside);
            }
        }
    }
    own.into_iter().for_each(|component| contents.add(component));
    let packages = &made.production.packages;
    let ids: BTreeMap<&DepPath, String> =
        packages.keys().map(|path| (path, package_id(made, path))).collect();
    for (path, package) in packages {
        let Some(from) = ids.get(path) else { continue };
        for (_, to) in &package.children {
            match to {
                Dependency::Package(path) => ids.get(path).into_iter().for_each(|to| contents.edge(from, to)),
                Dependency::Link(folder) => contents.edge(from, &workspace_id(folder.as_str())),
            }
        }
    }
    Ok(())
}

fn installed(made: &Made<'_>, package: &InstalledPackage) -> Component {
    let paths = BTreeSet::from([in_image(&package.folder)]);
    Component { paths, ..package_component(made, &DepPath::new(package.dep_path.as_str())) }
}

/// Adds the locked files that scripts of the image's packages downloaded.
pub(super) fn add_downloads(contents: &mut Contents, made: &Made<'_>) {
    let network = made.settings.install.network.within(made.workspace, made.production);
    for (owner, files) in network.lines() {
        let packages = made.production.packages.keys().filter(|path| path.package_key() == owner);
        let owners: Vec<String> = packages.map(|path| package_id(made, path)).collect();
        for (url, file) in files.iter().filter(|(_, file)| file.status == 200) {
            let before = url.split(['?', '#']).next().unwrap_or_default();
            let name = before.trim_end_matches('/').rsplit('/').next().unwrap_or(before);
            let purl = Purl::generic(name, None)
                .with("checksum", &file.sha256.to_string())
                .with_url("download_url", url);
            let component = Component {
                purl: Some(purl.clone()),
                hashes: BTreeSet::from([Hash::of(&file.sha256)]),
                ..Component::new(Kind::Download, purl.to_string(), name)
            };
            owners.iter().for_each(|owner| contents.edge(owner, &component.id));
            contents.edge(&workspace_id(&owner), &component.id);
            contents.add(component);
        }
    }
}
