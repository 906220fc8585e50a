//! The text of the scripts in `.bin`.
//!
//! Sources of all rules: the npm package `@zkochan/cmd-shim`, generateShShim, of which pnpm/pnpm@d22a3f65ee asks 6, pnpm/pnpm@702ad5f860 7 and
//! pnpm/pnpm@36e5ae6ac8 (pnpm11/) 9; pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/shim.rs, generate_sh_shim.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShimRules {
    /// What the script begins with.
    pub head: ShimHead,
    /// How it runs its target.
    pub body: ShimBody,
}

/// The lines that find the script's own folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimHead {
    /// Paths of Cygwin are translated.
    Cygwin,
    /// And those of MinGW and MSYS, if `cygpath` is there.
    CygwinOrMsys,
    /// Links to the script are followed, and no helper is taken from PATH that `command -p` finds. The system is told by `uname`.
    FollowsLinks,
    /// The same with fewer processes. The system is told by /proc/version.
    FollowsLinksCheaply,
}

/// The lines after the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimBody {
    /// The target is run by the program beside the script, or by that in PATH; paths stand in double quotes.
    TwoBranches,
    /// The same, and by a program of Windows; paths stand in single quotes, and the last line is a comment with the target's path, by which a
    /// later install knows the script.
    WindowsBranches {
        /// The line that runs a target without a program.
        bare_exec: BareExec,
        /// How the folders of NODE_PATH are written.
        node_path: ShimNodePath,
        /// The script of a command without a file says so.
        marks_missing_target: bool,
        /// The target's path in the last line.
        trailer: ShimTrailer,
    },
}

/// The line that runs a target without a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BareExec {
    /// Three blanks between target and arguments: one more where program and arguments would stand.
    ThreeBlanks,
    /// Two blanks.
    TwoBlanks,
}

/// The folders of NODE_PATH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimNodePath {
    /// Absolute, in one pair of quotes.
    Absolute,
    /// Each relative to the script.
    RelativeToScript,
}

/// The target's path in the last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimTrailer {
    /// Absolute.
    AbsoluteTarget,
    /// Relative to the script.
    RelativeTarget,
}
