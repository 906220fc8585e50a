//! A container engine on this host as a sink. In: endpoints of engines, an image. Out: the image in the first engine
//! that answers, streamed as a Docker archive. Docker and Podman accept it at `POST /images/load` of Docker's API;
//! `podman load` reads it from standard input. Nothing is written to disk on this side.

mod answer;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use fourply_blob::BlobError;
use fourply_store::{Progress, client_builder};
use futures_util::stream;
use reqwest::{Body, Client};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::archive::ArchiveParts;
use super::docker_archive;
use super::error::SinkError;
use super::place::{Sink, SinkReport};
use crate::tree::ImageTree;

/// The time limit for an engine's first answer.
const PING: Duration = Duration::from_secs(5);
/// The size in bytes of the pieces in which an archive is sent, and the number of pieces that may wait.
const PIECE: usize = 256 * 1024;
const WAITING: usize = 8;

/// An endpoint of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Socket(PathBuf),
    /// `HOST:PORT`, without TLS.
    Tcp(String),
    /// Podman's program, which needs no socket.
    Podman(PathBuf),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Socket(path) => write!(f, "{}", path.display()),
            Endpoint::Tcp(host) => f.write_str(host),
            Endpoint::Podman(program) => write!(f, "{}", program.display()),
        }
    }
}

/// An engine that answered.
#[derive(Debug, Clone)]
pub struct Engine {
    endpoint: Endpoint,
    client: Client,
    runtime: Handle,
}

impl Engine {
    /// The first engine that answers.
    ///
    /// # Errors
    /// [`SinkError::NoEngine`], with the endpoints that were tried and their results.
    pub fn find(endpoints: &[Endpoint], runtime: Handle) -> Result<Engine, SinkError> {
        let mut tried = Vec::new();
        for endpoint in endpoints {
            match Engine::at(endpoint, runtime.clone()) {
                Ok(engine) => return Ok(engine),
                Err(reason) => tried.push((endpoint.to_string(), reason)),
            }
        }
        Err(SinkError::NoEngine { tried })
    }

    fn at(endpoint: &Endpoint, runtime: Handle) -> Result<Engine, String> {
        let builder = client_builder().no_proxy();
        let builder = match endpoint {
            Endpoint::Socket(path) => builder.unix_socket(path.clone()),
            Endpoint::Tcp(_) | Endpoint::Podman(_) => builder,
        };
        let client = builder.build().map_err(|error| innermost(&error))?;
        let engine = Engine { endpoint: endpoint.clone(), client, runtime };
        match endpoint {
            Endpoint::Podman(program) => match fs_err::metadata(program) {
                Ok(found) if found.is_file() => Ok(engine),
                _ => Err("it is no program".to_owned()),
            },
            Endpoint::Socket(_) | Endpoint::Tcp(_) => engine.ping().map(|()| engine),
        }
    }

    fn url(&self, path: &str) -> String {
        match &self.endpoint {
            Endpoint::Tcp(host) => format!("http://{host}{path}"),
            // The engine ignores the host name.
            Endpoint::Socket(_) | Endpoint::Podman(_) => format!("http://localhost{path}"),
        }
    }

