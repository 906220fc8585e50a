//! OCI layouts, in a folder or an archive, as image sources. In: files by name. Out: documents and blobs. Source of the
//! layout's rules: OCI image specification, image-layout.md.

use std::io::Write;

use fourply_blob::Digest;
use oci_spec::image::Descriptor;
use serde_json::Value;

use crate::error::{BaseError, Result};
use crate::image::files::ImageFiles;
use crate::image::resolve::MAX_DOCUMENT;
use crate::image::source::{ImageSource, SourceDocument};
use crate::spec::ImageChoice;

/// The annotation with an image's name in a layout.
const NAME: &str = "org.opencontainers.image.ref.name";

/// An image of a layout.
pub(super) struct ImageLayout<F> {
    files: F,
    choice: ImageChoice,
    name: String,
}

impl<F: ImageFiles> ImageLayout<F> {
    /// Opens the layout; `name` is the user's text.
    ///
    /// # Errors
    /// If there is no layout, or it has another version.
    pub(super) fn open(files: F, choice: ImageChoice, name: String) -> Result<Self> {
        if !files.has("oci-layout") {
            return Err(BaseError::malformed(&name, "oci-layout", "this file of an OCI layout is missing"));
        }
        let header = files.small("oci-layout", 4096)?;
        let header: Value =
            serde_json::from_slice(&header).map_err(|e| BaseError::malformed(&name, "oci-layout", e))?;
        match header.get("imageLayoutVersion").and_then(Value::as_str) {
            Some(version) if version.starts_with("1.") => Ok(Self { files, choice, name }),
            other => {
                Err(BaseError::malformed(&name, "oci-layout", format!("version {other:?} is not known")))
            }
        }
    }

    /// The index with only the selected images.
    fn index(&self) -> Result<SourceDocument> {
        let malformed = |reason: &str| BaseError::malformed(&self.name, "index.json", reason);
        let bytes = self.files.small("index.json", MAX_DOCUMENT)?;
        let mut index: Value = serde_json::from_slice(&bytes)
            .map_err(|error| BaseError::malformed(&self.name, "index.json", error))?;
        let Some(images) = index.get_mut("manifests").and_then(Value::as_array_mut) else {
            return Err(malformed("it lists no images"));
        };
        let names: Vec<String> = images.iter().map(|image| image_name(image).to_owned()).collect();
        match &self.choice {
            ImageChoice::Only => self.only(&names)?,
            ImageChoice::Digest(digest) => {
                let digest = digest.to_string();
                images.retain(|image| image.get("digest").and_then(Value::as_str) == Some(&digest));
            }
            ImageChoice::Name(name) => {
                images.retain(|image| image_name(image) == name);
                if images.is_empty() {
                    return Err(self.no_reference(name, names));
                }
            }
        }
        Ok(SourceDocument { media_type: None, bytes: index.to_string().into_bytes() })
    }

    /// Several images form one image for several platforms only if they have no names, or all the same name.
    fn only(&self, names: &[String]) -> Result<()> {
        match names.first() {
            None => Err(BaseError::malformed(&self.name, "index.json", "it lists no images")),
            Some(first) if names.iter().any(|name| name != first) => {
                Err(self.no_reference("", names.to_vec()))
            }
            Some(_) => Ok(()),
        }
    }

    fn no_reference(&self, reference: &str, mut found: Vec<String>) -> BaseError {
        found.retain(|name| !name.is_empty());
        found.sort();
        found.dedup();
        BaseError::NoReference { image: self.name.clone(), reference: reference.into(), found }
    }
}

fn image_name(image: &Value) -> &str {
    image.get("annotations").and_then(|all| all.get(NAME)).and_then(Value::as_str).unwrap_or_default()
}

/// The path of a blob in a layout. A digest has no character that could lead elsewhere.
fn path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

impl<F: ImageFiles> ImageSource for ImageLayout<F> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn document(&self, digest: Option<&Digest>, max: u64) -> Result<SourceDocument> {
        match digest {
            None => self.index(),
            Some(digest) => {
                Ok(SourceDocument { media_type: None, bytes: self.files.small(&path(digest), max)? })
            }
        }
    }

    fn blob(&self, descriptor: &Descriptor, out: &mut dyn Write) -> Result<()> {
        let digest = descriptor.digest().to_string();
        let digest: Digest =
            digest.parse().map_err(|error| BaseError::malformed(&self.name, "a digest", error))?;
        self.files.copy(&path(&digest), descriptor.size(), out)
    }
}
