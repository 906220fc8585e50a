//! What the services of one build have in common: the workspace, the base, and the layers that they share.

use std::sync::OnceLock;

use fourply_base::Base;
use fourply_modules::Prune;
use fourply_pnpm::{ImporterId, SharedLayer, Target, Workspace, services, split, uses};

use super::{Context, modules, target};
use crate::Error;
use crate::settings::Settings;

/// See the module. Settings of a workspace, not of one service, decide it.
pub struct Common {
    /// The workspace.
    pub workspace: Workspace,
    /// What all images stand on.
    pub base: Base,
    /// What their packages have to fit.
    pub target: Target,
    /// The workspace's services, whether they are built now or not.
    pub services: Vec<ImporterId>,
    /// What is left out of packages.
    pub prune: Option<std::sync::Arc<Prune>>,
    budget: usize,
    shared: OnceLock<Vec<SharedLayer>>,
}

impl Common {
    /// Reads the workspace and takes the base.
    ///
    /// # Errors
    /// Those of the workspace and the base.
    pub fn read(settings: &Settings, context: &Context<'_>) -> Result<Common, Error> {
        let workspace = modules::workspace(settings)?;
        Common::with(workspace, settings, context)
    }

    /// As [`Common::read`], of a workspace that was read.
    ///
    /// # Errors
    /// Those of the base.
    pub fn with(workspace: Workspace, settings: &Settings, context: &Context<'_>) -> Result<Common, Error> {
        let services = services(&workspace, settings.services.as_deref())?;
        let base = context.base(settings)?;
        let target = target(settings, &base)?;
        let prune = settings.prune.as_ref().map(|options| Prune::new(options, &target)).transpose()?;
        let (prune, budget) = (prune.map(std::sync::Arc::new), settings.layers);
        Ok(Common { workspace, base, target, services, prune, budget, shared: OnceLock::new() })
    }

    /// The layers that `service` shares with others, from the lowest on. Who is none of the workspace's services shares nothing.
    ///
    /// # Errors
    /// Those of the closures of all services.
    pub fn shared_layers(&self, service: &ImporterId) -> Result<Vec<&SharedLayer>, Error> {
        if !self.services.contains(service) || self.budget < 2 {
            return Ok(Vec::new());
        }
        let all = match self.shared.get() {
            Some(all) => all,
            None => {
                let uses = uses(&self.workspace, &self.services, &self.target)?;
                self.shared.get_or_init(|| split(&uses, self.budget))
            }
        };
        Ok(all.iter().filter(|layer| layer.users.contains(service)).collect())
    }
}
