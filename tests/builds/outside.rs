//! Every reader of what comes from outside, given its seeds, their beginnings, and many changes of them: the fuzz targets' own list, in
//! the seconds that a test may take.

use fourply_testing::parsers::{Target, seeds, targets};

/// What readers stumble over.
const ODD: &[u8] = b"\0\xff/.:\n -9=@~[";
/// How many changed inputs each seed becomes.
const CHANGES: u64 = 300;

#[test]
fn whatever_comes_from_outside_is_read_or_refused() {
    for (name, target) in targets() {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in &seeds {
            target(seed);
            for end in (0..seed.len()).step_by(seed.len() / 100 + 1) {
                target(&seed[..end]);
            }
            changed(target, seed);
        }
    }
}

/// Bytes turned, cut out, doubled and set to what readers stumble over; the same ones in every run.
fn changed(target: Target, seed: &[u8]) {
    let mut state = 1;
    let mut next = |below: usize| {
        state = state_after(state);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    for _ in 0..CHANGES {
        let mut bytes = seed.to_vec();
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            match next(5) {
                0 => bytes[at] ^= 1 << next(8),
                1 => bytes[at] = ODD[next(ODD.len())],
                2 => drop(bytes.drain(at..(at + 1 + next(8)).min(bytes.len()))),
                3 => {
                    let piece: Vec<u8> = bytes[at..].iter().take(next(40)).copied().collect();
                    bytes.splice(at..at, piece);
                }
                _ => bytes.splice(at..at, *b"99999999999999999999").for_each(drop),
            }
            if bytes.is_empty() {
                break;
            }
        }
        target(&bytes);
    }
}

/// Knuth's linear congruence.
fn state_after(state: u64) -> u64 {
    state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}
