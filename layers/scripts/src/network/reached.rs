//! A script's network while the script runs. In: its sockets, and the work in the meantime. Out: the work's result, and
//! the failed requests.

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

use super::serve::serve;
use super::session::Session;
use super::{Attempts, ScriptNetwork, Sockets, names};

/// Does `work` while the sockets are answered; `local` are ports of this host that the script may reach.
pub(crate) fn during<T>(
    network: Option<ScriptNetwork<'_>>,
    sockets: Sockets,
    local: BTreeSet<u16>,
    work: impl FnOnce() -> T,
) -> (T, Attempts) {
    match network {
        Some(network) if network.allowed => served(network, sockets, local, work),
        _ => match sockets.names {
            Some(names) => refused(&names, work),
            None => (work(), Attempts::default()),
        },
    }
}

fn served<T>(
    network: ScriptNetwork<'_>,
    sockets: Sockets,
    local: BTreeSet<u16>,
    work: impl FnOnce() -> T,
) -> (T, Attempts) {
    let session = Session { network, local, attempts: Mutex::default() };
    let (stop, stopped) = oneshot::channel::<()>();
    let out = std::thread::scope(|scope| {
        scope.spawn(|| {
            // Without a runtime there are no answers, and the script fails.
            let Ok(runtime) = network.fetcher.runtime() else { return };
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    _ = serve(&session, sockets) => {}
                }
            });
        });
        // Dropped at the end of the work, however it ends.
        let _stop = stop;
        work()
    });
    let attempts = session.attempts().clone();
    (out, attempts)
}

/// Answers that no name exists.
fn refused<T>(socket: &UdpSocket, work: impl FnOnce() -> T) -> (T, Attempts) {
    let (over, attempts) = (AtomicBool::new(false), Mutex::new(Attempts::default()));
    let out = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut query = [0; 512];
            while let Ok((size, from)) = socket.recv_from(&mut query) {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let Some(asked) = query.get(..size).and_then(names::question) else { continue };
                let _ = socket.send_to(&asked.answer(None), from);
                if let Ok(mut attempts) = attempts.lock() {
                    attempts.refuse(&asked.name);
                }
            }
        });
        let _wake = Wake { socket, over: &over };
        work()
    });
    (out, attempts.into_inner().unwrap_or_default())
}

/// Ends the thread that waits at a socket, with a datagram from the socket to itself.
struct Wake<'a> {
    socket: &'a UdpSocket,
    over: &'a AtomicBool,
}

impl Drop for Wake<'_> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Ok(address) = self.socket.local_addr() {
            let _ = self.socket.send_to(&[], address);
        }
    }
}
