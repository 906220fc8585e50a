//! The layers that the services of a workspace share. In: a workspace, its services, a budget. Out: shared layers,
//! computed once for all services of a build.

use std::sync::OnceLock;

use fourply_blob::LayerFormat;
use fourply_pnpm::{ImporterId, SharedLayer, Target, Workspace, shares, split, uses};

use crate::ModulesError;

/// The most layers by use of one image, if each is divided into parts. More of them save nothing in real workspaces.
const LAYERS_BY_USE: usize = 10;

#[derive(Debug)]
pub struct SharedLayers {
    /// The workspace's services, whether they are built now or not.
    pub services: Vec<ImporterId>,
    /// The most node_modules layers.
    pub budget: usize,
    /// The rules for splitting packages into layers.
    pub format: LayerFormat,
    layers: OnceLock<Vec<(SharedLayer, usize)>>,
}

impl SharedLayers {
    /// The shared layers of these services. They are computed later.
    pub fn new(services: Vec<ImporterId>, budget: usize, format: LayerFormat) -> SharedLayers {
        SharedLayers { services, budget, format, layers: OnceLock::new() }
    }

    /// The layers that `service` shares with others, from the lowest, each with its number of parts. Projects that are
    /// not services share no layers.
    ///
    /// # Errors
    /// Errors of the closures of all services.
    pub fn of(
        &self,
        workspace: &Workspace,
        target: &Target,
        service: &ImporterId,
    ) -> Result<Vec<(&SharedLayer, usize)>, ModulesError> {
        if !self.services.contains(service) || self.budget < 2 {
            return Ok(Vec::new());
        }
        let all = match self.layers.get() {
            Some(all) => all,
            None => {
                let uses = uses(workspace, &self.services, target)?;
                self.layers.get_or_init(|| match self.format {
                    LayerFormat::V1 => {
                        split(&uses, self.budget).into_iter().map(|layer| (layer, 1)).collect()
                    }
                    LayerFormat::V2 => {
                        let layers = split(&uses, LAYERS_BY_USE.min(self.budget / 3 + 1));
                        let parts = shares(&layers, &uses, self.of_packages());
                        layers.into_iter().zip(parts).collect()
                    }
                })
            }
        };
        let used = all.iter().filter(|(layer, _)| layer.users.contains(service));
        Ok(used.map(|(layer, parts)| (layer, *parts)).collect())
    }

    /// The most package layers of an image, without the layer of links.
    pub(crate) fn of_packages(&self) -> usize {
        self.budget.saturating_sub(1)
    }
}
