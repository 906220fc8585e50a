//! The events of a build. The caller decides how to show them.

use std::time::Duration;

use fourply_pnpm::ImporterId;

use crate::network::Attempts;
use crate::sandbox::Level;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A package is built, because no earlier build had the same inputs.
    Build {
        package: &'a ImporterId,
        /// The changed input.
        reason: &'a str,
    },
    /// Files of a package without a build are collected again.
    Take {
        package: &'a ImporterId,
        /// The changed input.
        reason: &'a str,
    },
    /// The full dependencies are installed on disk, because there was no build of this closure before.
    Install {
        /// The workspace package that they are for; `None` if they are for other packages' scripts.
        package: Option<&'a ImporterId>,
        packages: usize,
    },
    /// Another build uses the folder that this one needs: it waits.
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
    /// Scripts will start, with this confinement.
    Sandbox {
        level: Level,
        /// What the kernel denied for a stronger level.
        lacks: &'a [String],
    },
    /// A script printed a line on either stream.
    Line {
        package: &'a ImporterId,
        /// The line without its end.
        line: &'a str,
    },
    /// A script succeeded.
    Done {
        package: &'a ImporterId,
        script: &'a str,
        /// Its run time.
        took: Duration,
    },
    /// A script succeeded, although some of its network requests failed.
    Attempts {
        /// The script's owner.
        owner: &'a str,
        attempts: &'a Attempts,
    },
    /// Install scripts of packages do not run, because no setting allows them.
    IgnoredBuilds {
        /// In pnpm's notation: `name@version`.
        packages: &'a [String],
    },
    Warning {
        /// What happened, where, and what to do.
        text: &'a str,
    },
}

/// The receiver of events. Scripts of one level run in parallel, so it is called from several threads.
pub trait Report: Sync {
    fn event(&self, event: Event<'_>);

    /// Scripts start to run: from now on, a stop request is honoured. May be called again before it ends.
    fn begins(&self) {}

    /// The counterpart of [`Report::begins`].
    fn ends(&self) {}
}

#[derive(Debug, Clone, Copy, Default)]
pub struct NoReport;

impl Report for NoReport {
    fn event(&self, _: Event<'_>) {}
}
