//! Values that build steps derive. In: a request, captured or built files. Out: folders, files, notes.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use fourply_blob::Key;
use fourply_pnpm::ImporterId;
use fourply_scripts::twice::{Made, MadeIn};
use fourply_scripts::written::Places;

use crate::captured::Captured;
use crate::listing::{Listing, inside};
use crate::owner::folders;
use crate::scratch::Scratch;
use crate::sources::SourceFile;
use crate::{AppRequest, BuiltApp, Patterns, Result};

/// The result of a build, for comparing two builds.
pub(crate) fn noted(app: &BuiltApp, service: &ImporterId, key: Key) -> Vec<Made> {
    let made = |place, pack| Made::new(place, service.as_str(), key, pack);
    let mut all = vec![made(MadeIn::Service, app.pack)];
    all.extend(app.generated.map(|pack| made(MadeIn::Generated, pack)));
    all.extend(app.folders.iter().map(|(id, pack)| Made::new(MadeIn::Folder, id.as_str(), key, *pack)));
    all
}

/// The image paths that replace the build folder's paths.
pub(crate) fn places(request: &AppRequest<'_>, scratch: &Scratch) -> Places {
    let root = (scratch.root(), request.install.root_in_image.to_owned());
    Places(vec![root, (scratch.home(), "/root".to_owned()), (scratch.tmp(), "/tmp".to_owned())])
}

/// The source files of captured files.
pub(crate) fn sources_of(files: &[Captured]) -> Vec<&SourceFile> {
    files.iter().map(|captured| &captured.source).collect()
}

/// The most paths that are remembered of files in no output.
const MOST_UNUSED: usize = 1000;

/// Files that scripts wrote to the service's folder below `root`, without inputs and captured files. At most the first
/// [`MOST_UNUSED`].
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn unused(
    request: &AppRequest<'_>,
    root: &Path,
    captured: &[Captured],
    given: &BTreeSet<String>,
) -> Result<BTreeSet<String>> {
    let workspace = request.workspace();
    let packages = folders(workspace.manifests.keys());
    let (modules, special) = (&workspace.settings.folders.modules_dir, RefCell::default());
    let listing =
        Listing { root, packages: &packages, modules, only: None, special: Some(&special), own: None };
    let taken: BTreeSet<&str> = captured.iter().map(|captured| captured.source.path.as_str()).collect();
    let paths = listing.below(request.service.as_str())?.into_iter().map(|source| source.path);
    warn_of_special(request, &special.borrow())?;
    let left = paths.filter(|path| !given.contains(path) && !taken.contains(path.as_str()));
    Ok(left.take(MOST_UNUSED).collect())
}

/// Warns about special files that outputs name and no image can have.
fn warn_of_special(request: &AppRequest<'_>, special: &[String]) -> Result<()> {
    let outputs = Patterns::new(&request.outputs())?;
    for path in special.iter().filter(|path| outputs.names(inside(request.service, path))) {
        let text = format!(
            "the build left {path}, a pipe, socket or device among the outputs: the image does not have it"
        );
        request.install.host.warn(&text);
    }
    Ok(())
}
