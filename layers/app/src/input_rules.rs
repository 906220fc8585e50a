//! Which files of the workspace are no inputs of a build, whoever owns them. In: what is configured, `.dockerignore`, what the program itself
//! writes. Out: a yes or no for paths.

use std::io::ErrorKind;
use std::path::Path;

use crate::docker_ignore::{DOCKER_IGNORE, DockerIgnore};
use crate::output_state::is_state;
use crate::own_files::OwnFiles;
use crate::root_inputs::RootInputs;
use crate::{AppError, Result};

/// What is configured of inputs, and what of the workspace the program itself writes.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Globs relative to the root for what of the root counts; `None` is [`DEFAULT_ROOT_INPUTS`](crate::DEFAULT_ROOT_INPUTS).
    pub root: Option<Vec<String>>,
    /// Globs relative to the root for files and folders that the program writes: never an input.
    pub written: Vec<String>,
    /// Device and inode of files that the program's own output goes to: never an input.
    pub streams: Vec<(u64, u64)>,
}

/// Compiled rules.
#[derive(Debug, Clone)]
pub(crate) struct InputRules {
    pub docker_ignore: DockerIgnore,
    /// What of the root counts; all of it where absent.
    pub root: Option<RootInputs>,
    /// All globs as they are configured.
    pub globs: Vec<String>,
    pub own: OwnFiles,
}

impl InputRules {
    /// Rules for a workspace at `folder`.
    ///
    /// # Errors
    /// A `.dockerignore` that cannot be read or that Docker would refuse.
    pub(crate) fn new(folder: &Path, inputs: &Inputs, root: Option<RootInputs>) -> Result<InputRules> {
        Ok(InputRules {
            docker_ignore: docker_ignore(&folder.join(DOCKER_IGNORE))?,
            root,
            globs: inputs.root.clone().unwrap_or_default(),
            own: OwnFiles::new(&inputs.written, &inputs.streams)?,
        })
    }

    /// Whether it is state of outputs, or the program writes it.
    pub(crate) fn is_generated(&self, path: &str, is_dir: bool) -> bool {
        is_state(path, is_dir) || self.own.is_written(path)
    }

    /// Whether `.dockerignore` keeps a walk out of a folder, or a file out of the list.
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
