//! A service whose tree is planned. In: settings. Out: its tree, and what the image leaves out of it.

use fourply_modules::{PlanRequest, Prune, Removal, plan, removals};
use fourply_pnpm::{Closure, Target, Tree, Workspace, image_closure};
use fourply_scripts::pack_folders;

use crate::Error;
use crate::build_root::{Toolchain, with_root};
use crate::context::{Context, workspace};
use crate::settings::{ROOT_IN_IMAGE, Settings};

/// What a service's tree is made from.
pub(super) struct Service<'a> {
    pub settings: &'a Settings,
    pub context: &'a Context<'a>,
    pub target: Target,
    pub workspace: Workspace,
    /// What the image needs.
    pub production: Closure,
}

impl<'a> Service<'a> {
    /// Reads the workspace.
    ///
    /// # Errors
    /// Those of the workspace and the closure.
    pub(super) fn read(
        settings: &'a Settings,
        context: &'a Context<'a>,
        target: Target,
    ) -> Result<Service<'a>, Error> {
        let workspace = workspace(settings)?;
        let service = workspace.importer(&settings.workspace.service)?;
        let production = image_closure(&workspace, &service, &target)?;
        Ok(Service { settings, context, target, workspace, production })
    }

    /// The node_modules of the service's image as pnpm lays it out.
    ///
    /// # Errors
    /// Those of the stages.
    pub(super) fn tree(&self) -> Result<Tree, Error> {
        let (workspace, context) = (&self.workspace, self.context);
        let rules = &workspace.rules.packing;
        let folders = pack_folders(&context.store, &workspace.root, &self.production, rules, &|_, _| false)?;
        let toolchain = match self.settings.build.toolchain.is_empty() {
            true => None,
            false => Toolchain::of(self.settings, context, &context.base(self.settings)?.0)?,
        };
        let planned = with_root(context, toolchain.as_ref(), |host| {
            let request = PlanRequest {
                host,
                workspace,
                settings: &self.settings.install,
                target: &self.target,
                root_in_image: ROOT_IN_IMAGE,
                strict: false,
                built: None,
            };
            plan(&request, &self.production, ROOT_IN_IMAGE, &folders)
        })?;
        Ok(planned.tree)
    }

    /// What the image leaves out of it.
    ///
    /// # Errors
    /// A pack that is absent; unknown rules.
    pub(super) fn removals(&self, tree: &Tree) -> Result<Vec<Removal>, Error> {
        match &self.settings.layers.prune {
            Some(options) => Ok(removals(tree, &self.context.store, &Prune::new(options, &self.target)?)?),
            None => Ok(Vec::new()),
        }
    }
}
