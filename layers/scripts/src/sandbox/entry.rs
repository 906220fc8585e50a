//! Detects whether this process is a stage, and which. In: the name that it was started with, an order on standard
//! input. Out: a reply on the same socket.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use rustix::process::{Signal, set_parent_process_death_signal};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::order::Failure;
use super::stage::{INNER, OUTER, inner, outer};
use super::trial;

/// Runs a stage if this process was started as one, and then never returns. Must be called first in `main`.
pub(super) fn run_if_asked() {
    let name = std::env::args_os().next().unwrap_or_default();
    let stage: fn() -> std::io::Result<()> = match name {
        name if name == OUTER => || speak(outer),
        name if name == INNER => || speak(inner),
        name if name == trial::OUTER => || speak(trial::outer),
        name if name == trial::INNER => || speak(trial::inner),
        _ => return,
    };
    // This process ends with the program.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    close_fds::set_fds_cloexec(3, &[]);
    let code = match stage() {
        Ok(()) => 0,
        Err(_) => 70,
    };
    std::process::exit(code);
}

/// Reads the order and writes the reply.
fn speak<O: DeserializeOwned, R: Serialize + From<Failure>>(
    stage: fn(&O, &str) -> Result<R, Failure>,
) -> std::io::Result<()> {
    let mut socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let mut text = String::new();
    socket.read_to_string(&mut text)?;
    let order: O = serde_json::from_str(&text)?;
    let reply = stage(&order, &text).unwrap_or_else(R::from);
    socket.write_all(&serde_json::to_vec(&reply)?)
}
