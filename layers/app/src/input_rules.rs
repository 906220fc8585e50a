//! Workspace files that are not inputs of a build, whichever package owns them. In: the configuration, `.dockerignore`,
//! paths that the program itself writes. Out: whether a path is excluded.

use std::io::ErrorKind;
use std::path::Path;

use crate::docker_ignore::{DOCKER_IGNORE, DockerIgnore};
use crate::output_state::is_state;
use crate::own_files::OwnFiles;
use crate::root_inputs::RootInputs;
use crate::{AppError, Result};

/// The configured inputs, and the workspace paths that the program itself writes.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Globs relative to the root, for the root's inputs; `None` means
    /// [`DEFAULT_ROOT_INPUTS`](crate::DEFAULT_ROOT_INPUTS).
    pub root: Option<Vec<String>>,
    /// Globs relative to the root, for files and folders that the program writes: never an input.
    pub written: Vec<String>,
    /// Device and inode of files that receive the program's own output: never an input.
    pub streams: Vec<(u64, u64)>,
}

/// Compiled rules.
#[derive(Debug, Clone)]
pub(crate) struct InputRules {
    pub docker_ignore: DockerIgnore,
    /// The root's inputs; all of it if `None`.
    pub root: Option<RootInputs>,
    /// All globs as configured.
    pub globs: Vec<String>,
    pub own: OwnFiles,
}

impl InputRules {
    /// Rules for a workspace at `folder`.
    ///
    /// # Errors
    /// If `.dockerignore` cannot be read or Docker would reject it.
    pub(crate) fn new(folder: &Path, inputs: &Inputs, root: Option<RootInputs>) -> Result<InputRules> {
        Ok(InputRules {
            docker_ignore: docker_ignore(&folder.join(DOCKER_IGNORE))?,
            root,
            globs: inputs.root.clone().unwrap_or_default(),
            own: OwnFiles::new(&inputs.written, &inputs.streams)?,
        })
    }

    /// Whether it is state of outputs or written by the program.
    pub(crate) fn is_generated(&self, path: &str, is_dir: bool) -> bool {
        is_state(path, is_dir) || self.own.is_written(path)
    }

    /// Whether `.dockerignore` excludes a folder from the walk, or a file from the list.
    pub(crate) fn docker_ignores(&self, path: &str, is_dir: bool) -> bool {
        (!is_dir || !self.docker_ignore.has_exceptions()) && self.docker_ignore.excludes(path)
    }
}

fn docker_ignore(path: &Path) -> Result<DockerIgnore> {
    let text = match fourply_store::read_text(path, fourply_store::InputKind::IgnoreFile) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(DockerIgnore::default()),
        Err(error) => return Err(error.into()),
    };
    DockerIgnore::parse(&text).map_err(|bad| AppError::DockerIgnore {
        path: path.to_path_buf(),
        line: bad.line,
        pattern: bad.pattern,
    })
}
