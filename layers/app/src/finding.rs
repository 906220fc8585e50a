//! What is wrong with an image, as data. The words for what to do are the program's.

mod origins;
mod resolve;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use origins::StartOrigins;
pub use resolve::ResolveFault;

/// Which of the image's commands asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asker {
    /// Entry point and command, which start the container.
    Start,
    /// The health check.
    Health,
}

/// One thing that is wrong with an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// A program is in no folder of `PATH`, or its path leads nowhere.
    Program {
        by: Asker,
        program: String,
        /// Where the image has a program of that name all the same: `node_modules/.bin/tsx`; the file that this gives to node, where no shell could
        /// start it.
        elsewhere: Option<String>,
    },
    /// A file is not executable, or no kernel could run it.
    NotRunnable { by: Asker, path: String },
    /// The first line of a script names a program that is not there.
    Interpreter {
        by: Asker,
        script: String,
        interpreter: String,
        /// The file that it gives to node, where it is a command of a package.
        file: Option<String>,
    },
    /// A file that a program is given is not there.
    File {
        by: Asker,
        program: String,
        path: String,
        /// Programs of node in the service's folder.
        found: Vec<String>,
    },
    /// A file of the sources that a command of a package is given is not there.
    Argument { by: Asker, program: String, path: String },
    /// A module that node is told to load first is in no node_modules.
    Module { by: Asker, name: String },
    /// A script of package.json that is started by its name is not there.
    Script { by: Asker, name: String, available: Vec<String> },
    /// Node does not run TypeScript there.
    TypeScript {
        by: Asker,
        path: String,
        /// The image's node.
        node: Option<String>,
    },
    /// A workspace package that code of the image loads has no file to load.
    Package {
        /// Its folder.
        package: String,
        /// What is loaded: `@erp/kernel`, `@erp/kernel/testing`.
        specifier: String,
        /// What package.json names for it.
        targets: Vec<String>,
        /// A file that loads it.
        user: String,
        /// Nothing can keep the program from failing.
        sure: bool,
    },
    /// A workspace package that code of the outputs names, and that nothing in the image depends on.
    Undeclared {
        /// Its folder.
        package: String,
        name: String,
        /// A file that loads it.
        user: String,
        /// The program loads it for certain.
        sure: bool,
    },
    /// Code of the outputs loads a package, and node_modules was left out of the image.
    LeftOut {
        name: String,
        /// A file that loads it.
        user: String,
        /// It is what the container starts, or loaded by that.
        starts: bool,
    },
    /// All that a workspace package offers is TypeScript, which the image's node does not run.
    PackageTypeScript {
        package: String,
        specifier: String,
        target: String,
        user: String,
        node: Option<String>,
    },
    /// Nothing is named that could be started.
    Nothing { by: Asker },
    /// A program without anything to run reads its own input, which is empty in a container.
    Interactive { by: Asker, program: String },
    /// A program is for another machine or system.
    Foreign {
        by: Asker,
        path: String,
        /// Why, to follow the path.
        reason: String,
        /// It is the base's.
        of_base: bool,
    },
    /// A program of the base's needs a library, or its loader, that the base does not have.
    BaseLibrary { by: Asker, program: String, library: String },
    /// Node ends with an error that it does not know an option.
    Option {
        by: Asker,
        option: String,
        /// It stands in `NODE_OPTIONS`.
        env: bool,
        /// The image's node.
        node: Option<String>,
    },
    /// A package that code loads at the start is in no node_modules that node looks in.
    NotInstalled {
        name: String,
        /// What the file names: `lodash/fp`.
        specifier: String,
        /// A file that loads it.
        user: String,
        /// The package of the workspace whose file that is.
        package: String,
        /// It is among development dependencies there.
        development: bool,
        /// Nothing can keep the program from loading it.
        sure: bool,
    },
    /// A package that code of the outputs loads once something is called is in no node_modules that node looks in.
    Later {
        name: String,
        /// A file that loads it.
        user: String,
    },
    /// A file that code loads at the start by its path is not there.
    Path {
        path: String,
        /// A file that loads it.
        user: String,
        /// Nothing can keep the program from loading it.
        sure: bool,
    },
    /// A file or folder of the workspace that code of the program names by its path, and that only the sources have.
    Source {
        /// Relative to the workspace's root.
        path: String,
        /// A file that names it.
        user: String,
    },
    /// A file or folder that code of the program names beside itself, and that the build did not put there.
    Uncopied {
        /// Where the code looks for it, relative to the workspace's root.
        path: String,
        /// What the sources have, relative to the workspace's root.
        source: String,
        /// A file that names it.
        user: String,
    },
    /// A file that code of the program starts as a process or a thread, and that nobody has.
    Spawned {
        /// Relative to the workspace's root.
        path: String,
        /// The file that starts it.
        user: String,
    },
    /// The command, or code of the program, writes to a folder that is not the user's.
    Unwritable {
        /// The command, or a file.
        by: String,
        /// `mkdir logs`
        what: String,
        /// As the key for such folders takes it.
        folder: String,
    },
    /// A folder that a package reads by its own convention, and that only the sources have.
    Convention {
        package: String,
        /// Relative to the workspace's root.
        path: String,
    },
    /// A path in a workspace package that its `exports` do not offer.
    Closed {
        /// Its folder.
        package: String,
        specifier: String,
        /// A file that loads it.
        user: String,
        /// Nothing can keep the program from loading it.
        sure: bool,
    },
    /// Code loads at the start what node does not load in that way.
    Unresolved {
        /// The file.
        user: String,
        fault: ResolveFault,
        /// Nothing can keep the program from loading it.
        sure: bool,
    },
    /// The install scripts of a package did not run, as nobody allowed them.
    IgnoredBuild {
        /// As pnpm names it: `name@version`.
        package: String,
        /// They make a native module that the package cannot do without, and the image has none for its platform.
        needed: bool,
    },
    /// A native module needs a library that is not there.
    Library {
        /// `name@version`, or the folder of the outputs.
        package: String,
        /// The native module.
        path: String,
        library: String,
        /// The image may do without: the package is optional, or has another module that can be loaded.
        spare: bool,
    },
}

