//! Runs an image the way a rootless runner does: unpacked by umoci and started by runc, as a user without privileges.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::user::{as_user, user_command};

/// A running container; dropping it kills it and removes its folder.
pub struct Container {
    child: Child,
    folder: PathBuf,
    name: String,
    /// The port of this machine that the service was told to listen on.
    pub port: u16,
}

impl Container {
    /// Unpacks the image `reference` of the OCI layout at `layout` and starts it with these variables beside its own.
    pub fn start(layout: &Path, reference: &str, env: &[(&str, String)]) -> Container {
        let folder = as_user("mktemp -d /tmp/fourply-rootless.XXXXXX");
        let folder = PathBuf::from(String::from_utf8(folder.stdout).unwrap().trim());
        let name = folder.file_name().unwrap().to_str().unwrap().replace('.', "-");
        let image = format!("{}:{reference}", layout.display());
        let unpack = as_user(&format!("umoci unpack --rootless --image {image} {}/bundle", folder.display()));
        assert!(unpack.status.success(), "umoci: {}", String::from_utf8_lossy(&unpack.stderr));
        let port = free_port();
        configure(&folder.join("bundle/config.json"), port, env);
        let child =
            user_command(&format!("runc --root {0}/state run --bundle {0}/bundle {name}", folder.display()))
                .stdin(Stdio::null())
                .spawn()
                .unwrap();
        Container { child, folder, name, port }
    }

    /// Where the image lies, unpacked.
    pub fn rootfs(&self) -> PathBuf {
        self.folder.join("bundle/rootfs")
    }

    /// Asks for `path` until the service answers; the status and the body.
    pub fn get(&mut self, path: &str) -> (u16, String) {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(answer) = request(self.port, path) {
                return answer;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the service ended before it answered: {ended:?}");
            assert!(Instant::now() < end, "no answer on port {} in a minute", self.port);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Runs a command inside, as the image's user.
    pub fn exec(&self, command: &str) -> Output {
        as_user(&format!("runc --root {}/state exec {} {command}", self.folder.display(), self.name))
    }

    /// Sends SIGTERM to the first process and waits for the end, ten seconds at most (what docker grants).
    pub fn terminate(&mut self) -> ExitStatus {
        let kill = as_user(&format!("runc --root {}/state kill {} TERM", self.folder.display(), self.name));
        assert!(kill.status.success(), "{}", String::from_utf8_lossy(&kill.stderr));
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "still running ten seconds after SIGTERM");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        as_user(&format!("runc --root {}/state delete --force {}", self.folder.display(), self.name));
        let _ = self.child.wait();
        as_user(&format!("chmod -R u+rwX {0}; rm -rf {0}", self.folder.display()));
    }
}

/// What umoci's runtime configuration lacks for this: ids beyond one (the service is 1001), the machine's own network so that
/// the test can reach it, no terminal.
fn configure(path: &Path, port: u16, env: &[(&str, String)]) {
    let mut config: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for (mappings, kind) in [("uidMappings", "u"), ("gidMappings", "g")] {
        let own = String::from_utf8(as_user(&format!("id -{kind}")).stdout).unwrap();
        let (first, count) = subordinate(kind);
        config["linux"][mappings] = json!([
            { "containerID": 0, "hostID": own.trim().parse::<u32>().unwrap(), "size": 1 },
            { "containerID": 1, "hostID": first, "size": count },
        ]);
    }
    let namespaces = config["linux"]["namespaces"].as_array_mut().unwrap();
    namespaces.retain(|namespace| !["network", "cgroup"].contains(&namespace["type"].as_str().unwrap()));
    config["linux"].as_object_mut().unwrap().remove("resources");
    let process = &mut config["process"];
    process["terminal"] = json!(false);
    process["user"].as_object_mut().unwrap().remove("additionalGids");
    let variables = process["env"].as_array_mut().unwrap();
    variables.push(json!(format!("PORT={port}")));
    variables.extend(env.iter().map(|(name, value)| json!(format!("{name}={value}"))));
    std::fs::write(path, serde_json::to_vec(&config).unwrap()).unwrap();
}

/// The first and the number of the ids that /etc/subuid and /etc/subgid give to the user.
fn subordinate(kind: &str) -> (u32, u32) {
    let user = String::from_utf8(as_user("id -un").stdout).unwrap();
    let table = std::fs::read_to_string(format!("/etc/sub{kind}id")).unwrap();
    let line = table.lines().find_map(|line| line.strip_prefix(&format!("{}:", user.trim())));
    let (first, count) = line.expect("the user has subordinate ids").split_once(':').unwrap();
    (first.parse().unwrap(), count.parse().unwrap())
}

/// A port of this machine that nothing listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn request(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
