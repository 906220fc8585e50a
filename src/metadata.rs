//! `--metadata-file`: what was built and where it went, for programs. In: images, what became of them. Out: a file of JSON, which appears whole or not at
//! all.
//!
//! The keys with `containerimage.` and `image.name`, and the two forms (one image; several by name), are those of `docker buildx build` and `bake`:
//! docs.docker.com/reference/cli/docker/buildx/build, metadata-file. What docker has no word for lies below `fourply`.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use fourply_blob::Digest;
use fourply_oci::sink::SinkReport;
use serde_json::{Map, Value, json};

use crate::Error;
use crate::delivery::image_tree;
use crate::pipeline::BuiltImage;

/// A service whose image is at all of its places.
pub(crate) struct Delivered<'b> {
    /// Its folder.
    pub service: String,
    pub tags: Vec<String>,
    /// Of the manifest or index that is pushed.
    pub digest: String,
    /// One for each platform.
    pub built: Vec<&'b BuiltImage>,
    pub reports: Vec<SinkReport>,
}

/// Writes the file. `alone` is the form of one image, whatever their number.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn write(path: &Path, delivered: &[Delivered<'_>], alone: bool) -> Result<(), Error> {
    let value = match delivered {
        [one] if alone => of_image(one)?,
        all => {
            let all = all.iter().map(|one| Ok((one.service.clone(), of_image(one)?)));
            Value::Object(all.collect::<Result<Map<_, _>, Error>>()?)
        }
    };
    let text = serde_json::to_string_pretty(&value).map_err(std::io::Error::from)?;
    let written = keep(path, format!("{text}\n").as_bytes());
    written.map_err(|error| Error::user(error, "give --metadata-file a file in a folder that is there"))
}

/// Into a pipe or a device as they are; else by another name, which takes the file's place.
fn keep(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if fs_err::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs_err::write(path, bytes);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(named)?;
    file.write_all(bytes).map_err(named)?;
    let mode = std::fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(mode).map_err(named)?;
    file.persist(path).map(drop).map_err(|error| named(error.error))
}

fn of_image(one: &Delivered<'_>) -> Result<Value, Error> {
    let tree = image_tree(&one.built)?;
    let descriptor = tree.as_ref().and_then(|tree| tree.root_manifest()).map(|manifest| {
        let descriptor = &manifest.descriptor;
        json!({
            "mediaType": descriptor.media_type,
            "digest": descriptor.digest.to_string(),
            "size": descriptor.size,
        })
    });
    let config = one.built.first().filter(|_| one.built.len() == 1);
    let config = config.map(|built| Digest::of(&built.image.config_bytes).to_string());
    let platforms: Vec<Value> = one.built.iter().map(|built| of_platform(built)).collect();
    let places: Vec<Value> = one.reports.iter().map(of_place).collect();
    let seconds = one.built.iter().map(|built| built.took.scripts + built.took.layers).sum();
    let mut value = Map::new();
    value.insert("containerimage.digest".to_owned(), one.digest.clone().into());
    value.extend(config.map(|digest| ("containerimage.config.digest".to_owned(), digest.into())));
    value.extend(descriptor.map(|descriptor| ("containerimage.descriptor".to_owned(), descriptor)));
    value.insert("image.name".to_owned(), one.tags.join(",").into());
    let own = json!({
        "service": one.service,
        "tags": one.tags,
        "seconds": rounded(seconds),
        "bytesMoved": one.reports.iter().map(|report| report.bytes).sum::<u64>(),
        "places": places,
        "platforms": platforms,
    });
    value.insert("fourply".to_owned(), own);
    Ok(Value::Object(value))
}

/// One image: its layers from the lowest on, and the stages that made them.
fn of_platform(built: &BuiltImage) -> Value {
    let own = &built.layers;
    let of_base = built.image.layers.len().saturating_sub(own.len());
    let layers = built.image.layers.iter().enumerate().map(|(at, layer)| {
        let made = at.checked_sub(of_base).and_then(|at| own.get(at));
        json!({
            "digest": layer.blob.descriptor.digest.to_string(),
            "size": layer.blob.descriptor.size,
            "diffID": layer.diff_id.to_string(),
            "kind": made.map_or("base", |made| made.stage),
            "cached": made.is_none_or(|made| made.cached),
            "comment": made.map(|made| &made.comment),
        })
    });
    json!({
        "platform": built.image.platform.to_string(),
        "digest": built.image.digest().to_string(),
        "layers": layers.collect::<Vec<_>>(),
        "stages": [
            { "name": "scripts", "cached": built.scripts_cached, "seconds": rounded(built.took.scripts) },
            { "name": "layers", "cached": own.iter().all(|layer| layer.cached), "seconds": rounded(built.took.layers) },
        ],
    })
}

fn of_place(report: &SinkReport) -> Value {
    json!({
        "place": report.place,
        "digest": report.digest.to_string(),
        "written": report.written,
        "present": report.present,
        "mounted": report.mounted,
        "bytes": report.bytes,
    })
}

/// Seconds with milliseconds.
fn rounded(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}
