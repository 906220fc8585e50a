//! An npm registry on loopback, at a port of its own, that has made-up packages and nothing else.

mod packages;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::OnceLock;

use base64::Engine as _;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256, Sha512};

pub use packages::{Package, packages};

/// A running registry: one for each process, until the process ends.
pub struct Registry {
    port: u16,
    packages: Vec<Package>,
}

impl Registry {
    /// The registry of this process.
    pub fn start() -> &'static Registry {
        static REGISTRY: OnceLock<Registry> = OnceLock::new();
        REGISTRY.get_or_init(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            std::thread::spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    // A client that goes away early is none of the registry's business.
                    std::thread::spawn(move || drop(Registry::start().answer(stream)));
                }
            });
            Registry { port, packages: packages() }
        })
    }

    /// Its host and port, such as `127.0.0.1:4000`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where it is, such as `http://127.0.0.1:4000/`.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address())
    }

    /// The `.npmrc` that leads to it.
    pub fn npmrc(&self) -> String {
        format!("registry={}\n", self.url())
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(&stream);
        let mut request = String::new();
        reader.read_line(&mut request)?;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            line.clear();
        }
        let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
        let path = path.split('?').next().unwrap_or_default().replace("%2f", "/").replace("%2F", "/");
        let (status, kind, body) = match self.find(&path) {
            Some((kind, body)) => ("200 OK", kind, body),
            None => ("404 Not Found", "application/json", b"{}".to_vec()),
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        (&stream).write_all(&[head.as_bytes(), &body].concat())
    }

    fn find(&self, path: &str) -> Option<(&'static str, Vec<u8>)> {
        let Some((name, file)) = path.split_once("/-/") else {
            return Some(("application/json", self.document(path)?.to_string().into_bytes()));
        };
        let package =
            self.packages.iter().find(|package| package.name == name && file_name(package) == file)?;
        Some(("application/octet-stream", package.tarball.clone()))
    }

    /// What npm's registry says of a package; the last version of the list is the latest.
    fn document(&self, name: &str) -> Option<Value> {
        let versions: Vec<&Package> = self.packages.iter().filter(|package| package.name == name).collect();
        let latest = &versions.last()?.version;
        let mut time = Map::new();
        for version in
            ["created", "modified"].into_iter().chain(versions.iter().map(|one| one.version.as_str()))
        {
            time.insert(version.to_owned(), "2020-01-01T00:00:00.000Z".into());
        }
        let all: BTreeMap<&str, Value> =
            versions.iter().map(|package| (package.version.as_str(), self.version(package))).collect();
        Some(json!({ "name": name, "dist-tags": { "latest": latest }, "versions": all, "time": time }))
    }

    fn version(&self, package: &Package) -> Value {
        let mut manifest = package.manifest.clone();
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(&package.tarball));
        let tarball = format!("{}{}/-/{}", self.url(), package.name, file_name(package));
        manifest["dist"] = json!({ "integrity": format!("sha512-{digest}"), "tarball": tarball });
        let has = |script| !manifest["scripts"][script].is_null();
        if ["preinstall", "install", "postinstall"].into_iter().any(has) || package.name == "scripts-gyp" {
            manifest["hasInstallScript"] = true.into();
        }
        manifest
    }
}

fn file_name(package: &Package) -> String {
    format!("{}-{}.tgz", package.name.rsplit('/').next().unwrap_or_default(), package.version)
}

/// A short name for this state of the packages: what was made from another state must not be used.
pub fn fingerprint() -> &'static str {
    static FINGERPRINT: OnceLock<String> = OnceLock::new();
    FINGERPRINT.get_or_init(|| {
        let mut hasher = Sha256::new();
        for package in packages() {
            hasher.update(package.manifest.to_string());
            hasher.update(&package.tarball);
        }
        hasher.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    })
}
