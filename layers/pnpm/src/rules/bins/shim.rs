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

/// The first lines of a shim, which find its own folder and detect the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimHead {
    /// Cygwin paths are translated.
    Cygwin,
    /// Also paths of MinGW and MSYS, if `cygpath` exists.
    CygwinOrMsys,
    /// Programs of Windows are found on these and on WSL.
    WindowsOrWsl,
    /// Also, links to the shim are followed.
    WindowsOrWslThroughLinks,
    /// Also, helpers come from the system's default path, except the path converters; the folder is read with `echo`.
    DefaultPathByEcho,
    /// The folder is read with `printf`.
    DefaultPathBare,
    /// Also, helpers come from the system's default path.
    DefaultPath,
    /// Also, the folder's path is made absolute at the end.
    DefaultPathAbsolute,
    /// Also, without a default path, helpers come from a PATH without node_modules.
    CleanedPath,
    /// Also, the folder's path is made absolute at the end.
    CleanedPathAbsoluteLast,
    /// Also, the folder's path is made absolute where it is found.
    CleanedPathAbsolute,
    /// Also, a helper that `command -p` finds is never taken from PATH. The operating system is detected with `uname`.
    FollowsLinks,
    /// The same with fewer processes. The operating system is detected from /proc/version.
    FollowsLinksCheaply,
}

/// The lines after the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimBody {
    /// The program next to the shim runs the target, or else the one in PATH.
    TwoBranches {
        /// The line that runs a target without an interpreter.
        bare_start: BareStart,
        /// The switch of Windows' `cmd`.
        switch: CommandSwitch,
        /// The last line is a comment with the target's path, by which a later install recognises the shim.
        trailer: bool,
    },
    /// The same, including programs of Windows; the last line is a comment with the target's path.
    WindowsBranches {
        /// How paths are quoted.
        quotes: PathQuotes,
        /// A Windows program in MSYS's PATH has a branch.
        msys_branch: bool,
        /// The line that runs a target without an interpreter.
        bare_exec: BareExec,
        /// The switch of Windows' `cmd`.
        switch: CommandSwitch,
        /// How the folders of NODE_PATH are written.
        node_path: ShimNodePath,
        /// The shim of a command without a file says so.
        marks_missing_target: bool,
        /// The target's path in the last line.
        trailer: ShimTrailer,
    },
}

/// How a target without an interpreter is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BareStart {
    /// As a command; the shell then exits with its code.
    Called,
    /// It replaces the shell.
    Exec,
}

/// The switch of Windows' `cmd`, which MSYS would treat as a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandSwitch {
    /// Unchanged.
    AsItIs,
    /// `//C`.
    Doubled,
    /// `//C` in branches for MSYS, `/C` in others.
    DoubledForMsys {
        /// An empty line follows each.
        spaced: bool,
    },
    /// A variable excludes it from MSYS's conversion.
    Excluded,
}

/// How a path below the shim's folder is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathQuotes {
    /// `"$basedir/x"`.
    Double,
    /// `"$basedir_abs/x"`.
    DoubleAbsolute,
    /// `"$basedir_abs"/'x'`.
    SingleAbsolute,
}

/// The line that runs a target without an interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BareExec {
    /// Three blanks between target and arguments: extra ones where program and arguments would be.
    ThreeBlanks,
    TwoBlanks,
}

/// The folders of NODE_PATH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimNodePath {
    /// Absolute, in one pair of double quotes.
    AbsoluteInDoubleQuotes,
    /// Absolute, in one pair of single quotes.
    Absolute,
    /// Each relative to the shim, in one pair of double quotes.
    RelativeInDoubleQuotes,
    /// Each relative to the shim.
    RelativeToScript,
}

/// The target's path in the last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShimTrailer {
    /// Absolute.
    AbsoluteTarget,
    /// Relative to the shim.
    RelativeTarget,
}
