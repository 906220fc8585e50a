//! The servers that a script may request. In: URLs, addresses. Out: whether each is allowed; and a resolver that
//! returns no other addresses.
//!
//! A script could name the host's own loopback interface, or the link-local address where a cloud serves credentials.
//! It would then reach services that only its user can reach. Private networks stay open, because mirrors are there.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether a server may be requested. On this host, only the ports in `local` are allowed.
pub(super) fn is_open(url: &Url, local: &BTreeSet<u16>) -> bool {
    let local = || url.port_or_known_default().is_some_and(|port| local.contains(&port));
    let address = |address: IpAddr| match is_loopback(address) {
        true => local(),
        false => !is_link(address),
    };
    match url.host() {
        Some(Host::Ipv4(ip)) => address(ip.into()),
        Some(Host::Ipv6(ip)) => address(ip.into()),
        Some(Host::Domain(name)) if is_localhost(name) => local(),
        Some(Host::Domain(name)) => !name.is_empty(),
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// `0.0.0.0` is this host, too.
fn is_loopback(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}

fn is_link(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast() || ip.is_multicast() || is_metadata(ip),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip.is_multicast() || ip.segments() == METADATA,
    }
}

/// Addresses where clouds serve a host's credentials, in addition to 169.254.169.254: Alibaba's, and Amazon's for IPv6.
fn is_metadata(ip: Ipv4Addr) -> bool {
    ip == Ipv4Addr::new(100, 100, 100, 200)
}

const METADATA: [u16; 8] = [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254];

/// The system's resolver, without loopback addresses for other names. `localhost` itself is resolved: the user's proxy
/// may be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guarded;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open = |address: &SocketAddr| {
                is_localhost(&name) || !(is_loopback(address.ip()) || is_link(address.ip()))
            };
            let found: Vec<SocketAddr> = found.filter(open).collect();
            if found.is_empty() {
                return Err(format!("{name} is this machine, which scripts do not reach").into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn servers_of_this_machine_are_closed_but_for_named_ports() {
        let open =
            |url: &str, ports: &[u16]| is_open(&url.parse().unwrap(), &ports.iter().copied().collect());
        for url in ["https://example.org/x", "http://10.1.2.3:8081/x", "https://[2001:db8::1]/"] {
            assert!(open(url, &[]), "{url}");
        }
        let local = [
            "http://127.0.0.1:80/",
            "http://localhost/",
            "http://x.LocalHost./",
            "http://[::1]/",
            "http://0/",
        ];
        for url in local.iter().chain(&["http://[::ffff:127.0.0.1]/", "http://127.1/", "http://2130706433/"])
        {
            assert!(!open(url, &[8080]) && open(url, &[80]), "{url}");
        }
        for url in [
            "http://169.254.169.254/latest",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://[::ffff:169.254.1.1]/",
        ] {
            assert!(!open(url, &[80]), "{url}");
        }
    }
}
