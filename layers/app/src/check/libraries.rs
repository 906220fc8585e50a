//! The libraries that native modules need. In: native modules with their needed libraries, the base's files. Out:
//! modules that lack one.
//!
//! A library counts as present if the base has a file of that name in a library folder, if its folder `$ORIGIN/…` has
//! it, or if another package of the image does. Only modules that are loaded directly are checked: `x.node`, and the
//! image's own libraries that it needs.

use std::collections::{BTreeMap, BTreeSet};

use fourply_modules::NativeFile;
use fourply_pnpm::Target;

use super::tree::{BaseNode, BaseTree};
use crate::finding::Finding;

/// Native modules that belong together: those of one package, or of one folder of outputs.
pub(super) struct NativeGroup {
    /// `name@version`, or the folder.
    pub name: String,
    pub files: Vec<NativeFile>,
    /// Whether the image may work without all of them.
    pub optional: bool,
}

/// Modules that lack a library, in the order of the groups.
pub(super) fn missing(
    groups: &[NativeGroup],
    base: &BaseTree<'_>,
    folders: &str,
    target: &Target,
) -> Vec<Finding> {
    let libraries = Libraries::new(groups, base, folders, target);
    groups.iter().flat_map(|group| libraries.of_group(group)).collect()
}

struct Libraries<'a> {
    /// Names of the base's libraries.
    base: BTreeSet<&'a str>,
    /// The image's own libraries, by each of their names.
    own: BTreeMap<&'a str, &'a NativeFile>,
    target: &'a Target,
}

impl<'a> Libraries<'a> {
    fn new(
        groups: &'a [NativeGroup],
        base: &'a BaseTree<'_>,
        folders: &str,
        target: &'a Target,
    ) -> Libraries<'a> {
        let asked: Vec<&str> = folders.split(':').map(|folder| folder.trim_matches('/')).collect();
        let in_base =
            base.iter().filter(|(_, node)| **node != BaseNode::Directory).filter_map(|(path, _)| {
                let (folder, name) = path.rsplit_once('/')?;
                let of_libraries =
                    folder.split('/').any(|part| part.starts_with("lib")) || asked.contains(&folder);
                (name.contains(".so") && of_libraries).then_some(name)
            });
        let fits = |file: &&NativeFile| file.binary.check(target).is_ok();
        let files = groups.iter().flat_map(|group| &group.files).filter(fits);
        let own = files.flat_map(|file| {
            let name = file.path.rsplit('/').next();
            name.into_iter().chain(file.dynamic.soname.as_deref()).map(move |name| (name, file))
        });
        Libraries { base: in_base.collect(), own: own.collect(), target }
    }

    fn of_group(&self, group: &NativeGroup) -> Vec<Finding> {
        let modules = group.files.iter().filter(|file| file.path.ends_with(".node"));
        let modules = modules.filter(|file| file.binary.check(self.target).is_ok());
        let looked: Vec<(&NativeFile, Option<&str>)> =
            modules.map(|file| (file, self.lacking(file, &mut BTreeSet::new()))).collect();
        let spare = group.optional || looked.iter().any(|(_, lacking)| lacking.is_none());
        let lacking = looked.into_iter().filter_map(|(file, library)| Some((file, library?)));
        lacking
            .map(|(file, library)| Finding::Library {
                package: group.name.clone(),
                path: file.path.clone(),
                library: library.to_owned(),
                spare,
            })
            .collect()
    }

    /// The first missing library of a file, directly or indirectly.
    fn lacking(&self, file: &'a NativeFile, seen: &mut BTreeSet<&'a str>) -> Option<&'a str> {
        for needed in &file.dynamic.needed {
            let name = needed.rsplit('/').next().unwrap_or(needed);
            if !seen.insert(name) || is_loader(name, self.target) {
                continue;
            }
            match self.own.get(name) {
                Some(own) => {
                    if let Some(lacking) = self.lacking(own, seen) {
                        return Some(lacking);
                    }
                }
                None if self.base.contains(name) => {}
                None => return Some(name),
            }
        }
        None
    }
}

/// Libraries that are part of the C library's loader. Source: musl, `ldso/dynlink.c`, `load_library`.
pub(super) fn is_loader(name: &str, target: &Target) -> bool {
    const MUSL: [&str; 7] = ["c", "pthread", "rt", "m", "dl", "util", "xnet"];
    let musl = || {
        let stem = name.strip_prefix("lib").and_then(|rest| rest.split('.').next());
        name.starts_with("libc.musl-") || stem.is_some_and(|stem| MUSL.contains(&stem))
    };
    name.starts_with("ld-") || (target.libc == fourply_platform::Libc::Musl && musl())
}

#[cfg(test)]
mod tests;