    fn ping(&self) -> Result<(), String> {
        let asked = self.client.get(self.url("/_ping")).timeout(PING);
        match self.runtime.block_on(async { asked.send().await }) {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("it answers {}", answer.status())),
            Err(error) => Err(innermost(&error)),
        }
    }

    fn refused(&self, message: impl Into<String>) -> SinkError {
        SinkError::Engine { engine: self.endpoint.to_string(), message: message.into() }
    }

    /// Sends the archive to the API and reads the engine's response.
    fn post(&self, parts: &ArchiveParts, progress: &dyn Progress) -> Result<(), SinkError> {
        let (sender, pieces) = mpsc::channel::<io::Result<Vec<u8>>>(WAITING);
        let body = Body::wrap_stream(stream::unfold(pieces, |mut pieces| async {
            pieces.recv().await.map(|piece| (piece, pieces))
        }));
        let load = self.client.post(self.url("/images/load?quiet=1"));
        let load = load.header("content-type", "application/x-tar").body(body);
        let answer = self.runtime.spawn(async move { answer::read(load.send().await?).await });
        let mut out = BufWriter::with_capacity(PIECE, Pieces(sender));
        let packed = parts.pack(&mut out, progress).and_then(|()| flushed(&mut out));
        if packed.is_err() {
            // The engine must not accept a truncated archive as complete.
            let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "the archive is incomplete");
            let _ = out.get_ref().0.blocking_send(Err(cut));
        }
        drop(out);
        let answered = self.runtime.block_on(answer).map_err(|error| self.refused(error.to_string()))?;
        match (answered, packed) {
            // The engine's message explains more than the closed connection.
            (Ok(Some(message)), _) => Err(self.refused(message)),
            (Ok(None), Ok(())) => Ok(()),
            (_, Err(error)) if !is_closed(&error) => Err(self.archive(error)),
            (Err(error), _) => Err(self.refused(innermost(&error))),
            (Ok(None), Err(error)) => Err(self.archive(error)),
        }
    }

    fn archive(&self, source: BlobError) -> SinkError {
        SinkError::Archive { path: PathBuf::from(self.endpoint.to_string()), source }
    }

    /// Runs `podman load`.
    fn run(&self, program: &PathBuf, parts: &ArchiveParts, progress: &dyn Progress) -> Result<(), SinkError> {
        let failed = || SinkError::io(format!("cannot run {} load", program.display()));
        let mut command = Command::new(program);
        command.args(["load", "--quiet"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed())?;
        let packed = match child.stdin.take() {
            Some(input) => {
                let mut out = BufWriter::with_capacity(PIECE, input);
                parts.pack(&mut out, progress).and_then(|()| flushed(&mut out))
            }
            None => Ok(()),
        };
        if packed.as_ref().is_err_and(|error| !is_closed(error)) {
            let _ = child.kill();
        }
        let output = child.wait_with_output().map_err(failed())?;
        match packed {
            Err(error) if !is_closed(&error) => Err(self.archive(error)),
            _ if output.status.success() => Ok(()),
            _ => Err(self.refused(String::from_utf8_lossy(&output.stderr).trim())),
        }
    }

    /// Checks that the engine has an image of this name.
    fn expect(&self, name: &str) -> Result<(), SinkError> {
        let asked = self.client.get(self.url(&format!("/images/{name}/json")));
        let answer = self
            .runtime
            .block_on(async { asked.send().await })
            .map_err(|error| self.refused(innermost(&error)))?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(self.refused(format!("it took the image, and has none named {name}"))),
        }
    }
}

impl Sink for Engine {
    /// The names are `repository:tag`.
    fn put(
        &mut self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        let (tags, manifest) = docker_archive::named(tree, names)?;
        let more = BTreeMap::from([("manifest.json".to_owned(), manifest)]);
        let parts = ArchiveParts::of(tree, &tags, more)?;
        let bytes = parts.size();
        progress.begin_bytes("load", bytes);
        match &self.endpoint {
            Endpoint::Podman(program) => self.run(program, &parts, progress)?,
            Endpoint::Socket(_) | Endpoint::Tcp(_) => {
                self.post(&parts, progress)?;
                tags.iter().try_for_each(|tag| self.expect(tag))?;
            }
        }
        progress.end();
        let place = format!("{}: {}", self.endpoint, names.join(", "));
        let written = parts.count();
        Ok(SinkReport { place, digest: tree.root, written, present: 0, mounted: 0, bytes })
    }
}

fn flushed(out: &mut impl Write) -> Result<(), BlobError> {
    out.flush().map_err(|source| BlobError::Write { source })
}

/// Whether the other side closed the connection.
fn is_closed(error: &BlobError) -> bool {
    matches!(error, BlobError::Write { source } if source.kind() == io::ErrorKind::BrokenPipe)
}

/// The innermost cause of an error: `Connection refused (os error 111)`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Sends everything that is written to it.
struct Pieces(mpsc::Sender<io::Result<Vec<u8>>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(bytes.to_vec()));
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the engine takes no more"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
