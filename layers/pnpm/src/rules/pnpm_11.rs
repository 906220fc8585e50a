//! pnpm 11.

use super::{AliasCase, AllowedBuilds, BareExec, BinConflict, BinDirectory, BinName, BinPath, BinRules, BuildRules, ClosureRules, CommandRules, DirNameHash, DirNameRules, DirectDependencies, ExtensionCase, ExtensionsChecksum, FailedOptional, HoistOrder, HoistRounds, HoistRules, HoistedLinks, HoistedRules, ImporterOrder, ImporterPaths, LayoutRules, Links, LinksOfRoot, ListEntry, LockfileRules, MadeExecutable, MissingTarget, NodePathRule, OwnCommand, PackRules, Packlist, PatchEntryForm, PatchHash, PeerOverride, PnpmProgram, PnpmVersion, PnpmfileChecksum, Preparing, PrivateModules, RootAliases, Rules, ScriptPath, SelfLink, SettingsRules, SettingsSources, Shebang, ShebangLineEnd, ShimBody, ShimHead, ShimNodePath, ShimRules, ShimTrailer, SkippedOptional, SlotChildren, SlotPasses, Symlinkable, VersionPreference, Versions, VirtualStoreFolder, WithoutPackages, WorkspaceDependencies, WorkspaceNames};

/// The rules of pnpm 11. Some hold from 11.28 on, and are applied to all of 11.
pub static PNPM_11: Rules = Rules {
    release: "11",
    versions: Versions { from: PnpmVersion::new(11, 0, 0), below: PnpmVersion::new(12, 0, 0) },
    program: PnpmProgram::Script,
    settings: SettingsRules {
        sources: SettingsSources::WorkspaceFile,
        virtual_store: VirtualStoreFolder::InModulesDir,
        public_hoist_pattern: &[],
        strict_dep_builds: true,
        hoisting_limits: true,
    },
    lockfile: LockfileRules {
        patch_hash: PatchHash::Sha256Hex,
        patch_entry: PatchEntryForm::HashAlone,
        pnpmfile_checksum: PnpmfileChecksum::Sha256Base64,
        extensions_checksum: ExtensionsChecksum::Sha256OfObjectHash,
        compares_inject_workspace_packages: true,
        compares_dedupe_peers: true,
        peer_override: PeerOverride::ReplacesRangeOrAddsDependency,
    },
    closure: ClosureRules {
        skipped_optional: SkippedOptional::ReachedByOptionalEdges,
        links_of_root: LinksOfRoot::Installed,
        importer_order: ImporterOrder::AsReached,
    },
    layout: LayoutRules {
        dir_name: DirNameRules {
            hash: DirNameHash::Sha256Hex,
            replaces_number_sign: true,
            hashes_ambiguous_locations: true,
            masks_trailing_dots: true,
        },
        self_dependency_link: SelfLink::InOwnModules,
        private_modules: PrivateModules::IfUsed,
        shebang_line_end: ShebangLineEnd::Fixed,
    },
    hoist: HoistRules {
        without_packages: WithoutPackages::Workspace,
        order: HoistOrder::ByDirectory,
        root_aliases: RootAliases::Installed,
        root_alias_case: AliasCase::Lower,
        workspace_names: WorkspaceNames::AllButNamesOfPackages,
        root_link_hides_workspace_package: false,
        skipped_dependency_takes_alias: false,
    },
    hoisted: HoistedRules {
        rounds: HoistRounds::UntilNothingMoves,
        preference: VersionPreference::ByAllDependents,
        workspace_dependencies: WorkspaceDependencies::AnyWay,
    },
    bins: BinRules {
        commands: CommandRules {
            name: BinName::Checked,
            path: BinPath::CountsFromRoot,
            directory: BinDirectory::NotHidden,
            shebang: Shebang::FirstTextLine,
            extension_case: ExtensionCase::Any,
            cmd_switch: true,
        },
        conflict: BinConflict::GreaterName,
        owners_by_alias: true,
        hoisted_links: HoistedLinks::LikePackages,
        slot_passes: SlotPasses::AgainBeforeBuild { own_as_published: false, node_path: true },
        own_command: OwnCommand::IfPresent,
        slot_children: SlotChildren::ByLinksBesideFolders,
        importer_paths: ImporterPaths::RealUnlessPublicRoot {
            direct_dependencies: DirectDependencies::WithBinInLockfile,
        },
        commands_of_installed_peers: true,
        importers_linked_again_for_scripts: true,
        script_path: ScriptPath::AsReached,
        node_is_linked: true,
        missing_target: MissingTarget::Linked,
        symlinkable: Symlinkable::InPackagesOrRunnable,
        node_path_beside_links: true,
        made_executable: MadeExecutable::InPackages,
        node_path: NodePathRule::NearestOfFile,
        shim: ShimRules {
            head: ShimHead::FollowsLinks,
            body: ShimBody::WindowsBranches {
                bare_exec: BareExec::ThreeBlanks,
                node_path: ShimNodePath::Absolute,
                marks_missing_target: true,
                trailer: ShimTrailer::AbsoluteTarget,
            },
        },
    },
    builds: BuildRules {
        allowed: AllowedBuilds::AllowBuilds,
        dangerously_allow_all: true,
        list_entry: ListEntry::NameVersionsOrKey,
        name_denies_any_source: true,
        repository_entries: true,
        preparing: Preparing::UnlessDenied,
        preparing_tolerates_ignored_builds: true,
        failed_optional: FailedOptional::LeftOut,
    },
    packing: PackRules {
        packlist: Packlist::Ten,
        links_in_folders: Links::Kept,
        links_in_repositories: Links::Followed,
        submodules: true,
    },
};
