//! The activity of the namespaces' processes: connections, ports, processes, memory. In: the kernel's texts. Out:
//! numbers; `None` if a text cannot be parsed.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::order::Connections;

/// All connections since the network namespace was created.
pub(super) fn connections() -> Connections {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    of_texts(&read("/proc/net/snmp"), &read("/proc/net/snmp6"))
}

/// `snmp` has pairs of lines: names, then numbers. `snmp6` has a name and a number on each.
fn of_texts(snmp: &str, snmp6: &str) -> Connections {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    let lines: Vec<&str> = snmp.lines().collect();
    for pair in lines.chunks(2) {
        let [names, numbers] = pair else { continue };
        let Some((group, names)) = names.split_once(": ") else { continue };
        let numbers = numbers.split(' ').skip(1);
        for (name, number) in names.split(' ').zip(numbers) {
            all.insert(format!("{group}{name}"), number.parse().unwrap_or(0));
        }
    }
    let more = snmp6.lines().filter_map(|line| line.split_once(char::is_whitespace));
    all.extend(more.map(|(name, number)| (name.to_owned(), number.trim().parse().unwrap_or(0))));
    let sum = |names: &[&str]| names.iter().filter_map(|name| all.get(*name)).sum();
    Connections {
        tried: sum(&["TcpActiveOpens"]),
        refused: sum(&["TcpAttemptFails"]),
        without_route: sum(&["IpOutNoRoutes", "Ip6OutNoRoutes"]),
        unanswered: sum(&["UdpNoPorts", "Udp6NoPorts"]),
    }
}

impl Connections {
    pub(super) fn since(self, before: Connections) -> Connections {
        Connections {
            tried: self.tried.saturating_sub(before.tried),
            refused: self.refused.saturating_sub(before.refused),
            without_route: self.without_route.saturating_sub(before.without_route),
            unanswered: self.unanswered.saturating_sub(before.unanswered),
        }
    }

    /// Without connections refused during health checks. Unresolved names and unreachable hosts stay: a check only
    /// contacts the program.
    pub(super) fn without(self, tests: Connections) -> Connections {
        Connections {
            tried: self.tried.saturating_sub(tests.tried),
            refused: self.refused.saturating_sub(tests.refused),
            ..self
        }
    }

    pub(super) fn and(self, more: Connections) -> Connections {
        Connections {
            tried: self.tried + more.tried,
            refused: self.refused + more.refused,
            without_route: self.without_route + more.without_route,
            unanswered: self.unanswered + more.unanswered,
        }
    }
}

/// The listening TCP ports, and those of them that only loopback addresses have.
pub(super) fn ports() -> (Vec<u16>, Vec<u16>) {
    let texts =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| std::fs::read_to_string(path).unwrap_or_default());
    ports_of(&texts.join("\n"))
}

/// Whether the kernel provides them.
pub(super) fn can_tell_ports() -> bool {
    Path::new("/proc/net/tcp").exists()
}

fn ports_of(text: &str) -> (Vec<u16>, Vec<u16>) {
    let mut ports: BTreeMap<u16, bool> = BTreeMap::new();
    for (address, port) in text.lines().filter_map(listening) {
        *ports.entry(port).or_insert(true) &= is_loopback(address);
    }
    let loopback = ports.iter().filter(|(_, alone)| **alone).map(|(port, _)| *port);
    (ports.keys().copied().collect(), loopback.collect())
}

/// `0: 0100007F:0BB8 00000000:0000 0A …`: the local address, the remote one, the state.
fn listening(line: &str) -> Option<(&str, u16)> {
    let mut fields = line.split_whitespace().skip(1);
    let (address, port) = fields.next()?.split_once(':')?;
    (fields.nth(1)? == "0A").then(|| Some((address, u16::from_str_radix(port, 16).ok()?)))?
}

/// The address, as 32-bit words in this host's byte order.
fn is_loopback(address: &str) -> bool {
    let words = address.as_bytes().chunks(8).map(|word| {
        let word = std::str::from_utf8(word).ok().and_then(|word| u32::from_str_radix(word, 16).ok());
        word.unwrap_or_default().to_ne_bytes()
    });
    let bytes = words.collect::<Vec<_>>().concat();
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Ipv4Addr::from(bytes).is_loopback();
    }
    let Ok(bytes) = <[u8; 16]>::try_from(bytes.as_slice()) else { return false };
    let address = Ipv6Addr::from(bytes);
    address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
}

/// The CPU use of processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// One of them runs now, or would if a CPU were free.
    pub running: bool,
    /// In hundredths of a second, including ended children.
    pub ticks: u64,
}

/// The CPU use of all processes, except the first and those of a process group.
pub(super) fn work(but: Option<i32>) -> Work {
    let texts = numbers()
        .filter(|name| name != "1")
        .map(|name| std::fs::read_to_string(format!("/proc/{name}/stat")).unwrap_or_default());
    texts.filter_map(|text| work_of(&text, but)).fold(Work::default(), |sum, one| Work {
        running: sum.running || one.running,
        ticks: sum.ticks + one.ticks,
    })
}

/// `7 (node) S 1 7 …`: state, parent, process group, and the times from the 14th field on. Source: proc(5).
fn work_of(text: &str, but: Option<i32>) -> Option<Work> {
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let group: i32 = fields.nth(1)?.parse().ok()?;
    let ticks = fields.skip(8).take(4).filter_map(|field| field.parse::<u64>().ok()).sum();
    (Some(group) != but).then_some(Work { running: matches!(state, "R" | "D"), ticks })
}

/// The process numbers in `/proc`.
fn numbers() -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The number of processes except the first, and the bytes of memory that all of them use.
pub(super) fn processes() -> (u32, u64) {
    let mut found = (0, 0);
    for name in numbers() {
        let text = std::fs::read_to_string(format!("/proc/{name}/status")).unwrap_or_default();
        // Memory shared with other processes is left out: forks share nearly all.
        let own = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
        found.1 += own.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024;
        found.0 += u32::from(name != "1");
    }
    found
}

#[cfg(test)]
mod tests;
