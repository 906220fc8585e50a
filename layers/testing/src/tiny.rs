//! A workspace of one service with one dependency, `thing@1.0.0`, whose tarball a registry of the test's own serves, however spoilt. Its base
//! is a root file system with nothing but a loader: for builds that are to fail before anything could be started.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use base64::Engine as _;
use sha2::Digest as _;

use crate::{hostile, program};

/// An entry of a tarball: its type (`0` a file, `2` a symbolic link), its path, and its content or target.
pub type Entry<'a> = (u8, &'a str, &'a str);

/// A gzipped tarball, its paths as they stand: no library would write what these tests need.
pub fn tarball(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (kind, path, content) in entries {
        let (body, target) = if *kind == b'2' { ("", *content) } else { (*content, "") };
        let mode = if ["usr/bin/", "usr/local/bin/"].iter().any(|folder| path.starts_with(folder)) {
            0o755
        } else {
            0o644
        };
        hostile::put(&mut tar, path, *kind, mode, body.as_bytes(), target);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    gzip.finish().unwrap()
}

/// The entries of a harmless package, before those that a test adds.
pub const HARMLESS: [Entry<'static>; 2] = [
    (b'0', "package/package.json", r#"{"name":"thing","version":"1.0.0"}"#),
    (b'0', "package/index.js", "module.exports = 1;\n"),
];

/// The workspace.
pub struct Tiny {
    /// Holds all the rest.
    pub dir: tempfile::TempDir,
    /// The workspace's root.
    pub root: PathBuf,
}

impl Tiny {
    /// A workspace whose lockfile promises this tarball from the registry at `registry`, such as `http://127.0.0.1:4000/`.
    pub fn new(tarball: &[u8], registry: &str) -> Tiny {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("tiny");
        let integrity = format!(
            "sha512-{}",
            base64::engine::general_purpose::STANDARD.encode(sha2::Sha512::digest(tarball))
        );
        let base = rootfs();
        let sha256 = sha2::Sha256::digest(&base).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let lockfile = format!(
            "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {{}}\n\n  services/a:\n    dependencies:\n      thing:\n        specifier: 1.0.0\n        \
             version: 1.0.0\n\npackages:\n\n  thing@1.0.0:\n    resolution: {{integrity: {integrity}}}\n\nsnapshots:\n\n  thing@1.0.0: {{}}\n"
        );
        let config = format!(
            "[base]\nrootfs = {{ file = \"base.tar.gz\", sha256 = \"{sha256}\" }}\n[build]\nscript = false\n"
        );
        for (path, text) in [
            ("package.json", r#"{"name":"tiny","private":true,"packageManager":"pnpm@9.14.2"}"#),
            ("pnpm-workspace.yaml", "packages: ['services/*']\n"),
            ("pnpm-lock.yaml", &lockfile),
            ("fourply.toml", &config),
            (".npmrc", &format!("registry={registry}\nfetch-retries=1\nfetch-timeout=500\n")),
            (
                "services/a/package.json",
                r#"{"name":"@tiny/a","version":"1.0.0","dependencies":{"thing":"1.0.0"}}"#,
            ),
            ("services/a/dist/main.js", "require('thing');\n"),
        ] {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::write(root.join("base.tar.gz"), base).unwrap();
        Tiny { dir, root }
    }

    /// Where the image goes.
    pub fn image(&self) -> PathBuf {
        self.dir.path().join("image.tar")
    }

    /// `fourply build services/a` with a store of its own.
    pub fn build(&self) -> Command {
        self.build_to(&self.image())
    }

    /// The same, with the image elsewhere.
    pub fn build_to(&self, image: &Path) -> Command {
        let output = format!("type=oci-archive,dest={}", image.display());
        let mut command = program::fourply(&self.root, &["build", "services/a", "-o", &output]);
        command.env("FOURPLY_STORE", self.store());
        command
    }

    /// `fourply` with this store.
    pub fn fourply(&self, args: &[&str]) -> Command {
        let mut command = program::fourply(&self.root, args);
        command.env("FOURPLY_STORE", self.store());
        command
    }

    /// The store.
    pub fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    /// Everything outside of the store and the workspace: nothing may appear there.
    pub fn beside(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "store" && name != "tiny").collect()
    }

    /// What is left in the store's folder for unfinished work.
    pub fn unfinished(&self) -> Vec<PathBuf> {
        let tmp = self.store().join("v2/tmp");
        std::fs::read_dir(tmp).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

/// A base with a loader, a node and the libraries that node needs, none of which is real.
pub fn rootfs() -> Vec<u8> {
    tarball(&[
        (b'0', "lib/ld-musl-x86_64.so.1", "a loader"),
        (b'0', "usr/bin/node", "a node"),
        (b'0', "usr/lib/libgcc_s.so.1", "a library"),
        (b'0', "usr/lib/libstdc++.so.6", "a library"),
    ])
}

/// What the registry does with a request for the tarball.
#[derive(Clone)]
pub enum Answer {
    /// This status, and this body.
    Status(u16, Vec<u8>),
    /// The head of an answer and so many bytes of the body, then the end.
    Cut(Vec<u8>, usize),
    /// Nothing at all.
    Silence,
}

/// A registry that gives the same answer to every request.
pub struct Npm {
    port: u16,
    asked: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Npm {
    /// Starts it.
    pub fn start(answer: Answer) -> Npm {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stopped) = (asked.clone(), stop.clone());
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for client in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
                // A client that goes away early ends its own connection.
                if let Ok(Some(kept)) = serve(client.unwrap(), &answer) {
                    silent.push(kept);
                }
            }
        });
        Npm { port, asked, stop }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Npm {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(mut client: TcpStream, answer: &Answer) -> std::io::Result<Option<TcpStream>> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let (status, body, sent) = match answer {
        Answer::Status(status, body) => (*status, body, body.len()),
        Answer::Cut(body, sent) => (200, body, *sent),
        Answer::Silence => return Ok(Some(client)),
    };
    write!(client, "HTTP/1.1 {status} Told\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len())?;
    client.write_all(&body[..sent])?;
    Ok(None)
}
