//! Helpers for this crate's tests: a separate store, images built by umoci and skopeo, and trees for comparison.

pub mod http;

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_base::{AddedToBase, Base, BaseError, BaseSpec, ImageRef, compose_with};
use fourply_platform::Platform;
use fourply_rootfs::{TreeEntry, TreeKind};
use fourply_store::{FetchSettings, Fetcher, NoProgress, Store};
pub use fourply_testing::{fixtures, hostile};

/// Runs a program, which must succeed, and returns its output.
pub fn run(program: &str, args: &[&str]) -> String {
    let output =
        Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with an empty store in it.
pub struct Place {
    pub dir: tempfile::TempDir,
    pub store: Store,
}

impl Place {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store")).unwrap();
        Self { dir, store }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The base of `spec`, without a network and without a registry.
    pub fn compose(&self, spec: &BaseSpec, platform: &str) -> Result<Base, BaseError> {
        self.compose_with(spec, &AddedToBase::default(), platform)
    }

    /// The same with additions.
    pub fn compose_with(
        &self,
        spec: &BaseSpec,
        added: &AddedToBase,
        platform: &str,
    ) -> Result<Base, BaseError> {
        self.compose_from(spec, added, platform, true)
    }

    /// The same, with a network or without.
    pub fn compose_from(
        &self,
        spec: &BaseSpec,
        added: &AddedToBase,
        platform: &str,
        offline: bool,
    ) -> Result<Base, BaseError> {
        let settings = FetchSettings { offline, retries: 0, ..FetchSettings::default() };
        let fetcher = Fetcher::new(self.store.clone(), settings);
        let platform: Platform = platform.parse().unwrap();
        let none = |name: &str| panic!("asked for {name}");
        Ok(compose_with(
            spec,
            added,
            fourply_rootfs::Held::Nothing,
            &platform,
            &self.store,
            &fetcher,
            &none,
            &NoProgress,
        )?
        .0)
    }

    /// The same for an image's name; relative paths start at this folder.
    pub fn image(&self, name: &str, platform: &str) -> Result<Base, BaseError> {
        let image = ImageRef::parse(name, self.dir.path()).unwrap();
        self.compose(&BaseSpec::Image(image), platform)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A tar of a folder's contents, by the system's tar, sorted.
    pub fn tar(&self, folder: &str, name: &str) -> String {
        let (folder, archive) = (self.text(folder), self.text(name));
        run(
            "tar",
            &[
                "--sort=name",
                "--owner=:0",
                "--group=:0",
                "--mtime=@1700000000",
                "-C",
                &folder,
                "-cf",
                &archive,
                ".",
            ],
        );
        archive
    }

    /// An image in the layout `layout`, built by umoci from uncompressed tars.
    pub fn umoci(&self, layout: &str, tag: &str, architecture: &str, layers: &[&str]) {
        let layout = self.text(layout);
        if !Path::new(&layout).exists() {
            run("umoci", &["init", "--layout", &layout]);
        }
        let image = format!("{layout}:{tag}");
        run("umoci", &["new", "--image", &image]);
        for layer in layers {
            run("umoci", &["raw", "add-layer", "--image", &image, layer]);
        }
        let path = "--config.env=PATH=/usr/local/bin:/usr/bin:/bin";
        run("umoci", &["config", "--image", &image, "--architecture", architecture, "--os", "linux", path]);
    }

    /// Alpine's smallest root file system as an uncompressed tar.
    pub fn minirootfs(&self, machine: &str) -> String {
        let tar = self.text(&format!("minirootfs-{machine}.tar"));
        let packed = minirootfs(machine);
        std::fs::write(
            &tar,
            Command::new("gzip").args(["-dc", packed.to_str().unwrap()]).output().unwrap().stdout,
        )
        .unwrap();
        tar
    }

    /// The files in the store's folders for unfinished work.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.store.tmp()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

/// Alpine's smallest root file system as Alpine publishes it.
pub fn minirootfs(machine: &str) -> PathBuf {
    fixtures::dir().join(format!("alpine/minirootfs/alpine-minirootfs-3.20.3-{machine}.tar.gz"))
}

/// Kind, mode, and size or target of everything below a folder on disk.
pub fn on_disk(root: &Path) -> BTreeMap<String, (char, u32, String)> {
    let mut found = BTreeMap::new();
    let mut todo = vec![root.to_path_buf()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = std::fs::symlink_metadata(&path).unwrap();
            let mode = meta.permissions().mode() & 0o7777;
            let what = if meta.is_dir() {
                todo.push(path.clone());
                ('d', mode, String::new())
            } else if meta.is_symlink() {
                ('l', 0o777, std::fs::read_link(&path).unwrap().to_str().unwrap().to_owned())
            } else {
                ('f', mode, meta.size().to_string())
            };
            found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), what);
        }
    }
    found
}

/// The same from the metadata.
pub fn in_metadata(entries: &BTreeMap<String, TreeEntry>) -> BTreeMap<String, (char, u32, String)> {
    let what = |entry: &TreeEntry| match &entry.kind {
        TreeKind::Directory => ('d', entry.mode, String::new()),
        TreeKind::File(size) => ('f', entry.mode, size.to_string()),
        TreeKind::Symlink(target) => ('l', 0o777, target.clone()),
        TreeKind::Other => ('o', entry.mode, String::new()),
    };
    entries.iter().map(|(path, entry)| (path.clone(), what(entry))).collect()
}
