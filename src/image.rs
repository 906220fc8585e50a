//! From a base and the plies' layers to an image: configuration, manifest, digests.
//!
//! In: a [`Base`](fourply_base::Base), [`Ply`]s whose blobs lie in the store, [`ImageSettings`]. Out: an [`Image`], whose bytes
//! follow from those alone. It must not know where the image goes to, nor how a layer came about.
//!
//! | module | what it holds |
//! |---|---|
//! | `config` | settings and the base's configuration → the image's |
//! | `manifest` | configuration and layers → the document with the image's digest |
//! | `index` | images for several platforms → one document |
//! | `annotations` | the names of OCI's annotations, and the standard ones of an image |
//! | `error` | what can be wrong |

use std::path::{Path, PathBuf};

use fourply_base::Base;
use fourply_blob::{Digest, LayerBlob};
use fourply_platform::Platform;
use fourply_store::Store;
use oci_spec::image::ImageConfiguration;

pub mod annotations;
mod config;
mod error;
pub mod index;
mod manifest;

pub use annotations::Annotations;
pub use config::{Healthcheck, ImageSettings};
pub use error::ImageError;
pub use index::ImageIndex;
pub use manifest::{CONFIG_MEDIA_TYPE, Content, INDEX_MEDIA_TYPE, MANIFEST_MEDIA_TYPE};

/// The most layers an image can have: the number of lower directories that docker's overlay driver mounts.
/// Source: moby's `layer.MaxLayerDepth` is 125 with two of them its own, containers/storage allows 127.
pub const MAX_LAYERS: usize = 127;

/// One layer that fourply made, with what the image's history says of it.
#[derive(Debug, Clone)]
pub struct Ply {
    /// The blob, which lies in the store.
    pub blob: LayerBlob,
    /// What made it, such as `fourply modules`.
    pub created_by: String,
    /// What it holds, in words.
    pub comment: String,
}

/// An image: small documents in memory, layers in files.
#[derive(Debug, Clone)]
pub struct Image {
    /// The machine that it is for.
    pub platform: Platform,
    /// The configuration.
    pub config: ImageConfiguration,
    /// The configuration's bytes, whose digest the manifest holds.
    pub config_bytes: Vec<u8>,
    /// From the lowest to the topmost. The same layer can occur more than once.
    pub layers: Vec<ImageLayer>,
    /// The manifest's bytes.
    pub manifest: Vec<u8>,
    /// The base's name, where it came from a registry: what a push to that registry can mount from.
    pub base_name: Option<String>,
}

/// One layer of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageLayer {
    /// Media type, digest and size of the compressed blob.
    pub content: Content,
    /// The digest of the plain tar.
    pub diff_id: Digest,
    /// The file that holds the blob; of a base in a registry, the file that it becomes when it is fetched.
    pub path: PathBuf,
    /// It is the base's.
    pub from_base: bool,
}

impl Image {
    /// Puts an image together. The same arguments give the same bytes.
    ///
    /// # Errors
    /// Where there are too many layers, a blob is not in the store, or the base contradicts itself.
    pub fn assemble(
        base: &Base,
        plies: &[Ply],
        settings: &ImageSettings,
        store: &Store,
    ) -> Result<Image, ImageError> {
        // A registry's base need not be here: what the target has too is never fetched.
        let away = base.name.is_some();
        let find = |digest: &Digest, of_base: bool| match store.blob_path(digest) {
            None if of_base && away => Some(store.blob_place(digest)),
            found => found,
        };
        Image::assemble_from(base, plies, settings, find)
    }

    fn assemble_from(
        base: &Base,
        plies: &[Ply],
        settings: &ImageSettings,
        find: impl Fn(&Digest, bool) -> Option<PathBuf>,
    ) -> Result<Image, ImageError> {
        let layers = layers(base, plies, find)?;
        let (config, config_bytes) = config::configure(base, plies, settings)?;
        let content = Content::of(CONFIG_MEDIA_TYPE, &config_bytes);
        let annotations = annotations::complete(&settings.annotations, settings.created, base)?;
        let manifest = manifest::render(&content, &layers, &annotations)?;
        Ok(Image {
            platform: platform(&config),
            config,
            config_bytes,
            layers,
            manifest,
            base_name: base.name.clone(),
        })
    }

