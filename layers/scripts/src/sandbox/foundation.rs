//! Which parts of a root file system on disk a script sees, and where other things are mounted. In: its folder, paths
//! used by others. Out: the mounts, in order. Nothing is mounted here, and the folder is not changed.

use std::path::{Path, PathBuf};

use super::order::Failure;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Shows a file or folder of this host, read-only.
    Bind {
        from: PathBuf,
        to: PathBuf,
    },
    Link {
        to: PathBuf,
        target: PathBuf,
    },
    /// A folder with individually shown entries, because something else is mounted in it as well.
    Folder(PathBuf),
}

/// Folders of the kernel and of the host's devices: a script has its own.
const KERNEL: [&str; 3] = ["/dev", "/proc", "/sys"];

/// The steps that show all of `root`, except the paths of `others` and entries in their way.
pub(super) fn steps<'a>(root: &Path, others: impl Iterator<Item = &'a Path>) -> Result<Vec<Step>, Failure> {
    let kernel = KERNEL.iter().map(Path::new);
    let others: Vec<&Path> = others.chain(kernel).collect();
    let mut steps = Vec::new();
    below(root, Path::new("/"), &others, &mut steps)
        .map_err(|error| Failure::new(format!("read {}", root.display()), &error))?;
    Ok(steps)
}

fn below(from: &Path, to: &Path, others: &[&Path], steps: &mut Vec<Step>) -> std::io::Result<()> {
    let named = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name(), entry.file_type()?))
    };
    let mut names = std::fs::read_dir(from)?.map(named).collect::<std::io::Result<Vec<_>>>()?;
    names.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, kind) in names {
        let (from, to) = (from.join(&name), to.join(&name));
        let holds = |other: &&Path| other.starts_with(&to) && **other != to;
        if others.contains(&to.as_path()) {
            continue;
        }
        match others.iter().any(holds) {
            true if kind.is_dir() => {
                steps.push(Step::Folder(to.clone()));
                below(&from, &to, others, steps)?;
            }
            // This must be a folder.
            true => {}
            false if kind.is_symlink() => {
                let target = std::fs::read_link(&from)?;
                steps.push(Step::Link { to, target });
            }
            false => steps.push(Step::Bind { from, to }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
