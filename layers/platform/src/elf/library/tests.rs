use goblin::elf::program_header::ProgramHeader;

use super::{ISA_NEEDED, PROPERTIES, isa_level, library};

/// A note of properties, each a kind and a word.
fn note(properties: &[(u32, u32)]) -> Vec<u8> {
    let properties = properties.iter().flat_map(|(kind, value)| [*kind, 4, *value, 0]);
    let properties: Vec<u8> = properties.flat_map(u32::to_le_bytes).collect();
    let size = u32::try_from(properties.len()).unwrap();
    let head = [4, size, PROPERTIES].into_iter().flat_map(u32::to_le_bytes);
    head.chain(*b"GNU\0").chain(properties).collect()
}

#[test]
fn the_note_tells_which_hardware_is_needed() {
    let level = |bytes: &[u8]| {
        let header = ProgramHeader { p_align: 8, p_filesz: bytes.len() as u64, ..ProgramHeader::default() };
        isa_level(bytes, &header, true)
    };
    assert_eq!(level(&note(&[(ISA_NEEDED, 4)])), Some(2), "x86-64-v3");
    assert_eq!(level(&note(&[(0xc000_0002, 3), (ISA_NEEDED, 0b1111)])), Some(3), "the highest counts");
    assert_eq!(level(&note(&[(0xc000_0002, 3)])), None);
    assert_eq!(level(&note(&[(ISA_NEEDED + 1, 4), (ISA_NEEDED, 4)])), None, "they are in order");
    for end in 0..note(&[(ISA_NEEDED, 4)]).len() - 4 {
        assert_eq!(level(note(&[(ISA_NEEDED, 4)]).get(..end).unwrap()), None, "cut at {end}");
    }
}

#[test]
fn what_is_no_shared_library_tells_nothing() {
    for bytes in [&b""[..], b"GROUP ( libc.so.6 )", b"\x7fELF"] {
        assert_eq!(library(bytes), None);
    }
}
