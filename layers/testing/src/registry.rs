//! A real registry for tests: Debian's docker-registry, on a free port of this machine, with its data in a folder of its own.
//! The test script installs it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running registry. Dropping it ends it and removes its data.
pub struct Registry {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Registry {
    /// One that takes everything from everybody.
    pub fn start() -> Registry {
        Registry::with(|_| String::new())
    }

    /// One that wants a name and a password with every request.
    pub fn with_password(user: &str, password: &str) -> Registry {
        Registry::with(|folder| {
            let file = folder.join("htpasswd");
            let output =
                Command::new("htpasswd").args(["-Bbn", user, password]).output().expect("htpasswd runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            std::fs::write(&file, output.stdout).unwrap();
            format!("auth:\n  htpasswd:\n    realm: tests\n    path: {}\n", file.display())
        })
    }

    /// One that sends everybody to a token server (`http://HOST/token`) whose tokens are signed with the key of this certificate.
    pub fn with_tokens(host: &str, certificate: &Path) -> Registry {
        Registry::with(|_| {
            format!(
                "auth:\n  token:\n    realm: http://{host}/token\n    service: tests\n    issuer: tests\n    rootcertbundle: {}\n",
                certificate.display()
            )
        })
    }

    /// One that speaks HTTPS only, with a certificate of its own; its PEM text comes along.
    pub fn with_certificate() -> (Registry, Vec<u8>) {
        let certificate = std::sync::Mutex::new(Vec::new());
        let registry = Registry::with(|folder| {
            let (key, pem) = (folder.join("key.pem"), folder.join("certificate.pem"));
            let output = Command::new("openssl")
                .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
                .args(["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
                .args(["-addext", "basicConstraints=critical,CA:FALSE"])
                .arg("-keyout")
                .arg(&key)
                .arg("-out")
                .arg(&pem)
                .output()
                .expect("openssl runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            *certificate.lock().unwrap() = std::fs::read(&pem).unwrap();
            format!("  tls:\n    certificate: {}\n    key: {}\n", pem.display(), key.display())
        });
        (registry, certificate.into_inner().unwrap())
    }

    fn with(more: impl Fn(&Path) -> String) -> Registry {
        // Between asking for a free port and using it another program may take it.
        for _ in 0..10 {
            if let Some(registry) = Registry::try_start(&more) {
                return registry;
            }
        }
        panic!("docker-registry does not start: is the package docker-registry installed?");
    }

    fn try_start(more: &impl Fn(&Path) -> String) -> Option<Registry> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: true\n\
             http:\n  addr: 127.0.0.1:{port}\n  secret: tests\n{}\n",
            folder.path().join("data").display(),
            more(folder.path()),
        );
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("docker-registry runs: install the package docker-registry");
        let mut registry = Registry { child, folder, port };
        registry.is_up().then_some(registry)
    }

    fn is_up(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end && self.child.try_wait().unwrap().is_none() {
            if self.ping().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn ping(&self) -> Option<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        write!(stream, "GET /v2/ HTTP/1.0\r\nHost: {}\r\n\r\n", self.host()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        // Over plain HTTP, one with a certificate says that it wants HTTPS.
        let answer = answer.to_ascii_lowercase();
        (answer.contains("docker-distribution-api-version") || answer.contains("https server")).then_some(())
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The folder with its data, as docker-registry lays it out.
    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
