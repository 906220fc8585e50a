//! Serves the sockets of a script's network. In: sockets. Out: nothing; failed requests are recorded in the session.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt, select_all, unfold};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;

use super::answer::answer;
use super::asked::{Origin, host_of};
use super::session::Session;
use super::{Problem, Sockets, names};

/// How long a client may take to send its request.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most bytes of a request's first line and headers.
const HEAD: usize = 64 * 1024;
/// The most connections of a script at once.
const CONNECTIONS: usize = 512;

type Connection<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Serves until it is dropped.
pub(super) async fn serve(session: &Session<'_>, sockets: Sockets) -> io::Result<()> {
    let Sockets { names, listeners, proxy } = sockets;
    let names = names.map(|socket| {
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket)
    });
    let names = names.transpose()?;
    let mut accepted = Vec::new();
    for listener in listeners {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let next = |listener: TcpListener| async move { Some((listener.accept().await, listener)) };
        accepted.push(Box::pin(unfold(listener, next)));
    }
    let mut accepted = select_all(accepted);
    let mut open: FuturesUnordered<Connection<'_>> = FuturesUnordered::new();
    let mut asked = [0; 512];
    loop {
        tokio::select! {
            Some(_) = open.next() => {}
            Some(client) = accepted.next(), if open.len() < CONNECTIONS => match client {
                Ok((stream, _)) => open.push(Box::pin(connection(session, stream, proxy))),
                // For example, no more files can be opened: some will be closed soon.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Ok((size, from)) = received(names.as_ref(), &mut asked) => {
                let query = asked.get(..size).and_then(names::question);
                if let (Some(names), Some(query)) = (&names, query) {
                    let _ = names.send_to(&query.answer(Some(Ipv4Addr::LOCALHOST)), from).await;
                }
            }
        }
    }
}

async fn received(names: Option<&UdpSocket>, asked: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
    match names {
        Some(names) => names.recv_from(asked).await,
        None => std::future::pending().await,
    }
}

/// One connection to its end. A connection aborted by the client is not an error.
async fn connection(session: &Session<'_>, stream: TcpStream, proxy: u16) {
    if let Err(error) = begun(session, stream, proxy).await
        && let Some(Broken { host, reason }) = error.get_ref().and_then(|inner| inner.downcast_ref())
    {
        session.attempts().note(Problem::Protocol { host: host.clone(), reason: reason.clone() });
    }
}

/// A handshake that failed.
#[derive(Debug)]
struct Broken {
    host: String,
    reason: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Broken {}

async fn begun(session: &Session<'_>, mut stream: TcpStream, proxy: u16) -> io::Result<()> {
    let at = stream.local_addr()?;
    let mut origin = Origin { secure: false, host: None, port: at.port() };
    if at.port() == proxy {
        if !timeout(PATIENCE, starts_with(&stream, b"CONNECT ")).await?? {
            return requests(session, stream, None).await;
        }
        (origin.host, origin.port) = timeout(PATIENCE, connect(&mut stream)).await??;
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    }
    const HANDSHAKE: [u8; 1] = [0x16];
    if !timeout(PATIENCE, starts_with(&stream, &HANDSHAKE)).await?? {
        return requests(session, stream, Some(origin)).await;
    }
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream);
    let hello = timeout(PATIENCE, hello).await?.map_err(|error| broken(at.ip().to_string(), &error))?;
    let named = hello.client_hello().server_name().map(str::to_owned);
    let host = origin.host.or(named).unwrap_or_else(|| at.ip().to_string());
    let authority = session.network.downloads.authority().map_err(io::Error::other)?;
    let server = authority.server(&host).map_err(io::Error::other)?;
    let stream = timeout(PATIENCE, hello.into_stream(server)).await?;
    let stream = stream.map_err(|error| broken(host.clone(), &error))?;
    requests(session, stream, Some(Origin { secure: true, host: Some(host), port: origin.port })).await
}

/// A failed handshake, unless the client aborted it: such a client only checked whether a server exists.
fn broken(host: String, error: &io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidData => {
            io::Error::new(io::ErrorKind::InvalidData, Broken { host, reason: format!("TLS: {error}") })
        }
        kind => kind.into(),
    }
}

async fn requests<S>(session: &Session<'_>, stream: S, origin: Option<Origin>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let origin = origin.as_ref();
    let service = service_fn(|request| answer(session, origin, request));
    let served =
        http1::Builder::new().max_buf_size(HEAD).serve_connection(TokioIo::new(stream), service).await;
    served.map_err(io::Error::other)
}

/// Whether a connection starts with these bytes. They are not consumed.
async fn starts_with(stream: &TcpStream, start: &[u8]) -> io::Result<bool> {
    let mut seen = vec![0; start.len()];
    loop {
        let count = stream.peek(&mut seen).await?;
        let told = seen.get(..count).unwrap_or_default();
        if count == 0 || !start.starts_with(told) {
            return Ok(false);
        }
        if count == start.len() {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The host and port of `CONNECT example.org:443 HTTP/1.1`, with the headers consumed.
async fn connect(stream: &mut TcpStream) -> io::Result<(Option<String>, u16)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head);
    let authority = text.split(' ').nth(1).unwrap_or_default();
    let host = host_of(authority);
    let port = authority.rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    Ok((Some(host.to_owned()), port))
}
