//! `--metadata-file`: what was built and where it went, for programs. In: images, what became of them. Out: a file of JSON, which appears whole or not at
//! all. That of an earlier build goes before this one begins, so a build that fails leaves none.
//!
//! The keys with `containerimage.` and `image.name`, and the two forms (one image; several by name), are those of `docker buildx build` and `bake`:
//! docs.docker.com/reference/cli/docker/buildx/build, metadata-file. What docker has no word for lies below `fourply`.

use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use fourply_blob::Digest;
use fourply_oci::sink::SinkReport;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

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

/// Finds out before anything is built that the file cannot be written, and removes what an earlier build left there.
///
/// # Errors
/// A path at which no file can be written: its folder is missing or read-only, or something that is no regular file is there.
pub(crate) fn begin(path: &Path) -> Result<(), Error> {
    let began = match fs_err::metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::other(format!(
            "cannot write {}: something that is not a regular file is there",
            path.display()
        ))),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        // Whether it can take the file's place says only the attempt.
        _ => beside(path).and_then(|file| persist(file, path)).and_then(|()| fs_err::remove_file(path)),
    };
    began.map_err(|error| Error::user(error, HINT))
}

/// What to do where the file cannot be written.
const HINT: &str = "give --metadata-file a regular file in a folder that is there and can be written";

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
    let text = serde_json::to_string_pretty(&value).map_err(io::Error::from)?;
    keep(path, format!("{text}\n").as_bytes()).map_err(|error| Error::user(error, HINT))
}

/// By another name, which takes the file's place.
fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = beside(path)?;
    file.write_all(bytes).map_err(|error| named(path, &error))?;
    let mode = std::fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(mode).map_err(|error| named(path, &error))?;
    persist(file, path)
}

fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|error| named(path, &error.error))
}

/// An empty file in the same folder, which goes unless it is kept.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    NamedTempFile::with_prefix_in(".fourply-", folder).map_err(|error| named(path, &error))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_is_told_at_the_begin_and_an_old_one_goes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("m.json");
        begin(&file).unwrap();
        std::fs::write(&file, "old").unwrap();
        begin(&file).unwrap();
        assert!(!file.exists());
        write(&file, &[], false).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}\n");
        // What was tried left nothing.
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        let names = ["", "none/m.json", "m.json/x", "new/", "/dev/null"];
        for wrong in names.map(|name| dir.path().join(name)) {
            begin(&wrong).unwrap_err();
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
