#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn connections_are_read_as_the_kernel_writes_them() {
    let snmp = "Ip: Forwarding DefaultTTL OutNoRoutes\nIp: 1 64 3\nTcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens AttemptFails\nTcp: 1 -1 7 2 5\nUdp: InDatagrams NoPorts\nUdp: 0 4\n";
    let snmp6 = "Ip6OutNoRoutes                  \t1\nUdp6NoPorts\t2\n";
    let found = of_texts(snmp, snmp6);
    assert_eq!(found, Connections { tried: 7, refused: 5, without_route: 4, unanswered: 6 });
    assert_eq!(of_texts("", ""), Connections::default());
    // This kernel's own text has the names.
    let own = std::fs::read_to_string("/proc/net/snmp").unwrap();
    for name in ["OutNoRoutes", "ActiveOpens", "AttemptFails", "NoPorts"] {
        assert!(own.contains(name), "{name}");
    }
}

#[test]
fn ports_are_those_that_are_listened_on() {
    let line = "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000";
    assert_eq!(listening(line), Some(3000));
    assert_eq!(listening(&line.replace(" 0A ", " 01 ")), None);
    assert_eq!(listening("  sl  local_address rem_address   st"), None);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(ports().contains(&listener.local_addr().unwrap().port()));
}
