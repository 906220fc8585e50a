//! Commands: which ones a package offers, which package wins a name, and what a `.bin` directory contains.

mod shim;

pub use shim::{
    BareExec, BareStart, CommandSwitch, PathQuotes, ShimBody, ShimHead, ShimNodePath, ShimRules, ShimTrailer,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinRules {
    /// Which commands a package offers.
    pub commands: CommandRules,
    /// Which package wins a command that several offer.
    pub conflict: BinConflict,
    /// npm owns `npx`, and pnpm its aliases, just as a package owns the command with its own name.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/bin_resolver.rs, BIN_OWNER_OVERRIDES;
    /// pnpm11/bins/resolver/src/index.ts, pkgOwnsBin.
    pub owners_by_alias: bool,
    /// How commands of hoisted links to workspace folders are ranked.
    pub hoisted_links: HoistedLinks,
    /// How often a slot's commands are linked.
    pub slot_passes: SlotPasses,
    /// Whether a package's own command is linked before its file exists.
    pub own_command: OwnCommand,
    /// By which paths a slot's commands are linked.
    pub slot_children: SlotChildren,
    /// By which paths an importer's commands are linked.
    pub importer_paths: ImporterPaths,
    /// With `autoInstallPeers`, an importer has the commands of peers that were installed for its direct dependencies.
    /// Observed in 11.28.11 and 12.21.0.
    pub commands_of_installed_peers: bool,
    /// Before its scripts run, an importer's commands are linked again, by its links.
    ///
    /// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, linkBinsOfImporter; pnpm/pnpm@36e5ae6ac8
    /// pnpm11/installing/deps-restorer/src/index.ts, linkBinsOfImporter; not in pnpm/crates.
    pub importers_linked_again_for_scripts: bool,
    /// The path to a command's file in a script or link.
    pub script_path: ScriptPath,
    /// The command `node` is a link with an absolute path.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/bins/linker/src/index.ts, linkBin (`cmd.name === 'node'`);
    /// pnpm/crates/cmd-shim/src/link_bins.rs, link_node_bin.
    pub node_is_linked: bool,
    /// What happens to a command without a file.
    pub missing_target: MissingTarget,
    /// Which commands are links under `preferSymlinkedExecutables`.
    pub symlinkable: Symlinkable,
    /// Under `preferSymlinkedExecutables`, the few scripts that are still written set NODE_PATH. Observed: 12.21.0 does
    /// not set it.
    pub node_path_beside_links: bool,
    /// Which files of commands become executable.
    pub made_executable: MadeExecutable,
    pub node_path: NodePathRule,
    /// The text of scripts.
    pub shim: ShimRules,
}

/// The commands of a package.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/package-bins/src/index.ts, getBinsFromPackageManifest;
/// pnpm/pnpm@702ad5f860 at the same place; pnpm/pnpm@36e5ae6ac8 pnpm11/bins/resolver/src/index.ts, getBinsFromPackageManifest;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/bin_resolver.rs, get_bins_from_package_manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandRules {
    /// Which command names are accepted.
    pub name: BinName,
    /// Which command paths are accepted.
    pub path: BinPath,
    /// Which files of `directories.bin` are commands.
    pub directory: BinDirectory,
    /// How a file's first line is read.
    pub shebang: Shebang,
    /// How a file's extension is read.
    pub extension_case: ExtensionCase,
    /// A `.cmd` or `.bat` is run with `/C`.
    ///
    /// Source: the npm package `@zkochan/cmd-shim`, 6 (no) and 7 (yes), which pnpm/pnpm@d22a3f65ee and pnpm/pnpm@702ad5f860 ask.
    pub cmd_switch: bool,
}

/// Names of commands. A scope is removed; a name that needs escaping in a URL is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinName {
    /// A name with a scope is not checked. Source: `commandName[0] === '@'` of d22a3f65ee.
    ScopedUnchecked,
    /// A name with a scope is rejected, except the package's own name.
    ScopedRefused,
    /// Every name is checked.
    Checked,
}

/// Paths of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinPath {
    /// A path that leaves the package is rejected; an absolute one is resolved from the package's root.
    StaysInside,
    /// A path that leaves the package is rejected, as is an absolute one.
    StaysInsideRelative,
    /// A path that leaves the package is resolved from its root; an absolute one is rejected. Observed in 11.28.11 and
    /// 12.21.0.
    CountsFromRoot,
}

/// Files below `directories.bin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinDirectory {
    /// All files except hidden ones. Source: findFiles, whose glob has no `dot`.
    NotHidden,
    /// Files whose name needs no escaping in a URL. Source: commands_from_directories_bin, is_safe_bin_name.
    SafeNames,
}

/// The first line of a script.
///
/// Source: the npm package `@zkochan/cmd-shim`, searchScriptRuntime;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/shim.rs, search_script_runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shebang {
    /// The first line that is not blank, as JavaScript's `trim` leaves it.
    FirstTextLine,
    /// The first line of the file, as a kernel reads it, within the first 512 bytes.
    FirstLine,
}

