//! Passes sockets of the script's network from the stage inside it to the program outside. In: ports. Out: open
//! sockets. A socket stays in its namespace, whoever holds it.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

use super::loopback;
use super::order::{Failure, Reach};

/// The most sockets.
pub(super) const MOST: usize = 24;
/// The prefix of a message with sockets. No reply starts with it.
const MARK: u8 = 0;
/// The port for DNS queries.
const NAMES: u16 = 53;

/// In the stage: opens the sockets, and passes them to the program over the socket on which the reply follows.
pub(super) fn hand_out(reach: &Reach) -> Result<(), Failure> {
    if !reach.names && reach.ports.is_empty() {
        return Ok(());
    }
    let failed =
        |error: &dyn std::fmt::Display| Failure::new("open the sockets of the script's network", error);
    let mut sockets: Vec<OwnedFd> = Vec::new();
    if !reach.ports.is_empty() {
        loopback::be_everywhere()?;
    }
    if reach.names {
        let names = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, NAMES)).map_err(|error| failed(&error))?;
        sockets.push(names.into());
    }
    for port in &reach.ports {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).map_err(|error| failed(&error))?;
        sockets.push(listener.into());
    }
    let borrowed: Vec<BorrowedFd<'_>> = sockets.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&borrowed));
    let stdin = std::io::stdin();
    sendmsg(stdin, &[IoSlice::new(&[MARK])], &mut control, SendFlags::empty())
        .map_err(|error| failed(&error))?;
    Ok(())
}

/// The first message of a stage.
pub(super) enum First {
    Sockets(Vec<OwnedFd>),
    /// Not the mark, but the start of a reply.
    Reply(Vec<u8>),
}

/// In the program: the sockets, or the start of the reply if the stage could not open them.
pub(super) fn receive(socket: &UnixStream) -> std::io::Result<First> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let told = recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let mut sockets = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            sockets.extend(rights);
        }
    }
    Ok(match byte {
        [MARK] if told.bytes == 1 => First::Sockets(sockets),
        byte => First::Reply(byte.get(..told.bytes).unwrap_or_default().to_vec()),
    })
}
