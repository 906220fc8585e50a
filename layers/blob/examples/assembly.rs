//! How fast a real node_modules becomes a layer: every package a fragment, with a cold and a warm cache, against the
//! speed of one SHA-256 pass over the same bytes.
//!
//! `cargo run --release -p fourply-blob --example assembly -- DIR/node_modules`
//!
//! Packages lie in one file each and pieces in a cache folder, and both are checked by BLAKE3 when they are read, so that
//! the work is that of a real build. Everything is put in a temporary folder.
#![allow(clippy::unwrap_used)]

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use fourply_blob::{
    BlobError, Codec, DigestWriter, Fragment, FragmentCache, Key, KeyBuilder, LayerBlob, LayerPath, Meta,
    TarWriter, write_layer,
};

/// The fastest counts: other work on the machine only ever slows down.
const WARM_ROUNDS: usize = 7;
const COLD_ROUNDS: usize = 3;

fn main() {
    let root = PathBuf::from(std::env::args_os().nth(1).expect("usage: assembly NODE_MODULES"));
    let scratch = tempfile::tempdir().unwrap();
    let packages = packages(&root, scratch.path());
    let sha = sha256_speed();
    println!("{} packages; SHA-256 {sha:.0} MB/s, {} threads", packages.len(), rayon::current_num_threads());
    println!(
        "{:13} {:>6} {:>8} {:>6} {:>8} {:>7} {:>9}",
        "codec", "cache", "seconds", "CPU", "MB/s", "ratio", "of SHA-256"
    );
    let cpu = cpu_seconds();
    let seconds = read_seconds(&packages);
    println!("fragments alone: {seconds:.3} s, {:.2} s of CPU", cpu_seconds() - cpu);
    for codec in [Codec::Gzip, Codec::Zstd, Codec::ZstdRelease] {
        let cache = Folder(scratch.path().join(codec.name()));
        let cold = (0..COLD_ROUNDS).map(|_| {
            let _ = std::fs::remove_dir_all(&cache.0);
            std::fs::create_dir_all(&cache.0).unwrap();
            measure(&packages, codec, &cache)
        });
        report("cold", sha, &fastest(cold));
        report("warm", sha, &fastest((0..WARM_ROUNDS).map(|_| measure(&packages, codec, &cache))));
    }
}

/// What the fragments themselves take to read their packages and make tar of them.
fn read_seconds(packages: &[Arc<dyn Fragment>]) -> f64 {
    let start = Instant::now();
    for package in packages {
        package.write_to(&mut TarWriter::new(&mut io::sink() as &mut dyn Write)).unwrap();
    }
    start.elapsed().as_secs_f64()
}

/// One layer, and what it took to write it.
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

/// MB/s of one thread, the best of five.
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

/// Processor time of all threads, as Linux counts it in hundredths of a second: other work on the machine does not change it.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

struct Package {
    key: Key,
    pack: PathBuf,
    content: Key,
    files: Vec<(LayerPath, bool, std::ops::Range<usize>)>,
}

impl Fragment for Package {
    fn key(&self) -> Key {
        self.key
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        let bytes = std::fs::read(&self.pack).unwrap();
        assert_eq!(Key::of(&bytes), self.content);
        for (path, executable, range) in &self.files {
            tar.bytes(path, &Meta::file(*executable, 0, 0), &bytes[range.clone()])?;
        }
        Ok(())
    }

    fn size_hint(&self) -> u64 {
        self.files.iter().map(|(_, _, range)| 512 + range.len().next_multiple_of(512) as u64).sum()
    }
}

/// Every folder of node_modules, and of its scopes, as one package.
fn packages(root: &Path, scratch: &Path) -> Vec<Arc<dyn Fragment>> {
    let mut packages: Vec<Arc<dyn Fragment>> = Vec::new();
    for name in names(root) {
        let dirs = if name.starts_with('@') {
            names(&root.join(&name)).into_iter().map(|below| format!("{name}/{below}")).collect()
        } else {
            vec![name]
        };
        for dir in dirs {
            let pack = scratch.join(format!("{}.pack", packages.len()));
            packages.push(Arc::new(package(root, &dir, pack)));
        }
    }
    packages
}

fn package(root: &Path, name: &str, pack: PathBuf) -> Package {
    let (mut bytes, mut files) = (Vec::new(), Vec::new());
    collect(root, name, &mut bytes, &mut files);
    std::fs::write(&pack, &bytes).unwrap();
    let content = Key::of(&bytes);
    let start = KeyBuilder::new("fourply example package v1").field("content", content);
    let key = files.iter().fold(start, |key, (path, executable, range)| {
        key.field("path", path.as_str())
            .number("x", u64::from(*executable))
            .number("length", range.len() as u64)
    });
    Package { key: key.finish(), pack, content, files }
}

fn collect(
    root: &Path,
    path: &str,
    bytes: &mut Vec<u8>,
    files: &mut Vec<(LayerPath, bool, std::ops::Range<usize>)>,
) {
    let full = root.join(path);
    let meta = full.symlink_metadata().unwrap();
    if meta.is_dir() {
        names(&full).iter().for_each(|name| collect(root, &format!("{path}/{name}"), bytes, files));
    } else if meta.is_file() {
        let start = bytes.len();
        bytes.extend(std::fs::read(&full).unwrap());
        let executable = meta.permissions().mode() & 0o111 != 0;
        files.push((
            LayerPath::new(format!("app/node_modules/{path}")).unwrap(),
            executable,
            start..bytes.len(),
        ));
    }
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Pieces as files, each behind its BLAKE3.
struct Folder(PathBuf);

impl FragmentCache for Folder {
    fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let mut bytes = std::fs::read(self.0.join(key.hex())).ok()?;
        let sum = bytes.split_off(bytes.len().checked_sub(32)?);
        (Key::of(&bytes).as_bytes().as_slice() == sum).then_some(bytes)
    }

    fn put(&self, key: &Key, piece: &[u8]) -> io::Result<()> {
        std::fs::write(self.0.join(key.hex()), [piece, Key::of(piece).as_bytes()].concat())
    }
}
