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
    assert_eq!(listening(line), Some(("0100007F", 3000)));
    assert_eq!(listening(&line.replace(" 0A ", " 01 ")), None);
    assert_eq!(listening("  sl  local_address rem_address   st"), None);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(ports().0.contains(&listener.local_addr().unwrap().port()));
}

#[test]
fn ports_of_loopback_alone_are_told_apart() {
    let line = |address: &str, port: &str| format!("0: {address}:{port} 00000000:0000 0A 0:0 0:0");
    let one = "00000000000000000000000001000000";
    let any = "00000000000000000000000000000000";
    let mapped = "0000000000000000FFFF00000100007F";
    let texts = [
        line("0100007F", "0001"),
        line("00000000", "0002"),
        line(one, "0003"),
        line(any, "0004"),
        line(mapped, "0005"),
        line("0100007F", "0006"),
        line(any, "0006"),
    ];
    assert_eq!(ports_of(&texts.join("\n")), (vec![1, 2, 3, 4, 5, 6], vec![1, 3, 5]));
}

#[test]
fn what_a_test_of_health_cannot_have_asked_stays_the_programs() {
    let all = Connections { tried: 5, refused: 3, without_route: 1, unanswered: 2 };
    let left = all.without(all);
    assert_eq!(left, Connections { tried: 0, refused: 0, without_route: 1, unanswered: 2 });
    assert!(left.failed());
}

#[test]
fn work_is_read_as_the_kernel_writes_it() {
    let text = "7 (a) b) S 1 7 7 0 -1 4194560 900 0 0 0 31 4 2 1 20 0 11 0 12345 0";
    assert_eq!(work_of(text, None), Some(Work { running: false, ticks: 38 }));
    assert_eq!(work_of(text, Some(7)), None);
    assert!(work_of(&text.replace(" S ", " R "), None).unwrap().running);
    assert_eq!(work_of("", None), None);
    // This thread is running while it is inspected.
    let own = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    assert!(work_of(&own, None).unwrap().running);
}
