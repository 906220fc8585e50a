//! Sizes of tar entries that readers understand in two ways. In: an entry of the crate `tar`, which passes over a `size` record of an extended header that is
//! no number of 64 bits, and takes the size of the plain header. Out: an error there; other readers stop too, or would see other files.

use std::io::{self, Read};

/// Fails where an entry's extended header has a size that is no number, or stands behind what cannot be read.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`]; those of the archive's reader.
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
