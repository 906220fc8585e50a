//! The origin of copied files. In: the COPY instructions of all stages. Out: for each one of the last stage, its path
//! in the build context, traced through the stages. Files that a stage creates have the path that they would have in
//! the context.

use crate::copied::Copied;
use crate::paths::absolute;
use crate::stage::Stage;

/// One copied path of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedPath {
    /// Relative to the build context; empty for all of it; may be a glob. `None` if it is not known to be part of the
    /// context.
    pub source: Option<String>,
    /// As written in the instruction.
    pub written: String,
    /// Absolute. A folder's contents go there. So does a file: under its own name if `into`, otherwise under this one.
    pub to: String,
    pub into: bool,
    /// `user` or `user:group`.
    pub owner: Option<String>,
    /// The output of `pnpm deploy` at this path; `source` is then `None`.
    pub deployed: Option<Deployed>,
}

/// A folder that `pnpm deploy` filled, or part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The filter that names the package.
    pub filter: String,
    /// Relative to the package's folder; empty for all of it.
    pub part: String,
}

/// The most stages on a file's way.
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

    /// The source path of the copy at `path`.
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

/// The output of `pnpm deploy` at a path: the innermost folder that it filled counts.
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

/// The context path of a path in a stage.
fn of_stage(stages: &[Stage], number: usize, path: &str, steps: usize) -> Option<String> {
    let steps = steps.checked_sub(1)?;
    let stage = stages.get(number)?;
    let path = absolute("", path);
    let copies = stage.copies.iter().rev().filter(|copied| !copied.other_image);
    // The most specific copy counts; among equals, the last.
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

/// Relative to the context, without `.` and empty parts. The `out` folder of `turbo prune --docker` is a part of the
/// workspace.
fn relative(path: &str) -> String {
    let path = absolute("", path);
    let pruned = |folder: &str| {
        path.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned)
    };
    let path = pruned("/out/full").or_else(|| pruned("/out/json")).unwrap_or(path);
    path.trim_start_matches('/').to_owned()
}
