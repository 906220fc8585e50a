//! Why a Dockerfile cannot be read.

/// The result of this crate's functions.
pub type Result<T, E = DockerfileError> = std::result::Result<T, E>;

/// Any error of this crate. All are the fault of whoever wrote the file or named a stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DockerfileError {
    /// The text is no Dockerfile; the reason has line and column.
    #[error("it is no Dockerfile: {0}")]
    Syntax(String),
    /// More than anybody writes.
    #[error("it has more than {most} {what}")]
    TooLarge { what: &'static str, most: usize },
    /// It has no FROM.
    #[error("it has no FROM")]
    NoStage,
    /// No stage of this name or number.
    #[error("it has no stage {name:?}, but {}", known.join(", "))]
    UnknownStage { name: String, known: Vec<String> },
    /// A value cannot be expanded.
    #[error("line {line}: {text:?}: {reason}")]
    Value { line: usize, text: String, reason: &'static str },
}
