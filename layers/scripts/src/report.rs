//! What a build tells while it runs. The caller decides what becomes of it.

use std::time::Duration;

use fourply_pnpm::ImporterId;

use crate::network::Attempts;
use crate::sandbox::Level;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A package is built, as no earlier build had the same inputs.
    Build {
        package: &'a ImporterId,
        /// What is not as it was.
        reason: &'a str,
    },
    /// Files of a package that no script makes are taken again.
    Take {
        package: &'a ImporterId,
        /// What is not as it was.
        reason: &'a str,
    },
    /// The full dependencies are put on disk, because no build of this closure was done before.
    Install {
        /// The folder of the workspace's package that they are for; nothing where they are for other packages' scripts.
        package: Option<&'a ImporterId>,
        packages: usize,
    },
    /// Another build works in the folder that this one needs: it waits.
    Waiting,
    /// An install script of a package starts.
    Dependency {
        /// The package's key in the lockfile.
        package: &'a str,
        script: &'a str,
        command: &'a str,
    },
    Script {
        package: &'a ImporterId,
        script: &'a str,
        command: &'a str,
    },
    /// Scripts are about to run: how strongly they are confined.
    Sandbox {
        level: Level,
        /// What the kernel refused of a stronger one.
        lacks: &'a [String],
    },
    /// A script printed a line, to either stream.
    Line {
        package: &'a ImporterId,
        /// The line without its end.
        line: &'a str,
    },
    /// A script ended well.
    Done {
        package: &'a ImporterId,
        script: &'a str,
        /// How long it ran.
        took: Duration,
    },
    /// A script ended well, though it did not get what it asked of the network.
    Attempts {
        /// Whose script it is.
        owner: &'a str,
        attempts: &'a Attempts,
    },
    /// Install scripts of packages do not run, as nobody allowed them.
    IgnoredBuilds {
        /// As pnpm names them: `name@version`.
        packages: &'a [String],
    },
    /// Something that may surprise, but is no error.
    Warning {
        /// What, where, and what to do.
        text: &'a str,
    },
}

/// Where events go. Scripts of one level run at once, so it is called from several threads.
pub trait Report: Sync {
    fn event(&self, event: Event<'_>);

    /// Scripts begin to run: from now on a request to stop is seen, and followed. May be called again before it ends.
    fn begins(&self) {}

    /// The other end of [`Report::begins`].
    fn ends(&self) {}
}

#[derive(Debug, Clone, Copy, Default)]
pub struct NoReport;

impl Report for NoReport {
    fn event(&self, _: Event<'_>) {}
}