/// The extension by which a script without a shebang is run.
///
/// Source: as for [`Shebang`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtensionCase {
    /// In upper or lower case.
    Any,
    /// In lower case only.
    LowerOnly,
}

/// Which package wins a command, if both packages own it or neither does.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, compareCommandsInConflict;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/link_bins.rs, pick_winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinConflict {
    /// The package that is linked first.
    FirstLinked,
    /// The greatest name in the order of `localeCompare`; for equal names, the highest version.
    GreaterName,
    /// The smallest name by its bytes; for equal names, the highest version. Observed in 12.4.2, 12.10.0, 12.18.0 and
    /// 12.21.0. For equal names, 12.0.0 takes a different version from run to run, which 12.1.0 fixed.
    SmallerName,
}

/// Commands of a hoisted link to a workspace folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistedLinks {
    /// They rank like those of hoisted packages.
    LikePackages,
    /// They rank after those of hoisted packages. Observed in 12.21.0.
    AfterPackages,
}

/// How often the commands of a slot are linked.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, linkAllBins, and exec/build-modules/src/index.ts,
/// linkBinsOfDependencies; pnpm/pnpm@36e5ae6ac8 pnpm11/building/during-install/src/index.ts, linkBinsOfDependencies;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/link_bins.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotPasses {
    /// Once for its dependencies and bundled packages; and again, with its own commands, before a package is built or
    /// patched.
    AgainBeforeBuild {
        /// If true, the package's own commands are those from before its scripts ran. Otherwise they are those after
        /// the scripts: a later install takes built files from pnpm's own store.
        own_as_published: bool,
        /// The second pass sets NODE_PATH.
        node_path: bool,
    },
    /// Once, for its dependencies, its bundled packages and its own commands.
    Once,
}

/// A package's own command in its slot. Observed in 11.28.11 and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnCommand {
    /// It is linked like any other.
    LikeOthers,
    /// It is left out while its file is missing.
    IfPresent,
}

/// The paths by which a slot's commands are linked, if a workspace folder is among the dependencies, or a package that
/// could not be fetched and has no link.
///
/// Source: linkAllBins of [`SlotPasses`] (`pkgSnapshots.includes(undefined)`); pnpm/pnpm@36e5ae6ac8
/// pnpm/crates/deps-restorer/src/link_bins.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotChildren {
    /// Everything in the slot, by its links.
    ByLinksBesideFolders,
    /// The dependencies, by their links, as in any slot. Observed in 12.5.1.
    ByLinks,
    /// The dependencies with commands, by their real paths, as in any slot.
    ByRealPaths,
}

/// The paths by which an importer's commands are linked.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, linkBinsOfImporter and linkBinsOfPackages;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/link_bins.rs, link_direct_dep_bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImporterPaths {
    /// Real paths; in a root with a public hoist pattern, its links.
    RealUnlessPublicRoot {
        /// Which direct dependencies are read.
        direct_dependencies: DirectDependencies,
    },
    Links,
}

/// The direct dependencies whose package.json is read for commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectDependencies {
    All,
    /// Those with commands according to the lockfile, and folders. Source: pnpm/pnpm@36e5ae6ac8
    /// pnpm11/installing/deps-restorer/src/index.ts, headlessInstall (`graph[dir].hasBin`).
    WithBinInLockfile,
}

/// The path to a command's file in a shim.
///
/// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/link_bins.rs, shim_node_path (`resolved_location`); the path
/// itself was observed in 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptPath {
    /// The path by which pnpm reached the package, possibly through a link.
    AsReached,
    Real,
}

/// A command whose file is missing.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, linkBin (ENOENT ends it); the npm package `@zkochan/cmd-shim` 9, which
/// pnpm/pnpm@36e5ae6ac8 asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingTarget {
    /// It gets no shim.
    LeftOut,
    Linked,
}

/// Which commands are links under `preferSymlinkedExecutables`.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, linkBin;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/link_bins.rs, link_symlinked_executable. The middle rule: observed in 11.28.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symlinkable {
    All,
    /// Files of packages; files of the workspace if they are executable.
    InPackagesOrRunnable,
    /// The same, except files whose shebang ends with CR LF.
    InPackagesOrRunnableWithoutCr,
}

/// Which files of commands become executable.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, linkBin (`fixBin`);
/// pnpm/pnpm@36e5ae6ac8 pnpm11/bins/linker/src/index.ts, ensureExecutableIfNeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeExecutable {
    All,
    /// Those of packages; those of the workspace stay unchanged.
    InPackages,
}

/// What a script's NODE_PATH holds, before the folder of privately hoisted links.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, getBinNodePaths (node's `_nodeModulePaths`);
/// pnpm/pnpm@702ad5f860 pkg-manager/link-bins/src/getBinNodePaths.ts, getBinNodePaths;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/link_bins.rs, shim_node_path and bin_node_paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodePathRule {
    /// The node_modules of every folder above the file.
    EveryFolderAbove,
    /// The package's own node_modules, and the one that contains the file.
    NearestOfFile,
    /// The same for the package's folder; paths are relative to the root.
    NearestOfPackage,
}
