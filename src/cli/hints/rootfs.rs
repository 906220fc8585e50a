//! Root file systems that cannot be used.

use fourply_rootfs::RootfsError;

use super::advice::Advice;

pub(super) fn advice(error: &RootfsError) -> Advice<'_> {
    match error {
        RootfsError::DiffId { .. } => "fetch the file again; if it stays so, its publisher changed it".into(),
        RootfsError::Io(error) => Advice::Ask(error),
        RootfsError::Store(error) => Advice::Ask(error),
        RootfsError::Layer { .. } | RootfsError::Gzip { .. } => Advice::Nothing,
    }
}
