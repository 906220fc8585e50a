//! One `.bin` directory: packages with commands become scripts or links. In: sources. Out: [`Linked`]. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::commands::{BinCommand, PackageBins, Target};
use super::node_path::NodePath;
use super::shim::{Shim, absolute};
use super::winner::{BinCandidate, takes};
use crate::layout::paths::{join_inside, relative};
use crate::rules::{BinRules, MadeExecutable, MissingTarget, ScriptPath, Symlinkable};
use crate::{Node, Rules};

/// A package whose commands are linked. Paths are relative to the workspace's root.
#[derive(Debug, Clone)]
pub(crate) struct BinSource<'a> {
    /// The path by which pnpm reaches the package. It may lead through a link.
    pub(crate) location: String,
    /// The package's real path.
    pub(crate) real: String,
    pub(crate) bins: &'a PackageBins,
    /// How the package got into the folder.
    pub(crate) rank: Rank,
    /// Commands without a file are left out.
    pub(crate) only_present: bool,
    /// The offer after patching. Set if `bins` is from before patching and `only_present` must test the patched files.
    pub(crate) patched: Option<&'a PackageBins>,
}

impl BinSource<'_> {
    fn lacks(&self, command: &BinCommand) -> bool {
        let patched = self.patched.into_iter().flat_map(|bins| &bins.commands);
        let mut same = patched.filter(|patched| patched.name == command.name);
        command.target == Target::Missing || same.any(|patched| patched.target == Target::Missing)
    }
}

/// Which sources win over others, whatever their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Direct,
    /// A hoisted package; under [`LikePackages`](crate::rules::HoistedLinks::LikePackages) also a hoisted link to a
    /// workspace package.
    Hoisted,
    /// A hoisted link to a workspace package, under [`AfterPackages`](crate::rules::HoistedLinks::AfterPackages).
    HoistedLink,
}

/// The inputs shared by all `.bin` directories of a tree.
#[derive(Debug, Clone)]
pub(crate) struct Linker<'a> {
    pub(crate) rules: &'static Rules,
    /// `preferSymlinkedExecutables`.
    pub(crate) symlinks: bool,
    /// How NODE_PATH is computed.
    pub(crate) node_path: NodePath<'a>,
}

/// The result of linking. Paths are relative to the workspace's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Linked {
    /// The directory itself with its scripts and links.
    pub(crate) nodes: BTreeMap<String, Node>,
    /// The files behind commands, by real path. They become executable. The value says whether the shebang ends with CR
    /// LF.
    pub(crate) executables: BTreeMap<String, bool>,
}

impl Linked {
    /// Adds the result of a later pass, which overwrites earlier nodes.
    pub(crate) fn extend(&mut self, later: Linked) {
        self.nodes.extend(later.nodes);
        self.executables.extend(later.executables);
    }
}

