//! What of a start script no build could change, looked at before anything is installed. In: settings, the service's package.json, the base, the
//! image's packages. Out: the error that would come of it in the end.

use fourply_app::{
    AppError, Asker, EntryPoint, Finding, Patterns, ScriptReading, ScriptedEntry, StartOrigins,
    scripted_entry,
};
use fourply_pnpm::{Closure, ImporterId, Manifest, Workspace};
use fourply_rootfs::{DEFAULT_PATH, RootfsMetadata};
use fourply_scripts::files::folder_of;

use super::start;
use crate::Error;
use crate::settings::{SelectionSettings, Settings};

/// See the module.
pub(super) struct Foreseen<'a> {
    pub settings: &'a Settings,
    pub workspace: &'a Workspace,
    pub service: &'a ImporterId,
    pub rootfs: &'a RootfsMetadata,
    /// What the image has of packages.
    pub production: &'a Closure,
}

impl Foreseen<'_> {
    /// Looks at the start script, where nobody configured a command.
    ///
    /// # Errors
    /// It needs a shell that the base does not have; it starts a command of a package that is there for development alone; it names a source
    /// that no output is.
    pub(super) fn check(&self) -> Result<(), Error> {
        let Some(manifest) = self.workspace.manifests.get(self.service) else { return Ok(()) };
        if self.settings.container.cmd.is_some() {
            return Ok(());
        }
        let pre_post = self.workspace.settings.pre_post_scripts;
        let reading = ScriptReading { pre_post, values: &start::values(self.settings, self.rootfs) };
        let Some(ScriptedEntry { entry, files }) = scripted_entry(manifest, reading) else { return Ok(()) };
        let by_shell = start::by_shell(self.settings, &entry).is_some();
        if by_shell && !start::has_shell(self.rootfs) {
            return Err(start::without_shell(self.settings, self.service, &entry));
        }
        if by_shell {
            self.commands(manifest, &entry)?;
        }
        if let (false, Some(command)) = (by_shell, entry.beside.words.first()) {
            self.command(manifest, command, &entry.reason)?;
        }
        self.sources(manifest, &files)
    }

    /// Commands that a shell of the image would run, of packages that it does not have.
    fn commands(&self, manifest: &Manifest, entry: &EntryPoint) -> Result<(), Error> {
        let programs = entry.beside.shell.iter().flat_map(|shell| &shell.programs);
        let of_development = |name: &&String| {
            let has = self.production.packages.keys().any(|package| package.name() == name.as_str())
                || manifest.dependencies.contains_key(*name)
                || self.rootfs.which(name, DEFAULT_PATH).is_some();
            manifest.dev_dependencies.contains_key(*name) && !has
        };
        match programs.into_iter().find(of_development) {
            Some(command) if !self.settings.layers.modules.is_none() => Err(AppError::StartCommand {
                service: self.service.clone(),
                reason: entry.reason.clone(),
                command: command.clone(),
                development: Some((self.service.clone(), command.clone())),
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// A command of a package, where no build makes a program that could be started in its place.
    fn command(&self, manifest: &Manifest, command: &str, reason: &str) -> Result<(), Error> {
        let named = |manifest: &Manifest| manifest.dev_dependencies.contains_key(command);
        let root = self.workspace.manifests.get(&ImporterId::root());
        let (own, of_root) = (named(manifest), root.is_some_and(named));
        let has = self.production.packages.keys().any(|package| package.name() == command)
            || manifest.dependencies.contains_key(command)
            || self.rootfs.which(command, DEFAULT_PATH).is_some();
        let builds = manifest.scripts.contains_key("build")
            || !self.settings.build.runs_own_script()
            || self.settings.build.selection.named;
        if builds || has || !(own || of_root) || self.settings.layers.modules.is_none() {
            return Ok(());
        }
        let owner = if own { self.service.clone() } else { ImporterId::root() };
        let development = Some((owner, command.to_owned()));
        let (service, command, reason) = (self.service.clone(), command.to_owned(), reason.to_owned());
        Err(AppError::StartCommand { service, reason, command, development }.into())
    }

    /// Sources that the script names beside its program, where the outputs are a folder that the build makes.
    fn sources(&self, manifest: &Manifest, named: &[String]) -> Result<(), Error> {
        let SelectionSettings { outputs, files, .. } = &self.settings.build.selection;
        let packed = manifest.raw.get("files").is_some() || !files.is_empty();
        let patterns = Patterns::new(outputs)?;
        let program = named.last().is_some_and(|path| patterns.names(path));
        if packed || !program || !self.settings.build.runs_own_script() {
            return Ok(());
        }
        let folder = folder_of(&self.workspace.root, self.service);
        let is_absent = |path: &&String| !patterns.names(path) && folder.join(path).is_file();
        let absent: Vec<String> = named.iter().filter(is_absent).cloned().collect();
        if absent.is_empty() {
            return Ok(());
        }
        let finding = |path: &String| Finding::File {
            by: Asker::Start,
            program: "node".to_owned(),
            path: path.clone(),
            found: Vec::new(),
        };
        let findings = absent.iter().map(finding).collect();
        let origins = StartOrigins { in_sources: absent.into_iter().collect(), ..StartOrigins::default() };
        Err(AppError::Unfit { service: self.service.clone(), findings, origins: Box::new(origins) }.into())
    }
}
