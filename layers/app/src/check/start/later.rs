//! Packages that code loads inside functions. In: the files that the program may load. Out: findings.

use std::collections::BTreeSet;

use super::{Load, Loader, StartedCode, Way};
use crate::check::built_in::is_built_in;
use crate::check::lazy::loaded_later;
use crate::finding::Finding;

impl StartedCode<'_> {
    /// Packages that the outputs' reachable code loads later.
    pub(in crate::check) fn later(&self, files: &BTreeSet<String>) -> Vec<Finding> {
        let of_file = |file: &String| {
            let (user, folder) = (self.inside(file), file.rsplit_once('/').map_or("", |(folder, _)| folder));
            let text = self.tree.text(file).unwrap_or_default();
            let missing = |specifier: String| {
                let load = Load { specifier, loader: Loader::Require, perhaps_types: false };
                match (is_built_in(&load.specifier), self.by_name(file, folder, &load, true)) {
                    (false, Way::Missing(Finding::NotInstalled { name, .. })) => Some(name),
                    _ => None,
                }
            };
            let names = loaded_later(&text).into_iter().filter_map(missing);
            names.map(|name| Finding::Later { name, user: user.clone() }).collect::<Vec<_>>()
        };
        files.iter().filter(|file| self.is_own_code(file)).flat_map(of_file).collect()
    }
}
