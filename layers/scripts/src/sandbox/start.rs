//! The program's side of a stage. In: an order. Out: a process, and the reply to the order.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use super::order::{Order, Reach, Reply};
use super::sockets::{self, First};
use super::stage::OUTER;
use crate::network::{PROXY_PORT, Sockets};
use crate::{Ended, Result, ScriptsError};

/// The order for a stage.
pub(crate) struct Confined(pub(super) Order);

/// A running stage.
pub(crate) struct Started {
    pub child: Child,
    socket: UnixStream,
    /// The start of its reply, if it was already read.
    begun: Vec<u8>,
    /// Sockets of the script's network, for the caller.
    pub sockets: Sockets,
}

impl Confined {
    /// Starts `command` with the order.
    pub(crate) fn start(&self, command: Command) -> std::io::Result<Started> {
        start(command, &self.0)
    }
}

impl Started {
    pub(super) fn wait(mut self) -> std::io::Result<Reply> {
        self.child.wait()?;
        self.reply()
    }

    fn reply(&mut self) -> std::io::Result<Reply> {
        let mut text = std::mem::take(&mut self.begun);
        (&self.socket).take(1 << 16).read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// How the script ended, after the stage has ended.
    pub(crate) fn ended(&mut self) -> Result<Ended> {
        match self.reply() {
            Ok(Reply::Status(status)) => Ok(Ended::Status(status)),
            Ok(Reply::Signal(signal)) => Ok(Ended::Signal(signal)),
            Ok(Reply::Failed { step, error }) => Err(ScriptsError::Room { step, error }),
            Ok(Reply::Ready) | Err(_) => Ok(Ended::Signal(9)),
        }
    }
}

/// The program as the outer stage.
pub(super) fn outer() -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg0(OUTER).env_clear();
    command
}

pub(super) fn start(mut command: Command, order: &Order) -> std::io::Result<Started> {
    let (mut socket, theirs) = UnixStream::pair()?;
    let child = command.stdin(Stdio::from(OwnedFd::from(theirs))).spawn()?;
    drop(command);
    // A stage that has already ended reports the reason when it is waited for.
    let _ = socket.write_all(&serde_json::to_vec(order)?).and_then(|()| socket.shutdown(Shutdown::Write));
    let mut started = Started { child, socket, begun: Vec::new(), sockets: Sockets::default() };
    let awaited = order.features.namespaces && (order.reach.names || !order.reach.ports.is_empty());
    if awaited {
        match sockets::receive(&started.socket)? {
            First::Sockets(all) => started.sockets = named(&order.reach, all),
            First::Reply(begun) => started.begun = begun,
        }
    }
    Ok(started)
}

/// The sockets, in the stage's order.
fn named(reach: &Reach, all: Vec<OwnedFd>) -> Sockets {
    let mut all = all.into_iter();
    let names = reach.names.then(|| all.next()).flatten().map(UdpSocket::from);
    Sockets { names, listeners: all.map(TcpListener::from).collect(), proxy: PROXY_PORT }
}
