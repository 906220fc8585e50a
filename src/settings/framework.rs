//! What a framework makes of a service, in the place of what nobody configured. In: settings, the framework that was recognised. Out: settings.

use fourply_app::Framework;
use fourply_pnpm::ImagePackages;

use super::Settings;

impl Settings {
    /// These settings with the outputs, the command and the variables of a framework. What is configured stays; where `output` is, nothing
    /// changes.
    pub(crate) fn with_framework(&self, framework: &Framework) -> Settings {
        let mut settings = self.clone();
        settings.build.selection.outputs.clone_from(&framework.outputs);
        settings.build.selection.named = true;
        settings.build.selection.files.extend(framework.files.iter().cloned());
        if !framework.modules && settings.layers.modules.is_all() {
            let own = settings.workspace.development.get(&settings.workspace.service);
            settings.layers.modules = ImagePackages::Only(own.cloned().unwrap_or_default());
        }
        let container = &mut settings.container;
        container.cmd_of_framework = container.cmd.is_none();
        container.cmd.get_or_insert_with(|| framework.cmd.clone());
        for (name, value) in &framework.env {
            container.env.entry((*name).to_owned()).or_insert_with(|| (*value).to_owned());
        }
        settings
    }
}
