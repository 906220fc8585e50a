//! Servers that stand for the internet, and a folder for scripts. In: a command. Out: its output, and its requests
//! without success.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use fourply_scripts::process::{Shell, run};
use fourply_scripts::sandbox::{Room, Sandbox, View};
use fourply_scripts::{Attempts, Downloads, ScriptNetwork};
use fourply_store::{FetchSettings, Fetcher, NpmConfig, Store};

pub struct World {
    servers: Arc<Servers>,
    folder: tempfile::TempDir,
    fetcher: Fetcher,
    /// The port of the plain server.
    pub mirror: String,
}

struct Servers {
    child: Child,
    folder: tempfile::TempDir,
    port: String,
    proxy: String,
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A script that ran.
pub struct Ran {
    pub text: String,
    pub attempts: Attempts,
}

impl World {
    pub fn start() -> Option<World> {
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path());
        let mut command = Command::new("node");
        command.args(["-e", include_str!("server.js")]).current_dir(folder.path()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let mut ports = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ports).unwrap();
        let (port, proxy) = ports.trim().split_once(' ').unwrap();
        let servers = Servers { port: port.to_owned(), proxy: proxy.to_owned(), child, folder };
        Some(World::of(Arc::new(servers), tempfile::tempdir().unwrap(), false))
    }

    fn of(servers: Arc<Servers>, folder: tempfile::TempDir, offline: bool) -> World {
        for name in ["app", "home", "tmp"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("app/client.js"), include_str!("client.js")).unwrap();
        // The user's own proxy leads to all servers except those of this host.
        let npmrc = format!(
            "proxy=http://127.0.0.1:{}\nnoproxy=127.0.0.1,localhost\ncafile={}\n",
            servers.proxy,
            servers.folder.path().join("ca.pem").display()
        );
        let (npm, _) = NpmConfig::parse(&npmrc, &|_| None);
        let settings = FetchSettings { npm, offline, retries: 0, ..FetchSettings::default() };
        let fetcher = Fetcher::new(Store::open(&folder.path().join("store")).unwrap(), settings);
        World { mirror: servers.port.clone(), servers, folder, fetcher }
    }

    /// The same servers with an empty store.
    pub fn with_new_store(world: &World) -> World {
        World::of(world.servers.clone(), tempfile::tempdir().unwrap(), false)
    }

    /// The same store without network.
    pub fn offline(&self) -> World {
        let folder = tempfile::tempdir().unwrap();
        let store = self.folder.path().join("store");
        std::os::unix::fs::symlink(store, folder.path().join("store")).unwrap();
        World::of(self.servers.clone(), folder, true)
    }

    pub fn run(&self, sandbox: &Sandbox, downloads: &Downloads, command: &str) -> Ran {
        self.script(sandbox, downloads, command, true)
    }

    /// A run without permission to use the network.
    pub fn refused(&self, sandbox: &Sandbox, command: &str) -> Ran {
        self.script(sandbox, &Downloads::default(), command, false)
    }

    fn script(&self, sandbox: &Sandbox, downloads: &Downloads, command: &str, allowed: bool) -> Ran {
        let root = self.folder.path().canonicalize().unwrap();
        let at = |name: &str| root.join(name);
        let path = std::env::var_os("PATH").unwrap();
        let node =
            std::env::split_paths(&path).map(|folder| folder.join("node")).find(|it| it.exists()).unwrap();
        let node = node.canonicalize().unwrap().parent().unwrap().to_path_buf();
        let environment: BTreeMap<String, OsString> = BTreeMap::from([
            ("PATH".to_owned(), format!("{}:/usr/bin:/bin", node.display()).into()),
            ("HOME".to_owned(), at("home").into()),
            ("TMPDIR".to_owned(), at("tmp").into()),
            ("MIRROR".to_owned(), format!("http://127.0.0.1:{}", self.mirror).into()),
            ("PORT".to_owned(), self.servers.proxy.clone().into()),
        ]);
        let view = View {
            write: ["app", "home", "tmp"].map(at).into(),
            read: vec![node.parent().unwrap().to_path_buf()],
            kept: Vec::new(),
            hidden: Vec::<PathBuf>::new(),
            home: at("home"),
            tmp: at("tmp"),
            root: None,
        };
        let network = ScriptNetwork {
            owner: "puppeteer@1.0.0",
            allowed,
            downloads,
            fetcher: &self.fetcher,
            configured: "",
            installs: false,
            secrets: None,
        };
        let room = Some(Room { sandbox, view: &view, network: Some(network) });
        let shell = Shell { text: command, folder: &at("app"), environment: &environment, room };
        let outcome = run(&shell, &|| false, &mut |_| ()).unwrap();
        Ran { text: format!("{}\n", outcome.log), attempts: outcome.attempts }
    }

    /// The folder in which scripts run.
    pub fn app(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    /// The folder of files that the servers have under any path.
    pub fn files(&self) -> PathBuf {
        let files = self.servers.folder.path().join("files");
        std::fs::create_dir_all(&files).unwrap();
        files
    }

    /// The requests to the servers since the last call, sorted.
    pub fn asked(&self) -> Vec<String> {
        let mut asked: Vec<String> = serde_json::from_str(&self.tell("/log")).unwrap();
        asked.sort();
        asked
    }

    pub fn version(&self, version: &str) {
        self.tell(&format!("/version/{version}"));
    }

    fn tell(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{}", self.servers.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: test\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split("\r\n\r\n").nth(1).unwrap().to_owned()
    }
}

/// The certificates of the world's servers.
fn certificates(folder: &Path) {
    let (key, leaf) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    let mut authority = rcgen::CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let own = authority.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(authority, key);
    let hosts = [
        "a.example",
        "cdn.example",
        "203.0.113.7",
        "github.com",
        "storage.googleapis.com",
        "binaries.prisma.sh",
    ];
    let names = hosts.map(str::to_owned);
    let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&leaf, &issuer).unwrap();
    let files = [
        ("ca.pem", "CERTIFICATE", own.der().to_vec()),
        ("leaf.pem", "CERTIFICATE", certificate.der().to_vec()),
        ("leaf.key", "PRIVATE KEY", leaf.serialize_der()),
    ];
    for (name, what, der) in files {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        std::fs::write(folder.join(name), format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n"))
            .unwrap();
    }
}
