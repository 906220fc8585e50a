//! Which files of a folder or a repository are packed.

use fourply_blob::{Feed, KeyValue};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackRules {
    /// Which files are included.
    pub packlist: Packlist,
    /// Symbolic links in a folder of the workspace.
    ///
    /// Source: pnpm/pnpm@702ad5f860 fetching/directory-fetcher/src/index.ts, fetchPackageFilesFromDir, which takes what
    /// npm-packlist names: 5 names no links, 10 does; pnpm/pnpm@36e5ae6ac8
    /// pnpm11/fetching/directory-fetcher/src/index.ts, fetchPackageFilesFromDir.
    pub links_in_folders: Links,
    /// Symbolic links in a repository.
    ///
    /// Source: as above, and pnpm/pnpm@702ad5f860 store/cafs/src/addFilesFromDir.ts, getStatIfContained, which follows them;
    /// pnpm/pnpm@36e5ae6ac8 pnpm11/store/cafs/src/addFilesFromDir.ts.
    pub links_in_repositories: Links,
    /// Which files of a tarball are executable.
    pub executables: Executables,
    /// Submodules of a repository are checked out. Observed in 11.28.11 and 12.21.0.
    pub submodules: bool,
}

fourply_blob::key_value!(PackRules {
    packlist,
    links_in_folders,
    links_in_repositories,
    executables,
    submodules
});

/// The npm rules for which files are packed.
///
/// Source: pnpm/pnpm@702ad5f860 pnpm-workspace.yaml (`npm-packlist: 5.1.3`); pnpm/pnpm@36e5ae6ac8 pnpm-workspace.yaml
/// (`npm-packlist: 10.0.4`) and pnpm/crates/fs-packlist/src/lib.rs, packlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packlist {
    /// npm-packlist 5: README and LICENSE of every folder are included.
    Five,
    /// npm-packlist 10: only those of the root are, and no lockfiles.
    Ten,
}

impl KeyValue for Packlist {
    fn feed(&self, feed: &mut Feed<'_>) {
        let name = match self {
            Packlist::Five => "npm-packlist 5",
            Packlist::Ten => "npm-packlist 10",
        };
        name.feed(feed);
    }
}

/// Which files of a tarball are executable.
///
/// Source: `modeIsExecutable` in `dist/pnpm.cjs` of the npm packages pnpm 8.15.9, 9.12.1 and 9.12.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executables {
    /// Those that anybody may execute.
    ByAnybody,
    /// Those that owner, group and others may execute.
    ByEverybody,
}

impl KeyValue for Executables {
    fn feed(&self, feed: &mut Feed<'_>) {
        let name = match self {
            Executables::ByAnybody => "by anybody",
            Executables::ByEverybody => "by everybody",
        };
        name.feed(feed);
    }
}

/// What happens to symbolic links on disk that stay in the folder; others are always left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// They are left out.
    Dropped,
    /// They are packed as the files that they lead to.
    Followed,
    Kept,
}

impl KeyValue for Links {
    fn feed(&self, feed: &mut Feed<'_>) {
        let name = match self {
            Links::Dropped => "dropped",
            Links::Followed => "followed",
            Links::Kept => "kept",
        };
        name.feed(feed);
    }
}
