//! Measures how fast a real node_modules becomes a layer. Every package is a fragment. It measures with a cold and a
//! warm cache, against the speed of one SHA-256 pass over the same bytes.
//!
//! `cargo run --release -p fourply-store --example assembly -- DIR/node_modules [CODEC…]`
//!
//! Packages and pieces are in a store, in a temporary folder: the work is that of a real build.
#![allow(clippy::unwrap_used)]

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use fourply_blob::{
    BlobError, Codec, DigestWriter, Fragment, FragmentCache, Inputs as _, Key, LayerBlob, LayerPath, Meta,
    TarWriter, write_layer,
};
use fourply_store::{PackBuilder, PackKind, Store};

/// The fastest round counts, because other work on the host only slows a round down.
const WARM_ROUNDS: usize = 7;
const COLD_ROUNDS: usize = 3;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let root = PathBuf::from(arguments.next().expect("usage: assembly NODE_MODULES [CODEC…]"));
    let mut codecs: Vec<Codec> = arguments.map(|text| text.parse().unwrap()).collect();
    if codecs.is_empty() {
        codecs = vec![Codec::Gzip, Codec::Zstd, Codec::ZstdRelease];
    }
    let scratch = tempfile::tempdir().unwrap();
    let store = Store::open(scratch.path()).unwrap();
    let packages = packages(&root, &store);
    let sha = sha256_speed();
    println!("{} packages; SHA-256 {sha:.0} MB/s, {} threads", packages.len(), rayon::current_num_threads());
    println!(
        "{:13} {:>6} {:>8} {:>6} {:>8} {:>7} {:>9}",
        "codec", "cache", "seconds", "CPU", "MB/s", "ratio", "of SHA-256"
    );
    let cpu = cpu_seconds();
    let seconds = read_seconds(&packages);
    println!("fragments alone: {seconds:.3} s, {:.2} s of CPU", cpu_seconds() - cpu);
    for codec in codecs {
        let cold = (0..COLD_ROUNDS).map(|_| {
            let _ = std::fs::remove_dir_all(store.root().join("fragments"));
            measure(&packages, codec, &store.fragments())
        });
        report("cold", sha, &fastest(cold));
        let warm = (0..WARM_ROUNDS).map(|_| measure(&packages, codec, &store.fragments()));
        report("warm", sha, &fastest(warm));
    }
}

/// The time in seconds that fragments need to read their packages and write tar.
fn read_seconds(packages: &[Arc<dyn Fragment>]) -> f64 {
    let start = Instant::now();
    for package in packages {
        package.write_to(&mut TarWriter::new(&mut io::sink() as &mut dyn Write)).unwrap();
    }
    start.elapsed().as_secs_f64()
}

/// One layer, and the cost of writing it.
struct Measured {
    blob: LayerBlob,
    seconds: f64,
    cpu: f64,
}

fn fastest(rounds: impl Iterator<Item = Measured>) -> Measured {
    rounds.min_by(|one, other| one.seconds.total_cmp(&other.seconds)).unwrap()
}

fn measure(packages: &[Arc<dyn Fragment>], codec: Codec, cache: &dyn FragmentCache) -> Measured {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let blob = write_layer(packages, codec, cache, &mut io::sink()).unwrap();
    Measured { blob, seconds: start.elapsed().as_secs_f64(), cpu: cpu_seconds() - cpu }
}

fn report(state: &str, sha: f64, Measured { blob, seconds, cpu }: &Measured) {
    let codec = blob.codec;
    let speed = blob.diff_size as f64 / 1e6 / seconds;
    let ratio = blob.size as f64 / blob.diff_size as f64;
    let part = 100.0 * speed / sha;
    println!("{codec:13} {state:>6} {seconds:>8.3} {cpu:>6.2} {speed:>8.0} {ratio:>7.4} {part:>8.0} %");
}

/// MB/s of one thread, the best of five runs.
fn sha256_speed() -> f64 {
    let bytes = vec![1; 64 << 20];
    let once = || {
        let start = Instant::now();
        let mut writer = DigestWriter::new(io::sink());
        writer.write_all(&bytes).unwrap();
        std::hint::black_box(writer.into_parts().1);
        bytes.len() as f64 / 1e6 / start.elapsed().as_secs_f64()
    };
    (0..5).map(|_| once()).fold(0.0, f64::max)
}

/// CPU time of all threads, in seconds. Linux counts it in hundredths of a second. Other work on the host does not
/// change it.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

fourply_blob::inputs! {
    /// Every input to the entries of one package.
    struct PackageInputs<'a>: "example package", rules 2 {
        pack: &'a Key,
        name: &'a str,
    }
}

struct Package {
    key: Key,
    store: Store,
    pack: Key,
    name: String,
}

impl Fragment for Package {
    fn key(&self) -> Key {
        self.key
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        let pack = self.store.open_pack(&self.pack).unwrap();
        for entry in pack.entries() {
            let path = LayerPath::new(format!("app/node_modules/{}/{}", self.name, entry.path))?;
            let meta = Meta::file(entry.kind == PackKind::File { executable: true }, 0, 0);
            match pack.in_memory(entry) {
                Some(bytes) => tar.bytes(&path, &meta, bytes)?,
                None => tar.file(&path, &meta, entry.size(), &mut pack.reader(entry))?,
            }
        }
        Ok(())
    }

    fn size_hint(&self) -> u64 {
        self.store.pack_size(&self.pack)
    }
}

/// Every folder of node_modules, and of its scopes, as one package.
fn packages(root: &Path, store: &Store) -> Vec<Arc<dyn Fragment>> {
    let folders = names(root).into_iter().flat_map(|name| match name.starts_with('@') {
        true => names(&root.join(&name)).into_iter().map(|below| format!("{name}/{below}")).collect(),
        false => vec![name],
    });
    // npm writes a file of its own there.
    let folders = folders.filter(|name| root.join(name).is_dir());
    folders.map(|name| Arc::new(package(root, name, store)) as Arc<dyn Fragment>).collect()
}

fn package(root: &Path, name: String, store: &Store) -> Package {
    let mut builder = PackBuilder::spooling(store);
    collect(&root.join(&name), "", &mut builder);
    let pack = builder.save(store).unwrap();
    let key = PackageInputs { pack: &pack, name: &name }.key();
    Package { key, store: store.clone(), pack, name }
}

fn collect(folder: &Path, path: &str, builder: &mut PackBuilder) {
    let full = if path.is_empty() { folder.to_owned() } else { folder.join(path) };
    let meta = full.symlink_metadata().unwrap();
    if meta.is_dir() {
        let below = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        names(&full).iter().for_each(|name| collect(folder, &below(name), builder));
    } else if meta.is_file() {
        let mut file = builder.begin_file(path, meta.permissions().mode() & 0o111 != 0).unwrap();
        file.write(&std::fs::read(full).unwrap()).unwrap();
    }
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
