//! Configuration files of TypeScript that a service needs when it runs its sources. In: the files of its package that go along. Out: the files
//! elsewhere in the workspace that its tsconfig*.json extend, through any number of others: tsx reads the chain when it starts, and without it
//! `paths` are lost. What lies in node_modules comes with the packages.

use std::collections::BTreeMap;

use fourply_pnpm::{ImporterId, Manifest};

use crate::Result;
use crate::included_files::IncludedCapture;
use crate::listing::inside;
use crate::sources::SourceFile;
use crate::tsconfig::{TsConfigs, is_ts_config};

/// See the module.
pub(crate) struct Extended<'a> {
    pub included: &'a IncludedCapture<'a>,
    pub manifests: &'a BTreeMap<ImporterId, Manifest>,
}

impl Extended<'_> {
    /// What the configuration files at the top of a package lead to that `files` do not have.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) fn by(&self, importer: &ImporterId, files: &[SourceFile]) -> Result<Vec<SourceFile>> {
        let names = self.manifests.iter();
        let names =
            names.filter_map(|(folder, manifest)| Some((manifest.name.as_deref()?, folder))).collect();
        let configs = TsConfigs { root: self.included.listing.root, packages: &names };
        let own = files.iter().filter(|source| is_ts_config(inside(importer, &source.path)));
        let mut found = Vec::new();
        for path in configs.extended_by(own.map(|source| source.path.clone())) {
            let is_known = files.iter().any(|source| source.path == path);
            if !is_known && !path.split('/').any(|part| part == "node_modules") {
                found.extend(self.included.file(&path)?);
            }
        }
        Ok(found)
    }
}
