//! Tars as no library would write them: paths as they stand, however bad.

/// Adds an entry: its path, its kind as the header has it (`0` a file, `2` a symbolic link), its content, a link's target.
pub fn put(tar: &mut Vec<u8>, path: &str, kind: u8, mode: u32, content: &[u8], target: &str) {
    let mut header = tar::Header::new_ustar();
    let old = header.as_old_mut();
    old.name[..path.len()].copy_from_slice(path.as_bytes());
    old.linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1);
    header.set_size(content.len() as u64);
    header.set_cksum();
    tar.extend_from_slice(header.as_bytes());
    tar.extend_from_slice(content);
    tar.resize(tar.len().next_multiple_of(512), 0);
}
