//! Checks that an image can start: whether its layers have the files that its commands, its code and its native modules
//! need. In: the layers' contents, the base's tree, the container's configuration. Out: [`Finding`]s. No program runs,
//! and nothing is unpacked.
//!
//! | module | what it checks |
//! |---|---|
//! | `finding` | the kinds of problems |
//! | `tree` | base, node_modules and outputs as one tree |
//! | `command`, `init`, `node_args`, `node_options`, `shim`, `given`, `starters` | programs, scripts and files of the commands |
//! | `early` | facts about a command before the build |
//! | `start`, `sure`, `loads`, `callers`, `values`, `pino`, `tokens` | modules that the program loads at its start |
//! | `lazy` | modules that it loads later |
//! | `paths`, `hooks`, `syntax`, `alias`, `aliases` | how files are found; code that Node.js does not run |
//! | `packages`, `exports`, `built_in` | workspace packages, as Node.js resolves them |
//! | `own_modules` | packages that outputs must include if the image has no node_modules of its own |
//! | `named`, `named_files`, `folders` | files that the program, its command and its variables name by a literal path |
//! | `fitting`, `found_files` | files that the program names by a pattern, or with a computed part |
//! | `own_files`, `own_writes` | workspace files that code loads later; files that it writes |
//! | `spawned` | files that the program starts as a process or a thread |
//! | `writes` | folders that shell text writes to |
//! | `conventions` | folders that packages read by their own convention |
//! | `ignored_builds` | packages whose install scripts were not allowed |
//! | `base_programs`, `libraries` | platforms and libraries of the base's programs, libraries of native modules |

mod alias;
mod aliases;
mod base_programs;
mod built_in;
mod callers;
mod command;
mod conventions;
mod early;
mod exports;
mod fitting;
mod folders;
mod found_files;
mod given;
mod hooks;
mod ignored_builds;
mod init;
mod lazy;
mod libraries;
mod loads;
mod named;
mod named_files;
mod node_args;
mod node_options;
mod own_files;
mod own_modules;
mod own_writes;
mod packages;
mod paths;
mod pino;
mod shim;
mod spawned;
mod start;
mod starters;
mod sure;
mod syntax;
#[cfg(test)]
mod testing;
mod tokens;
mod told;
mod tree;
mod values;
mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;

use fourply_blob::Key;
use fourply_modules::{Inventory, ModuleLayers, NativeFile, native_files};
use fourply_pnpm::{Closure, DepPath, ImagePackages, ImporterId, Target, Workspace};
use fourply_store::{Pack, Store, StoreError};

use crate::BuiltApp;
use crate::finding::{Asker, Finding};
use aliases::Aliases;
use command::Commands;
pub use early::EarlyCheck;
use ignored_builds::IgnoredBuilds;
use libraries::NativeGroup;
use named::Names;
use node_args::NodeArgs;
use packages::{Packages, is_same_package};
pub use shim::package_command;
use start::StartedCode;
use tree::ImageTree;
pub use tree::{BaseNode, BaseTree};
use writes::Writes;

/// The image to check.
pub struct CheckRequest<'a> {
    pub store: &'a Store,
    pub workspace: &'a Workspace,
    pub service: &'a ImporterId,
    pub production: &'a Closure,
    /// The platform of the packages.
    pub target: &'a Target,
    /// The outputs.
    pub app: &'a BuiltApp,
    /// The image's dependencies.
    pub packages: &'a ImagePackages,
    /// Whether packages were installed without scripts, on request.
    pub ignores_scripts: bool,
    /// The layers of node_modules; `None` if the image has none.
    pub modules: Option<&'a ModuleLayers>,
    /// The digests of the base's layers. They identify its tree.
    pub base: Vec<String>,
    /// Reads the base's tree when it is needed.
    pub base_tree: &'a dyn Fn() -> BaseTree<'a>,
    /// The workspace's root folder in the image.
    pub root: &'a str,
    /// The working directory of the container.
    pub folder: &'a str,
    /// The container's variables, including the base's.
    pub env: &'a BTreeMap<String, String>,
    /// Entry point and command.
    pub start: &'a [String],
    /// The test of the health check in Docker's form; empty if there is none.
    pub health: &'a [String],
    /// The folders that the image's user may write to, relative to `folder` or absolute; `None` if there is no
    /// restriction.
    pub writable: Option<&'a [String]>,
}

fourply_store::record! {
    /// The problems of an image.
    struct FindingsOf<'a> in Findings, rules 17 => Vec<Finding> {
        modules: Option<&'a Key>,
        packages: &'a ImagePackages,
        outputs: &'a Key,
        generated: Option<&'a Key>,
        base: &'a [String],
        target: &'a Target,
        service: &'a ImporterId,
        root: &'a str,
        folder: &'a str,
        env: &'a BTreeMap<String, String>,
        start: &'a [String],
        health: &'a [String],
        writable: Option<&'a [String]>,
    }
}

