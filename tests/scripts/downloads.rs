//! What scripts download, from the build that locks it to one on another machine without a network.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fourply_testing::tiny::{HARMLESS, Tiny, tarball};

use crate::program::{digest, error, fourply};
use crate::said;

/// A server that answers every GET with what it is told to.
struct Mirror {
    port: u16,
    text: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Mirror {
    fn start() -> Mirror {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mirror = Mirror {
            port: listener.local_addr().unwrap().port(),
            text: Arc::new(Mutex::new("one".to_owned())),
            asked: Arc::default(),
            stop: Arc::default(),
        };
        let (text, asked, stop) = (mirror.text.clone(), mirror.asked.clone(), mirror.stop.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                asked.fetch_add(1, Ordering::SeqCst);
                let _ = answer(client, &text.lock().unwrap());
            }
        });
        mirror
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn answer(mut client: TcpStream, text: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    write!(client, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

/// A service whose own script downloads, by a node that knows nothing of proxies.
const SCRIPT: &str = "fetch(process.env.MIRROR + '/file').then(async (response) => {
  require('fs').writeFileSync('dist/main.js', `// ${await response.text()}\\n`);
}, (error) => { console.log(error.cause.code); process.exit(1); });
";

struct Downloading {
    tiny: Tiny,
    root: PathBuf,
}

impl Downloading {
    /// With a URL of a mirror, and the line that gives a network.
    fn new(mirror: &str, network: &str) -> Downloading {
        let tiny = Tiny::new(&tarball(&HARMLESS), "http://127.0.0.1:9/");
        let root = tiny.root.clone();
        let config = std::fs::read_to_string(root.join("fourply.toml")).unwrap();
        let more = format!("node = \"20.18.0\"\nenv = {{ MIRROR = \"{mirror}\" }}\n{network}\n");
        let config = config.replace("script = false\n", &more);
        for (path, text) in [
            ("fourply.toml", config.as_str()),
            (
                "services/a/package.json",
                r#"{"name": "@tiny/a", "version": "1.0.0", "scripts": {"build": "mkdir -p dist && node load.js"}}"#,
            ),
            ("services/a/load.js", SCRIPT),
            ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  services/a: {}\n"),
        ] {
            std::fs::write(root.join(path), text).unwrap();
        }
        // node comes from where npm has it.
        std::fs::remove_file(root.join(".npmrc")).unwrap();
        Downloading { tiny, root }
    }

    fn build(&self, store: &Path, more: &[&str]) -> Command {
        let output = format!("type=oci-archive,dest={}", self.tiny.image().display());
        let mut command = fourply(&self.root, &[&["build", "services/a", "-o", &output], more].concat());
        command.env("FOURPLY_STORE", store);
        command
    }

    fn lock(&self) -> String {
        std::fs::read_to_string(self.root.join("fourply.lock")).unwrap()
    }

    fn touch(&self) {
        let path = self.root.join("services/a/load.js");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text + "//\n").unwrap();
    }
}

#[test]
#[ignore = "needs npm's node"]
fn what_a_script_downloads_is_locked_replayed_and_taken_along() {
    let mirror = Mirror::start();
    let url = format!("http://127.0.0.1:{}", mirror.port);
    let service = Downloading::new(&url, "network = [\"services/a\"]");
    let (store, other) = (service.tiny.store(), service.tiny.dir.path().join("other"));
    let first = digest(&mut service.build(&store, &[]));
    let line = format!(
        "[[download]]\nof = \"services/a\"\nurl = \"{url}/file\"\nsize = 3\nsha256 = \"sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed\"\n"
    );
    assert!(service.lock().ends_with(&line), "{}", service.lock());
    // What is locked is the key: the next build finds all made, one with another source runs the script on the same bytes.
    let (_, told) = said(&mut service.build(&store, &["--offline"]));
    assert!(!told.contains("building"), "{told}");
    service.touch();
    assert_eq!(digest(&mut service.build(&store, &["--offline"])), first);
    assert_eq!(mirror.asked.load(Ordering::SeqCst), 1);

    // Locked builds need a base that is locked, too; what was downloaded stays.
    said(fourply(&service.root, &["lock", "."]).env("FOURPLY_STORE", &store));
    assert!(service.lock().ends_with(&line), "{}", service.lock());
    // A store that lost the bytes asks again, and takes no other answer.
    *mirror.text.lock().unwrap() = "two".to_owned();
    let text = error(&mut service.build(&other, &["--locked"]), 1);
    for part in [
        &format!("{url}/file does not match the lock: the lock has sha256:7692c3ad"),
        "the server sent sha256:3fc4ccfe",
        "hint: if the new answer is right, delete the [[download]]",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    *mirror.text.lock().unwrap() = "one".to_owned();
    let bundle = service.tiny.dir.path().join("bundle.tar");
    let taken = ["bundle", bundle.to_str().unwrap(), "--build", "services/a"];
    said(fourply(&service.root, &taken).env("FOURPLY_STORE", &store));
    let asked = mirror.asked.load(Ordering::SeqCst);
    drop(mirror);
    assert_eq!(asked, 2);
    let site = service.tiny.dir.path().join("site");
    let archive = format!("oci-archive:{}", bundle.display());
    said(fourply(&service.root, &["store", "pull", &archive]).env("FOURPLY_STORE", &site));
    assert_eq!(digest(&mut service.build(&site, &["--offline", "--locked"])), first);
    // What is not locked does not come.
    std::fs::write(service.root.join("services/a/load.js"), SCRIPT.replace("/file", "/other")).unwrap();
    let text = error(&mut service.build(&store, &["--locked"]), 1);
    assert!(text.contains(&format!("{url}/other is not locked")), "{text}");
}

#[test]
#[ignore = "needs npm's node"]
fn a_refused_attempt_names_the_package_the_host_and_the_line_to_add() {
    let service = Downloading::new("https://mirror.example", "network = [\"service/a\"]");
    let text = error(&mut service.build(&service.tiny.store(), &[]), 1);
    for part in [
        "warning: network in [build] names \"service/a\", which is no package of the lockfile and no folder of the workspace: did you mean \"services/a\"?",
        "it requested mirror.example, but has no network access",
        "hint: scripts of services/a have no network: if they need it, add network = [\"services/a\"] to [build]",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!service.root.join("fourply.lock").exists());
    // One that goes on without is told of.
    let script = SCRIPT.replace("process.exit(1)", "require('fs').writeFileSync('dist/main.js', '')");
    std::fs::write(service.root.join("services/a/load.js"), script).unwrap();
    let (_, told) = said(&mut service.build(&service.tiny.store(), &[]));
    assert!(
        told.contains("warning: services/a asked for mirror.example, and scripts have no network: if they"),
        "{told}"
    );
}
