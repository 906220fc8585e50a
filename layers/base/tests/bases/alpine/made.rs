//! Packages and repositories made by the test, with any hostile content. Signed by openssl.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use fourply_apk::AlpineSpec;
use fourply_apk::ApkSources;
use fourply_base::{Base, BaseError, BaseSpec};
use sha2::{Digest as _, Sha256};

use super::support::hostile::put;
use super::support::{Place, run};

/// An entry of a package's data; its path is written unchanged.
pub enum Put {
    Dir(&'static str),
    File(&'static str, &'static [u8]),
    Symlink(&'static str, &'static str),
    Hardlink(&'static str, &'static str),
    Device(&'static str),
    /// A program with the capability to bind low ports, in Linux's extended attribute.
    Capable(&'static str, &'static [u8]),
}

/// `cap_net_bind_service=ep`: linux/capability.h, `vfs_cap_data` of revision 2, effective, bit 10 permitted.
pub const CAPABILITY: [u8; 20] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn capability() -> Vec<u8> {
    let record = [b" SCHILY.xattr.security.capability=", CAPABILITY.as_slice(), b"\n"].concat();
    [(record.len() + 2).to_string().as_bytes(), &record].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn entry(tar: &mut Vec<u8>, path: &str, kind: u8, content: &[u8], target: &str) {
    put(tar, path, kind, if kind == b'5' { 0o755 } else { 0o644 }, content, target);
}

/// One package: its control and data parts, compressed.
pub struct Made {
    name: &'static str,
    control: Vec<u8>,
    data: Vec<u8>,
}

/// A package with these entries; `more` are lines of its `.PKGINFO`.
pub fn package(name: &'static str, more: &str, entries: &[Put]) -> Made {
    let mut tar = Vec::new();
    for put in entries {
        match put {
            Put::Dir(path) => entry(&mut tar, path, b'5', b"", ""),
            Put::File(path, bytes) => entry(&mut tar, path, b'0', bytes, ""),
            Put::Symlink(path, target) => entry(&mut tar, path, b'2', b"", target),
            Put::Hardlink(path, target) => entry(&mut tar, path, b'1', b"", target),
            Put::Device(path) => entry(&mut tar, path, b'3', b"", ""),
            Put::Capable(path, bytes) => {
                entry(&mut tar, "pax", b'x', &capability(), "");
                entry(&mut tar, path, b'0', bytes, "");
            }
        }
    }
    tar.resize(tar.len() + 1024, 0);
    let data = gzip(&tar);
    let hash = hex::encode(Sha256::digest(&data));
    let info = format!("pkgname = {name}\npkgver = 1-r0\nsize = 1\narch = x86_64\n{more}datahash = {hash}\n");
    let mut control = Vec::new();
    entry(&mut control, ".PKGINFO", b'0', info.as_bytes(), "");
    Made { name, control: gzip(&control), data }
}

/// A repository of these packages, and the key that signed it.
pub struct Repo {
    pub place: Place,
    pub sources: ApkSources,
}

impl Repo {
    pub fn new(packages: &[Made]) -> Self {
        let place = Place::new();
        std::fs::create_dir_all(place.path("repo/x86_64")).unwrap();
        let (key, public) = (place.text("test.rsa"), place.text("test.rsa.pub"));
        run("openssl", &["genrsa", "-out", &key, "2048"]);
        run("openssl", &["rsa", "-in", &key, "-pubout", "-out", &public]);
        let repositories = vec![place.text("repo")];
        let sources = ApkSources { repositories, keys: vec![public.into()], ..ApkSources::default() };
        let repo = Self { place, sources };
        repo.publish(packages);
        repo
    }

    /// Writes these packages and their index.
    pub fn publish(&self, packages: &[Made]) {
        let mut index = String::new();
        for made in packages {
            let bytes = [made.control.as_slice(), &made.data].concat();
            let control = self.place.write("control.gz", &made.control);
            let sum =
                run("sh", &["-c", "openssl dgst -sha1 -binary \"$0\" | base64", control.to_str().unwrap()]);
            let Made { name, .. } = made;
            let _ = write!(index, "C:Q1{}\nP:{name}\nV:1-r0\nA:x86_64\nS:{}\n\n", sum.trim(), bytes.len());
            std::fs::write(self.file(&format!("{name}-1-r0.apk")), bytes).unwrap();
        }
        self.sign(&index);
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.place.path(&format!("repo/x86_64/{name}"))
    }

    /// Writes an index with this text, signed.
    pub fn sign(&self, index: &str) {
        let mut tar = Vec::new();
        entry(&mut tar, "APKINDEX", b'0', index.as_bytes(), "");
        let signed = gzip(&tar);
        let (plain, signature) = (self.place.write("index.gz", &signed), self.place.text("signature"));
        let key = self.place.text("test.rsa");
        run("openssl", &["dgst", "-sha256", "-sign", &key, "-out", &signature, plain.to_str().unwrap()]);
        let mut head = Vec::new();
        let bytes = std::fs::read(Path::new(&signature)).unwrap();
        entry(&mut head, ".SIGN.RSA256.test.rsa.pub", b'0', &bytes, "");
        std::fs::write(self.file("APKINDEX.tar.gz"), [gzip(&head), signed].concat()).unwrap();
    }

    /// Composes the packages, and the packages of every base, which are empty here.
    pub fn compose(&self, packages: &[&str]) -> Result<Base, BaseError> {
        self.compose_for(packages, "linux/amd64")
    }

    /// The same for another platform.
    pub fn compose_for(&self, packages: &[&str], platform: &str) -> Result<Base, BaseError> {
        let packages = packages.iter().map(|name| (*name).to_owned()).collect();
        let spec = AlpineSpec { packages, sources: self.sources.clone(), ..AlpineSpec::default() };
        self.place.compose(&BaseSpec::Alpine(spec), platform)
    }
}

/// The packages of every base, empty.
pub fn smallest() -> Vec<Made> {
    let names = ["alpine-baselayout", "alpine-keys", "alpine-release", "busybox", "ca-certificates-bundle"];
    names.into_iter().map(|name| package(name, "", &[])).collect()
}
