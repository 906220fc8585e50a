//! One source of a COPY, as a stage has it: variables are replaced, and nothing is looked for yet.

/// One source of a COPY.
#[derive(Debug, Clone)]
pub(crate) struct Copied {
    /// The stage that it is copied from.
    pub stage: Option<usize>,
    /// It comes from an image that is no stage.
    pub other_image: bool,
    /// As it is written, variables replaced.
    pub source: String,
    /// Absolute.
    pub to: String,
    /// A file keeps its name there.
    pub into: bool,
    pub parents: bool,
    pub owner: Option<String>,
}
