//! Commands: which a package offers, who wins a name, and what stands in a `.bin` directory.

mod shim;

pub use shim::{
    BareExec, BareStart, CommandSwitch, PathQuotes, ShimBody, ShimHead, ShimNodePath, ShimRules, ShimTrailer,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinRules {
    /// What a package offers.
    pub commands: CommandRules,
    /// Who wins a command that several offer.
    pub conflict: BinConflict,
    /// npm owns `npx`, and pnpm its aliases, as a package owns the command of its own name.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/bin_resolver.rs, BIN_OWNER_OVERRIDES;
    /// pnpm11/bins/resolver/src/index.ts, pkgOwnsBin.
    pub owners_by_alias: bool,
    /// What commands of hoisted links to folders of the workspace count.
    pub hoisted_links: HoistedLinks,
    /// How often a slot's commands are linked.
    pub slot_passes: SlotPasses,
    /// Whether a package's own command waits for its file.
    pub own_command: OwnCommand,
    /// By which paths a slot's commands are linked.
    pub slot_children: SlotChildren,
    /// By which paths an importer's commands are linked.
    pub importer_paths: ImporterPaths,
    /// With `autoInstallPeers` an importer has the commands of peers that were installed for its direct dependencies. Observed in 11.28.11 and
    /// 12.21.0.
    pub commands_of_installed_peers: bool,
    /// An importer's commands are linked once more, by its links, before its scripts run.
    ///
    /// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, linkBinsOfImporter; pnpm/pnpm@36e5ae6ac8
    /// pnpm11/installing/deps-restorer/src/index.ts, linkBinsOfImporter; not in pnpm/crates.
    pub importers_linked_again_for_scripts: bool,
    /// The path to a command's file in a script or link.
    pub script_path: ScriptPath,
    /// The command `node` is a link by an absolute path.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/bins/linker/src/index.ts, linkBin (`cmd.name === 'node'`);
    /// pnpm/crates/cmd-shim/src/link_bins.rs, link_node_bin.
    pub node_is_linked: bool,
    /// A command without a file.
    pub missing_target: MissingTarget,
    /// Under `preferSymlinkedExecutables`, which commands are links.
    pub symlinkable: Symlinkable,
    /// Under `preferSymlinkedExecutables`, the few scripts that are written in place of links set NODE_PATH. Observed: 12.21.0 sets none.
    pub node_path_beside_links: bool,
    /// Which files of commands become executable.
    pub made_executable: MadeExecutable,
    pub node_path: NodePathRule,
    /// The text of scripts.
    pub shim: ShimRules,
}

/// What a package offers.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/package-bins/src/index.ts, getBinsFromPackageManifest;
/// pnpm/pnpm@702ad5f860 at the same place; pnpm/pnpm@36e5ae6ac8 pnpm11/bins/resolver/src/index.ts, getBinsFromPackageManifest;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/bin_resolver.rs, get_bins_from_package_manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandRules {
    /// Which names of commands are taken.
    pub name: BinName,
    /// Which paths of commands are taken.
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

/// Names of commands. A scope is taken off; a name that no URL could hold as it stands is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinName {
    /// A name with a scope is not looked at. Source: `commandName[0] === '@'` of d22a3f65ee.
    ScopedUnchecked,
    /// A name with a scope is refused, but for the one that a package has itself.
    ScopedRefused,
    /// Every name is.
    Checked,
}

/// Paths of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinPath {
    /// One that leaves the package is refused; an absolute one counts from the package's root.
    StaysInside,
    /// One that leaves the package is refused, and so is an absolute one.
    StaysInsideRelative,
    /// One that leaves the package counts from its root; an absolute one is refused. Observed in 11.28.11 and 12.21.0.
    CountsFromRoot,
}

/// Files below `directories.bin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinDirectory {
    /// All but hidden ones. Source: findFiles, whose glob has no `dot`.
    NotHidden,
    /// Those with a name that a URL could hold. Source: commands_from_directories_bin, is_safe_bin_name.
    SafeNames,
}

