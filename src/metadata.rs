//! `--metadata-file`: what was built and where it went, for programs. In: images, what became of them. Out: a file of JSON, which appears whole or not at
//! all.
//!
//! The keys with `containerimage.` and `image.name`, and the two forms (one image; several by name), are those of `docker buildx build` and `bake`:
//! docs.docker.com/reference/cli/docker/buildx/build, metadata-file. What docker has no word for lies below `fourply`.

use std::path::Path;

use fourply_oci::sink::SinkReport;
use fourply_store::atomic;
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
    let written = atomic::write(path, format!("{text}\n").as_bytes(), 0o644);
    written.map_err(|error| Error::user(error, "give --metadata-file a file in a folder that is there"))
}

fn of_image(one: &Delivered<'_>) -> Result<Value, Error> {
    let tree = image_tree(&one.built)?;
    let descriptor = tree.as_ref().map(|tree| {
        json!({ "mediaType": tree.media_type(), "digest": tree.root.to_string() })
    });
    let config = one.built.first().filter(|_| one.built.len() == 1);
    let config = config.map(|built| built.image.config.descriptor.digest.to_string());
    let platforms: Vec<Value> = one.built.iter().map(|built| of_platform(built)).collect();
    let places: Vec<Value> = one.reports.iter().map(of_place).collect();
    let seconds: f64 = one.built.iter().map(|built| built.took.build + built.took.layers).sum();
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
