//! Links of outputs that lead to nothing in the image. In: what was built, the workspace, folders to write to. Out: warnings with the line that takes along
//! what they lead to. Links into node_modules are the check's.

use fourply_app::{BuiltApp, WritableFolders};
use fourply_pnpm::{ImporterId, Workspace};
use fourply_store::{Pack, PackKind};

use crate::Error;
use crate::cli::hints::section;
use crate::context::Context;

/// How many links are told of.
const TOLD: usize = 5;

/// What the image has of the workspace.
pub(super) struct OutputLinks<'a> {
    pub context: &'a Context<'a>,
    pub workspace: &'a Workspace,
    pub service: &'a ImporterId,
    pub app: &'a BuiltApp,
    pub writable: &'a WritableFolders,
}

impl OutputLinks<'_> {
    /// Warns of each.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub(super) fn warn(&self) -> Result<(), Error> {
        let packs = [Some(self.app.pack), self.app.generated].into_iter().flatten();
        let packs: Vec<_> =
            packs.map(|pack| self.context.store.open_pack(&pack)).collect::<Result<_, _>>()?;
        let links = packs.iter().flat_map(|pack| pack.entries()).filter_map(|entry| match &entry.kind {
            PackKind::Symlink { .. } if is_for_people(&entry.path) => None,
            PackKind::Symlink { target } => Some((entry.path.as_str(), led(&entry.path, target)?)),
            PackKind::File { .. } => None,
        });
        let lost =
            links.filter(|(_, to)| !self.is_there(to) && !packs.iter().any(|pack| has(pack, to.as_str())));
        for (link, to) in lost.take(TOLD) {
            self.context.terminal.warn(&format!(
                "the link {link} leads to {to}, which the image does not have; {}",
                self.remedy(link, &to)
            ));
        }
        Ok(())
    }

    /// Whether it is there by other means: a package's folder, or one that the user writes to.
    fn is_there(&self, to: &ImporterId) -> bool {
        let path = to.as_str();
        let in_modules = path.split('/').any(|part| part == "node_modules");
        let is_folder = to.is_root() || self.workspace.manifests.keys().any(|id| is_below(id.as_str(), path));
        in_modules || is_folder || self.writable.inside.iter().any(|folder| is_below(path, folder))
    }

    fn remedy(&self, link: &str, to: &ImporterId) -> String {
        let section = section(self.service);
        let own = |path: &str| path.strip_prefix(self.service.as_str())?.strip_prefix('/').map(str::to_owned);
        let own = |path: &str| if self.service.is_root() { Some(path.to_owned()) } else { own(path) };
        match own(to.as_str()) {
            Some(own) if self.app.has_made(to.as_str()) => {
                format!("the build makes that, so name it as the output: {section} output = [{own:?}]")
            }
            own if self.workspace.root.join(to.as_str()).exists() => {
                let from = own.unwrap_or_else(|| format!("/{to}"));
                format!("take it along with {section} files = [{from:?}], or let the build copy it to {link}")
            }
            _ => "let the build copy the file there in place of a link, or remove the link".to_owned(),
        }
    }
}

/// Whether no program reads it, by its name: many packages link the root's LICENSE.
fn is_for_people(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.ends_with(".md")
        || ["readme", "licen", "changelog", "notice"].iter().any(|start| name.starts_with(start))
}

/// Where a link leads, relative to the root of both; nothing for one that leads out.
fn led(path: &str, target: &str) -> Option<ImporterId> {
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    ImporterId::new(folder)?.join(target)
}

/// Whether a pack has a file there, or a folder with files, or a link on the way.
fn has(pack: &Pack, path: &str) -> bool {
    let below = format!("{path}/");
    let next = pack.entries().partition_point(|entry| entry.path < below);
    let is_folder = pack.entries().get(next).is_some_and(|entry| entry.path.starts_with(&below));
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    is_folder || pack.find(path).is_some() || above.any(|folder| pack.find(folder).is_some())
}

/// Whether a path is a folder, or lies in it.
fn is_below(path: &str, folder: &str) -> bool {
    folder == "." || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_link_leads_where_its_folder_says() {
        let to = |path, target| led(path, target).map(|to| to.to_string());
        assert_eq!(to("services/api/dist/cfg.json", "../../../cfg.json").as_deref(), Some("cfg.json"));
        assert_eq!(to("services/api/dist", "out").as_deref(), Some("services/api/out"));
        assert_eq!(to("a/b", "../../../etc"), None);
        assert!(is_for_people("packages/kit/LICENSE") && !is_for_people("services/api/dist/cfg.json"));
        assert!(is_below("services/api", "services/api") && is_below("a/b", ".") && !is_below("ab", "a"));
    }
}
