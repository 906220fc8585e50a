//! A host with secrets: files of a user, a store, other builds, a process, sockets. In: nothing. Out: what remains of
//! it after a script.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fourply_scripts::sandbox::Sandbox;
use serde_json::json;

use crate::confined;

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A process whose memory, environment, shared memory and abstract socket are private.
const VICTIM: &str = r#"
import ctypes, os, signal, socket, sys
signal.signal(signal.SIGUSR1, lambda *_: os._exit(1))
listener = socket.socket(socket.AF_UNIX); listener.bind("\0" + sys.argv[1]); listener.listen()
memory = ctypes.create_string_buffer(b"SECRET!")
ctypes.CDLL(None).shmget(int(sys.argv[2]), 4096, 0o1666)
print(ctypes.addressof(memory), flush=True)
while True: signal.pause()
"#;

pub struct World {
    folder: tempfile::TempDir,
    victim: Child,
    marker: String,
    /// Of a segment of shared memory.
    key: i64,
    datagrams: UdpSocket,
    shm: PathBuf,
    _listeners: (TcpListener, Option<TcpListener>, UnixListener),
}

impl World {
    pub fn new() -> World {
        let folder = tempfile::Builder::new().prefix("world").tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let files = [
            "home/.npmrc",
            "home/.docker/config.json",
            "home/.ssh/id_ed25519",
            "workspace/source.ts",
            "store/record",
            "store/spare",
            "store/moded",
            "other/app/output.js",
            "tool/bin/node",
            "tmp/known",
            "inherited",
            "build/app/kept/index.js",
            "build/home/x",
            "build/tmp/x",
        ];
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "SECRET\n").unwrap();
        }
        let marker =
            format!("fourply-victim-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let key =
            0x4650_0000 + i64::from(std::process::id()) * 64 % 0xffff + NUMBER.load(Ordering::Relaxed) as i64;
        let (victim, address) = victim(&marker, key);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listener6 = TcpListener::bind("[::1]:0").ok();
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        datagrams.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let socket = UnixListener::bind(root.join("engine.sock")).unwrap();
        let shm = Path::new("/dev/shm").join(&marker);
        std::fs::write(&shm, "SECRET\n").unwrap();
        let world = json!({
            "home": root.join("home"), "workspace": root.join("workspace"), "store": root.join("store"),
            "other": root.join("other"), "tool": root.join("tool"), "tmp": root.join("tmp"), "shm": shm,
            "socket": root.join("engine.sock"), "abstract": marker, "marker": marker, "victim": victim.id(),
            "address": address, "shmkey": key, "port": listener.local_addr().unwrap().port(),
            "port6": listener6.as_ref().map_or(1, |it| it.local_addr().unwrap().port()),
            "datagrams": datagrams.local_addr().unwrap().port(), "daemon": format!("daemon-of-{marker}"), "ipv6": false,
        });
        std::fs::write(root.join("build/app/world.json"), world.to_string()).unwrap();
        std::fs::write(root.join("build/app/attempts.py"), include_str!("attempts.py")).unwrap();
        World { folder, victim, marker, key, datagrams, shm, _listeners: (listener, listener6, socket) }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// Runs a command in the build's folder; returns its output and how it ended.
    pub fn run(&self, sandbox: &Sandbox, command: &str) -> String {
        let root = self.root();
        let environment: BTreeMap<String, OsString> = BTreeMap::from([
            ("PATH".to_owned(), "/usr/bin:/bin".into()),
            ("HOME".to_owned(), root.join("build/home").into()),
            ("TMPDIR".to_owned(), root.join("build/tmp").into()),
        ]);
        confined(sandbox, &root, command, &environment)
    }

    /// Attempts whose success is visible outside the script.
    pub fn damage(&self) -> Vec<String> {
        let mut damage = Vec::new();
        if self.datagrams.recv(&mut [0; 8]).is_ok() {
            damage.push("send_datagram".to_owned());
        }
        if let Some(daemon) = process_with(&format!("daemon-of-{}", self.marker)) {
            damage.push("leave_a_daemon".to_owned());
            let _ = Command::new("kill").arg(daemon).status();
        }
        let intact = [
            ("store/record", "write_store"),
            ("workspace/source.ts", "write_working_tree"),
            ("tool/bin/node", "write_toolchain"),
        ];
        let changed =
            |path: &str| std::fs::read(self.root().join(path)).is_ok_and(|text| text != b"SECRET\n");
        damage.extend(intact.iter().filter(|(path, _)| changed(path)).map(|(_, name)| (*name).to_owned()));
        damage
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.victim.kill();
        let _ = self.victim.wait();
        let _ = std::fs::remove_file(&self.shm);
        let _ = Command::new("ipcrm").arg("-M").arg(self.key.to_string()).stderr(Stdio::null()).status();
    }
}

fn victim(marker: &str, key: i64) -> (Child, u64) {
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", VICTIM, marker, &key.to_string()]).env("TOKEN", "SECRET").stdout(Stdio::piped());
    let mut victim = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(victim.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (victim, line.trim().parse().unwrap())
}

/// The number of a process with this word on its command line.
fn process_with(word: &str) -> Option<String> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let mut found = processes
        .filter(|path| std::fs::read_to_string(path.join("cmdline")).is_ok_and(|text| text.contains(word)));
    found.next().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
}
