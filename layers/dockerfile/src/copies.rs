//! Where a copied file comes from. In: the COPY instructions of all stages. Out: for each one of the last stage, its path in the build context, through the
//! stages that it came by. Files that a stage made have the path that they would have in the context.

use crate::copied::Copied;
use crate::paths::absolute;
use crate::stage::Stage;

/// What the image gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedPath {
    /// Relative to the build context, empty for all of it, perhaps a glob; absent where it is not known to be a part of it.
    pub source: Option<String>,
    /// As the instruction has it.
    pub written: String,
    /// Absolute. A folder's contents go there; so does a file, under its own name if `into`, else under this one.
    pub to: String,
    pub into: bool,
    /// `user` or `user:group`.
    pub owner: Option<String>,
    /// What `pnpm deploy` put there; then there is no `source`.
    pub deployed: Option<Deployed>,
}

/// A folder that `pnpm deploy` filled, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// It names the package.
    pub filter: String,
    /// Relative to the package's folder; empty for all of it.
    pub part: String,
}

/// How many stages a file may come by.
const MOST_STEPS: usize = 32;

impl Copied {
    pub(crate) fn resolve(&self, stages: &[Stage]) -> CopiedPath {
        let deployed = self.stage.and_then(|stage| deployed(stages, stage, &self.source));
        let source = match (self.stage, self.other_image) {
            _ if deployed.is_some() => None,
            (Some(stage), _) => of_stage(stages, stage, &self.source, MOST_STEPS),
            (None, true) => None,
            (None, false) => Some(relative(&self.source)),
        };
        let below = source.as_deref().filter(|_| self.parents).and_then(|path| path.rsplit_once('/'));
        let to = match below {
            Some((folder, _)) => format!("{}/{folder}", self.to.trim_end_matches('/')),
            None => self.to.clone(),
        };
        CopiedPath {
            source,
            written: self.source.clone(),
            to,
            into: self.into || self.parents,
            owner: self.owner.clone(),
            deployed,
        }
    }

    /// The path of the source whose copy lies at `path`.
    fn source_of(&self, path: &str) -> Option<String> {
        let source = self.source.trim_end_matches('/');
        let name = source.rsplit('/').next().unwrap_or(source);
        let file = name.contains('.') && !name.starts_with('.');
        let to = self.to.trim_end_matches('/');
        if file {
            let target = if self.into { format!("{to}/{name}") } else { to.to_owned() };
            return (path == target).then(|| source.to_owned());
        }
        let rest = path.strip_prefix(to)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{source}{rest}"))
    }
}

/// What `pnpm deploy` put at a path: the innermost folder that it filled counts.
fn deployed(stages: &[Stage], number: usize, path: &str) -> Option<Deployed> {
    let path = absolute("", path);
    let folders = &stages.get(number)?.ran.deployed;
    let inside = folders.iter().filter_map(|(folder, filter)| {
        let rest = path.strip_prefix(folder.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some((filter, rest))
    });
    let (filter, rest) = inside.min_by_key(|(_, rest)| rest.len())?;
    Some(Deployed { filter: filter.clone(), part: rest.trim_start_matches('/').to_owned() })
}

/// The path in the context of what lies at `path` in a stage.
fn of_stage(stages: &[Stage], number: usize, path: &str, steps: usize) -> Option<String> {
    let steps = steps.checked_sub(1)?;
    let stage = stages.get(number)?;
    let path = absolute("", path);
    let copies = stage.copies.iter().rev().filter(|copied| !copied.other_image);
    // The most exact copy counts, and of equal ones the last.
    let mut found: Vec<(&Copied, String)> =
        copies.filter_map(|copied| Some((copied, copied.source_of(&path)?))).collect();
    found.sort_by_key(|(copied, _)| std::cmp::Reverse(copied.to.len()));
    match found.first() {
        Some((Copied { stage: None, .. }, source)) => Some(relative(source)),
        Some((Copied { stage: Some(other), .. }, source)) => of_stage(stages, *other, source, steps),
        None => {
            let root = stage.first_folder.as_deref().filter(|root| *root != "/")?;
            let rest = path.strip_prefix(root)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| relative(rest))
        }
    }
}

/// Relative to the context, without `.` and empty parts. What `turbo prune --docker` leaves in `out` is a part of the workspace.
fn relative(path: &str) -> String {
    let path = absolute("", path);
    let pruned = |folder: &str| {
        path.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned)
    };
    let path = pruned("/out/full").or_else(|| pruned("/out/json")).unwrap_or(path);
    path.trim_start_matches('/').to_owned()
}
