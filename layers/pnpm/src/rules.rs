//! The differences between versions of pnpm: one [`Rules`] for each range of versions. In: a version, or traits of the
//! lockfile. Out: a rule set. Nothing is read here, and no other module knows versions: each asks the rule that it
//! follows.
//!
//! The newest rule set of each major version is written out in full (`pnpm_9.rs` and so on). So a new one compiles only
//! once every rule has an answer, and a new answer compiles only once the code that follows the rule handles it. A
//! range within a major version states only the differences from the next range (`earlier_11.rs`). A new major version
//! needs a new file, a new range an entry, and each a line in `table.rs`.
//!
//! Each rule names its source in pnpm. The commits are:
//!
//! | commit | where | what |
//! |---|---|---|
//! | v8.15.9 | | pnpm 8.15.9, by the name of its tag |
//! | d22a3f65ee | | pnpm 9.15.9 |
//! | 702ad5f860 | | pnpm 10.34.5 |
//! | 36e5ae6ac8 | `pnpm11/` | pnpm 11, after 11.22.0 |
//! | 36e5ae6ac8 | `pnpm/crates/` | pnpm 12, before 12.0.0 |
//!
//! "Observed" marks rules that were derived from the behaviour of a later version (10.34.9, 11.28.11, 12.21.0), because
//! these commits do not contain them yet.

mod bins;
mod builds;
mod choose;
mod closure;
mod earlier_10;
mod earlier_11;
mod earlier_12;
mod earlier_8;
mod earlier_9;
mod hoist;
mod hoisted;
mod layout;
mod lockfile;
mod network;
mod packing;
mod pnpm_10;
mod pnpm_11;
mod pnpm_12;
mod pnpm_8;
mod pnpm_9;
mod rule_set;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod version;

pub use bins::{
    BareExec, BareStart, BinConflict, BinDirectory, BinName, BinPath, BinRules, CommandRules, CommandSwitch,
    DirectDependencies, ExtensionCase, HoistedLinks, ImporterPaths, MadeExecutable, MissingTarget,
    NodePathRule, OwnCommand, PathQuotes, ScriptPath, Shebang, ShimBody, ShimHead, ShimNodePath, ShimRules,
    ShimTrailer, SlotChildren, SlotPasses, Symlinkable,
};
pub use builds::{AllowedBuilds, BuildRules, FailedOptional, ListEntry, Preparing};
pub use closure::{ClosureRules, FailedFetch, ImporterOrder, LinksOfRoot, OptionalPeers, SkippedOptional};
pub use hoist::{AliasCase, HoistOrder, HoistRules, RootAliases, WithoutPackages, WorkspaceNames};
pub use hoisted::{
    DirectLinks, FolderVariants, HoistBorders, HoistRounds, HoistWalk, HoistedImporters, HoistedPeers,
    HoistedRules, InjectedPublishers, VersionPreference, WorkspaceDependencies, WorkspaceLinks,
};
pub use layout::{DirNameHash, DirNameRules, LayoutRules, PrivateModules, SelfLink, ShebangLineEnd};
pub use lockfile::{
    ExtensionsChecksum, LockfileRules, PatchEntryForm, PatchHash, PeerOverride, PnpmfileChecksum,
};
pub use network::{AuthSetting, NetworkRules, NetworkSources, RepositoryCredentials};
pub use packing::{Executables, Links, PackRules, Packlist};
pub use pnpm_8::PNPM_8;
pub use pnpm_9::PNPM_9;
pub use pnpm_10::PNPM_10;
pub use pnpm_11::PNPM_11;
pub use pnpm_12::PNPM_12;
pub use rule_set::{PnpmProgram, Rules};
pub use settings::{LimitsSetting, SettingsRules, SettingsSources, VirtualStoreFolder, WorkspaceSettings};
pub use version::{PnpmVersion, Versions};
