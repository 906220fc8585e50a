//! The sandbox of scripts in this program: its stages are the program itself, started again. In: settings. Out: a sandbox.

use std::path::Path;
use std::sync::OnceLock;

use fourply_scripts::sandbox::{Entered, Sandbox, Strictness, enter as become_stage};

use crate::environment;
use crate::settings::Settings;

static ENTERED: OnceLock<Entered> = OnceLock::new();

/// Becomes a stage of the sandbox, if this process was started as one. To be called first of all in `main`.
pub fn enter() {
    let _ = ENTERED.set(become_stage());
}

/// The sandbox of a build: no script sees the workspace, the store or the user's home.
pub(crate) fn of(settings: &Settings, store: &Path) -> Sandbox {
    let Some(entered) = ENTERED.get() else { return Sandbox::off() };
    let folders = [Some(settings.workspace.root.clone()), Some(store.to_path_buf()), environment::home()];
    let hidden = folders.into_iter().flatten().filter_map(|path| std::fs::canonicalize(path).ok());
    Sandbox::new(*entered, settings.build.sandbox, hidden.collect())
}

/// The sandbox that images are started in: as strong as the kernel makes it, whatever is configured for scripts.
pub(crate) fn of_images() -> Sandbox {
    ENTERED.get().map_or_else(Sandbox::off, |entered| Sandbox::new(*entered, Strictness::Auto, Vec::new()))
}
