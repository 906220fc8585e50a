//! Files that no package contains and scripts would create: links, certificates, the cache of libraries. In: the plan.
//! Out: entries of the first fragment.

use std::collections::BTreeMap;

use fourply_blob::{Entry, LayerPath, Meta};
use fourply_rootfs::{LOCAL_CERTIFICATES, RootfsMetadata, TreeEntry, TreeKind};

use crate::error::{DebianError, Result};
use crate::plan::{DebPlan, directory};
use crate::prune::is_pruned;
use crate::scan::Scanned;
use crate::{alternatives, certificates, ldconfig};

/// `/etc/ld.so.cache`, and links to libraries, if Debian's trigger would run ldconfig.
pub(crate) fn library_cache(
    plan: &DebPlan<'_>,
    packages: &[Scanned],
    architecture: &str,
    entries: &mut BTreeMap<LayerPath, Entry>,
) -> Result<()> {
    let Some(ldconfig) = ldconfig::Ldconfig::of(plan, packages, architecture) else { return Ok(()) };
    let mut tree = RootfsMetadata { entries: plan.tree.entries.clone(), ..RootfsMetadata::default() };
    for (path, entry) in entries.iter() {
        if let Entry::Symlink { target, .. } = entry {
            let link = TreeEntry { kind: TreeKind::Symlink(target.clone()), ..directory(0o777) };
            tree.entries.entry(path.as_str().to_owned()).or_insert(link);
        }
    }
    let made = ldconfig.made(plan, &tree, packages);
    for (path, target) in made.links {
        entries.insert(LayerPath::new(path)?, Entry::Symlink { meta: Meta::symlink(0, 0), target });
    }
    let path = plan.tree.real_path(ldconfig::CACHE).ok_or_else(|| conflict(ldconfig::CACHE))?;
    let file = Entry::File { meta: Meta::file(false, 0, 0), bytes: made.cache.into() };
    entries.insert(LayerPath::new(path)?, file);
    Ok(())
}

/// Links to packages' alternatives, if nothing else exists at their path. Their targets exist.
pub(crate) fn links(
    plan: &DebPlan<'_>,
    packages: &[Scanned],
    entries: &mut BTreeMap<LayerPath, Entry>,
) -> Result<()> {
    let choices = packages.iter().flat_map(|package| package.choices.iter().cloned());
    let offered = choices.filter(|choice| plan.tree.lookup(&choice.path).is_some());
    for (path, target) in alternatives::links(offered) {
        let Some(path) = plan.tree.real_path(&path).filter(|path| !is_pruned(path)) else { continue };
        if !plan.tree.entries.contains_key(&path) {
            put(plan, path, symlink(target), entries)?;
        }
    }
    Ok(())
}

/// The bundle of certificates, their list and the links to them; they replace existing entries.
pub(crate) fn certificate_entries(
    plan: &DebPlan<'_>,
    made: certificates::Made,
    entries: &mut BTreeMap<LayerPath, Entry>,
) -> Result<()> {
    let real = |path: &str| plan.tree.real_path(path).ok_or_else(|| conflict(path));
    for path in made.gone {
        entries.insert(LayerPath::new(real(&path)?)?, Entry::Whiteout);
    }
    if let Some(meta) = made.folder {
        entries.insert(LayerPath::new(real(LOCAL_CERTIFICATES)?)?, Entry::Directory(meta));
    }
    for (path, target) in made.links {
        put(plan, real(&path)?, symlink(target), entries)?;
    }
    for (path, bytes) in made.files {
        put(plan, real(&path)?, Entry::File { meta: Meta::file(false, 0, 0), bytes: bytes.into() }, entries)?;
    }
    Ok(())
}

fn symlink(target: String) -> Entry {
    Entry::Symlink { meta: Meta::symlink(0, 0), target }
}

/// Adds an entry and its parents.
pub(crate) fn put(
    plan: &DebPlan<'_>,
    path: String,
    entry: Entry,
    entries: &mut BTreeMap<LayerPath, Entry>,
) -> Result<()> {
    let path = LayerPath::new(path)?;
    for (parent, meta) in plan.tree.parents(&path) {
        entries.entry(parent).or_insert(Entry::Directory(meta));
    }
    entries.insert(path, entry);
    Ok(())
}

pub(crate) fn conflict(path: &str) -> DebianError {
    DebianError::Conflict { path: path.into(), first: "a package".into(), second: "the base itself".into() }
}
