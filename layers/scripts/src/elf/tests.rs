#![allow(clippy::unwrap_used)]

use fourply_platform::Libc;
use fourply_pnpm::Target;

use super::{Binary, inspect};

fn target(cpu: &str, libc: Libc) -> Target {
    Target { os: "linux".to_owned(), cpu: cpu.to_owned(), libc, node: None }
}

/// The program of this test was linked by another program, for this host.
#[test]
fn a_real_program_is_told_by_what_it_asks_for() {
    let own = inspect(&std::fs::read(std::env::current_exe().unwrap()).unwrap()).unwrap();
    let machine = if cfg!(target_arch = "x86_64") { "x64" } else { "arm64" };
    let libc = if cfg!(target_env = "musl") { Libc::Musl } else { Libc::Glibc };
    let other = if libc == Libc::Musl { Libc::Glibc } else { Libc::Musl };
    own.check(&target(machine, libc)).unwrap();
    assert!(own.check(&target(machine, other)).unwrap_err().contains("and the image has"));
    assert!(own.check(&target("s390x", libc)).unwrap_err().contains("and the image for s390x"));
}

#[test]
fn what_is_none_or_cut_off_is_no_panic() {
    assert_eq!(inspect(b"#!/bin/sh\n"), None);
    assert_eq!(inspect(b"\x7fELF"), None);
    let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    for length in [5, 20, 63, 64, 100, 1000, 5000] {
        let _ = inspect(&own[..length]);
    }
    let mut bent = own;
    // The program header table is at 2^64 - 1.
    bent[32..40].fill(0xff);
    let _ = inspect(&bent);
}

#[test]
fn a_static_binary_runs_with_any_c_library() {
    let binary = Binary { cpu: "x64".to_owned(), libc: None };
    binary.check(&target("x64", Libc::Musl)).unwrap();
    binary.check(&target("x64", Libc::Glibc)).unwrap();
}
