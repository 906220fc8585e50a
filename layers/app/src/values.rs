//! What scripts are given beside a clean environment, by whose scripts they are. The types alone.
//!
//! | value | install scripts of packages | workspace packages | the service's own script |
//! |---|---|---|---|
//! | variables of the install | yes | yes | yes |
//! | variables of the build | | yes | yes |
//! | secrets | | | yes |

use std::collections::BTreeMap;

use fourply_scripts::Secrets;

use crate::AppRequest;

/// See the module.
#[derive(Debug, Clone)]
pub struct ScriptValues {
    /// Variables of the build; they win over those of the install.
    pub env: BTreeMap<String, String>,
    /// What the service's own script gets.
    pub secrets: Secrets,
    /// Whether the service's own script runs; those of its packages do in any case.
    pub own_script: bool,
}

impl Default for ScriptValues {
    fn default() -> ScriptValues {
        ScriptValues { env: BTreeMap::new(), secrets: Secrets::default(), own_script: true }
    }
}

impl ScriptValues {
    /// Those of a workspace package that is built by itself.
    pub(crate) fn of_package(&self) -> ScriptValues {
        ScriptValues { env: self.env.clone(), ..ScriptValues::default() }
    }
}

impl AppRequest<'_> {
    /// The variables that scripts of workspace packages see.
    pub(crate) fn env(&self) -> BTreeMap<String, String> {
        let all = self.install.settings.env.iter().chain(&self.values.env);
        all.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The names of the secrets that the service's own script gets.
    pub(crate) fn secret_names(&self) -> Vec<&str> {
        self.values.secrets.names().collect()
    }
}
