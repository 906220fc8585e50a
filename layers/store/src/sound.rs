//! Verifies a file of a store by its kind and name. In: a path whose last part is the name. Out: whether it is valid;
//! nothing is removed.

use std::io::{self, BufReader};
use std::path::Path;

use fourply_blob::{Digest, Key};

use crate::bounded::read_bounded;
use crate::hashed::is_blob;
use crate::pack::read_pack;
use crate::pieces::sound;
use crate::sealed::unseal;
use crate::store::BLOBS;
use fourply_input::open_file;

/// Whether a file matches its kind and name.
pub(crate) fn is_sound(kind: &str, path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        read_bounded(open_file(path)?, kind, &mut bytes)?;
        Ok(bytes)
    };
    match (kind, name.parse::<Key>()) {
        (_, Err(_)) => false,
        ("packs", Ok(id)) => read_pack(path, &id).is_ok_and(|pack| pack.is_some()),
        (BLOBS, Ok(_)) => {
            format!("sha256:{name}").parse::<Digest>().is_ok_and(|digest| is_blob(path, &digest))
        }
        ("fragments" | "documents", Ok(key)) => read().is_ok_and(|bytes| sound(&key, &bytes).is_some()),
        // The integrity is unknown here; a reader of the tarball verifies it. A truncated or damaged tarball does not
        // unpack.
        ("tarballs", Ok(_)) => open_file(path).is_ok_and(|file| {
            let mut unpacked = flate2::read::MultiGzDecoder::new(BufReader::new(file));
            io::copy(&mut unpacked, &mut io::sink()).is_ok_and(|size| size > 0)
        }),
        (_, Ok(_)) => read().is_ok_and(|bytes| unseal(kind, name, &bytes).is_some()),
    }
}
