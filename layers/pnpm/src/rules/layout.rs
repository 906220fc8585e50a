//! The locations of packages and of the links next to them.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutRules {
    /// How a package's directory in the virtual store is named.
    pub dir_name: DirNameRules,
    /// Where the link goes if a dependency has its dependent's own name.
    pub self_dependency_link: SelfLink,
    /// When the virtual store has its own node_modules.
    pub private_modules: PrivateModules,
    /// What happens to a shebang that ends with CR LF, in the file of a command.
    pub shebang_line_end: ShebangLineEnd,
}

/// The name of a directory in the virtual store.
///
/// Source: pnpm/pnpm@d22a3f65ee packages/dependency-path/src/index.ts, depPathToFilename;
/// pnpm/pnpm@702ad5f860 packages/dependency-path/src/index.ts, depPathToFilename;
/// pnpm/pnpm@36e5ae6ac8 pnpm11/deps/path/src/index.ts, depPathToFilename;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-path/src/dep_path_to_filename.rs, dep_path_to_filename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirNameRules {
    /// The suffix of a name that is shortened or has upper case.
    pub hash: DirNameHash,
    /// The directory of a package from a workspace folder or tarball starts with the package's name.
    ///
    /// Source: pnpm/pnpm@v8.15.9 packages/dependency-path/src/index.ts, depPathToFilename, whose keys have no name there.
    pub names_files: bool,
    /// The inner parentheses of nested peers stay.
    pub keeps_inner_parentheses: bool,
    /// `#` becomes `+`, as `/` and `:` do.
    pub replaces_number_sign: bool,
    /// A location is hashed if replacements could confuse one of its characters with another. Observed in 11.28.5 and
    /// 12.10.
    pub hashes_ambiguous_locations: bool,
    /// Trailing dots and spaces become `+`, and the name is hashed. Observed in 11.28.0 and 12.7.
    pub masks_trailing_dots: bool,
}

/// The hash at the end of a directory's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirNameHash {
    /// MD5 in base32, 26 characters.
    Md5Base32,
    /// SHA-256 in hex, its first 32 characters.
    Sha256Hex,
}

/// A package that depends on its own name, such as `x` with a dependency `x` of another version.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, linkAllPkgs (`selfDep`);
/// pnpm/pnpm@36e5ae6ac8 pnpm11/installing/deps-restorer/src/index.ts, linkAllPkgs;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/create_symlink_layout.rs, create_symlink_layout (`alias_name == self_name`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfLink {
    /// The link is in the package's own node_modules.
    InOwnModules,
    LeftOut,
}

/// The folder of privately hoisted links.
///
/// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/hoist.rs, symlink_hoisted_dependencies, which makes both roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateModules {
    /// It exists if it contains something.
    IfUsed,
    /// It exists if anything is hoisted, even if everything goes to the root's node_modules.
    IfAnythingIsHoisted,
}

/// The CR of a shebang's line.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/link-bins/src/index.ts, linkBin (`fixBin` of the npm package `bin-links`);
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/link_bins.rs, ensure_target_executable, which sets the mode alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShebangLineEnd {
    Fixed,
    Kept,
}
