//! Size limits for the parts of a delta. Both sides apply them: a writer sends a blob that exceeds one as a whole, a
//! reader rejects it. They bound the memory of a rebuild, whatever a delta claims.

/// The most uncompressed bytes of one member or frame: twice the largest one that fourply writes.
pub(crate) const MEMBER: usize = 8 << 20;
/// The most uncompressed bytes of one patch.
pub(crate) const PATCH: usize = 8 << 20;
/// The most bytes of one patch's dictionary.
pub(crate) const DICTIONARY: usize = 16 << 20;
/// The most uncompressed bytes that are gathered for one patch, unless a single member has more.
pub(crate) const GATHERED: usize = 4 << 20;
/// The most bytes of a dictionary that are gathered for one patch.
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
/// The largest ratio of all produced bytes to the blob's size: no real layer comes near.
pub(crate) const RATIO: u64 = 4096;
/// The largest ratio of all dictionaries together to the sources' compressed bytes.
pub(crate) const READ: u64 = 256;