/// The first line of a script.
///
/// Source: the npm package `@zkochan/cmd-shim`, searchScriptRuntime;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/shim.rs, search_script_runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shebang {
    /// The first that is not blank, as JavaScript's `trim` leaves it.
    FirstTextLine,
    /// The line that the file begins with, as a kernel reads it, of the first 512 bytes.
    FirstLine,
}

/// The extension by which a script without a shebang is run.
///
/// Source: as for [`Shebang`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtensionCase {
    /// In any case.
    Any,
    /// In lower case alone.
    LowerOnly,
}

/// Who wins a command that is the own one of both packages or of none.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, compareCommandsInConflict;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/link_bins.rs, pick_winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinConflict {
    /// The first that is linked.
    FirstLinked,
    /// The greatest name in the order of `localeCompare`, and of one name the highest version.
    GreaterName,
    /// The smallest name by its bytes, and of one name the highest version. Observed in 12.4.2, 12.10.0, 12.18.0 and 12.21.0; of one name
    /// 12.0.0 takes another version from run to run, which 12.1.0 mended.
    SmallerName,
}

/// Commands of a hoisted link to a folder of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistedLinks {
    /// They count as those of hoisted packages.
    LikePackages,
    /// They come after those of hoisted packages. Observed in 12.21.0.
    AfterPackages,
}

/// How often the commands of a slot are linked.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, linkAllBins, and exec/build-modules/src/index.ts,
/// linkBinsOfDependencies; pnpm/pnpm@36e5ae6ac8 pnpm11/building/during-install/src/index.ts, linkBinsOfDependencies;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/link_bins.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotPasses {
    /// Once for its dependencies and for what it bundles, and before a package is built or patched once more, with its own commands.
    AgainBeforeBuild {
        /// The own commands are those that it had before its scripts ran. Otherwise those that they left: a later install takes built files
        /// from pnpm's own store.
        own_as_published: bool,
        /// The second pass sets NODE_PATH.
        node_path: bool,
    },
    /// Once, for its dependencies, what it bundles and its own.
    Once,
}

/// A package's own command in its slot. Observed in 11.28.11 and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnCommand {
    /// It is linked as any other.
    LikeOthers,
    /// It is left out while its file is not there.
    IfPresent,
}

/// The paths by which a slot's commands are linked where a folder of the workspace is among the dependencies, or one that could not be fetched
/// and is linked nowhere.
///
/// Source: linkAllBins of [`SlotPasses`] (`pkgSnapshots.includes(undefined)`); pnpm/pnpm@36e5ae6ac8
/// pnpm/crates/deps-restorer/src/link_bins.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotChildren {
    /// Whatever stands in the slot, by its links.
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
    /// Real paths; in a root with a public hoist pattern its links.
    RealUnlessPublicRoot {
        /// The direct dependencies that are looked at.
        direct_dependencies: DirectDependencies,
    },
    Links,
}

/// The direct dependencies whose package.json is looked at for commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectDependencies {
    All,
    /// Those that have commands by the lockfile, and folders. Source: pnpm/pnpm@36e5ae6ac8
    /// pnpm11/installing/deps-restorer/src/index.ts, headlessInstall (`graph[dir].hasBin`).
    WithBinInLockfile,
}

/// The path to a command's file.
///
/// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/link_bins.rs, shim_node_path (`resolved_location`); the path itself is observed in 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptPath {
    /// As pnpm reached the package, perhaps through a link.
    AsReached,
    Real,
}

/// A command whose file is not there.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, linkBin (ENOENT ends it); the npm package `@zkochan/cmd-shim` 9, which
/// pnpm/pnpm@36e5ae6ac8 asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingTarget {
    /// It gets no script.
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
    /// Files of packages; those of the workspace if they can be run as they are.
    InPackagesOrRunnable,
    /// The same, but for files whose shebang ends with CR LF.
    InPackagesOrRunnableWithoutCr,
}

/// Which files of commands become executable.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, linkBin (`fixBin`);
/// pnpm/pnpm@36e5ae6ac8 pnpm11/bins/linker/src/index.ts, ensureExecutableIfNeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeExecutable {
    All,
    /// Those of packages: those of the workspace stay as they are.
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
    /// The package's own node_modules and the one that the file lies in.
    NearestOfFile,
    /// The same of the package's folder; paths are relative to the root.
    NearestOfPackage,
}
