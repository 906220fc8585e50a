//! A signed repository of packages that are made of Alpine's own root file system: every file is Alpine's, of either architecture, and
//! which package has it is what the database in it says. The packages' own archives are not to be had for arm64.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// A file, folder or link of the root file system; the header holds a link's target.
struct Item {
    header: tar::Header,
    content: Vec<u8>,
}

/// What a root file system holds, by path without a slash at either end.
type Tree = BTreeMap<String, Item>;

/// Letters of the database and what `.PKGINFO` calls them; a list has a line for each of its words.
const KEYS: [(&str, &str); 15] = [
    ("P", "pkgname"),
    ("V", "pkgver"),
    ("T", "pkgdesc"),
    ("U", "url"),
    ("t", "builddate"),
    ("m", "maintainer"),
    ("I", "size"),
    ("A", "arch"),
    ("o", "origin"),
    ("c", "commit"),
    ("L", "license"),
    ("k", "provider_priority"),
    ("D", "depend"),
    ("p", "provides"),
    ("i", "install_if"),
];

/// Files that the root file system has, but no package of its database: Alpine's package of these was taken out of it.
const RELEASE: &str = "P:alpine-release\nV:3.20.3-r0\nA:ARCH\nT:release\nL:MIT\nI:1\no:alpine-base\n\
    F:etc\nR:alpine-release\nR:issue\nR:os-release\nF:etc/secfixes.d\nR:alpine\n";

/// What is installed in the root file systems by name, beside that package.
pub const WORLD: [&str; 5] = ["alpine-baselayout", "alpine-keys", "apk-tools", "busybox", "libc-utils"];

/// Writes the packages of a root file system and their index to `repo/ARCH`, signed with the key `key`, whose name is that of its file.
pub fn repack(rootfs: &Path, architecture: &str, repo: &Path, key: &Path) {
    let tree = read(rootfs);
    let folder = repo.join(architecture);
    std::fs::create_dir_all(&folder).unwrap();
    let text = |path: &str| String::from_utf8(tree[path].content.clone()).unwrap();
    let installed = text("lib/apk/db/installed") + &RELEASE.replace("ARCH", architecture);
    let (scripts, triggers) = (scripts(&tree["lib/apk/db/scripts.tar"].content), text("lib/apk/db/triggers"));
    let mut index = String::new();
    for paragraph in installed.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let field = |letter: &str| {
            let line = paragraph.lines().find_map(|line| line.strip_prefix(letter)?.strip_prefix(':'));
            line.unwrap_or_default()
        };
        let data = gzip(&data(paragraph, &tree));
        let waits = triggers.lines().find_map(|line| line.strip_prefix(field("C"))).unwrap_or_default();
        let own = format!("{}-{}.", field("P"), field("V"));
        let own = scripts.iter().filter(|(name, _)| name.starts_with(&own));
        let control = gzip(&control(&info(paragraph, waits.trim(), &data), own));
        let (name, bytes) =
            (format!("{}-{}.apk", field("P"), field("V")), [control.as_slice(), &data].concat());
        index += &format!("C:Q1{}\nS:{}\n", STANDARD.encode(digest("-sha1", &control, &folder)), bytes.len());
        let listed = |line: &&str| !line.starts_with(['F', 'R', 'Z', 'a', 'M', 'C', 'S', 'r', 'q', 's', 'f']);
        index.extend(paragraph.lines().filter(listed).map(|line| format!("{line}\n")));
        index += "\n";
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    sign(&index, &folder, key);
}

/// A new key `NAME`, its public half in `NAME.pub`.
pub fn key(path: &Path) -> PathBuf {
    let public = PathBuf::from(format!("{}.pub", path.display()));
    run("openssl", &["genrsa", "-out", path.to_str().unwrap(), "2048"]);
    run("openssl", &["rsa", "-in", path.to_str().unwrap(), "-pubout", "-out", public.to_str().unwrap()]);
    public
}

fn read(rootfs: &Path) -> Tree {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(rootfs).unwrap()));
    let item = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().trim_matches(['.', '/']).to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (path, Item { header: entry.header().clone(), content })
    };
    archive.entries().unwrap().map(item).collect()
}

/// By the names that apk gives them: `busybox-1.36.1-r29.Q1….post-install`.
fn scripts(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(bytes);
    let script = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), content)
    };
    archive.entries().unwrap().map(script).collect()
}

/// The files and folders of a paragraph of the database, each file with the checksum that apk wants of it.
fn data(paragraph: &str, tree: &Tree) -> Vec<u8> {
    let (mut tar, mut folder) = (Vec::new(), "");
    for line in paragraph.lines() {
        match line.split_once(':') {
            Some(("F", path)) => {
                folder = path;
                // What lay below /dev was taken out of the root file system.
                if let Some(item) = tree.get(path).filter(|_| !path.is_empty()) {
                    append(&mut tar, &format!("{path}/"), item);
                }
            }
            Some(("R", name)) => {
                let path = format!("{folder}/{name}");
                let path = path.trim_start_matches('/');
                append(&mut tar, path, &tree[path]);
            }
            _ => {}
        }
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

fn append(tar: &mut Vec<u8>, path: &str, item: &Item) {
    let mut header = item.header.clone();
    header.set_path(path).unwrap();
    header.set_cksum();
    tar.extend_from_slice(header.as_bytes());
    tar.extend_from_slice(&item.content);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn info(paragraph: &str, triggers: &str, data: &[u8]) -> String {
    let mut text = format!("datahash = {}\n", hex(&Sha256::digest(data)));
    for (letter, value) in paragraph.lines().filter_map(|line| line.split_once(':')) {
        let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == letter) else { continue };
        let words: Vec<&str> =
            if matches!(letter, "D" | "p" | "i") { value.split(' ').collect() } else { vec![value] };
        text.extend(words.iter().map(|word| format!("{key} = {word}\n")));
    }
    if !triggers.is_empty() {
        text += &format!("triggers = {triggers}\n");
    }
    text
}

fn control<'s>(info: &str, scripts: impl Iterator<Item = (&'s String, &'s Vec<u8>)>) -> Vec<u8> {
    let mut tar = Vec::new();
    plain(&mut tar, ".PKGINFO", info.as_bytes());
    for (name, content) in scripts {
        plain(&mut tar, &format!(".{}", name.rsplit('.').next().unwrap()), content);
    }
    tar
}

fn plain(tar: &mut Vec<u8>, path: &str, content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    append(tar, path, &Item { header, content: content.to_vec() });
}

fn sign(index: &str, folder: &Path, key: &Path) {
    let mut tar = Vec::new();
    plain(&mut tar, "APKINDEX", index.as_bytes());
    let signed = gzip(&tar);
    let mut head = Vec::new();
    let name = format!(".SIGN.RSA256.{}.pub", key.file_name().unwrap().to_str().unwrap());
    let signature = openssl(&["dgst", "-sha256", "-sign", key.to_str().unwrap()], &signed, folder);
    plain(&mut head, &name, &signature);
    std::fs::write(folder.join("APKINDEX.tar.gz"), [gzip(&head), signed].concat()).unwrap();
}

fn digest(algorithm: &str, bytes: &[u8], folder: &Path) -> Vec<u8> {
    openssl(&["dgst", algorithm, "-binary"], bytes, folder)
}

fn openssl(args: &[&str], bytes: &[u8], folder: &Path) -> Vec<u8> {
    let input = folder.join("input");
    std::fs::write(&input, bytes).unwrap();
    let output = Command::new("openssl").args(args).arg(&input).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(input).unwrap();
    output.stdout
}

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
