//! One source of a COPY in a stage: variables are replaced, but no file is looked up yet.

/// One source of a COPY.
#[derive(Debug, Clone)]
pub(crate) struct Copied {
    /// The stage that it is copied from.
    pub stage: Option<usize>,
    /// It comes from an image that is not a stage.
    pub other_image: bool,
    /// As written, with variables replaced.
    pub source: String,
    /// Absolute.
    pub to: String,
    /// A file keeps its name there.
    pub into: bool,
    pub parents: bool,
    pub owner: Option<String>,
}
