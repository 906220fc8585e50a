//! The settings that decide a frozen install, from the places that the rules name. Texts in, `PnpmSettings` out; it
//! reads no file and no environment.

mod layers;
mod npmrc;
mod overrides;
mod refuse;
mod resolve;
mod values;

use crate::PnpmError;
use crate::rules::SettingsRules;
pub(crate) use layers::scalar;
pub(crate) use values::Sources;
pub use values::{
    BinSettings, BuildScriptSettings, FolderSettings, HoistSettings, HoistingLimits, NodeLinker,
    PlatformSettings, PnpmSettings, ResolutionSettings, SupportedArchitectures,
};

impl PnpmSettings {
    /// Reads the settings by these rules, and rejects settings that are not supported.
    pub(crate) fn read(sources: &Sources<'_>, rules: &SettingsRules) -> Result<PnpmSettings, PnpmError> {
        let layers = layers::Layers::collect(sources, rules.sources);
        refuse::unsupported(&layers)?;
        resolve::settings(&layers, sources, rules)
    }
}

#[cfg(test)]
mod tests;
