//! Packages → a layer. In: the configuration, and the base of the packages, if there is one. Out: a [`DebBuild`].

use std::path::PathBuf;

use fourply_blob::{Codec, Digest};
use fourply_platform::Platform;
use fourply_rootfs::packages::{self, PackageLayer};
use fourply_rootfs::{Held, RootfsMetadata, Tools};
use fourply_store::{Fetcher, Progress};

use crate::closed;
use crate::error::{DebianError, Result};
use crate::fetch::fetched;
use crate::installed::InstalledDebs;
use crate::resolution::{self, DebPin, DebResolution};
use crate::spec::{DebianOptions, DebianSpec};
use crate::{layout, ldconfig, prune, shell};

/// Packages, and their layer.
#[derive(Debug, Clone)]
pub struct DebBuild {
    /// The resolved packages.
    pub resolution: DebResolution,
    pub layer: PackageLayer,
    /// Programs that are scripts of a missing shell, by absolute path.
    pub no_shell: Vec<String>,
}

/// Additions to a base.
#[derive(Debug, Clone)]
pub struct AddedDebs {
    /// The packages that the base lacked.
    pub resolution: DebResolution,
    /// Their layer; `None` if the base has every requested package.
    pub layer: Option<PackageLayer>,
    /// Whether this host's own apt sources were used because the base names no archive.
    pub by_machine: bool,
    /// Programs that are scripts of a missing shell, by absolute path.
    pub no_shell: Vec<String>,
}

/// Builds a root file system of packages only; from the packages in `held`, if they are resolved already.
///
/// # Errors
/// If the platform is not one of Debian's, or packages are not available, not signed, or conflict.
pub fn build(spec: &DebianSpec, held: Held<'_, DebResolution>, tools: &Tools<'_>) -> Result<DebBuild> {
    let Resolved { resolution, no_shell, .. } = resolved(spec, None, held, tools)?;
    let layer = layer(&resolution, None, held.whole().map(|_| spec), tools)?;
    Ok(DebBuild { resolution, layer, no_shell })
}

/// Whether a base has dpkg's database.
pub fn has_database(base: &RootfsMetadata) -> bool {
    InstalledDebs::is_there(base)
}

/// Adds packages of the base's own release to a base with dpkg's database; the packages in `held`, if they are resolved
/// already.
///
/// # Errors
/// Those of [`build`]; or the packages would change files of the base.
pub fn add(
    base: &RootfsMetadata,
    packages: &[String],
    options: &DebianOptions,
    held: Held<'_, DebResolution>,
    tools: &Tools<'_>,
) -> Result<AddedDebs> {
    let installed = InstalledDebs::new(base)?;
    let (suite, options) = (codename(base), options.clone());
    let spec = DebianSpec { suite, packages: packages.to_vec(), options, ..DebianSpec::default() };
    let Resolved { resolution, by_machine, no_shell } = resolved(&spec, Some(&installed), held, tools)?;
    let layer = match resolution.packages.is_empty() {
        true => None,
        false => Some(layer(&resolution, Some(&installed), held.whole().map(|_| &spec), tools)?),
    };
    Ok(AddedDebs { resolution, layer, by_machine, no_shell })
}

/// The resolution of a list of packages.
struct Resolved {
    resolution: DebResolution,
    /// Whether this host's own sources named the archive.
    by_machine: bool,
    no_shell: Vec<String>,
}