    /// The manifest's digest: the image's name by content.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest)
    }

    /// Media type, digest and size of the manifest.
    pub fn manifest_content(&self) -> Content {
        Content::of(MANIFEST_MEDIA_TYPE, &self.manifest)
    }

    /// Media type, digest and size of the configuration.
    pub fn config_content(&self) -> Content {
        Content::of(CONFIG_MEDIA_TYPE, &self.config_bytes)
    }

    /// How many bytes a registry keeps of it: manifest, configuration and each layer once.
    pub fn size(&self) -> u64 {
        let blobs: u64 = self.blobs().iter().map(|blob| blob.content.size).sum();
        blobs + self.manifest.len() as u64
    }

    /// Configuration and layers, each digest once: the configuration first, then the layers in their order.
    pub fn blobs(&self) -> Vec<Blob<'_>> {
        let config =
            Blob { content: self.config_content(), source: Source::Bytes(&self.config_bytes), origin: None };
        let mut blobs = vec![config];
        for layer in &self.layers {
            if blobs.iter().all(|blob| blob.content.digest != layer.content.digest) {
                let source = Source::File(&layer.path);
                let origin = self.base_name.as_deref().filter(|_| layer.from_base);
                blobs.push(Blob { content: layer.content.clone(), source, origin });
            }
        }
        blobs
    }
}

/// A blob of an image, and where its bytes are.
#[derive(Debug, Clone)]
pub struct Blob<'i> {
    /// Media type, digest, size.
    pub content: Content,
    /// Its bytes.
    pub source: Source<'i>,
    /// An image in a registry that has it: it can be mounted from there, and fetched if its file is not here.
    pub origin: Option<&'i str>,
}

/// Where a blob's bytes are.
#[derive(Debug, Clone, Copy)]
pub enum Source<'i> {
    /// In memory: a configuration.
    Bytes(&'i [u8]),
    /// In a file: a layer.
    File(&'i Path),
    /// In a part of a file, from this byte on, so many: a layer in an archive.
    Part(&'i Path, u64, u64),
}

impl<'i> Source<'i> {
    /// A reader from the first byte on.
    ///
    /// # Errors
    /// Where the file cannot be opened; the message names it.
    pub fn open(&self) -> std::io::Result<Box<dyn std::io::Read + Send + 'i>> {
        use std::io::{Read as _, Seek as _};
        Ok(match self {
            Source::Bytes(bytes) => Box::new(*bytes),
            Source::File(path) => Box::new(fs_err::File::open(path)?),
            Source::Part(path, start, length) => {
                let mut file = fs_err::File::open(path)?;
                file.seek(std::io::SeekFrom::Start(*start))?;
                Box::new(file.take(*length))
            }
        })
    }
}

fn layers(
    base: &Base,
    plies: &[Ply],
    find: impl Fn(&Digest, bool) -> Option<PathBuf>,
) -> Result<Vec<ImageLayer>, ImageError> {
    let count = base.layers.len() + plies.len();
    if count > MAX_LAYERS {
        return Err(ImageError::TooManyLayers { count, base: base.layers.len() });
    }
    let path =
        |digest: &Digest, of_base| find(digest, of_base).ok_or(ImageError::MissingBlob { digest: *digest });
    let base_layers = base.layers.iter().map(|layer| {
        let media_type = layer.descriptor.media_type().to_string();
        let content = Content { media_type, digest: layer.digest, size: layer.size() };
        Ok(ImageLayer { path: path(&layer.digest, true)?, content, diff_id: layer.diff_id, from_base: true })
    });
    let own_layers = plies.iter().map(|ply| {
        let LayerBlob { digest, diff_id, size, codec, .. } = ply.blob;
        let content = Content { media_type: codec.media_type().to_owned(), digest, size };
        Ok(ImageLayer { path: path(&digest, false)?, content, diff_id, from_base: false })
    });
    base_layers.chain(own_layers).collect()
}

fn platform(config: &ImageConfiguration) -> Platform {
    Platform::new(&config.os().to_string(), &config.architecture().to_string(), config.variant().as_deref())
}

#[cfg(test)]
pub(crate) mod tests;
