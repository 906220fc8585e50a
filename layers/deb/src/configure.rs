//! The effects of maintainer scripts that are understood. In: the plan, and packages. Out: the accounts that they add,
//! and the plan with the folders, owners and modes that they set. Each script is applied completely or not at all.

use std::collections::{BTreeMap, BTreeSet};

use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

use crate::accounts::{Accounts, Rules};
use crate::order::order;
use crate::overrides::{self, Overrides};
use crate::plan::{DebPlan, directory};
use crate::prune::is_pruned;
use crate::scan::{Scanned, What};
use crate::script::Node;
use crate::script::commands::follow;
use crate::script::system::{Outcome, System, Touched};
use crate::tools::Tools;

/// Folders with packages' files for systemd-sysusers, and folders whose files of the same name have priority.
const SYSUSERS: [&str; 4] =
    ["etc/sysusers.d", "run/sysusers.d", "usr/local/lib/sysusers.d", "usr/lib/sysusers.d"];
/// The result of the scripts.
#[derive(Debug, Default)]
pub(crate) struct Configured {
    pub accounts: Accounts,
    /// dpkg's list of owners and modes, if scripts changed it.
    pub overrides: Option<Overrides>,
    /// Packages whose scripts are understood.
    pub understood: BTreeSet<String>,
    /// The scripts of other packages that are not understood.
    pub unread: BTreeMap<String, Vec<String>>,
    /// Existing folders whose owners or modes were changed, by real path.
    pub folders: BTreeSet<String>,
}

/// Follows the scripts of all packages, starting with these accounts.
pub(crate) fn configure(plan: &mut DebPlan<'_>, packages: &mut [Scanned], accounts: Accounts) -> Configured {
    let base = plan.base;
    let before = base.and_then(|base| base.rootfs.content(overrides::FILE)).unwrap_or_default();
    let before = Overrides::parse(&String::from_utf8_lossy(before));
    let mut configured = Configured { accounts, ..Configured::default() };
    apply(plan, packages, &before, &mut configured);
    let mut known = before.clone();
    let tools = Tools::of(base, packages);
    for number in order(packages, base.map(|base| base.packages.as_slice()).unwrap_or_default()) {
        let Some(package) = packages.get(number).filter(|package| !package.control.scripts.is_empty()) else {
            continue;
        };
        let name = package.pin.name.clone();
        let start = Outcome {
            accounts: configured.accounts.clone(),
            overrides: known.clone(),
            touched: BTreeMap::new(),
        };
        let scripts = package.control.scripts.clone();
        match followed(plan, &tools, packages, package, start) {
            Ok(outcome) if touch(plan, packages, &outcome.touched, &mut configured.folders) => {
                (configured.accounts, known) = (outcome.accounts, outcome.overrides);
                configured.understood.insert(name);
            }
            Ok(_) => drop(configured.unread.insert(name, scripts)),
            Err(unread) => drop(configured.unread.insert(name, unread)),
        }
    }
    configured.overrides = (known != before).then_some(known);
    configured
}

/// Applies the base's list to files of new packages, as dpkg does when it unpacks them.
fn apply(
    plan: &mut DebPlan<'_>,
    packages: &mut [Scanned],
    overrides: &Overrides,
    configured: &mut Configured,
) {
    for (path, set) in &overrides.0 {
        let real = plan.tree.real_path(path).filter(|real| item(plan, packages, real).is_some());
        if let (Some(_), Some((uid, gid))) = (real, set.numbers(&configured.accounts)) {
            let touched = Touched { mode: set.mode, uid, gid };
            touch(plan, packages, &BTreeMap::from([(path.clone(), touched)]), &mut configured.folders);
        }
    }
}

/// The result of one package's scripts, or the names of those that are not understood.
fn followed(
    plan: &DebPlan<'_>,
    tools: &Tools,
    packages: &[Scanned],
    package: &Scanned,
    start: Outcome,
) -> Result<Outcome, Vec<String>> {
    let before =
        plan.base.and_then(|base| base.packages.iter().find(|known| *known.name == *package.pin.name));
    let before = before.map(|package| package.version.to_string());
    let seen = Seen { plan, tools, packages };
    let mut outcome = start;
    let mut unread = Vec::new();
    for name in ["preinst", "postinst"] {
        if !package.control.scripts.iter().any(|script| script == name) {
            continue;
        }
        let action = match (name, &before) {
            ("postinst", _) => "configure",
            (_, Some(_)) => "upgrade",
            (_, None) => "install",
        };
        let arguments = [action.to_owned(), before.clone().unwrap_or_default()];
        let nodes: Option<&Vec<Node>> = package.scripts.get(name);
        match nodes.and_then(|nodes| follow(nodes, &arguments, &seen, outcome.clone())) {
            Some(left) => outcome = left,
            None => unread.push(name.to_owned()),
        }
    }
    if unread.is_empty() { Ok(outcome) } else { Err(unread) }
}

