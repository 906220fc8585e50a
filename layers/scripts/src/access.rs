//! Network access of a script. In: its room, its variables. Out: more variables, ports, and, if it has no network of
//! its own, a proxy's socket on this host.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};

use crate::Result;
use crate::network::{PROXY_PORT, SERVER_PORTS, Sockets, ports, variables};
use crate::sandbox::Room;

/// What a script needs to use the network.
#[derive(Default)]
pub(crate) struct Access {
    pub variables: BTreeMap<String, OsString>,
    /// Ports that it may connect to.
    pub ports: Vec<u16>,
    /// Ports of this host that it may reach.
    pub local: BTreeSet<u16>,
    /// The proxy's socket, if the script has no network of its own.
    pub sockets: Sockets,
}

impl Access {
    pub(crate) fn of(room: Option<Room<'_>>, environment: &BTreeMap<String, OsString>) -> Result<Access> {
        let Some((room, network)) = room.and_then(|room| Some((room, room.allowed()?))) else {
            return Ok(Access::default());
        };
        network.write_authority(&room.view.tmp)?;
        let texts = environment.values().filter_map(|value| value.to_str());
        let named = ports(texts.chain([network.configured]));
        let mut access = Access { local: named.local, ..Access::default() };
        let mut port = PROXY_PORT;
        if room.is_apart() {
            let all: BTreeSet<u16> = SERVER_PORTS.into_iter().chain([port]).chain(named.all).collect();
            access.ports = all.into_iter().collect();
        } else {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            port = listener.local_addr()?.port();
            access.ports = vec![port];
            access.sockets = Sockets { names: None, listeners: vec![listener], proxy: port };
        }
        access.variables = variables(port, &room.view.tmp);
        Ok(access)
    }
}