/// The locked packages, otherwise the archive's, with packages that their scripts call.
fn resolved(
    spec: &DebianSpec,
    installed: Option<&InstalledDebs<'_>>,
    held: Held<'_, DebResolution>,
    tools: &Tools<'_>,
) -> Result<Resolved> {
    let Tools { platform, store, fetcher, progress, .. } = *tools;
    let preferred = held.partly();
    let resolve = |spec: &DebianSpec| {
        resolution::resolve(spec, installed, preferred, architecture(platform)?, store, fetcher, progress)
    };
    let (resolution, by_machine) = match held.whole() {
        Some(held) => (held.clone(), false),
        None => resolve(spec)?,
    };
    let has = |path: &str| installed.is_some_and(|installed| installed.rootfs.is_executable(path));
    if !spec.options.dependencies || has("/bin/sh") {
        return Ok(Resolved { resolution, by_machine, no_shell: Vec::new() });
    }
    let needs = shell::needs(&resolution, tools)?;
    let missing = |resolution: &DebResolution| {
        let absent = |name: &&String| !resolution.packages.iter().any(|pin| pin.name == **name);
        needs.packages.iter().filter(absent).cloned().collect::<Vec<String>>()
    };
    let mut found = resolution;
    let more = missing(&found);
    if held.whole().is_none() && spec.options.essential.is_none() && !more.is_empty() {
        let packages = spec.packages.iter().cloned().chain(more).collect();
        let spec = DebianSpec { packages, ..spec.clone() };
        match resolve(&spec) {
            Ok((with_shell, _)) => found = with_shell,
            // An archive without them: the scripts are reported.
            Err(DebianError::Unsatisfied { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let without = missing(&found);
    let scripts = needs.scripts.into_iter().filter(|(_, shell)| without.contains(shell));
    let no_shell = scripts.map(|(path, _)| path).collect();
    Ok(Resolved { resolution: found, by_machine, no_shell })
}

fn architecture(platform: &Platform) -> Result<&'static str> {
    platform.deb().ok_or_else(|| DebianError::Architecture { platform: platform.to_string() })
}

/// The release of a base by its code name. Bases without a shell have it only in `VERSION`: `12 (bookworm)`.
fn codename(rootfs: &RootfsMetadata) -> Option<String> {
    let field = |name: &str| rootfs.os_release.get(name);
    let in_version = || Some(field("VERSION")?.split_once('(')?.1.split_once(')')?.0.to_owned());
    field("VERSION_CODENAME").cloned().or_else(in_version)
}

/// Rejects packages of another architecture, which an edited list may have.
fn of_one_architecture(resolution: &DebResolution) -> Result<()> {
    let own = resolution.architecture.as_str();
    let other = resolution.packages.iter().find(|pin| pin.architecture != own && pin.architecture != "all");
    other.map_or(Ok(()), |pin| {
        let reason = format!("{} is named for {}, and {own} is needed", pin.name, pin.architecture);
        Err(DebianError::Incomplete { reason })
    })
}

/// The layer of the packages, from the store or built now. `unsolved` are requests that the packages must satisfy, if
/// no solver has checked it.
fn layer(
    resolution: &DebResolution,
    installed: Option<&InstalledDebs<'_>>,
    unsolved: Option<&DebianSpec>,
    tools: &Tools<'_>,
) -> Result<PackageLayer> {
    let Tools { store, fetcher, progress, .. } = *tools;
    of_one_architecture(resolution)?;
    let inputs = layer_inputs(resolution, installed, tools.codec);
    if let Some(known) = packages::remembered(store, &inputs) {
        return Ok(known);
    }
    progress.begin("Debian packages", Some(resolution.packages.len() as u64));
    let files = fetch(&resolution.packages, fetcher, progress);
    progress.end();
    let scanned = layout::scan_all(&files?, ldconfig::is_there(installed, &resolution.packages))?;
    if let Some(spec) = unsolved {
        let wanted = resolution::wanted(spec, installed.is_some());
        let installed = installed.map(|installed| installed.packages.as_slice()).unwrap_or_default();
        closed::check(&scanned, installed, &wanted, &spec.options)?;
    }
    let laid = match installed {
        Some(installed) => layout::layout_on(installed, scanned, &resolution.architecture)?,
        None => layout::layout(scanned, &resolution.architecture)?,
    };
    let layer = packages::write::<DebianError>(&laid.fragments, tools.codec, store)?;
    let built = PackageLayer { layer, without_scripts: laid.without_scripts };
    store.put(&inputs, &built)?;
    Ok(built)
}

fourply_store::record! {
    /// Every input to the bytes of the layer.
    struct LayerInputs<'a> in DebLayer, rules 7 => PackageLayer {
        codec: Codec,
        /// The version of the layout's rules.
        layout: u64,
        architecture: &'a str,
        /// Names, versions and files, in order.
        packages: Vec<(&'a str, &'a str, Digest)>,
        base: Option<&'a RootfsMetadata>,
        /// The data of the base's libraries that ldconfig uses.
        libraries: Vec<(&'a str, String)>,
    }
}

fn layer_inputs<'a>(
    resolution: &'a DebResolution,
    installed: Option<&InstalledDebs<'a>>,
    codec: Codec,
) -> LayerInputs<'a> {
    LayerInputs {
        codec,
        layout: prune::RULES,
        architecture: &resolution.architecture,
        packages: {
            let packages = resolution.packages.iter();
            packages.map(|pin| (pin.name.as_str(), pin.version.as_str(), pin.sha256)).collect()
        },
        base: installed.map(|installed| installed.rootfs),
        libraries: installed.map(ldconfig::of_base).unwrap_or_default(),
    }
}

fn fetch(pins: &[DebPin], fetcher: &Fetcher, progress: &dyn Progress) -> Result<Vec<(PathBuf, DebPin)>> {
    let pins: Vec<&DebPin> = pins.iter().collect();
    let files = fetched(&pins, fetcher, || progress.advance(1))?;
    Ok(files.into_iter().map(|(path, pin)| (path, pin.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_with_a_package_of_another_architecture_is_refused() {
        let pin = |name: &str, architecture: &str| DebPin {
            name: name.into(),
            version: "1".into(),
            architecture: architecture.into(),
            url: "http://archive.test/x.deb".parse().unwrap(),
            size: 1,
            sha256: Digest::of(b""),
        };
        let list =
            |packages| DebResolution { suite: "bookworm".into(), architecture: "amd64".into(), packages };
        assert!(of_one_architecture(&list(vec![pin("a", "amd64"), pin("b", "all")])).is_ok());
        let error = of_one_architecture(&list(vec![pin("a", "amd64"), pin("tini", "arm64")])).unwrap_err();
        assert_eq!(error.to_string(), "packages are missing: tini is named for arm64, and amd64 is needed");
    }
}
