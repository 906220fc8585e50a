//! How large each part of a delta may be. Both sides keep to them: who writes sends what exceeds one as a whole blob, who reads refuses it. They
//! bound the memory of a rebuild, whatever a delta claims.

/// The most uncompressed bytes of one member or frame: twice the largest that fourply writes.
pub(crate) const MEMBER: usize = 8 << 20;
/// The most uncompressed bytes of one patch.
pub(crate) const PATCH: usize = 8 << 20;
/// The most bytes of one patch's dictionary.
pub(crate) const DICTIONARY: usize = 16 << 20;
/// How many uncompressed bytes are gathered for one patch, if no single member has more.
pub(crate) const GATHERED: usize = 4 << 20;
/// How many bytes of a dictionary are gathered for one patch.
pub(crate) const GATHERED_DICTIONARY: usize = 8 << 20;
/// The most bytes of a recipe.
pub(crate) const RECIPE: usize = 2 << 20;
/// The most bytes of a delta.
pub(crate) const DELTA: u64 = 4 << 30;
/// The most sources of one delta.
pub(crate) const SOURCES: usize = 4096;
/// The most encoders of one delta: each holds the memory of a compressor.
pub(crate) const ENCODERS: usize = 16;
/// The most bytes of a name in a recipe.
pub(crate) const NAME: usize = 4096;
/// How many times as large as the blob all that is made for it may be: no honest layer comes near.
pub(crate) const RATIO: u64 = 4096;
/// How many times the sources' compressed bytes all dictionaries together may have.
pub(crate) const READ: u64 = 256;
