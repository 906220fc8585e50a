//! A registry of one private package on the loopback interface. It gives the tarball to those who show a token or a password, and records who
//! asked for what with which header.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the registry takes.
const ACCEPTED: [&str; 2] = ["Bearer right", "Basic bWU6cHc="];

/// A running registry. It ends with the process of the tests.
pub struct Registry {
    pub host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub path: String,
    pub authorization: Option<String>,
    /// All lines of its head, as nothing of the environment may be in any.
    pub head: String,
}

impl Registry {
    /// A registry that has this tarball below `/npm/private/`.
    pub fn start(tarball: Vec<u8>) -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, tarball) = (log.clone(), tarball.clone());
                std::thread::spawn(move || answer(stream, &log, &tarball));
            }
        });
        Registry { host, asked }
    }

    /// Where its packages are.
    pub fn url(&self) -> String {
        format!("http://{}/npm/private/", self.host)
    }

    /// The place that credentials are about.
    pub fn place(&self) -> String {
        format!("//{}/npm/private/", self.host)
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, tarball: &[u8]) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let head: Vec<String> =
        lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let Some(path) = head.first().and_then(|line| line.split(' ').nth(1)).map(str::to_owned) else { return };
    let header = |line: &String| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization").then(|| value.to_owned())
    };
    let authorization = head.iter().find_map(header);
    let known = authorization.as_deref().is_some_and(|value| ACCEPTED.contains(&value));
    log.lock().unwrap().push(Asked { path: path.clone(), authorization, head: head.join("\n") });
    let (status, body) = match (known, path.as_str()) {
        (false, _) => ("401 Unauthorized", &b""[..]),
        (true, "/npm/private/@my/lib/-/lib-1.0.0.tgz") => ("200 OK", tarball),
        (true, _) => ("404 Not Found", &b""[..]),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
}
