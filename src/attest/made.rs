//! What a build hands over. The type alone.

use std::collections::BTreeSet;

use fourply_app::BuiltApp;
use fourply_base::{Base, Pins};
use fourply_modules::ModuleLayers;
use fourply_pnpm::{Closure, ImporterId, Workspace};

use crate::context::Context;
use crate::settings::Settings;

/// What the stages of one build know.
pub(crate) struct Made<'a> {
    pub settings: &'a Settings,
    pub context: &'a Context<'a>,
    pub workspace: &'a Workspace,
    pub base: &'a Base,
    /// What it was made of.
    pub pins: &'a Pins,
    /// What was put on it for scripts.
    pub toolchain: Option<&'a Pins>,
    /// What of it the image hides in the workspace's place.
    pub hidden: &'a BTreeSet<String>,
    pub service: &'a ImporterId,
    pub production: &'a Closure,
    pub app: &'a BuiltApp,
    pub modules: Option<&'a ModuleLayers>,
}
