//! The loopback interface of a new network namespace. In: nothing. Out: it is up, with 127.0.0.1 and ::1.

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, send, socket};

use super::order::Failure;

/// Switches it on.
pub(super) fn up() -> Result<(), Failure> {
    let failed = |error: rustix::io::Errno| Failure::new("switch the loopback interface on", &error);
    let route = socket(AddressFamily::NETLINK, SocketType::RAW, None).map_err(failed)?;
    send(&route, &request(), SendFlags::empty()).map_err(failed)?;
    let mut answer = [0; 512];
    let (count, _) = recv(&route, &mut answer[..], RecvFlags::empty()).map_err(failed)?;
    match error(answer.get(..count).unwrap_or_default()) {
        Some(0) => Ok(()),
        Some(error) => Err(failed(rustix::io::Errno::from_raw_os_error(error.abs()))),
        None => Err(Failure::new("switch the loopback interface on", &"the kernel's answer is cut")),
    }
}

/// A message of rtnetlink(7): a header of 16 bytes, then `struct ifinfomsg` of 16. Interface 1 is loopback.
fn request() -> Vec<u8> {
    const RTM_NEWLINK: u16 = 16;
    const REQUEST_AND_ACKNOWLEDGE: u16 = 0x1 | 0x4;
    const UP: u32 = 1;
    let mut message = Vec::with_capacity(32);
    message.extend(32u32.to_ne_bytes());
    message.extend(RTM_NEWLINK.to_ne_bytes());
    message.extend(REQUEST_AND_ACKNOWLEDGE.to_ne_bytes());
    message.extend([0; 8]);
    message.extend([0; 4]);
    message.extend(1u32.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    message
}

/// The number in `struct nlmsgerr`, which follows the header.
fn error(answer: &[u8]) -> Option<i32> {
    Some(i32::from_ne_bytes(answer.get(16..20)?.try_into().ok()?))
}