/// The problems of an image. They are stored, so an unchanged image is not checked again.
///
/// # Errors
/// If outputs cannot be read.
pub fn check(request: &CheckRequest<'_>) -> Result<Vec<Finding>, StoreError> {
    let record = FindingsOf {
        modules: request.modules.map(|modules| &modules.key),
        packages: request.packages,
        outputs: &request.app.pack,
        generated: request.app.generated.as_ref(),
        base: &request.base,
        target: request.target,
        service: request.service,
        root: request.root,
        folder: request.folder,
        env: request.env,
        start: request.start,
        health: request.health,
        writable: request.writable,
    };
    if let Some(known) = request.store.get(&record) {
        return Ok(request.told(known));
    }
    let inventory = match request.modules {
        Some(modules) => modules.inventory(request.store),
        None => Some(Inventory::default()),
    };
    let Some(inventory) = inventory else { return Ok(Vec::new()) };
    let found = request.look(&inventory)?;
    request.store.put(&record, &found)?;
    Ok(request.told(found))
}

impl CheckRequest<'_> {
    fn look(&self, inventory: &Inventory) -> Result<Vec<Finding>, StoreError> {
        let base = (self.base_tree)();
        let outputs = self.store.open_pack(&self.app.pack)?;
        let generated = self.app.generated.map(|pack| self.store.open_pack(&pack)).transpose()?;
        let packs: Vec<Arc<Pack>> = generated.into_iter().chain([Arc::clone(&outputs)]).collect();
        let tree =
            ImageTree { store: self.store, root: self.root, base: &base, inventory, packs, unbuilt: false };
        let (mut findings, nodes, files) = self.commands(&tree);
        let of_packages = self.packages(&tree, &outputs, &nodes);
        let mut of_code = self.of_code(&tree, &outputs, &nodes, &files);
        of_code.retain(|finding| !of_packages.iter().any(|known| is_same_package(known, finding)));
        findings.extend(of_packages.into_iter().chain(of_code));
        if !self.ignores_scripts {
            let (settings, rules) = (&self.workspace.settings, &self.workspace.rules.builds);
            let verdict = |package: &DepPath| settings.may_build(rules, package);
            let builds = IgnoredBuilds { store: self.store, verdict: &verdict, closure: self.production };
            findings.extend(builds.findings(inventory, self.target)?);
        }
        let groups = self.natives(inventory)?;
        let folders = self.env.get("LD_LIBRARY_PATH").map(String::as_str).unwrap_or_default();
        findings.extend(libraries::missing(&groups, &base, folders, self.target));
        let mut once: Vec<Finding> = Vec::new();
        for finding in findings {
            if !once.contains(&finding) {
                once.push(finding);
            }
        }
        Ok(once)
    }

    fn commands(&self, tree: &ImageTree<'_>) -> (Vec<Finding>, Vec<NodeArgs>, Vec<String>) {
        let none = BTreeMap::new();
        let scripts = self.workspace.manifests.get(self.service).map_or(&none, |manifest| &manifest.scripts);
        let mut commands = Commands {
            tree,
            folder: self.folder,
            env: self.env,
            node: self.target.node.as_ref(),
            scripts,
            programs: &self.app.programs,
            findings: Vec::new(),
            nodes: Vec::new(),
            target: self.target,
            files: Vec::new(),
            more_path: String::new(),
        };
        commands.follow(Asker::Start, self.start);
        let nodes = std::mem::take(&mut commands.nodes);
        commands.follow_test(self.health);
        (commands.findings, nodes, commands.files)
    }

    /// Problems with loaded modules and with modules that outputs must include.
    fn of_code(
        &self,
        tree: &ImageTree<'_>,
        outputs: &Arc<Pack>,
        nodes: &[NodeArgs],
        files: &[String],
    ) -> Vec<Finding> {
        let all = self.workspace.manifests.iter().filter(|(folder, _)| !folder.is_root());
        let workspace: Vec<(ImporterId, String)> = all
            .map(|(folder, manifest)| (folder.clone(), manifest.name.clone().unwrap_or_default()))
            .collect();
        let conditions = self.conditions(nodes);
        let node_path = self.env.get("NODE_PATH").into_iter().flat_map(|path| path.split(':'));
        let node = self.target.node.as_ref();
        let strips =
            |args: &NodeArgs| args.runs_typescript(node) && args.modules.is_empty() && !args.transforms;
        let code = StartedCode {
            tree,
            workspace: &workspace,
            conditions: &conditions,
            compiles: nodes.iter().any(NodeArgs::compiles),
            plain: !nodes.iter().any(NodeArgs::may_change_names),
            aliases: self.by_tsx(nodes).then(|| Aliases::of(tree, self.folder)).flatten(),
            node,
            strips: node.is_some() && nodes.iter().all(strips),
            node_path: node_path.collect(),
        };
        let mut missing = code.missing(files);
        if self.modules.is_none() {
            missing.retain(|it| matches!(it, Finding::NotInstalled { .. } | Finding::Unresolved { .. }));
        }
        let manifest = self.workspace.manifests.get(self.service);
        let names = manifest.into_iter().flat_map(|manifest| manifest.dependencies.keys());
        let names: Vec<String> = names.filter(|name| self.packages.leaves_out(name)).cloned().collect();
        if !names.is_empty() {
            missing.extend(own_modules::missing(tree, outputs, &names, &code.reached(files)));
        }
        let names = Names { tree, folder: self.folder };
        let reached = code.reached(files);
        missing.extend(names.of_code(&reached).into_iter().chain(names.of_processes(&reached)));
        missing.extend(names.of_patterns(&reached));
        missing.extend(names.of_start(self.start, self.env));
        if self.modules.is_some() {
            missing.extend(code.later(&reached));
        }
        missing.extend(code.own_files(&reached, &missing));
        if let Some(writable) = self.writable {
            let writes = Writes { tree, folder: self.folder, writable };
            missing.extend(writes.findings(self.start).into_iter().chain(writes.of_code(&reached)));
        }
        missing.extend(self.by_convention(tree));
        missing
    }

    /// Whether only tsx and Node.js resolve names.
    fn by_tsx(&self, nodes: &[NodeArgs]) -> bool {
        let known = !self.env.contains_key("TSX_TSCONFIG_PATH");
        known && nodes.iter().any(NodeArgs::may_change_names) && nodes.iter().all(NodeArgs::is_by_tsx)
    }

    /// Folders that dependencies read and the image lacks. Whether the sources have them is checked later.
    fn by_convention(&self, tree: &ImageTree<'_>) -> Vec<Finding> {
        let Some(manifest) = self.workspace.manifests.get(self.service) else { return Vec::new() };
        let absent =
            conventions::folders(&manifest.dependencies, self.env).filter_map(|(package, folder)| {
                let full = format!("{}/{folder}", self.folder);
                let path = full.strip_prefix(self.root)?.strip_prefix('/')?.to_owned();
                tree.real(&full).is_none().then(|| Finding::Convention { package: package.to_owned(), path })
            });
        absent.collect()
    }

    /// The additional resolution conditions. Source of the version: Node.js documentation, "Conditional exports".
    fn conditions(&self, nodes: &[NodeArgs]) -> Vec<String> {
        let has_sync = self.target.node.as_ref().is_none_or(|node| {
            (node.major, node.minor) >= (22, 10) || (node.major == 20 && node.minor >= 19)
        });
        let sync = has_sync.then(|| "module-sync".to_owned());
        nodes.iter().flat_map(|args| args.conditions.iter().cloned()).chain(sync).collect()
    }

    fn packages(&self, tree: &ImageTree<'_>, outputs: &Arc<Pack>, nodes: &[NodeArgs]) -> Vec<Finding> {
        let node = self.target.node.as_ref();
        let conditions = self.conditions(nodes);
        // A command that is not known to be Node.js may run anything.
        let outside =
            nodes.is_empty() || nodes.iter().any(|args| args.runs_typescript(node) || args.compiles());
        let inside = nodes.is_empty() || nodes.iter().any(NodeArgs::compiles);
        let others = self.workspace.manifests.iter();
        let others = others.filter(|(folder, _)| !folder.is_root() && *folder != self.service);
        let workspace: Vec<(ImporterId, String)> =
            others.filter_map(|(folder, manifest)| Some((folder.clone(), manifest.name.clone()?))).collect();
        let packages = Packages {
            tree,
            production: self.production,
            workspace: &workspace,
            outputs,
            conditions: &conditions,
            typescript: (outside, inside),
            node: node.map(ToString::to_string),
        };
        packages.findings()
    }

    /// Whether a package is one of several platform variants. A package that lists them as optional needs the one that
    /// fits.
    fn is_for_one_machine(&self, package: &DepPath) -> bool {
        let info = self.workspace.lockfile.packages.get(package.package_key());
        info.is_some_and(|info| info.os.is_some() && info.cpu.is_some())
    }

    /// The native modules of packages, and of the outputs' folders.
    fn natives(&self, inventory: &Inventory) -> Result<Vec<NativeGroup>, StoreError> {
        let optional = |dep_path: &str| {
            let package = self.production.packages.get_key_value(dep_path);
            package.is_some_and(|(path, package)| package.optional && !self.is_for_one_machine(path))
        };
        let of_packages = inventory.packages.iter().filter(|package| !package.natives.is_empty());
        let mut groups: Vec<NativeGroup> = of_packages
            .map(|package| NativeGroup {
                name: package.dep_path.clone(),
                files: package.natives.clone(),
                optional: optional(&package.dep_path),
            })
            .collect();
        for pack in [Some(self.app.pack), self.app.generated].into_iter().flatten() {
            let mut folders: BTreeMap<String, Vec<NativeFile>> = BTreeMap::new();
            for file in native_files(self.store, &pack)? {
                let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                folders.entry(folder).or_default().push(file);
            }
            groups.extend(folders.into_iter().map(|(name, files)| NativeGroup {
                name,
                files,
                optional: false,
            }));
        }
        Ok(groups)
    }
}
