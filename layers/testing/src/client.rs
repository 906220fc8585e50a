//! A client of registries as tests want it, a small image to push, and what skopeo says of what arrived.

use std::process::Command;
use std::time::Duration;

use fourply_blob::{Codec, Digest};
use fourply_oci::image::{Image, ImageSettings};
use fourply_oci::registry::{
    HttpClients, Registries, RegistryError, RegistryImage, RegistrySettings, http_clients,
};
use fourply_oci::{Descriptor, Layer, Reference};
use fourply_store::NoProgress;

use crate::sample::Sample;

/// Registries with a runtime of their own, and with waits that are short enough for tests.
pub struct Client {
    /// The registries themselves.
    pub registries: Registries,
    _runtime: tokio::runtime::Runtime,
}

impl Client {
    pub fn new() -> Client {
        Client::with(|_| ())
    }

    pub fn with(change: impl Fn(&mut RegistrySettings)) -> Client {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let mut settings =
            RegistrySettings { backoff: Duration::from_millis(1), ..RegistrySettings::default() };
        change(&mut settings);
        Client::over(settings, http_clients(&[]).unwrap(), runtime)
    }

    pub fn over(settings: RegistrySettings, http: HttpClients, runtime: tokio::runtime::Runtime) -> Client {
        Client { registries: Registries::new(settings, http, runtime.handle().clone()), _runtime: runtime }
    }

    pub fn push(
        &self,
        image: &Image,
        names: &[&str],
    ) -> Result<fourply_oci::registry::PushReport, RegistryError> {
        let names: Vec<Reference> = names.iter().map(|name| Reference::parse(name).unwrap()).collect();
        self.registries.push(&image.tree(), &names, &NoProgress)
    }

    pub fn source(&self, name: &str) -> RegistryImage {
        RegistryImage::new(&self.registries, name).unwrap()
    }

    pub fn digest(&self, name: &str) -> Option<Digest> {
        self.registries.digest(&Reference::parse(name).unwrap()).unwrap()
    }
}

/// A base's two layers, a layer of 3 MB that does not shrink, and a layer that occurs twice.
pub fn image(sample: &Sample, base: Option<&str>) -> Image {
    let noise = Sample::noise(1, 3_000_000);
    let own_layers = [
        own_layer(sample, Codec::Gzip, &[("app/noise", &noise)]),
        own_layer(sample, Codec::Zstd, &[("app/twice", b"twice")]),
        own_layer(sample, Codec::Zstd, &[("app/twice", b"twice")]),
    ];
    Image::assemble(&sample.base(base), &own_layers, &ImageSettings::default()).unwrap()
}

pub fn own_layer(sample: &Sample, codec: Codec, files: &[(&str, &[u8])]) -> Layer {
    sample.own(&sample.layer(codec, files), "modules")
}

pub fn skopeo(args: &[&str]) -> String {
    let output = Command::new("skopeo").args(args).output().expect("skopeo runs");
    assert!(output.status.success(), "skopeo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The raw manifest, as skopeo reads it.
pub fn raw(name: &str) -> String {
    skopeo(&["inspect", "--tls-verify=false", "--raw", &format!("docker://{name}")])
}

/// Pulls everything of an image as the base does.
pub fn pull(source: &RegistryImage) -> Result<(Vec<u8>, Vec<Vec<u8>>), RegistryError> {
    let document = source.document(None, 1 << 20)?;
    let manifest: oci_spec::image::ImageManifest = serde_json::from_slice(&document.bytes).unwrap();
    let blobs = manifest.layers().iter().map(|layer| {
        let mut bytes = Vec::new();
        let layer: Descriptor = serde_json::from_value(serde_json::to_value(layer).unwrap()).unwrap();
        source.blob(&layer, &mut bytes).map(|()| bytes)
    });
    Ok((document.bytes.clone(), blobs.collect::<Result<_, _>>()?))
}
