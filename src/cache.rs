//! `--cache-from` and `--cache-to`: the store's part in a build, kept in a registry. In: references. Out: a store that is as warm as the one that
//! filled the cache. What a build used is known from the store's journal; a layer that was not made again brings the pieces that it
//! was made of when it was, from a record.

use std::collections::BTreeSet;

use fourply_blob::{Digest, Key};
use fourply_store::StoreEntry;

use crate::context::Context;
use crate::pipeline::BuiltImage;
use crate::settings::Settings;
use crate::{Error, supplies};
use fourply_oci::Reference;
use fourply_oci::artifact;
use fourply_oci::transfer::{Remote, TransferError};

fourply_store::record! {
    /// The names of the entries that a layer was made of.
    struct PartsOf<'a> in LayerParts, rules 2 => BTreeSet<String> {
        layer: &'a Digest,
    }
}

/// Fills the store from each of the caches. One that is not there yet, or not reached, is no error: the build does without.
///
/// # Errors
/// Where the store cannot be written, or something comes that is not what its name promises.
pub(crate) fn pull(context: &Context<'_>, names: &[String]) -> Result<(), Error> {
    for name in names {
        let remote = Remote::new(context.registries()?, &context.store, Reference::parse(name)?);
        match artifact::unpack(&remote, context.registries()?, &context.store, context.terminal) {
            Ok(_) => {}
            Err(TransferError::Registry(error)) if error.is_absence() => {
                context.terminal.warn(&format_args!("no cache is taken from {name}: {error}"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Starts to note what the build uses.
pub(crate) fn begin(context: &Context<'_>) {
    context.store.journal().begin();
}

/// Pushes what the builds used, and the tarballs of the workspace's packages. `settings` are one for each platform.
///
/// # Errors
/// Those of fetching what is missing and of the registry.
pub(crate) fn push(
    settings: &[Settings],
    context: &Context<'_>,
    built: &[&BuiltImage],
    names: &[String],
) -> Result<(), Error> {
    let noted = context.store.journal().end();
    if names.is_empty() {
        return Ok(());
    }
    for name in built.iter().flat_map(|built| &built.secrets) {
        let text = format_args!(
            "the cache holds what was made with the secret {name}: who reads it needs no secret"
        );
        context.terminal.warn(&text);
    }
    let mut used = supplies::Supplies::default();
    for settings in settings {
        let found = supplies::supplies(settings, context, false)?;
        used.entries.extend(found.entries);
        used.blobs.extend(found.blobs);
    }
    remember_parts(context, built, &noted)?;
    used.add_noted(noted);
    for layer in built.iter().flat_map(|built| &built.layers) {
        used.blobs.insert(layer.blob.digest);
        used.entries.extend(parts(context, &layer.blob.digest));
    }
    // Layers of the base are at their registry; only what they hold is worth carrying.
    for layer in built.iter().flat_map(|built| &built.image.layers).filter(|layer| layer.is_of_base()) {
        used.blobs.remove(&layer.blob.descriptor.digest);
    }
    let artifact = artifact::pack(&context.store, &used.entries, &used.blobs)?;
    let targets = names.iter().map(|name| Reference::parse(name)).collect::<Result<Vec<_>, _>>()?;
    context.registries()?.push(&artifact.tree, &targets, context.terminal)?;
    Ok(())
}

/// Keeps, for each layer that was made now, which pieces the build looked at, and what was derived.
fn remember_parts(
    context: &Context<'_>,
    built: &[&BuiltImage],
    noted: &BTreeSet<(String, String)>,
) -> Result<(), Error> {
    let mut parts = BTreeSet::new();
    for (kind, name) in noted {
        match kind.as_str() {
            "fragments" => drop(parts.insert(format!("fragments/{name}"))),
            // What it leads to comes along: no tarball would make that.
            "derived" => {
                let key = name.parse::<Key>().ok();
                let pack = key.map(|key| context.store.derived_pack(&key)).transpose()?.flatten();
                parts.extend(pack.map(|pack| format!("packs/{pack}")));
                parts.insert(format!("derived/{name}"));
            }
            _ => {}
        }
    }
    for layer in built.iter().flat_map(|built| &built.layers).filter(|layer| !layer.cached) {
        context.store.put(&PartsOf { layer: &layer.blob.digest }, &parts)?;
    }
    Ok(())
}

/// The pieces that a layer was made of, and the record that says so.
fn parts(context: &Context<'_>, layer: &Digest) -> Vec<StoreEntry> {
    let record = PartsOf { layer };
    let names = context.store.get(&record).unwrap_or_default();
    let own = context.store.entry(&record);
    names.iter().chain([&own]).filter_map(|name| StoreEntry::parse(name)).collect()
}
