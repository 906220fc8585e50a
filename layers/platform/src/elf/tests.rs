use super::{head, libc};
use crate::{Architecture, Libc};

/// A 64-bit header with nothing after it.
fn header(machine: u16, little: bool) -> Vec<u8> {
    let order = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, if little { 1 } else { 2 }, 1];
    bytes.resize(16, 0);
    bytes.extend(order(3));
    bytes.extend(order(machine));
    bytes.resize(64, 0);
    bytes
}

#[test]
fn the_header_tells_the_architecture() {
    for (machine, little, expected) in [
        (62, true, Some("amd64")),
        (183, true, Some("arm64")),
        (40, true, Some("arm")),
        (21, true, Some("ppc64le")),
        (21, false, Some("ppc64")),
        (22, false, Some("s390x")),
        (243, true, Some("riscv64")),
        (258, true, Some("loong64")),
        (8, true, None),
    ] {
        let found = head(&header(machine, little)).unwrap();
        assert_eq!((found.machine, found.interpreter), (machine, None));
        assert_eq!(found.architecture.as_ref().map(Architecture::as_str), expected, "{machine}");
    }
}

#[test]
fn what_is_no_elf_file_tells_nothing() {
    assert_eq!((head(b"#!/bin/sh\n"), libc(b"#!/bin/sh\n")), (None, None));
    assert_eq!(head(b"\x7fELF"), None);
}

#[test]
fn this_test_is_a_program_for_this_machine() {
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let found = head(&bytes).unwrap();
    assert_eq!(found.architecture, Some(Architecture::host()));
    assert_eq!(found.interpreter.as_deref().and_then(Libc::of_loader), libc(&bytes));
}
