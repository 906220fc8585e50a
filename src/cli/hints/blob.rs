//! Layers that could not be written.

use fourply_blob::BlobError;

use super::advice::Advice;

pub(super) fn advice(error: &BlobError) -> Advice<'_> {
    match error {
        BlobError::Path(error) if error.is_whiteout() => {
            "rename the file, or leave it out with a prune rule".into()
        }
        BlobError::Size { .. } => "let nothing write to the files while they are packed".into(),
        BlobError::Fragment { source, .. } => Advice::Ask(source.as_ref()),
        BlobError::Read { source, .. }
        | BlobError::Write { source, .. }
        | BlobError::Cache { source, .. } => Advice::Ask(source),
        BlobError::Path(_)
        | BlobError::Mode { .. }
        | BlobError::Duplicate { .. }
        | BlobError::NotADirectory { .. }
        | BlobError::LinkTarget { .. }
        | BlobError::Xattr { .. }
        | BlobError::Compress { .. }
        | BlobError::Threads { .. }
        | BlobError::Lost => Advice::Nothing,
    }
}
