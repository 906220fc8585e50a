//! The loopback interface of a new network namespace. In: nothing. Out: it is up, with 127.0.0.1 and ::1; and, if
//! requested, with every other IPv4 address.

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, send, socket};

use super::order::Failure;

/// Activates it.
pub(super) fn up() -> Result<(), Failure> {
    tell("switch the loopback interface on", &link_up())
}

/// Gives it every address: a socket in this network then answers for any host.
pub(super) fn be_everywhere() -> Result<(), Failure> {
    tell("lead all addresses to the loopback interface", &all_local())
}

fn tell(step: &'static str, message: &[u8]) -> Result<(), Failure> {
    let failed = |error: rustix::io::Errno| Failure::new(step, &error);
    let route = socket(AddressFamily::NETLINK, SocketType::RAW, None).map_err(failed)?;
    send(&route, message, SendFlags::empty()).map_err(failed)?;
    let mut answer = [0; 512];
    let (count, _) = recv(&route, &mut answer[..], RecvFlags::empty()).map_err(failed)?;
    match error(answer.get(..count).unwrap_or_default()) {
        Some(0) => Ok(()),
        Some(error) => Err(failed(rustix::io::Errno::from_raw_os_error(error.abs()))),
        None => Err(Failure::new(step, &"the kernel's answer is cut")),
    }
}

const REQUEST_AND_ACKNOWLEDGE: u16 = 0x1 | 0x4;
const LOOPBACK: u32 = 1;

/// An rtnetlink(7) message: a header of 16 bytes, and its content.
fn message(kind: u16, flags: u16, about: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + about.len()).unwrap_or(u32::MAX);
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(about);
    message
}

/// `struct ifinfomsg`: sets the interface up.
fn link_up() -> Vec<u8> {
    const RTM_NEWLINK: u16 = 16;
    const UP: u32 = 1;
    let fields = [0, LOOPBACK, UP, UP].map(u32::to_ne_bytes).concat();
    message(RTM_NEWLINK, REQUEST_AND_ACKNOWLEDGE, &fields)
}

/// `struct rtmsg`, and the interface: the route `local 0.0.0.0/0 dev lo`.
fn all_local() -> Vec<u8> {
    const RTM_NEWROUTE: u16 = 24;
    const CREATE: u16 = 0x400;
    const INET: u8 = 2;
    const TABLE_LOCAL: u8 = 255;
    const STATIC: u8 = 4;
    const SCOPE_HOST: u8 = 254;
    const LOCAL: u8 = 2;
    const RTA_OIF: u16 = 4;
    let mut about = vec![INET, 0, 0, 0, TABLE_LOCAL, STATIC, SCOPE_HOST, LOCAL];
    about.extend(0u32.to_ne_bytes());
    about.extend([8u16, RTA_OIF].map(u16::to_ne_bytes).concat());
    about.extend(LOOPBACK.to_ne_bytes());
    message(RTM_NEWROUTE, REQUEST_AND_ACKNOWLEDGE | CREATE, &about)
}

/// The error number in `struct nlmsgerr`, after the header.
fn error(answer: &[u8]) -> Option<i32> {
    Some(i32::from_ne_bytes(answer.get(16..20)?.try_into().ok()?))
}
