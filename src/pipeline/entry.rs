//! The command of an image. In: what is configured, what the outputs and package.json name, what node_modules hold. Out: words.

use fourply_app::{AppError, EntryPoint, package_command};
use fourply_modules::Inventory;
use fourply_pnpm::{ImporterId, Manifest};
use fourply_rootfs::RootfsMetadata;

use crate::context::Context;
use crate::settings::Settings;

/// The scripts that start a service, the first that is there.
const START_SCRIPTS: [&str; 2] = ["start:prod", "start"];
/// Commands of development that stand for the program of the outputs.
const DEVELOPMENT: [&str; 6] = ["nest", "nodemon", "ts-node", "ts-node-dev", "tsc-watch", "vite"];

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
        let Some(EntryPoint { path, reason, command, .. }) = entry else { return Ok(None) };
        let Some(words) = command else {
            self.tell_of_more();
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
        let script = START_SCRIPTS.iter().find_map(|name| {
            let text = self.manifest?.scripts.get(*name)?;
            Some((name, text))
        });
        let Some((name, text)) = script.filter(|(_, text)| says_more(text)) else { return };
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

/// Whether a start script is more than a program, whose name outputs and package.json say as well.
fn says_more(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_development = words.first().is_some_and(|first| DEVELOPMENT.contains(first));
    let is_plain = |word: &&&str| !matches!(**word, "node" | "cross-env" | "NODE_ENV=production");
    !is_development && words.iter().filter(is_plain).count() > 1
}

#[cfg(test)]
mod tests {
    use super::says_more;

    #[test]
    fn a_start_script_with_arguments_or_several_programs_says_more_than_a_program() {
        for text in [
            "node dist/main.js worker --queue $QUEUE",
            "cd dist && node main.js",
            "sh -c \"A=1 node dist/main.js api\"",
            "concurrently \"node dist/main.js\" \"node dist/other.js\"",
            "sirv dist --port 3100",
        ] {
            assert!(says_more(text), "{text}");
        }
        for text in [
            "node dist/main.js",
            "node .",
            "NODE_ENV=production node dist/main",
            "nest start --watch",
            "nest start",
        ] {
            assert!(!says_more(text), "{text}");
        }
    }
}
