//! What has to hold for every file of the cache, whatever is in it: a reader gives what was written or says that there is nothing, never
//! panics, and a layer that is made with its help has the bytes that it has without. In: any bytes, the first of which chooses the reader.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fourply_app::StatCache;
use fourply_blob::{
    Codec, EntriesFragment, Entry, Fragment, FragmentCache, Inputs as _, Key, LayerBlob, LayerPath, Meta,
    NoCache, write_layer,
};
use fourply_store::{PackBuilder, Store};

fourply_store::record! {
    /// The record whose bytes are chosen.
    struct Chosen in Layer, rules 1 => LayerBlob {
        number: u32,
    }
}

/// A store to put the bytes into.
pub struct Readers {
    dir: tempfile::TempDir,
    store: Store,
    fragments: Vec<Arc<dyn Fragment>>,
    expected: (Vec<u8>, LayerBlob),
    /// The one piece of the layer that is kept.
    piece: PathBuf,
}

impl Readers {
    pub fn new() -> Readers {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let file =
            Entry::File { meta: Meta::file(false, 0, 0), bytes: b"a file of some bytes".repeat(9).into() };
        let entries = [(LayerPath::new("a/file").unwrap(), file)].into();
        let fragments: Vec<Arc<dyn Fragment>> = vec![Arc::new(EntriesFragment::new(entries))];
        let expected = layer(&fragments, &NoCache);
        layer(&fragments, &store.fragments());
        let shard = std::fs::read_dir(store.root().join("fragments")).unwrap().next().unwrap().unwrap();
        let piece = std::fs::read_dir(shard.path()).unwrap().next().unwrap().unwrap().path();
        Readers { dir, store, fragments, expected, piece }
    }

    pub fn read(&self, bytes: &[u8]) {
        let Some((choice, bytes)) = bytes.split_first() else { return };
        match choice % 5 {
            0 => self.piece(bytes),
            1 => self.pack(bytes),
            2 => self.record(bytes),
            3 => self.pointer(bytes),
            _ => self.stat_cache(bytes),
        }
    }

    /// Bytes that every reader can be given, changed by a test: what is really kept, behind the choice of its reader.
    pub fn samples(&self) -> Vec<Vec<u8>> {
        let mut pack = PackBuilder::new();
        pack.add_file("package.json", false, b"{}".to_vec()).unwrap();
        pack.add_file("bin/run", true, b"#!/bin/sh".to_vec()).unwrap();
        pack.add_symlink("link", "bin/run").unwrap();
        let pack = pack.save(&self.store).unwrap().hex();
        let kept = [
            std::fs::read(&self.piece).unwrap(),
            std::fs::read(self.file("packs", &pack)).unwrap(),
            br#"{"digest":"sha256:00","diff_id":"sha256:00","size":1,"diff_size":1,"codec":"gzip"}"#.to_vec(),
            format!("{pack}\n").into_bytes(),
            stat_cache().into_bytes(),
        ];
        (0..).zip(kept).map(|(choice, kept)| [vec![choice], kept].concat()).collect()
    }

    fn piece(&self, bytes: &[u8]) {
        put(&self.piece, bytes);
        assert!(layer(&self.fragments, &self.store.fragments()) == self.expected, "another layer");
    }

    /// Under its right name, as a pack of another one is refused before it is read.
    fn pack(&self, bytes: &[u8]) {
        let id = Key::of(bytes);
        put(&self.file("packs", &id.hex()), bytes);
        if let Ok(pack) = self.store.open_pack(&id) {
            let sizes: u64 = pack.entries().iter().map(|entry| pack.bytes(entry).unwrap().len() as u64).sum();
            assert_eq!(pack.id(), id);
            assert!(sizes <= bytes.len() as u64);
        }
        let other = Key::of(b"another");
        put(&self.file("packs", &other.hex()), bytes);
        assert!(id == other || self.store.open_pack(&other).is_err());
    }

    fn record(&self, bytes: &[u8]) {
        let record = Chosen { number: 0 };
        put(&self.file("records/layer", &record.key().hex()), bytes);
        if let Some(blob) = self.store.get(&record) {
            self.store.put(&record, &blob).unwrap();
            assert_eq!(self.store.get(&record), Some(blob));
        }
    }

    fn pointer(&self, bytes: &[u8]) {
        let key = Key::of(b"pointer");
        put(&self.file("derived", &key.hex()), bytes);
        let found = self.store.derived_pack(&key).unwrap();
        assert!(found.is_none_or(|pack| self.store.has_pack(&pack)));
    }

    fn stat_cache(&self, bytes: &[u8]) {
        let path = self.dir.path().join("stat");
        put(&path, bytes);
        let read = StatCache::read(&path);
        read.write(&path).unwrap();
        assert_eq!(StatCache::read(&path), read);
    }

    /// `kind/ab/abcdef…`, as the store's documentation has it.
    fn file(&self, kind: &str, hex: &str) -> PathBuf {
        self.store.root().join(kind).join(&hex[..2]).join(hex)
    }
}

fn layer(fragments: &[Arc<dyn Fragment>], cache: &dyn FragmentCache) -> (Vec<u8>, LayerBlob) {
    let mut bytes = Vec::new();
    let blob = write_layer(fragments, Codec::Zstd, cache, &mut bytes).unwrap();
    (bytes, blob)
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn stat_cache() -> String {
    let content = Key::of(b"x");
    let body = format!(
        "fourply stat cache v1\n4 1700000000000000000 1700000000000000000 12 3 {content} src/main.ts\n"
    );
    let check = Key::of(body.as_bytes());
    format!("{body}{check}\n")
}
