//! Errors in reading a Dockerfile.

/// The result of this crate's functions.
pub type Result<T, E = DockerfileError> = std::result::Result<T, E>;

/// Any error of this crate. All are user errors: in the file, or in the requested stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DockerfileError {
    /// The text is not a Dockerfile; the reason has line and column.
    #[error("it is not a Dockerfile: {0}")]
    Syntax(String),
    /// It exceeds a limit.
    #[error("it has more than {most} {what}")]
    TooLarge { what: &'static str, most: usize },
    /// It has no FROM.
    #[error("it has no FROM")]
    NoStage,
    /// There is no stage with this name or number.
    #[error("it has no stage {name:?}; its stages are {}", known.join(", "))]
    UnknownStage { name: String, known: Vec<String> },
    /// A value cannot be expanded.
    #[error("line {line}: {text:?}: {reason}")]
    Value { line: usize, text: String, reason: &'static str },
}
