//! How a blob is sent: in one request or in chunks. In: the setting, the registry's earlier refusals, each failure.
//! Out: the method of the next attempt. It sends nothing.
//!
//! One request is the default: it is fastest, and every registry accepts it, while some accept no chunks. Chunks handle
//! two problems on the way: a proxy that limits bodies (413), and a connection that breaks during a large body.

use reqwest::StatusCode;

use crate::registry::error::RegistryError;

/// Chunk sizes in bytes. The next smaller one is used if a body is refused as too large. 64 MiB is below the 100 MB
/// limit of content networks; 1 MiB is nginx's default limit (`client_max_body_size`).
const SIZES: [u64; 4] = [64 << 20, 16 << 20, 4 << 20, SMALLEST];
/// The smallest of them.
pub(super) const SMALLEST: u64 = 1 << 20;
/// The chunk size in bytes on a connection that breaks. Registries that store chunks as parts require more than 5 MB.
const ON_A_BAD_LINE: u64 = 16 << 20;

/// How one attempt sends a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In one request.
    Whole,
    /// In chunks of this many bytes.
    Chunks(u64),
}

/// The methods for one blob, from its first attempt to its last.
#[derive(Debug, Clone, Copy)]
pub(super) struct UploadPlan {
    size: u64,
    way: Way,
    /// The user's setting decides. Only a body that is too large changes it.
    fixed: bool,
    /// The user or the registry wants no chunks.
    chunkless: bool,
    /// The whole blob was refused as too large.
    too_large: bool,
}

impl UploadPlan {
    /// For a blob of `size` bytes. `chunk` is the user's setting: a size above which chunks of that size are used, 0
    /// for never. `refused` is the size of the smallest body that the registry refused.
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

    /// The method of the next attempt.
    pub(super) fn way(&self) -> Way {
        self.way
    }

    /// The size of its largest request body, in bytes.
    pub(super) fn body(&self) -> u64 {
        match self.way {
            Way::Whole => self.size,
            Way::Chunks(chunk) => chunk.min(self.size),
        }
    }

    /// Records a failure. Returns whether another method can be tried at once. After a transient failure, the next
    /// attempt changes the method if that may work better.
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

    /// Chooses the largest chunk size below a refused body's size, if there is one.
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

/// Whether the error means that the registry accepts no chunks.
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
