//! An HTTP server for a folder, with any faults that a test needs.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A server's response: the head and the body, or `None` for the file in its folder.
pub type Odd = Box<dyn Fn(&str) -> Option<Vec<u8>> + Send>;

/// A server of a folder that records the requests.
pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn new(root: PathBuf, odd: Odd) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let asked = Arc::clone(&server.asked);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &root, &odd, &asked);
            }
        });
        server
    }

    /// The paths requested since the last call; unchanged ones are prefixed with `304 `.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn answer(mut stream: TcpStream, root: &Path, odd: &Odd, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let path = lines.next().unwrap()?.split(' ').nth(1).unwrap().trim_start_matches('/').to_owned();
    let mut known = None;
    loop {
        let line = lines.next().unwrap()?;
        match line.split_once(": ") {
            Some(("if-none-match", tag)) => known = Some(tag.to_owned()),
            Some(_) => {}
            None => break,
        }
    }
    if let Some(answer) = odd(&path) {
        asked.lock().unwrap().push(path);
        return stream.write_all(&answer);
    }
    let answer = match std::fs::read(root.join(&path)) {
        Ok(bytes) if known == Some(tag(&bytes)) => {
            asked.lock().unwrap().push(format!("304 {path}"));
            return stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
        }
        Ok(bytes) => whole("200 OK", &format!("ETag: {}\r\n", tag(&bytes)), &bytes, bytes.len()),
        Err(_) => whole("404 Not Found", "", b"", 0),
    };
    asked.lock().unwrap().push(path);
    stream.write_all(&answer)
}

/// An identifier of these bytes.
fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:x}\"", hasher.finish())
}

/// A complete response, whose head declares this length.
pub fn whole(status: &str, header: &str, body: &[u8], length: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}
