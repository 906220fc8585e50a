//! The command of an image. In: what is configured, what the outputs and package.json name, what node_modules hold. Out: words.

use fourply_app::{EntryPoint, package_command};
use fourply_modules::Inventory;
use fourply_pnpm::ImporterId;
use fourply_rootfs::RootfsMetadata;

use crate::context::Context;
use crate::settings::Settings;

/// See the module.
pub(super) struct Start<'a> {
    pub settings: &'a Settings,
    pub context: &'a Context<'a>,
    pub service: &'a ImporterId,
    pub rootfs: &'a RootfsMetadata,
    pub inventory: &'a Inventory,
}

impl Start<'_> {
    /// The words; nothing where none can be found.
    pub(super) fn command(&self, entry: Option<EntryPoint>) -> Option<Vec<String>> {
        if let Some(cmd) = &self.settings.container.cmd {
            return Some(cmd.clone());
        }
        let EntryPoint { path, reason, command } = entry?;
        let Some(words) = command else { return Some(vec!["node".to_owned(), path]) };
        let (first, rest) = words.split_first()?;
        let words =
            match first.contains('/') || self.rootfs.which(first, fourply_rootfs::DEFAULT_PATH).is_some() {
                true => words.clone(),
                false => {
                    let shell = self.rootfs.lookup("/bin/sh").is_some();
                    let mut own = package_command(self.inventory, self.service, first, shell)?;
                    own.extend(rest.iter().cloned());
                    own
                }
            };
        self.context.terminal.note(&format!(
            "{}: no cmd is configured, so the image starts what {reason} does: {}",
            self.service,
            words.join(" ")
        ));
        Some(words)
    }
}
