//! The framework of a service, where its outputs are not configured. In: settings, the workspace. Out: settings, and a line that says so; an error
//! that names the framework where what it makes is not there.

use std::borrow::Cow;

use fourply_app::{AppError, Framework, ScriptChoice, framework, framework_elsewhere};

use super::common::Common;
use super::start;
use crate::Error;
use crate::context::Context;
use crate::settings::Settings;

/// The settings of a service, as its framework wants them.
pub(super) struct Applied<'a> {
    pub settings: Cow<'a, Settings>,
    found: Option<Framework>,
    /// The name of a framework that makes no server in the usual place, and the key that says so.
    elsewhere: Option<(&'static str, String)>,
}

impl<'a> Applied<'a> {
    /// The settings as the service's framework wants them, if it has one.
    ///
    /// # Errors
    /// Where the service is not in the workspace.
    pub(super) fn new(
        settings: &'a Settings,
        context: &Context<'_>,
        common: &Common,
    ) -> Result<Applied<'a>, Error> {
        let plain = |elsewhere| Applied { settings: Cow::Borrowed(settings), found: None, elsewhere };
        if settings.build.selection.named {
            return Ok(plain(None));
        }
        let service = common.workspace.importer(&settings.workspace.service)?;
        let script = settings.build.script.as_ref().map_or("build", ScriptChoice::main);
        let values = start::values(settings, &common.base.rootfs);
        let Some(found) = framework(&common.workspace, &service, script, &values) else {
            return Ok(plain(framework_elsewhere(&common.workspace, &service, script)));
        };
        let mut recognised = settings.with_framework(&found);
        if settings.container.cmd.is_none() {
            let mut beside = found.beside.clone();
            let text = start::before(&beside, &found.cmd, &super::image::working_dir(&service));
            let by_shell = text.filter(|_| found.modules && start::has_shell(&common.base.rootfs));
            if let Some(text) = by_shell {
                recognised.container.cmd = Some(vec!["/bin/sh".to_owned(), "-c".to_owned(), text]);
                beside.left_out.clear();
            }
            let odd = beside.shell.as_ref().filter(|_| !beside.only_chain);
            match (odd, found.modules) {
                // A pipe or its like: the script runs as any other does.
                (Some(_), true) => recognised.container.cmd = None,
                (Some(shell), false) if beside.left_out.is_empty() => {
                    beside.instead = Some(shell.text.clone());
                }
                _ => {}
            }
            if recognised.container.cmd.is_some() {
                recognised = start::applied(&recognised, context, &service, &beside)?.into_owned();
            }
        }
        let shell = found.beside.shell.as_ref().map(|shell| vec![shell.text.clone()]);
        let cmd = recognised.container.cmd.clone().or(shell).unwrap_or_default();
        let outputs: Vec<&str> =
            found.outputs.iter().map(String::as_str).filter(|output| !output.starts_with('!')).collect();
        context.terminal.note(&format!(
            "{service}: {} ({}): the image has {}, and starts {}",
            found.name,
            found.because,
            outputs.join(", "),
            cmd.join(" ")
        ));
        Ok(Applied { settings: Cow::Owned(recognised), found: Some(found), elsewhere: None })
    }

    /// An error of the build, with what the framework has to do with it.
    pub(super) fn explained(&self, error: Error) -> Error {
        let found = self.found.as_ref().map(|found| (found.name, found.decided_by.clone()));
        let Some((name, decided_by)) = found.or_else(|| self.elsewhere.clone()) else { return error };
        match &error {
            Error::App(
                AppError::MissingOutput { .. }
                | AppError::MissingIncluded { .. }
                | AppError::EntryMissing { .. }
                | AppError::NoEntry { .. },
            ) => Error::OfFramework {
                service: self.settings.workspace.service.clone(),
                name,
                decided_by,
                source: Box::new(error),
            },
            _ => error,
        }
    }
}