impl Linker<'_> {
    /// Links the commands of `sources` in `directory`. If there are none, nothing is created, not even the directory.
    pub(crate) fn link(&self, directory: &str, sources: &[BinSource<'_>]) -> Linked {
        self.link_besides(directory, sources, &BTreeSet::new())
    }

    /// The same, without the commands in `taken`.
    pub(crate) fn link_besides(
        &self,
        directory: &str,
        sources: &[BinSource<'_>],
        taken: &BTreeSet<&str>,
    ) -> Linked {
        let mut chosen = self.choose(sources);
        chosen.retain(|name, _| !taken.contains(name));
        let mut linked = Linked::default();
        if chosen.is_empty() {
            return linked;
        }
        linked.nodes.insert(directory.to_owned(), Node::Directory);
        for (name, (command, source)) in chosen {
            self.link_command(directory, name, command, source, &mut linked);
        }
        linked
    }

    /// The same without NODE_PATH.
    pub(crate) fn without_node_path(&self) -> Self {
        Linker { node_path: NodePath { hoisted: None, ..self.node_path.clone() }, ..self.clone() }
    }

    fn bins(&self) -> &'static BinRules {
        &self.rules.bins
    }

    fn choose<'s>(
        &self,
        sources: &'s [BinSource<'_>],
    ) -> BTreeMap<&'s str, (&'s BinCommand, &'s BinSource<'s>)> {
        let mut chosen: BTreeMap<&str, (&BinCommand, &BinSource<'_>)> = BTreeMap::new();
        for source in sources {
            for command in &source.bins.commands {
                let wins = chosen
                    .get(command.name.as_str())
                    .is_none_or(|(_, holder)| self.wins(&command.name, holder, source));
                if wins {
                    chosen.insert(&command.name, (command, source));
                }
            }
        }
        chosen
    }

    fn wins(&self, command: &str, holder: &BinSource<'_>, challenger: &BinSource<'_>) -> bool {
        if holder.rank != challenger.rank {
            return challenger.rank < holder.rank;
        }
        let candidate =
            |bins: &PackageBins| -> (String, String) { (bins.name.clone(), bins.version.clone()) };
        let (holder, challenger) = (candidate(holder.bins), candidate(challenger.bins));
        takes(
            command,
            BinCandidate { package: &holder.0, version: &holder.1 },
            BinCandidate { package: &challenger.0, version: &challenger.1 },
            self.bins(),
        )
    }

    fn link_command(
        &self,
        directory: &str,
        name: &str,
        command: &BinCommand,
        source: &BinSource<'_>,
        linked: &mut Linked,
    ) {
        let paths = (join_inside(&source.location, &command.path), join_inside(&source.real, &command.path));
        let (Some(path), Some(real)) = paths else { return };
        let path = match self.bins().script_path {
            ScriptPath::AsReached => path,
            ScriptPath::Real => real.clone(),
        };
        if source.only_present && source.lacks(command) {
            return;
        }
        let Some(node) = self.node(directory, name, command, &source.real, &path, &real) else { return };
        linked.nodes.insert(format!("{directory}/{name}"), node);
        if let Target::File { carriage_return, .. } = command.target
            && self.makes_executable(&real)
        {
            linked.executables.insert(real, carriage_return);
        }
    }

    fn node(
        &self,
        directory: &str,
        name: &str,
        command: &BinCommand,
        package: &str,
        path: &str,
        real: &str,
    ) -> Option<Node> {
        if command.target == Target::Directory {
            return None;
        }
        if name == "node" && self.bins().node_is_linked {
            return Some(Node::Symlink(absolute(self.node_path.root, path)));
        }
        if self.symlinks && self.may_be_symlink(command, real) {
            return Some(Node::Symlink(relative(directory, path)));
        }
        match self.bins().missing_target {
            MissingTarget::LeftOut if command.target == Target::Missing => return None,
            MissingTarget::LeftOut | MissingTarget::Linked => {}
        }
        let folders = if self.symlinks && !self.bins().node_path_beside_links {
            Vec::new()
        } else {
            self.node_path.of(package, real)
        };
        let shim = Shim {
            rules: &self.bins().shim,
            root: self.node_path.root,
            directory,
            path,
            target: command.target,
            runtime: &command.runtime,
            node_path: &folders,
        };
        Some(Node::File { executable: true, bytes: Arc::from(shim.text().into_bytes()) })
    }

    fn may_be_symlink(&self, command: &BinCommand, real: &str) -> bool {
        let Target::File { carriage_return, executable } = command.target else { return true };
        match self.bins().symlinkable {
            Symlinkable::All => true,
            Symlinkable::InPackagesOrRunnable => is_in_modules(real) || (executable && !carriage_return),
            Symlinkable::InPackagesOrRunnableWithoutCr => {
                !carriage_return && (is_in_modules(real) || executable)
            }
        }
    }

    fn makes_executable(&self, real: &str) -> bool {
        match self.bins().made_executable {
            MadeExecutable::All => true,
            MadeExecutable::InPackages => is_in_modules(real),
        }
    }
}

fn is_in_modules(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}

#[cfg(test)]
mod tests;
