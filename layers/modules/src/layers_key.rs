//! The inputs of the modules layers. In: the stage's request, the files of the workspace's own commands. Out: a key. No
//! package is read.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use fourply_blob::{Codec, Inputs as _, Key, LayerFormat, LayerPath, Meta, Raw};
use fourply_pnpm::{ImagePackages, ImporterId, Manifest, PnpmSettings, Rules, Target};
use fourply_scripts::rooted;
use fourply_store::Pack;

use crate::{InstallSettings, LayersRequest, ModulesError, PlanRequest, SharedLayers};

fourply_blob::inputs! {
    /// Every input of the layers' bytes that is known without reading a package. The rules version covers everything
    /// between a closure and its layers: the layout, the scripts, which files stay.
    struct LayersInputs<'a>: "modules layers", rules 11 {
        codec: Codec,
        format: LayerFormat,
        service: &'a ImporterId,
        packages: &'a ImagePackages,
        rules: &'a Rules,
        settings: &'a PnpmSettings,
        install: &'a InstallSettings,
        /// The key of the lockfile's text, which contains integrities and patch hashes.
        lockfile: Key,
        target: &'a Target,
        /// The most node_modules layers.
        budget: usize,
        /// All services of the workspace, among which layers are shared.
        services: &'a [ImporterId],
        /// The folder of the workspace's root.
        prefix: &'a LayerPath,
        /// The directory that the base has there.
        directory: Meta,
        /// The key of the prune rules.
        prune: Option<Key>,
        manifests: Vec<ManifestInputs<'a>>,
        /// The archives of workspace folders.
        folders: &'a BTreeMap<ImporterId, Key>,
    }
}

/// The fields of a package.json that matter.
struct ManifestInputs<'a> {
    importer: &'a ImporterId,
    text: String,
    commands: Vec<CommandInputs>,
    /// The build's output, if commands are looked up in one of its folders.
    built: Option<Key>,
}

fourply_blob::key_value!(ManifestInputs<'a> { importer, text, commands, built });

/// The first line of a workspace command, which decides its shim. It comes from the build's output if the command is
/// there.
#[derive(Default)]
struct CommandInputs {
    from_build: Option<Vec<u8>>,
    in_workspace: Option<Vec<u8>>,
    /// The build's output, if the command's path does not show whether it is in there.
    built: Option<Key>,
}

fourply_blob::key_value!(CommandInputs {
    from_build: from_build.as_deref().map(Raw),
    in_workspace: in_workspace.as_deref().map(Raw),
    built,
});

/// The key of the layers.
///
/// # Errors
/// The build's output cannot be read; a root that is not valid in a layer.
pub(crate) fn layers_key(request: &LayersRequest<'_>) -> Result<Key, ModulesError> {
    let PlanRequest { workspace, settings, target, .. } = request.plan;
    let SharedLayers { services, budget, format, .. } = request.shared;
    let prefix = request.image.prefix()?;
    let inputs = LayersInputs {
        codec: request.image.codec,
        format: *format,
        service: request.service,
        packages: request.packages,
        rules: workspace.rules,
        settings: &workspace.settings,
        install: settings,
        lockfile: workspace.lockfile_text_key,
        target,
        budget: *budget,
        services,
        prefix: &prefix,
        directory: request.image.directories.meta(&prefix),
        prune: request.prune.map(|prune| prune.key()),
        manifests: manifests(&request.plan)?,
        folders: request.folders,
    };
    Ok(rooted(inputs.key(), request.plan.host.root))
}

fn manifests<'a>(plan: &PlanRequest<'a>) -> Result<Vec<ManifestInputs<'a>>, ModulesError> {
    let (manifests, built) = (&plan.workspace.manifests, plan.built);
    // An unchanged build reads no archive, unless the workspace has its own commands.
    let commands = manifests.values().any(|manifest| !manifest.bin.is_empty());
    let outputs = built.filter(|_| commands).map(|pack| plan.host.store().open_pack(&pack)).transpose()?;
    let of_manifest = |(importer, manifest): (&'a ImporterId, &'a Manifest)| {
        let paths = manifest.bin.values();
        let commands = paths.map(|path| command(importer, manifest, path, outputs.as_deref(), built));
        Ok(ManifestInputs {
            importer,
            text: manifest.raw.to_string(),
            commands: commands.collect::<Result<_, ModulesError>>()?,
            built: built.filter(|_| manifest.raw.get("directories").is_some()),
        })
    };
    manifests.iter().map(of_manifest).collect()
}

fn command(
    importer: &ImporterId,
    manifest: &Manifest,
    path: &str,
    outputs: Option<&Pack>,
    built: Option<Key>,
) -> Result<CommandInputs, ModulesError> {
    let inside = path.trim_start_matches("./");
    let place = if importer.is_root() { inside.to_owned() } else { format!("{importer}/{inside}") };
    if let Some((pack, entry)) = outputs.and_then(|pack| Some((pack, pack.find(&place)?))) {
        let from_build = Some(first_line(&pack.bytes(entry)?).to_owned());
        return Ok(CommandInputs { from_build, ..CommandInputs::default() });
    }
    let in_workspace = read_first_line(&manifest.dir.join(path));
    let built = built.filter(|_| !is_plain(inside));
    Ok(CommandInputs { from_build: None, in_workspace, built })
}

fn is_plain(path: &str) -> bool {
    !path.split('/').any(|part| matches!(part, "" | "." | ".."))
}

fn first_line(text: &[u8]) -> &[u8] {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
    line.get(..512).unwrap_or(line)
}

fn read_first_line(path: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(512).read_to_end(&mut start)).ok()?;
    Some(first_line(&start).to_owned())
}
