//! A proxy that misbehaves as a test tells it to, between a client and a registry. One request for each connection; every
//! request is noted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What a client asked for.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    /// The body of a form; other bodies are not read.
    pub form: String,
    /// The number of requests with this method and path (without the query) before this one.
    pub earlier: usize,
}

impl Request {
    /// A header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn is(&self, method: &str, part: &str) -> bool {
        self.method == method && self.target.contains(part)
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// The size of the body.
    pub fn length(&self) -> usize {
        self.header("content-length").map_or(0, |text| text.parse().unwrap())
    }
}

/// What the proxy does with a request.
pub enum Action {
    /// Hands it on.
    Pass,
    /// Answers itself.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Answers itself before it has read the body, as nginx does with one that is too large.
    Refuse(u16),
    /// Hands on so many bytes of the client's body, then closes both connections.
    CutRequest(usize),
    /// Gives back so many bytes of the registry's body, then closes the connection.
    CutResponse(usize),
    /// Hands it on and changes the answer's headers; a value of `None` removes one.
    Headers(Vec<(&'static str, Option<String>)>),
    /// Hands it on, and tells another status.
    Status(u16),
    /// Hands it on without one of the client's headers.
    Without(&'static str),
    /// Hands it on, and the answer back at so many bytes with a pause after each.
    Slow(usize, std::time::Duration),
    /// Takes it and never answers.
    Silence,
}

type Rule = dyn Fn(&Request) -> Action + Send + Sync;

/// A running proxy. Dropping it ends it.
pub struct Proxy {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Proxy {
    /// A proxy before `upstream` (`127.0.0.1:PORT`).
    pub fn start(upstream: &str, rule: impl Fn(&Request) -> Action + Send + Sync + 'static) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (rule, upstream): (Arc<Rule>, String) = (Arc::new(rule), upstream.to_owned());
        let (notes, stopped) = (seen.clone(), stop.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (rule, upstream, notes, stopped) =
                    (rule.clone(), upstream.clone(), notes.clone(), stopped.clone());
                std::thread::spawn(move || {
                    // A client or registry that closes early ends this connection and nothing else.
                    let _ = serve(client.unwrap(), &upstream, &*rule, &notes, &stopped);
                });
            }
        });
        Proxy { port, seen, stop }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests had this method and this in their path or query.
    pub fn count(&self, method: &str, part: &str) -> usize {
        self.seen().iter().filter(|request| request.is(method, part)).count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(
    client: TcpStream,
    upstream: &str,
    rule: &Rule,
    notes: &Mutex<Vec<Request>>,
    stopped: &AtomicBool,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    let (first, headers) = head(&mut reader)?;
    let mut words = first.split(' ');
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        headers,
        form: String::new(),
        earlier: 0,
    };
    let mut length = request.length();
    if request.header("content-type") == Some("application/x-www-form-urlencoded") {
        let mut form = vec![0; length];
        reader.read_exact(&mut form)?;
        (request.form, length) = (String::from_utf8(form).unwrap(), 0);
    }
    {
        let mut notes = notes.lock().unwrap();
        let same = |other: &&Request| other.method == request.method && other.path() == request.path();
        request.earlier = notes.iter().filter(same).count();
        notes.push(request.clone());
    }
    let (mut limit, mut cut, mut changes, mut dropped) = (length, None, Vec::new(), "connection");
    let (mut slow, mut told) = (None, None);
    match rule(&request) {
        Action::Pass => {}
        Action::Answer(status, headers, body) => {
            std::io::copy(&mut reader.take(length as u64), &mut std::io::sink())?;
            write!(
                client,
                "HTTP/1.1 {status} Told\r\nConnection: close\r\nContent-Length: {}\r\n",
                body.len()
            )?;
            for (name, value) in headers {
                write!(client, "{name}: {value}\r\n")?;
            }
            let body = if request.method == "HEAD" { "" } else { &body };
            return write!(client, "\r\n{body}");
        }
        Action::Refuse(status) => {
            write!(client, "HTTP/1.1 {status} Told\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")?;
            client.shutdown(std::net::Shutdown::Write)?;
            return std::io::copy(&mut reader, &mut std::io::sink()).map(drop);
        }
        Action::CutRequest(bytes) => limit = bytes.min(length),
        Action::CutResponse(bytes) => cut = Some(bytes),
        Action::Headers(headers) => changes = headers,
        Action::Status(status) => told = Some(format!("HTTP/1.1 {status} Told")),
        Action::Without(name) => dropped = name,
        Action::Slow(bytes, pause) => slow = Some((bytes, pause)),
        Action::Silence => {
            while !stopped.load(Ordering::SeqCst) {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            return Ok(());
        }
    }
    let mut registry = TcpStream::connect(upstream)?;
    write!(registry, "{first}\r\n")?;
    let drops = |name: &str| ["connection", dropped].iter().any(|other| name.eq_ignore_ascii_case(other));
    for (name, value) in request.headers.iter().filter(|(name, _)| !drops(name)) {
        write!(registry, "{name}: {value}\r\n")?;
    }
    write!(registry, "Connection: close\r\n\r\n")?;
    let mut body = reader.take(limit as u64);
    std::io::copy(&mut body, &mut registry)?;
    if limit < length {
        return Ok(());
    }
    let mut answer = BufReader::new(registry);
    let (status, mut headers) = head(&mut answer)?;
    for (name, value) in changes {
        headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        headers.extend(value.map(|value| (name.to_owned(), value)));
    }
    write!(client, "{}\r\n", told.unwrap_or(status))?;
    for (name, value) in &headers {
        write!(client, "{name}: {value}\r\n")?;
    }
    write!(client, "\r\n")?;
    if let Some((bytes, pause)) = slow {
        while std::io::copy(&mut (&mut answer).take(bytes as u64), &mut client)? > 0 {
            std::thread::sleep(pause);
        }
    }
    match cut {
        Some(bytes) => std::io::copy(&mut answer.take(bytes as u64), &mut client)?,
        None => std::io::copy(&mut answer, &mut client)?,
    };
    Ok(())
}

/// The first line and the headers.
fn head(reader: &mut impl BufRead) -> std::io::Result<(String, Vec<(String, String)>)> {
    let mut line = || {
        let mut text = String::new();
        match reader.read_line(&mut text)? {
            0 => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)),
            _ => Ok(text.trim_end().to_owned()),
        }
    };
    let first = line()?;
    let mut headers = Vec::new();
    loop {
        let text = line()?;
        match text.split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => return Ok((first, headers)),
        }
    }
}
