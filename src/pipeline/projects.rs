//! The packages that are built before a service although it does not depend on them. In: folders or names. Out: packages of the workspace.

use fourply_pnpm::{ImporterId, Workspace};

use crate::Error;

/// How many packages a hint names.
const SHOWN: usize = 10;

/// Finds each by its folder, else by its name.
///
/// # Errors
/// Where one is none of the workspace's packages.
pub(super) fn projects(workspace: &Workspace, named: &[String]) -> Result<Vec<ImporterId>, Error> {
    named.iter().map(|name| find(workspace, name)).collect()
}

fn find(workspace: &Workspace, name: &str) -> Result<ImporterId, Error> {
    let folder = ImporterId::new(name.trim_start_matches("./").trim_end_matches('/'));
    let of_folder = folder.filter(|folder| !name.is_empty() && workspace.manifests.contains_key(folder));
    let of_name = || {
        let mut all = workspace.manifests.iter();
        all.find(|(_, manifest)| manifest.name.as_deref() == Some(name)).map(|(folder, _)| folder.clone())
    };
    of_folder.or_else(of_name).ok_or_else(|| {
        Error::user(
            format!("[build] projects names {name:?}, which is no package of the workspace"),
            hint(workspace, name),
        )
    })
}

/// The packages that are alike, else the first of all.
fn hint(workspace: &Workspace, name: &str) -> String {
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
    let all = || workspace.manifests.keys().filter(|folder| !folder.is_root()).map(ImporterId::as_str);
    let alike: Vec<&str> = all().filter(|folder| folder.rsplit('/').next() == Some(last)).collect();
    match alike.as_slice() {
        [] => {
            let mut shown = all().take(SHOWN).collect::<Vec<_>>().join(", ");
            if all().count() > SHOWN {
                shown.push_str(", …");
            }
            format!("name a package by its folder, of {shown}, or by the name in its package.json")
        }
        alike => format!("did you mean {}?", alike.join(" or ")),
    }
}
