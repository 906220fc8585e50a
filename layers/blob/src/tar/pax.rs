//! PAX records: values that do not fit into a ustar header.
//!
//! Source: POSIX.1-2017, pax, "pax Extended Header". Extended attributes follow the convention `SCHILY.xattr.NAME` that
//! star, GNU tar, libarchive and Go's archive/tar share.

use std::collections::BTreeMap;

/// Records by keyword, in byte order, because readers that hash headers expect a fixed order.
pub(super) type Records = BTreeMap<String, Vec<u8>>;

/// Whether `name` is valid as the name of an extended attribute in a record.
pub(super) fn can_hold(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

pub(super) fn record_xattrs(xattrs: &BTreeMap<String, Vec<u8>>, records: &mut Records) {
    for (name, value) in xattrs {
        records.insert(format!("SCHILY.xattr.{name}"), value.clone());
    }
}

/// The records in order, each as `LENGTH KEYWORD=VALUE\n`, where the length covers the whole record and itself.
pub(super) fn encode(records: &Records) -> Vec<u8> {
    let mut body = Vec::new();
    for (keyword, value) in records {
        // the space, the equals sign and the newline
        let rest = keyword.len() + value.len() + 3;
        body.extend_from_slice(format!("{} {keyword}=", length(rest)).as_bytes());
        body.extend_from_slice(value);
        body.push(b'\n');
    }
    body
}

/// The length of a record whose other parts take `rest` bytes.
fn length(rest: usize) -> usize {
    let mut length = rest;
    while length < rest + digits(length) {
        length = rest + digits(length);
    }
    length
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

#[cfg(test)]
mod tests;
