//! How a blob is sent: in one request or in chunks. In: what the user says, what the registry refused before, each failure. Out: the way of the
//! next attempt. It sends nothing.
//!
//! One request is the rule: it is the fastest way, and every registry takes it, while some take no chunks. Chunks are for what stands between: a
//! proxy that limits bodies (413), a line that breaks within a large one.

use reqwest::StatusCode;

use crate::registry::error::RegistryError;

/// The sizes of chunks in bytes, the next smaller one where a body is refused as too large. 64 MiB is below the 100 MB of content networks, 1 MiB
/// is what nginx takes where nobody tells it more (`client_max_body_size`).
const SIZES: [u64; 4] = [64 << 20, 16 << 20, 4 << 20, SMALLEST];
/// The last of them.
pub(super) const SMALLEST: u64 = 1 << 20;
/// The size of chunks on a line that breaks. Registries that store the chunks as parts want more than 5 MB.
const ON_A_BAD_LINE: u64 = 16 << 20;

/// How one attempt sends a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In one request.
    Whole,
    /// In chunks of so many bytes.
    Chunks(u64),
}

/// The way of one blob, from its first attempt to its last.
#[derive(Debug, Clone, Copy)]
pub(super) struct UploadPlan {
    size: u64,
    way: Way,
    /// The user says what is done: only a body that is too large changes it.
    fixed: bool,
    /// Neither the user nor the registry wants chunks.
    chunkless: bool,
    /// It was refused as a whole.
    too_large: bool,
}

impl UploadPlan {
    /// For a blob of `size` bytes. `chunk` is what the user says: a size above which there are chunks of that size, 0 for never. `refused` is the
    /// size of the smallest body that the registry refused.
    pub(super) fn new(size: u64, chunk: Option<u64>, refused: Option<u64>) -> UploadPlan {
        let (fixed, chunkless) = (chunk.is_some(), chunk == Some(0));
        let way = match chunk.filter(|chunk| *chunk > 0 && size > *chunk) {
            Some(chunk) => Way::Chunks(chunk),
            None => Way::Whole,
        };
        let mut plan = UploadPlan { size, way, fixed, chunkless, too_large: false };
        if let Some(refused) = refused.filter(|refused| plan.body() >= *refused) {
            plan.below(refused);
        }
        plan
    }

    /// The way of the next attempt.
    pub(super) fn way(&self) -> Way {
        self.way
    }

    /// The bytes of its largest request.
    pub(super) fn body(&self) -> u64 {
        match self.way {
            Way::Whole => self.size,
            Way::Chunks(chunk) => chunk.min(self.size),
        }
    }

    /// Draws the conclusion from a failure: whether there is another way that can be tried at once. After one that may pass, the next attempt goes
    /// another way where that may be the better one.
    pub(super) fn failed(&mut self, error: &RegistryError) -> bool {
        if error.is_too_large() {
            return self.below(self.body());
        }
        match self.way {
            Way::Whole if error.is_cut() && self.size > ON_A_BAD_LINE && !self.fixed && !self.chunkless => {
                self.way = Way::Chunks(ON_A_BAD_LINE);
                false
            }
            Way::Chunks(_) if refuses_chunks(error) && !self.fixed && !self.too_large => {
                (self.way, self.chunkless) = (Way::Whole, true);
                true
            }
            _ => false,
        }
    }

    /// Takes the largest chunks that are smaller than a body which was refused, if there are such.
    fn below(&mut self, refused: u64) -> bool {
        self.too_large |= refused <= self.size;
        match SIZES.into_iter().find(|size| *size < refused && *size < self.size) {
            Some(size) if !self.chunkless => {
                self.way = Way::Chunks(size);
                true
            }
            _ => false,
        }
    }
}

/// Whether a registry that was sent a chunk says that it takes none.
fn refuses_chunks(error: &RegistryError) -> bool {
    let refusals = [
        StatusCode::BAD_REQUEST,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::LENGTH_REQUIRED,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::NOT_IMPLEMENTED,
    ];
    matches!(error, RegistryError::Status { status, .. } if refusals.contains(status))
}

#[cfg(test)]
mod tests;
