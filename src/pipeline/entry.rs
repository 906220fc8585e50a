//! The command of an image. In: what is configured, what the outputs and package.json name, what node_modules hold. Out: words.

use std::collections::BTreeSet;

use fourply_app::{AppError, BuiltApp, EntryPoint, ShellText, package_command};
use fourply_modules::Inventory;
use fourply_pnpm::{ImporterId, Workspace};
use fourply_rootfs::RootfsMetadata;
use fourply_scripts::files::folder_of;

use super::hoisted::hoisted;
use super::start;
use crate::Error;
use crate::cli::hints::{of_development, section};
use crate::context::Context;
use crate::settings::Settings;

/// The error of a service without an entry point or an output, where that is as its build did not run: none of the folders is there that were
/// looked in.
pub(super) fn unbuilt(error: AppError, workspace: &Workspace, prebuilt: bool) -> Error {
    let (service, paths) = match &error {
        AppError::NoEntry { service, looked_for, .. } => (service, looked_for),
        AppError::MissingOutput { package, patterns, of_service: true, .. } => (package, patterns),
        _ => return error.into(),
    };
    let has_build =
        workspace.manifests.get(service).is_some_and(|manifest| manifest.scripts.contains_key("build"));
    let folder = |path: &String| match path.trim_start_matches("./").split('/').next() {
        Some(folder) if !folder.contains(['*', '.', '{', '[']) => Some(folder.to_owned()),
        _ => None,
    };
    let folders: Option<BTreeSet<String>> = paths.iter().map(folder).collect();
    let folders = folders.filter(|_| prebuilt && has_build).unwrap_or_default();
    let own = folder_of(&workspace.root, service);
    if folders.is_empty() || folders.iter().any(|folder| own.join(folder).exists()) {
        return error.into();
    }
    let names: Vec<String> = folders.into_iter().collect();
    Error::user(
        format!("there is no {} in {service}, and its build script was not to run", names.join(" or ")),
        format!(
            "run its build first, or let this build run it: leave out --prebuilt, or script = false of {}",
            section(service)
        ),
    )
}

/// The error of a service whose program the build made, and no output has.
pub(super) fn outside(
    error: &AppError,
    app: &BuiltApp,
    (outputs, named): (&[String], bool),
) -> Option<Error> {
    let (service, paths) = match error {
        AppError::NoEntry { service, looked_for, .. } => (service, looked_for.as_slice()),
        AppError::EntryMissing { service, path, .. } => (service, std::slice::from_ref(path)),
        _ => return None,
    };
    let plain = paths.iter().map(|path| path.trim_start_matches("./"));
    let mut files = plain.flat_map(|path| ["", ".js", ".mjs", ".cjs"].map(|end| format!("{path}{end}")));
    let made = files.find(|path| fourply_app::is_program(path) && app.has_made(&service.path_of(path)))?;
    let top = made.split_once('/').map_or(made.as_str(), |(top, _)| top);
    let others = outputs.iter().filter(|_| named).map(String::as_str).filter(|output| *output != top);
    let all: Vec<&str> = [top].into_iter().chain(others).collect();
    Some(Error::user(
        error.to_string(),
        format!("the build makes {made}, and no output has it: {} output = {all:?}", section(service)),
    ))
}

/// See the module.
pub(super) struct Start<'a> {
    pub settings: &'a Settings,
    pub context: &'a Context<'a>,
    pub service: &'a ImporterId,
    pub workspace: &'a Workspace,
    pub rootfs: &'a RootfsMetadata,
    pub inventory: &'a Inventory,
}

