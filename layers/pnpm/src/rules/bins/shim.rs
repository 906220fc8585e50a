//! The text of the scripts in `.bin`.
//!
//! Sources of all rules: the npm package `@zkochan/cmd-shim`, generateShShim, of which pnpm/pnpm@d22a3f65ee asks 6, pnpm/pnpm@702ad5f860 7,
//! and pnpm 11 9.0.0 at first, 9.0.3 from 11.2 on, 9.0.6 from 11.7 and 9.0.7 from 11.21; from 11.27.1 on, the same function in pnpm's own package; pnpm/pnpm@36e5ae6ac8 pnpm/crates/cmd-shim/src/shim.rs, generate_sh_shim.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShimRules {
    /// What the script begins with.
    pub head: ShimHead,
    /// How it runs its target.
    pub body: ShimBody,
}

/// The lines that find the script's own folder and tell the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimHead {
    /// Paths of Cygwin are translated.
    Cygwin,
    /// And those of MinGW and MSYS, if `cygpath` is there.
    CygwinOrMsys,
    /// Windows' programs are found on these and on WSL.
    WindowsOrWsl,
    /// And links to the script are followed.
    WindowsOrWslThroughLinks,
    /// And helpers come from the system's default path, but for the converters of paths; the folder is read by `echo`.
    DefaultPathByEcho,
    /// The folder is read by `printf`.
    DefaultPathBare,
    /// And helpers come from the system's default path.
    DefaultPath,
    /// And the folder's path is made absolute at the end.
    DefaultPathAbsolute,
    /// And where there is none, from a PATH without node_modules.
    CleanedPath,
    /// And the folder's path is made absolute at the end.
    CleanedPathAbsoluteLast,
    /// And the folder's path is made absolute where it is found.
    CleanedPathAbsolute,
    /// And no helper is taken from PATH that `command -p` finds. The system is told by `uname`.
    FollowsLinks,
    /// The same with fewer processes. The system is told by /proc/version.
    FollowsLinksCheaply,
}

/// The lines after the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimBody {
    /// The target is run by the program beside the script, or by that in PATH.
    TwoBranches {
        /// The line that runs a target without a program.
        bare_start: BareStart,
        /// The switch of Windows' `cmd`.
        switch: CommandSwitch,
        /// The last line is a comment with the target's path, by which a later install knows the script.
        trailer: bool,
    },
    /// The same, and by a program of Windows; the last line is a comment with the target's path.
    WindowsBranches {
        /// How paths are quoted.
        quotes: PathQuotes,
        /// A program of Windows in MSYS's PATH has a branch.
        msys_branch: bool,
        /// The line that runs a target without a program.
        bare_exec: BareExec,
        /// The switch of Windows' `cmd`.
        switch: CommandSwitch,
        /// How the folders of NODE_PATH are written.
        node_path: ShimNodePath,
        /// The script of a command without a file says so.
        marks_missing_target: bool,
        /// The target's path in the last line.
        trailer: ShimTrailer,
    },
}

/// How a target without a program is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BareStart {
    /// As a command, after which the shell exits with its code.
    Called,
    /// In the shell's place.
    Exec,
}

/// The switch of Windows' `cmd`, which MSYS would take for a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandSwitch {
    /// It stands as it is.
    AsItIs,
    /// `//C`.
    Doubled,
    /// `//C` in branches for MSYS, `/C` in others.
    DoubledForMsys {
        /// An empty line follows each.
        spaced: bool,
    },
    /// A variable excludes it from MSYS's rules.
    Excluded,
}

/// How a path below the script's folder is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathQuotes {
    /// `"$basedir/x"`.
    Double,
    /// `"$basedir_abs/x"`.
    DoubleAbsolute,
    /// `"$basedir_abs"/'x'`.
    SingleAbsolute,
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
    /// Absolute, in one pair of double quotes.
    AbsoluteInDoubleQuotes,
    /// Absolute, in one pair of single quotes.
    Absolute,
    /// Each relative to the script, in one pair of double quotes.
    RelativeInDoubleQuotes,
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
