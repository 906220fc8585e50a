//! Repeats the request of a program's health checks. In: a port and paths. Out: the last request, and the status of its
//! response. Responses may be hostile: only the first line is read, for a few seconds at most.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::time::{Duration, Instant};

use super::order::{Asked, Question};

/// How long a response may take.
const ANSWER: Duration = Duration::from_secs(3);
/// The longest first line of a response.
const FIRST_LINE: usize = 256;
const NOT_FOUND: u16 = 404;

/// `None` if nothing listens.
pub(super) fn ask(question: &Question) -> Option<Asked> {
    let mut asked = None;
    for path in &question.paths {
        let status = answer(connect(question.port)?, path);
        asked = Some(Asked { path: path.clone(), status });
        if status != Some(NOT_FOUND) {
            break;
        }
    }
    asked
}

fn connect(port: u16) -> Option<TcpStream> {
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    loopback.into_iter().find_map(|address| TcpStream::connect_timeout(&(address, port).into(), ANSWER).ok())
}

fn answer(mut stream: TcpStream, path: &str) -> Option<u16> {
    let until = Instant::now() + ANSWER;
    stream.set_write_timeout(Some(ANSWER)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = Vec::new();
    let mut buffer = [0; FIRST_LINE];
    while text.len() < FIRST_LINE && !text.contains(&b'\n') {
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        text.extend_from_slice(buffer.get(..count)?);
    }
    status(&text)
}

/// `HTTP/1.1 503 Service Unavailable`.
fn status(text: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(text.split(|byte| matches!(byte, b'\r' | b'\n')).next()?).ok()?;
    let number = line.strip_prefix("HTTP/")?.split(' ').nth(1)?;
    number.parse().ok().filter(|status| (100..1000).contains(status))
}

#[cfg(test)]
mod tests;
