//! The layout of a closure with its archives in the store. In: a store, the inputs of [`Layout`]. Out: a [`Tree`].

use std::sync::Arc;

use fourply_pnpm::{
    Closure, DepPath, Layout, LayoutOptions, PackageContents, Planned, Slot, Tree, Workspace,
    strip_carriage_return,
};
use fourply_store::Store;

use crate::offers::offers;
use crate::{Result, ScriptsError};

/// Plans the tree of a closure.
///
/// # Errors
/// Errors of [`Layout`]; an archive that cannot be read.
pub fn layout(
    store: &Store,
    workspace: &Workspace,
    closure: &Closure,
    contents: &PackageContents,
    options: &LayoutOptions,
) -> Result<Tree> {
    let layout = Layout::new(workspace, closure, options)?;
    let offers = offers(store, workspace, contents, &layout, options)?;
    let Planned { mut tree, carriage_returns } = layout.plan(contents, &offers)?;
    strip(store, &mut tree, carriage_returns)?;
    Ok(tree)
}

/// Strips the CR from the first lines of scripts behind commands.
fn strip(store: &Store, tree: &mut Tree, scripts: Vec<(DepPath, String)>) -> Result<()> {
    for (dep_path, path) in scripts {
        let failed = |source| ScriptsError::at(format!("cannot read {path} of {dep_path}"), source);
        let has = |slot: &&mut Slot| slot.dep_path == dep_path && slot.executables.contains(&path);
        for slot in tree.slots.iter_mut().filter(has) {
            let pack = store.open_pack(&slot.pack).map_err(failed)?;
            let Some(entry) = pack.find(&path) else { continue };
            if let Some(stripped) = strip_carriage_return(&pack.bytes(entry).map_err(failed)?) {
                slot.replaced.insert(path.clone(), Arc::from(stripped));
            }
        }
    }
    Ok(())
}