impl Start<'_> {
    /// The words; nothing where none can be found.
    ///
    /// # Errors
    /// Where a start script starts a command that neither the base nor a package of the image has.
    pub(super) fn command(&self, entry: Option<EntryPoint>) -> Result<Option<Vec<String>>, Error> {
        if let Some(cmd) = &self.settings.container.cmd {
            return Ok(Some(match self.settings.container.cmd_of_framework {
                true => cmd.iter().map(|word| hoisted(self.inventory, self.service, word)).collect(),
                false => cmd.clone(),
            }));
        }
        let Some(entry) = entry else { return Ok(None) };
        if let Some(text) = start::by_shell(self.settings, &entry) {
            return self.by_shell(&entry, text).map(Some);
        }
        let EntryPoint { path, reason, command, beside } = entry;
        let Some(words) = command else { return Ok(Some(vec!["node".to_owned(), path])) };
        let mut words = self.of_package(words, &reason)?;
        if beside.folder.is_some() {
            // The program starts in another folder than the service's.
            let own =
                |word: &mut String| *word = format!("{}/{word}", super::image::working_dir(self.service));
            words.iter_mut().take(2).filter(|word| word.starts_with("node_modules/")).for_each(own);
        }
        self.context.terminal.note(&format!(
            "{}: no cmd is configured, so the image starts what {reason} does: {}",
            self.service,
            words.join(" ")
        ));
        Ok(Some(words))
    }

    /// The start script, run by a shell. Commands of packages are found as pnpm lets them be found.
    fn by_shell(&self, entry: &EntryPoint, shell: &ShellText) -> Result<Vec<String>, Error> {
        let in_base = |name: &str| self.rootfs.which(name, fourply_rootfs::DEFAULT_PATH).is_some();
        let mut of_packages = false;
        for name in shell.programs.iter().filter(|name| !name.contains('/') && !in_base(name)) {
            match package_command(self.inventory, self.service, name, true) {
                Some(_) => of_packages = true,
                None => return Err(self.missing(entry, name)),
            }
        }
        if let Some(word) = &shell.unknown {
            return Err(self.missing(entry, word));
        }
        let bin = format!("{}/node_modules/.bin", super::image::working_dir(self.service));
        let text = match of_packages {
            true => format!("PATH={bin}:$PATH; {}", shell.text),
            false => shell.text.clone(),
        };
        self.context.terminal.note(&format!(
            "{}: no cmd is configured, so a shell of the image runs what {} does: {text}",
            self.service, entry.reason
        ));
        Ok(vec!["/bin/sh".to_owned(), "-c".to_owned(), text])
    }

    fn missing(&self, entry: &EntryPoint, name: &str) -> Error {
        let script = self.script_with(&entry.beside.script, name);
        let bring = match self.development(name) {
            _ if start::OF_DEVELOPMENT.contains(&name) => {
                format!("{name} is for the machine of a developer or of CI: take it out of the script, or")
            }
            Some((package, name)) => {
                format!("{}; or run that as a step of its own, and", of_development(&package, &name))
            }
            None => {
                format!(
                    "add the package that has {name} to \"dependencies\", or to the packages of [base]; or run that as a step of its own, and"
                )
            }
        };
        Error::user(
            format!("script {script:?} of {} runs {name}, which the image does not have", self.service),
            format!(
                "{bring} name what the image starts: {} cmd = {}",
                section(self.service),
                start::whole_cmd(entry)
            ),
        )
    }

    /// The development dependency of the service, or of the root, whose command this is.
    fn development(&self, command: &str) -> Option<(ImporterId, String)> {
        let owners = [self.service.clone(), ImporterId::root()].into_iter();
        let mut found =
            owners.filter_map(|id| Some((id.clone(), self.workspace.development_command(&id, command)?)));
        found.next()
    }

    /// The script of package.json that has a word: the one before the start script, if that does not have it itself.
    fn script_with(&self, script: &str, word: &str) -> String {
        let scripts = self.workspace.manifests.get(self.service).map(|manifest| &manifest.scripts);
        let has = |name: &str| {
            let text = scripts.and_then(|scripts| scripts.get(name));
            text.is_some_and(|text| text.split_whitespace().any(|part| part == word))
        };
        let before = format!("pre{script}");
        if has(&before) && !has(script) { before } else { script.to_owned() }
    }

    /// The words with the program's path, where it is a command of a package.
    fn of_package(&self, words: Vec<String>, reason: &str) -> Result<Vec<String>, Error> {
        let Some((first, rest)) = words.split_first() else { return Ok(words) };
        if first.contains('/') || self.rootfs.which(first, fourply_rootfs::DEFAULT_PATH).is_some() {
            return Ok(words);
        }
        let shell = start::has_shell(self.rootfs);
        let own = package_command(self.inventory, self.service, first, shell);
        let Some(mut own) = own else {
            let development = self.development(first);
            let (service, command, reason) = (self.service.clone(), first.clone(), reason.to_owned());
            return Err(AppError::StartCommand { service, reason, command, development }.into());
        };
        own.extend(rest.iter().cloned());
        Ok(own)
    }
}