impl Finding {
    /// The code that names a file and how it does: the key of what [`StartOrigins`] knows of it. The code is empty where something else names it.
    pub fn missed(&self) -> Option<(String, String)> {
        match self {
            Finding::Path { path, user, .. } => Some((user.clone(), path.clone())),
            Finding::Source { path, .. }
            | Finding::Convention { path, .. }
            | Finding::Argument { path, .. }
            | Finding::File { path, .. } => Some((String::new(), path.clone())),
            _ => None,
        }
    }

    /// Whether the image cannot work; else it may.
    pub fn is_fatal(&self) -> bool {
        // Outputs often hold tests, which nobody starts in the image.
        // What code loads at its start may still be caught by a loader of its own, where there is one.
        !matches!(
            self,
            Finding::Library { spare: true, .. }
                | Finding::IgnoredBuild { needed: false, .. }
                | Finding::Source { .. }
                | Finding::Uncopied { .. }
                | Finding::Spawned { .. }
                | Finding::Later { .. }
                | Finding::Unwritable { .. }
                | Finding::Convention { .. }
                | Finding::LeftOut { starts: false, .. }
                | Finding::Undeclared { sure: false, .. }
                | Finding::NotInstalled { sure: false, .. }
                | Finding::Path { sure: false, .. }
                | Finding::Closed { sure: false, .. }
                | Finding::Package { sure: false, .. }
                | Finding::Unresolved { sure: false, .. }
        )
    }
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asker::Start => "the command",
            Asker::Health => "the health check",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Program { by, program, .. } if program == "node" => {
                write!(f, "{by} starts node, and the base has no node in PATH")
            }
            Finding::Program { by, program, .. } if program.contains('/') => {
                write!(f, "{by} starts {program}, which is not in the image")
            }
            Finding::Program { by, program, .. } => {
                write!(f, "{by} starts {program}, which is in no folder of the image's PATH")
            }
            Finding::NotRunnable { by, path } => {
                write!(f, "{by} starts {path}, which is not an executable program or script")
            }
            Finding::Interpreter { by, script, interpreter, .. } => {
                write!(f, "{by} starts {script}, a script for {interpreter}, which is not in the image")
            }
            Finding::File { by, program, path, .. } => {
                write!(f, "{by} gives {path} to {program}, and the image has no such file")
            }
            Finding::Argument { by, program, path } => {
                write!(f, "{by} gives {path} to {program}, and only the sources have that file")
            }
            Finding::Module { by, name } => {
                write!(f, "{by} lets node load {name} first, which is in no node_modules of the image")
            }
            Finding::Script { by, name, .. } => {
                write!(f, "{by} runs the script {name:?}, which the service's package.json does not have")
            }
            Finding::TypeScript { by, path, node } => {
                write!(f, "{by} gives {path} to node, and {} does not run TypeScript there", version(node))
            }
            Finding::Package { package, specifier, targets, user, .. } => {
                write!(f, "{user} loads {specifier}, and ")?;
                match targets.as_slice() {
                    [] => write!(f, "the package.json of {package} names no file for it that the image has"),
                    some => write!(f, "the image does not have {} of {package}", some.join(" or ")),
                }
            }
            Finding::Undeclared { package, name, user, .. } => {
                write!(
                    f,
                    "{user} loads {name}, and the image does not have {package}: no \"dependencies\" lead to it"
                )
            }
            Finding::LeftOut { name, user, .. } => {
                write!(f, "{user} loads {name}, which is in no node_modules that it sees")
            }
            Finding::PackageTypeScript { package, specifier, target, user, node } => {
                let node = version(node);
                write!(
                    f,
                    "{user} loads {specifier}, which is {target} of {package}, and {node} does not run TypeScript there"
                )
            }
            Finding::Nothing { by } => write!(f, "{by} is empty: it names no program"),
            Finding::Interactive { by, program } => {
                write!(f, "{by} starts {program} with nothing to run, which ends at once in a container")
            }
            Finding::BaseLibrary { by, program, library } => {
                write!(f, "{by} starts {program}, which needs {library}, and the base does not have it")
            }
            Finding::Foreign { by, path, reason, .. } => {
                write!(f, "{by} starts {path}, which cannot run: {reason}")
            }
            Finding::Option { by, option, env, node } => {
                let place = if *env { "NODE_OPTIONS has" } else { "it has" };
                write!(
                    f,
                    "{by} starts node, and {place} {option}, which {} does not take there",
                    version(node)
                )
            }
            Finding::NotInstalled { name, user, .. } => {
                write!(f, "{user} loads {name} when it starts, which is in no node_modules of the image")
            }
            Finding::Later { name, user } => {
                write!(f, "{user} loads {name} in a function, and it is in no node_modules of the image")
            }
            Finding::Path { path, user, .. } => {
                write!(f, "{user} loads {path} when it starts, and the image has no such file")
            }
            Finding::Source { path, user } => {
                write!(f, "{user} names {path}, which the image does not have")
            }
            Finding::Uncopied { path, source, user } => {
                write!(
                    f,
                    "{user} names {path}, which the build did not make of {source}: the image does not have it"
                )
            }
            Finding::Spawned { path, user } => {
                write!(f, "{user} starts {path} as a process or a thread, and the image has no such file")
            }
            Finding::Unwritable { by, what, .. } => {
                write!(f, "{by} writes ({what}) where the image's user may not")
            }
            Finding::Convention { package, path } => {
                write!(
                    f,
                    "{package}, which the container starts or depends on, reads {path}, which the image does not have"
                )
            }
            Finding::Closed { package, specifier, user, .. } => {
                write!(f, "{user} loads {specifier}, which the \"exports\" of {package} do not offer")
            }
            Finding::Unresolved { user, fault, .. } => write!(f, "{user} {fault}"),
            Finding::IgnoredBuild { package, .. } => {
                write!(
                    f,
                    "nobody allowed the build script of {package}, which makes its native module, and the package has none for the image's platform"
                )
            }
            Finding::Library { package, path, library, .. } => {
                write!(f, "{path} of {package} needs {library}, which neither the base nor a package has")
            }
        }
    }
}

fn version(node: &Option<String>) -> String {
    node.as_ref().map_or_else(|| "node".to_owned(), |version| format!("node {version}"))
}
