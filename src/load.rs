//! `--load`: images into a container engine of this machine. In: which engine, a workspace. Out: the engine, once it answers, and the names that images
//! get there: those of `-t`; else those that the compose file has for the service; else the folder's.

use std::path::Path;

use fourply_oci::sink::{Engine, Sink as _, SinkReport};
use fourply_oci::{ImageTree, Reference};

use crate::Error;
use crate::compose::{self, Compose};
use crate::context::Context;
use crate::environment;
use crate::names::folder_name;
use crate::settings::EngineKind;

/// An engine that answered, and what names it knows.
pub(crate) struct Load {
    engine: Engine,
    compose: Compose,
    /// The name of an image of the root itself.
    project: String,
}

impl Load {
    /// Finds the engine, before anything is built.
    ///
    /// # Errors
    /// Where none answers; a compose file that cannot be read.
    pub(crate) fn open(
        kind: Option<EngineKind>,
        root: &Path,
        tags: &[String],
        context: &Context<'_>,
    ) -> Result<Option<Load>, Error> {
        let Some(kind) = kind else { return Ok(None) };
        let variables = environment::variables();
        // Who names the image needs no compose file.
        let compose = if tags.is_empty() { Compose::read(root, &variables)? } else { Compose::default() };
        let engine = Engine::find(&kind.endpoints()?, context.fetcher.runtime()?.handle().clone())?;
        Ok(Some(Load { engine, compose, project: compose::project(root, &variables, None) }))
    }

    /// The names of a service's image.
    ///
    /// # Errors
    /// One that no image can have.
    pub(crate) fn names(&self, service: &str, tags: &[String]) -> Result<Vec<String>, Error> {
        let mut names = tags.to_vec();
        if names.is_empty() {
            names = self.compose.images(service);
        }
        if names.is_empty() {
            let folder = if service == "." { &self.project } else { folder_name(service) };
            names.push(format!("{}:latest", folder.to_lowercase()));
        }
        names.iter().try_for_each(|name| Reference::parse(name).map(drop))?;
        Ok(names)
    }

    /// Hands an image to the engine.
    ///
    /// # Errors
    /// Where the engine does not take it.
    pub(crate) fn put(
        &self,
        tree: &ImageTree,
        names: &[String],
        context: &Context<'_>,
    ) -> Result<SinkReport, Error> {
        let report = self.engine.clone().put(tree, names, context.terminal)?;
        context.terminal.line(&format!("loaded into {}", report.place));
        Ok(report)
    }
}
