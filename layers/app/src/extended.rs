//! TypeScript configuration files that a service needs to run its sources. In: the included files of its package. Out:
//! the files elsewhere in the workspace that its tsconfig*.json extend, directly or indirectly. tsx reads the chain at
//! its start; without it `paths` are lost. A package without a tsconfig.json uses that of the nearest parent folder, as
//! in tsx. If `extends` names a workspace package, the link to it is included too, unless the image has it. Files in
//! node_modules come with the packages.

use std::collections::BTreeMap;

use fourply_pnpm::{Closure, ImporterId, Manifest};

use crate::Result;
use crate::included_files::IncludedCapture;
use crate::links::relative;
use crate::listing::inside;
use crate::owner::{folders, owner};
use crate::sources::{SourceFile, SourceKind};
use crate::tsconfig::{Extends, TsConfigs, is_ts_config};

/// The inputs.
pub(crate) struct Extended<'a> {
    pub included: &'a IncludedCapture<'a>,
    pub manifests: &'a BTreeMap<ImporterId, Manifest>,
    /// The image's packages.
    pub production: &'a Closure,
}

impl Extended<'_> {
    /// The files that the configuration files at the top of a package, or above it, extend and that `files` lacks.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub(crate) fn by(&self, importer: &ImporterId, files: &[SourceFile]) -> Result<Vec<SourceFile>> {
        let names = self.manifests.iter();
        let names =
            names.filter_map(|(folder, manifest)| Some((manifest.name.as_deref()?, folder))).collect();
        let configs = TsConfigs { root: self.included.listing.root, packages: &names };
        let own = files.iter().filter(|source| is_ts_config(inside(importer, &source.path)));
        let own: Vec<String> = own.map(|source| source.path.clone()).collect();
        let above = configs.above(importer);
        let extends = configs.extended_by(own.into_iter().chain(above.clone()));
        let mut found = Vec::new();
        for path in above.iter().chain(extends.iter().map(|extends| &extends.file)) {
            self.add(path, files, &mut found)?;
        }
        for link in extends.iter().filter_map(|extends| self.link(extends)) {
            self.add(&link.package.path_of("package.json"), files, &mut found)?;
            let is_known = found.iter().any(|source| source.path == link.source.path);
            found.extend((!is_known).then_some(link.source));
        }
        Ok(found)
    }

    fn add(&self, path: &str, files: &[SourceFile], found: &mut Vec<SourceFile>) -> Result<()> {
        let is_known = files.iter().chain(found.iter()).any(|source| source.path == path);
        if !is_known && !path.split('/').any(|part| part == "node_modules") {
            found.extend(self.included.file(path)?);
        }
        Ok(())
    }

    /// The link through which a file finds the named package, if the image has none.
    fn link(&self, extends: &Extends) -> Option<Link> {
        let name = extends.package.as_ref()?;
        let package = self.manifests.iter().find(|(_, manifest)| manifest.name.as_ref() == Some(name))?.0;
        let packages = folders(self.manifests.keys());
        let user = ImporterId::new(owner(&packages, &extends.by, false))?;
        let direct = self.production.direct.get(&user).into_iter().flatten();
        if direct.clone().any(|(other, _)| other == name) {
            return None;
        }
        let path = user.path_of(&format!("node_modules/{name}"));
        let target = relative(&path, package.as_str());
        let source = SourceFile { path, kind: SourceKind::Symlink { target } };
        Some(Link { package: package.clone(), source })
    }
}

/// A link to a package of the workspace.
struct Link {
    package: ImporterId,
    source: SourceFile,
}
