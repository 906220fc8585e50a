//! What a lockfile records of its settings, patches and hooks. It is compared, to find out whether the lockfile is
//! stale.

use crate::LockfileFormat;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockfileRules {
    /// The format that this version writes.
    pub writes: LockfileFormat,
    /// How a patch is hashed.
    pub patch_hash: PatchHash,
    /// The form of `patchedDependencies`.
    pub patch_entry: PatchEntryForm,
    /// How a pnpmfile is hashed.
    pub pnpmfile_checksum: PnpmfileChecksum,
    /// The pnpmfiles that are read if no setting names one: the first that exists.
    ///
    /// Source: pnpm/pnpm@702ad5f860 hooks/pnpmfile/src/requireHooks.ts, requireHooks (`.pnpmfile.cjs`);
    /// pnpm/pnpm@36e5ae6ac8 pnpm11/hooks/pnpmfile/src/requireHooks.ts, requireHooks (`.pnpmfile.mjs` before it).
    pub default_pnpmfiles: &'static [&'static str],
    /// `devEngines.runtime` and `engines.runtime` with `onFail: download` are dependencies.
    ///
    /// Source: pnpm/pnpm@702ad5f860 pkg-manifest/manifest-utils/src/convertEnginesRuntimeToDependencies.ts; not in pnpm/pnpm@d22a3f65ee.
    pub runtimes_are_dependencies: bool,
    /// How `packageExtensions` are hashed.
    pub extensions_checksum: ExtensionsChecksum,
    /// The corrections of known faults in npm packages also apply to workspace packages with the same names, unless
    /// `ignoreCompatibilityDb` is set.
    ///
    /// Source: pnpm/pnpm@d22a3f65ee hooks/read-package-hook/src/createReadPackageHook.ts, createReadPackageHook (`compatPackageExtensions`).
    /// Observed: not from 11.28.1 and 12.8 on.
    pub corrects_own_packages: bool,
    /// `injectWorkspacePackages` must match the lockfile.
    ///
    /// Source: pnpm/pnpm@702ad5f860 lockfile/settings-checker/src/getOutdatedLockfileSetting.ts, getOutdatedLockfileSetting; not in
    /// pnpm/pnpm@d22a3f65ee.
    pub compares_inject_workspace_packages: bool,
    /// `dedupePeers` must match the lockfile.
    ///
    /// Source: as above.
    pub compares_dedupe_peers: bool,
    /// What an override does to a peer dependency.
    pub peer_override: PeerOverride,
}

/// The hash of a patch, and of peers that are too long, over text with LF line ends.
///
/// Source: pnpm/pnpm@d22a3f65ee packages/crypto.base32-hash/src/index.ts, createBase32Hash;
/// pnpm/pnpm@702ad5f860 crypto/hash/src/index.ts, createHexHashFromFile;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/patching/src/hash.rs, calc_patch_hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchHash {
    /// MD5 in base32, 26 characters.
    Md5Base32,
    /// SHA-256 in hex.
    Sha256Hex,
}

/// What the lockfile records of a patch. It only matters for identifying a lockfile without a pnpm version.
///
/// Source: pnpm/pnpm@702ad5f860 lockfile/types/src/index.ts, PatchFile (path and hash);
/// pnpm/pnpm@36e5ae6ac8 pnpm11/lockfile/types/src/index.ts (the hash alone).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchEntryForm {
    PathAndHash,
    /// Its hash.
    HashAlone,
}

/// The hash of a pnpmfile, over text with LF line ends.
///
/// Source: pnpm/pnpm@d22a3f65ee hooks/pnpmfile/src/requireHooks.ts, requireHooks;
/// pnpm/pnpm@702ad5f860 hooks/pnpmfile/src/requireHooks.ts, requireHooks;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/hooks/src/lib.rs, current_pnpmfile_checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PnpmfileChecksum {
    /// MD5 in base32.
    Md5Base32,
    /// `sha256-` and base64.
    Sha256Base64,
}

/// The hash of `packageExtensions`.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/core/src/install/index.ts, createObjectChecksum;
/// pnpm/pnpm@702ad5f860 crypto/object-hasher/src/index.ts, hashObjectNullableWithPrefix;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/package-manager/src/install_with_fresh_lockfile.rs, compute_package_extensions_checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtensionsChecksum {
    /// MD5 in hex, over JSON with sorted keys.
    Md5OfSortedJson,
    /// `sha256-` and base64, over the output of the npm package `object-hash` with everything unordered.
    Sha256OfObjectHash,
}

/// How an override changes a peer dependency that it matches.
///
/// Source: pnpm/pnpm@d22a3f65ee hooks/read-package-hook/src/createVersionsOverrider.ts, overrideDeps;
/// pnpm/pnpm@702ad5f860 hooks/read-package-hook/src/createVersionsOverrider.ts, overrideDepsOfPkg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerOverride {
    /// Its value replaces the peer's range.
    ReplacesRange,
    /// The same if the value is a range; otherwise it becomes a dependency.
    ReplacesRangeOrAddsDependency,
}
