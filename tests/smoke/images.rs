//! Images for these tests: layers and a configuration in, a layout out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::user::{as_user, is_root, program_for_user};

/// A file of a layer: path, mode, owner, content.
pub type File<'a> = (&'a str, u32, u64, &'a str);

/// A folder with layouts, and a store for whoever starts them.
pub struct Images {
    folder: tempfile::TempDir,
    program: PathBuf,
}

/// How a start ended.
#[derive(Debug)]
pub struct Started {
    pub code: i32,
    pub out: String,
    pub text: String,
    pub took: Duration,
}

impl Images {
    pub fn new() -> Images {
        let folder = tempfile::tempdir().unwrap();
        let program = program_for_user(folder.path());
        Images { folder, program }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an image of these plain layers.
    pub fn write(&self, layers: &[&[u8]], config: Value) -> PathBuf {
        let number = std::fs::read_dir(self.folder.path()).unwrap().count();
        let layout = self.path(&format!("image-{number}"));
        let blobs = layout.join("blobs/sha256");
        std::fs::create_dir_all(&blobs).unwrap();
        let put = |media_type: &str, bytes: &[u8]| {
            let digest = hex(bytes);
            std::fs::write(blobs.join(&digest), bytes).unwrap();
            json!({ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len() })
        };
        let of_layer = |bytes: &&[u8]| put("application/vnd.oci.image.layer.v1.tar", bytes);
        let layers: Vec<Value> = layers.iter().map(of_layer).collect();
        let mut document = json!({ "os": "linux", "architecture": architecture(), "config": config });
        if let Some(architecture) = config.get("Architecture") {
            document["architecture"] = architecture.clone();
        }
        let diff_ids: Vec<&Value> = layers.iter().map(|layer| &layer["digest"]).collect();
        document["rootfs"] = json!({ "type": "layers", "diff_ids": diff_ids });
        let config = put("application/vnd.oci.image.config.v1+json", document.to_string().as_bytes());
        let manifest = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": layers });
        let manifest = put("application/vnd.oci.image.manifest.v1+json", manifest.to_string().as_bytes());
        let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
        std::fs::write(layout.join("index.json"), index.to_string()).unwrap();
        std::fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        layout
    }

    /// Starts an image as a plain user.
    pub fn start(&self, image: &Path, arguments: &str) -> Started {
        self.start_within("", image, arguments)
    }

    /// The same, by a program that starts it.
    pub fn start_within(&self, outer: &str, image: &Path, arguments: &str) -> Started {
        let store = self.path("store-of-user");
        let script = format!(
            "cd / && FOURPLY_STORE={} {outer} {} smoke oci:{} {arguments}",
            store.display(),
            self.program.display(),
            image.display()
        );
        let started = timed(|| as_user(&script));
        self.nothing_is_left(&store);
        started
    }

    /// Starts an image as whoever runs the tests.
    pub fn start_as_root(&self, image: &Path, arguments: &[&str]) -> Started {
        assert!(is_root());
        let store = self.path("store-of-root");
        let mut command = Command::new(&self.program);
        command.arg("smoke").arg(format!("oci:{}", image.display())).args(arguments);
        let started = timed(|| command.env("FOURPLY_STORE", &store).current_dir("/").output().unwrap());
        self.nothing_is_left(&store);
        started
    }

    /// No unpacked image lies in a store.
    fn nothing_is_left(&self, store: &Path) {
        let left: Vec<_> = std::fs::read_dir(store.join("v2/tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    /// No process has these words in its command line.
    pub fn no_process(&self, words: &str) {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            assert!(!line.contains(words), "{line}");
        }
    }
}

fn timed(run: impl FnOnce() -> Output) -> Started {
    let began = Instant::now();
    let output = run();
    Started {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        text: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: began.elapsed(),
    }
}

impl Started {
    /// Insists on an exit code and words.
    pub fn expect(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for word in words {
            assert!(self.text.contains(word) || self.out.contains(word), "{word}: {self:?}");
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

/// A layer of files, of folders where a path ends in a slash, of links where the content begins with `-> `.
pub fn layer(files: &[File<'_>]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    files.iter().for_each(|(path, mode, uid, content)| add(&mut tar, path, *mode, *uid, content.as_bytes()));
    tar.into_inner().unwrap()
}

fn add(tar: &mut tar::Builder<Vec<u8>>, path: &str, mode: u32, uid: u64, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_uid(uid);
    header.set_gid(uid);
    let link = content.strip_prefix(b"-> ").map(|target| String::from_utf8(target.to_vec()).unwrap());
    header.set_entry_type(match (&link, path.ends_with('/')) {
        (Some(_), _) => tar::EntryType::Symlink,
        (None, true) => tar::EntryType::Directory,
        (None, false) => tar::EntryType::Regular,
    });
    let content = if link.is_some() { &b""[..] } else { content };
    header.set_size(content.len() as u64);
    match link {
        Some(target) => tar.append_link(&mut header, path, target).unwrap(),
        None => tar.append_data(&mut header, path, content).unwrap(),
    }
}

/// A base with these programs of the machine and their libraries.
fn base(programs: &[&str]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut files = BTreeSet::new();
    for name in programs {
        let found = Command::new("which").arg(name).output().unwrap();
        let found = String::from_utf8(found.stdout).unwrap().trim().to_owned();
        let listed = Command::new("ldd").arg(&found).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        files.extend(listed.split_whitespace().filter(|word| word.starts_with('/')).map(str::to_owned));
        add(&mut tar, &format!("usr/local/bin/{name}"), 0o755, 0, &std::fs::read(&found).unwrap());
    }
    for file in files {
        add(&mut tar, file.trim_start_matches('/'), 0o755, 0, &std::fs::read(&file).unwrap());
    }
    add(&mut tar, "bin/sh", 0o777, 0, b"-> /usr/local/bin/sh");
    add(&mut tar, "tmp/", 0o1777, 0, b"");
    add(
        &mut tar,
        "etc/passwd",
        0o644,
        0,
        b"root:x:0:0::/root:/bin/sh\nnode:x:1001:1001::/home/node:/bin/sh\n",
    );
    tar.into_inner().unwrap()
}

/// A base with a shell and little else.
pub fn shell() -> &'static [u8] {
    static LAYER: OnceLock<Vec<u8>> = OnceLock::new();
    LAYER.get_or_init(|| base(&["sh", "cat", "sleep", "mkdir", "id", "ls"]))
}

/// A base with node.
pub fn node() -> &'static [u8] {
    static LAYER: OnceLock<Vec<u8>> = OnceLock::new();
    LAYER.get_or_init(|| base(&["sh", "sleep", "node"]))
}
