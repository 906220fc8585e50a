//! What the steps of a build derive from their values. In: a request, what was captured or built. Out: folders, files, notes.

use std::collections::BTreeSet;

use fourply_blob::Key;
use fourply_pnpm::ImporterId;
use fourply_scripts::twice::{Made, MadeIn};

use crate::captured::Captured;
use crate::sources::{SourceFile, needed_folders};
use crate::{AppRequest, BuiltApp};

/// Every folder of the workspace that the build needs.
pub(crate) fn needed(request: &AppRequest<'_>) -> BTreeSet<ImporterId> {
    let mut needed = needed_folders(request.full);
    needed.extend(request.production.importers.iter().cloned());
    needed
}

/// What a build made, for who compares two.
pub(crate) fn noted(app: &BuiltApp, service: &ImporterId, key: Key) -> Vec<Made> {
    let made = |place, pack| Made::new(place, service.as_str(), key, pack);
    let mut all = vec![made(MadeIn::Service, app.pack)];
    all.extend(app.generated.map(|pack| made(MadeIn::Generated, pack)));
    all.extend(app.folders.iter().map(|(id, pack)| Made::new(MadeIn::Folder, id.as_str(), key, *pack)));
    all
}

/// The files of what was captured.
pub(crate) fn sources_of(files: &[Captured]) -> Vec<SourceFile> {
    files.iter().map(|captured| captured.source.clone()).collect()
}
