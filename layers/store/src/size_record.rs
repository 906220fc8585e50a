//! Sizes of tar entries that readers interpret differently. In: an entry of the crate `tar`. That crate ignores an
//! extended header's `size` record that is not a 64-bit number, and uses the size in the plain header. Out: an error in
//! that case; other readers stop too, or would see other files.

use std::io::{self, Read};

/// Checks that an entry's extended header has no size that is not a number, and no size after an unreadable record.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`], and those of the archive's reader.
pub fn check_size_record<R: Read>(entry: &mut tar::Entry<'_, R>) -> io::Result<()> {
    let Some(records) = entry.pax_extensions()? else { return Ok(()) };
    let mut readable = true;
    for record in records {
        match record {
            Ok(record) if record.key_bytes() == b"size" => {
                let size = record.value().ok().and_then(|size| size.parse::<u64>().ok());
                if size.is_none() || !readable {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the size of an entry is no number that can be read",
                    ));
                }
            }
            Ok(_) => {}
            Err(_) => readable = false,
        }
    }
    Ok(())
}