/// Sets owners and modes, and creates folders: all of them, or none if a path is a file outside the new packages.
fn touch(
    plan: &mut DebPlan<'_>,
    packages: &mut [Scanned],
    touched: &BTreeMap<String, Touched>,
    folders: &mut BTreeSet<String>,
) -> bool {
    let place = |path: &str| match plan.tree.lookup(path) {
        Some((real, entry)) => Some((real.to_owned(), entry.kind.clone())),
        None => plan.tree.real_path(path).map(|real| (real, TreeKind::Directory)),
    };
    let mut files = Vec::new();
    let mut set = Vec::new();
    for (path, touched) in touched {
        match place(path) {
            Some((real, TreeKind::Directory)) => set.push((real, *touched)),
            Some((real, TreeKind::File(_))) => match item(plan, packages, &real) {
                Some(item) => {
                    files.push((item, *touched));
                    set.push((real, *touched));
                }
                None => return false,
            },
            _ => return false,
        }
    }
    for ((number, at), touched) in files {
        if let Some(item) = packages.get_mut(number).and_then(|package| package.items.get_mut(at)) {
            (item.mode, item.uid, item.gid) = (touched.mode, touched.uid, touched.gid);
        }
    }
    for (real, Touched { mode, uid, gid }) in set.into_iter().filter(|(real, _)| !is_pruned(real)) {
        let known = plan.tree.entries.get(&real).cloned();
        if known.as_ref().is_some_and(|entry| entry.kind == TreeKind::Directory) {
            folders.insert(real.clone());
        }
        let entry = known.unwrap_or_else(|| directory(mode));
        plan.tree.entries.insert(real, TreeEntry { mode, uid, gid, ..entry });
    }
    true
}

/// The item of a new package at a path, unless it has several names.
fn item(plan: &DebPlan<'_>, packages: &[Scanned], real: &str) -> Option<(usize, usize)> {
    let number = plan.claims.owner(real)?;
    let places = plan.claims.of(number);
    let at =
        places.iter().position(|place| place.as_ref().is_some_and(|place| place.path.as_str() == real))?;
    let items = &packages.get(number)?.items;
    let item = items.get(at)?;
    let linked =
        items.iter().any(|other| matches!(&other.what, What::Hardlink(target) if *target == item.path));
    (matches!(item.what, What::File(_)) && !linked).then_some((number, at))
}

/// The planned tree in the form that a script sees.
struct Seen<'p, 'g> {
    plan: &'p DebPlan<'g>,
    tools: &'p Tools,
    packages: &'p [Scanned],
}

impl Seen<'_, '_> {
    fn tree(&self) -> &RootfsMetadata {
        &self.plan.tree
    }
}

impl System for Seen<'_, '_> {
    fn is_folder(&self, path: &str) -> Option<bool> {
        match self.tree().lookup(path) {
            Some((_, entry)) => Some(entry.kind == TreeKind::Directory),
            None => self.tree().is_directory(path).then_some(true),
        }
    }

    fn is_link(&self, path: &str) -> bool {
        let real = self.tree().real_path(path);
        let entry = real.and_then(|real| self.tree().entries.get(&real));
        entry.is_some_and(|entry| matches!(entry.kind, TreeKind::Symlink(_)))
    }

    fn is_executable(&self, path: &str) -> bool {
        self.tree().is_executable(path) || self.tools.has(path)
    }

    fn is_filled(&self, path: &str) -> bool {
        self.tree()
            .lookup(path)
            .is_some_and(|(_, entry)| matches!(entry.kind, TreeKind::File(size) if size > 0))
    }

    fn attributes(&self, path: &str) -> Option<(u32, u32, u32)> {
        self.tree().lookup(path).map(|(_, entry)| (entry.mode, entry.uid, entry.gid))
    }

    fn rules(&self, tool: &str) -> Option<Rules> {
        self.tools.rules(tool)
    }

    fn sysusers(&self, name: &str) -> Option<String> {
        let (own, others) = SYSUSERS.split_last()?;
        let is_elsewhere =
            others.iter().any(|folder| self.tree().lookup(&format!("{folder}/{name}")).is_some());
        let path = format!("{own}/{name}");
        let bytes = self.packages.iter().find_map(|package| package.texts.get(&path));
        bytes.filter(|_| !is_elsewhere).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    fn below(&self, path: &str) -> Vec<String> {
        let real = self.tree().lookup(path).map(|(real, _)| real).unwrap_or_default();
        let below = self.tree().entries.range(format!("{real}/")..format!("{real}0"));
        below.map(|(path, _)| format!("/{path}")).collect()
    }
}
