//! The values that scripts receive in addition to a clean environment, by the kind of script. Types only.
//!
//! | value | install scripts of packages | workspace packages | the service's own script |
//! |---|---|---|---|
//! | variables of the install | yes | yes | yes |
//! | variables of the build | | yes | yes |
//! | secrets | | | yes |

use std::collections::BTreeMap;

use fourply_scripts::Secrets;

/// The values for scripts.
#[derive(Debug, Clone)]
pub struct ScriptValues {
    /// Variables of the build; they override those of the install.
    pub env: BTreeMap<String, String>,
    /// The secrets for the service's own script.
    pub secrets: Secrets,
    /// Whether the service's own script runs; its packages' scripts always do.
    pub own_script: bool,
}

impl Default for ScriptValues {
    fn default() -> ScriptValues {
        ScriptValues { env: BTreeMap::new(), secrets: Secrets::default(), own_script: true }
    }
}

impl ScriptValues {
    /// The values for an isolated workspace package.
    pub(crate) fn of_package(&self) -> ScriptValues {
        ScriptValues { env: self.env.clone(), ..ScriptValues::default() }
    }
}
