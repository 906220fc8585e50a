//! Which layers the services of a workspace have in common. In: a workspace, its services, a budget. Out: shared layers, computed once for all
//! services of a build.

use std::sync::OnceLock;

use fourply_blob::LayerFormat;
use fourply_pnpm::{ImporterId, SharedLayer, Target, Workspace, split, uses};

use crate::ModulesError;

#[derive(Debug)]
pub struct SharedLayers {
    /// The workspace's services, whether they are built now or not.
    pub services: Vec<ImporterId>,
    /// How many layers node_modules may have.
    pub budget: usize,
    /// By which rules packages are split into layers.
    pub format: LayerFormat,
    layers: OnceLock<Vec<SharedLayer>>,
}

impl SharedLayers {
    /// Those of these services. Nothing is computed yet.
    pub fn new(services: Vec<ImporterId>, budget: usize, format: LayerFormat) -> SharedLayers {
        SharedLayers { services, budget, format, layers: OnceLock::new() }
    }

    /// The layers that `service` shares with others, from the lowest on. Projects that are no services share no layers.
    ///
    /// # Errors
    /// Those of the closures of all services.
    pub(crate) fn of(
        &self,
        workspace: &Workspace,
        target: &Target,
        service: &ImporterId,
    ) -> Result<Vec<&SharedLayer>, ModulesError> {
        if !self.services.contains(service) || self.budget < 2 {
            return Ok(Vec::new());
        }
        let all = match self.layers.get() {
            Some(all) => all,
            None => {
                let uses = uses(workspace, &self.services, target)?;
                self.layers.get_or_init(|| split(&uses, self.budget))
            }
        };
        Ok(all.iter().filter(|layer| layer.users.contains(service)).collect())
    }
}
