//! The command of an image. In: what is configured, what the outputs and package.json name, what node_modules hold. Out: words.

use fourply_app::{AppError, EntryPoint, package_command, says_more};
use fourply_modules::Inventory;
use fourply_pnpm::{ImporterId, Manifest};
use fourply_rootfs::RootfsMetadata;

use crate::context::Context;
use crate::settings::Settings;

/// See the module.
pub(super) struct Start<'a> {
    pub settings: &'a Settings,
    pub context: &'a Context<'a>,
    pub service: &'a ImporterId,
    pub manifest: Option<&'a Manifest>,
    pub rootfs: &'a RootfsMetadata,
    pub inventory: &'a Inventory,
}

impl Start<'_> {
    /// The words; nothing where none can be found.
    ///
    /// # Errors
    /// Where a start script starts a command that neither the base nor a package of the image has.
    pub(super) fn command(&self, entry: Option<EntryPoint>) -> Result<Option<Vec<String>>, AppError> {
        if let Some(cmd) = &self.settings.container.cmd {
            return Ok(Some(cmd.clone()));
        }
        let Some(EntryPoint { path, reason, command, beside }) = entry else { return Ok(None) };
        let Some(words) = command else {
            // What comes before the program was told with the variables.
            if beside.left_out.is_empty() {
                self.tell_of_more();
            }
            return Ok(Some(vec!["node".to_owned(), path]));
        };
        let words = self.of_package(words, &reason)?;
        self.context.terminal.note(&format!(
            "{}: no cmd is configured, so the image starts what {reason} does: {}",
            self.service,
            words.join(" ")
        ));
        Ok(Some(words))
    }

    /// Warns where the image starts a program of the outputs, and the start script is more than that, in a form that is not understood.
    fn tell_of_more(&self) {
        let Some((name, text)) = self.manifest.and_then(|manifest| says_more(&manifest.scripts)) else {
            return;
        };
        self.context.terminal.warn(&format!(
            "{}: the image does not start all that script {name:?} of package.json says: {text}; name the words in cmd, and variables in env",
            self.service
        ));
    }

    /// The words with the program's path, where it is a command of a package.
    fn of_package(&self, words: Vec<String>, reason: &str) -> Result<Vec<String>, AppError> {
        let Some((first, rest)) = words.split_first() else { return Ok(words) };
        if first.contains('/') || self.rootfs.which(first, fourply_rootfs::DEFAULT_PATH).is_some() {
            return Ok(words);
        }
        let shell = self.rootfs.lookup("/bin/sh").is_some();
        let own = package_command(self.inventory, self.service, first, shell);
        let Some(mut own) = own else {
            let development =
                self.manifest.is_some_and(|manifest| manifest.dev_dependencies.contains_key(first));
            let (service, command, reason) = (self.service.clone(), first.clone(), reason.to_owned());
            return Err(AppError::StartCommand { service, reason, command, development });
        };
        own.extend(rest.iter().cloned());
        Ok(own)
    }
}
