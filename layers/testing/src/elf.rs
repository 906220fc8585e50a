//! Small shared libraries, as a linker writes them: for 64 bits, with a dynamic section and nothing to run.

/// `e_machine` of x86-64, which node calls `x64`.
pub const X64: u16 = 62;
/// `e_machine` of AArch64, which node calls `arm64`.
pub const ARM64: u16 = 183;

/// A shared library with these `DT_NEEDED`, and with a `DT_RUNPATH` where one is given.
///
/// # Panics
/// Where the names are longer than any file's.
#[must_use]
pub fn shared_library(machine: u16, needed: &[&str], runpath: Option<&str>) -> Vec<u8> {
    const HEADER: u64 = 64;
    const PROGRAM: u64 = 56;
    let (mut names, mut entries) = (vec![0_u8], Vec::new());
    let mut add = |tag: u64, name: &str| {
        entries.push((tag, names.len() as u64));
        names.extend(name.as_bytes());
        names.push(0);
    };
    needed.iter().for_each(|name| add(1, name));
    runpath.iter().for_each(|path| add(29, path));
    let dynamic = HEADER + 2 * PROGRAM;
    let dynamic_size = (entries.len() as u64 + 3) * 16;
    let strings = dynamic + dynamic_size;
    entries.extend([(5, strings), (10, names.len() as u64), (0, 0)]);
    let size = strings + names.len() as u64;

    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1];
    file.resize(16, 0);
    let half = |file: &mut Vec<u8>, value: u16| file.extend(value.to_le_bytes());
    let word = |file: &mut Vec<u8>, value: u32| file.extend(value.to_le_bytes());
    let long = |file: &mut Vec<u8>, value: u64| file.extend(value.to_le_bytes());
    half(&mut file, 3);
    half(&mut file, machine);
    word(&mut file, 1);
    [0, HEADER, 0].iter().for_each(|value| long(&mut file, *value));
    word(&mut file, 0);
    [64, 56, 2, 64, 0, 0].iter().for_each(|value| half(&mut file, *value));
    for (kind, offset, length) in [(1, 0, size), (2, dynamic, dynamic_size)] {
        word(&mut file, kind);
        word(&mut file, 4);
        [offset, offset, offset, length, length, 8].iter().for_each(|value| long(&mut file, *value));
    }
    for (tag, value) in entries {
        long(&mut file, tag);
        long(&mut file, value);
    }
    file.extend(names);
    file
}
