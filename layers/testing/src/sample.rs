//! A small image of real parts: a base of two layers and one on top, written by the blob crate into a store in a folder of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use fourply_blob::{Codec, EntriesFragment, Entry, Fragment, LayerBlob, LayerPath, Meta, write_layer};
use fourply_oci::image::BaseImage;
use fourply_oci::{Layer, LayerHistory};
use fourply_store::Store;
use serde_json::{Value, json};

/// A store in a folder that goes away with this value.
pub struct Sample {
    /// The folder.
    pub folder: tempfile::TempDir,
    /// The store.
    pub store: Store,
}

impl Sample {
    /// An empty store.
    pub fn new() -> Sample {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        Sample { folder, store }
    }

    /// A layer with these files, owned by root; their folders come with them.
    pub fn layer(&self, codec: Codec, files: &[(&str, &[u8])]) -> LayerBlob {
        let mut entries = BTreeMap::new();
        for (path, bytes) in files {
            let path = LayerPath::new(*path).unwrap();
            let mut parent = path.parent();
            while let Some(folder) = parent {
                parent = folder.parent();
                entries.insert(folder, Entry::Directory(Meta::directory(0, 0)));
            }
            let meta = Meta::file(bytes.starts_with(b"#!"), 0, 0);
            entries.insert(path, Entry::File { meta, bytes: Arc::from(*bytes) });
        }
        let fragments: Vec<Arc<dyn Fragment>> = vec![Arc::new(EntriesFragment::new(entries))];
        let mut writer = self.store.layer_writer().unwrap();
        let blob = write_layer(&fragments, codec, &self.store.fragments(), &mut writer).unwrap();
        writer.commit(&blob).unwrap();
        blob
    }

    /// Two layers, and a configuration of a base of them that has a bit of everything.
    pub fn base_parts(&self) -> ([LayerBlob; 2], Value) {
        let layers = [
            self.layer(
                Codec::Gzip,
                &[("etc/passwd", b"root:x:0:0::/:/bin/sh\n"), ("etc/group", b"root:x:0:\n")],
            ),
            self.layer(Codec::Gzip, &[("usr/bin/hello", b"#!/bin/sh\necho hello\n")]),
        ];
        let config = json!({
            "created": "2020-01-02T03:04:05Z", "author": "somebody", "architecture": "amd64", "os": "linux",
            "config": {
                "Env": ["PATH=/usr/local/bin:/usr/bin", "LANG=C", "NODE_VERSION=22.0.0"],
                "Cmd": ["node"], "Entrypoint": ["docker-entrypoint.sh"], "WorkingDir": "/srv", "User": "0",
                "ExposedPorts": { "80/tcp": {} }, "Volumes": { "/data": {}, "/cache": {} },
                "Labels": { "b": "base", "a": "base" }, "Shell": ["/bin/sh", "-c"],
                "Healthcheck": { "Test": ["CMD", "base"] },
            },
            "rootfs": { "type": "layers", "diff_ids": layers.iter().map(|layer| layer.diff_id).collect::<Vec<_>>() },
            "history": [
                { "created": "2020-01-02T03:04:05Z", "created_by": "ADD rootfs" },
                { "created": "2020-01-02T03:04:05Z", "created_by": "CMD node", "empty_layer": true },
                { "created": "2020-01-02T03:04:05Z", "created_by": "COPY hello" },
            ],
        });
        (layers, config)
    }

    /// A base of these parts.
    pub fn base(&self, name: Option<&str>) -> BaseImage {
        let (layers, raw_config) = self.base_parts();
        let layer = |blob: &LayerBlob| {
            let layer = self.own(blob, "");
            Layer { blob: layer.blob.with_origin(name.map(str::to_owned)), history: None, ..layer }
        };
        BaseImage {
            name: name.map(str::to_owned),
            digest: name.map(|name| fourply_blob::Digest::of(name.as_bytes())),
            layers: layers.iter().map(layer).collect(),
            config: serde_json::from_value(raw_config.clone()).unwrap(),
            raw_config,
        }
    }

    /// A layer of this build's own, with its entry in the history.
    pub fn own(&self, blob: &LayerBlob, comment: &str) -> Layer {
        let history = LayerHistory { created_by: "fourply modules".to_owned(), comment: comment.to_owned() };
        Layer::written(&self.store, blob, history)
    }

    /// Bytes that no compressor makes smaller: always the same for one seed.
    pub fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed.wrapping_mul(2).wrapping_add(1);
        let step = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        (0..length).map(step).collect()
    }
}
