use super::*;

const IDLE: Work = Work { running: false, ticks: 40 };

/// Checks every tenth of a second, and returns the tenth at which the program counts as lost.
fn lost_at(seen: impl Fn(u64) -> (Vec<u16>, Work), connections: Connections) -> Option<u64> {
    let begun = Instant::now();
    let expected =
        Listens { ports: vec![3000], elsewhere: Duration::from_secs(3), nowhere: Duration::from_secs(10) };
    let mut settled = Settled::new(begun);
    (1..300).find(|tenth| {
        let now = begun + LOOK * u32::try_from(*tenth).unwrap_or(u32::MAX);
        let (ports, work) = seen(*tenth);
        settled.add(now, ports, work);
        settled.is_lost(now, &expected, || connections)
    })
}

#[test]
fn what_is_quiet_without_its_port_is_lost() {
    let alone = Connections::default();
    // The start itself is work.
    assert_eq!(lost_at(|_| (vec![4000], IDLE), alone), Some(31));
    assert_eq!(lost_at(|tenth| (if tenth < 20 { vec![] } else { vec![9229] }, IDLE), alone), Some(50));
    assert_eq!(lost_at(|_| (vec![], IDLE), alone), Some(101));
    // A timer that does little work.
    assert_eq!(lost_at(|tenth| (vec![], Work { running: false, ticks: 40 + tenth / 10 }), alone), Some(101));
}

#[test]
fn a_slow_starter_has_its_whole_time() {
    let alone = Connections::default();
    assert_eq!(lost_at(|_| (vec![3000, 9090], IDLE), alone), None);
    assert_eq!(lost_at(|tenth| (vec![9090], Work { running: false, ticks: 2 * tenth }), alone), None);
    assert_eq!(lost_at(|_| (vec![9090], Work { running: true, ticks: 0 }), alone), None);
    assert_eq!(lost_at(|_| (vec![], IDLE), Connections { refused: 1, ..alone }), None);
}
