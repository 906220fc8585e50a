//! What maintainer scripts leave that are understood. Comes in: the plan, and packages. Goes out: the accounts that they add, and the plan with the folders,
//! owners and modes that they set. Each script counts whole or not at all; those of the packages that another one needs come first.

use std::collections::{BTreeMap, BTreeSet};

use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

use crate::accounts::Accounts;
use crate::plan::{DebPlan, directory};
use crate::prune::is_pruned;
use crate::relation;
use crate::scan::{Scanned, What};
use crate::script::Node;
use crate::script::commands::follow;
use crate::script::system::{Outcome, System, Touched};
use crate::version;

/// The first adduser whose rules are known.
const ADDUSER: &str = "3.122";
const ADDUSER_CONFIGURATION: &str = "etc/adduser.conf";
/// What adduser goes by where nobody changed it.
const USUAL: [&str; 6] = [
    "FIRST_SYSTEM_UID=100",
    "LAST_SYSTEM_UID=999",
    "FIRST_SYSTEM_GID=100",
    "LAST_SYSTEM_GID=999",
    "SYS_DIR_MODE=0755",
    "DIR_MODE=0700",
];

/// What scripts left.
#[derive(Debug, Default)]
pub(crate) struct Configured {
    pub accounts: Accounts,
    /// Packages whose scripts are understood.
    pub understood: BTreeSet<String>,
    /// Folders that were there before and have other owners or modes, by real path.
    pub folders: BTreeSet<String>,
}

/// Follows the scripts of all packages, on these accounts.
pub(crate) fn configure(plan: &mut DebPlan<'_>, packages: &mut [Scanned], accounts: Accounts) -> Configured {
    let mut configured = Configured { accounts, ..Configured::default() };
    let usual = has_usual_adduser(plan, packages);
    for number in order(packages) {
        let Some(package) = packages.get(number).filter(|package| !package.control.scripts.is_empty()) else {
            continue;
        };
        let Some(outcome) = followed(plan, package, configured.accounts.clone()) else { continue };
        let adds = outcome.accounts != configured.accounts;
        let name = package.pin.name.clone();
        if (adds && !usual) || !touch(plan, packages, &outcome.touched, &mut configured.folders) {
            continue;
        }
        configured.accounts = outcome.accounts;
        configured.understood.insert(name);
    }
    configured
}

/// What the scripts of one package leave; `None` where one is not understood.
fn followed(plan: &DebPlan<'_>, package: &Scanned, accounts: Accounts) -> Option<Outcome> {
    let before =
        plan.base.and_then(|base| base.packages.iter().find(|known| *known.name == *package.pin.name));
    let before = before.map(|package| package.version.to_string());
    let seen = Seen(plan);
    let mut outcome = Outcome { accounts, touched: BTreeMap::new() };
    for name in ["preinst", "postinst"] {
        if !package.control.scripts.iter().any(|script| script == name) {
            continue;
        }
        let nodes: &[Node] = package.scripts.get(name)?;
        let action = match (name, &before) {
            ("postinst", _) => "configure",
            (_, Some(_)) => "upgrade",
            (_, None) => "install",
        };
        let arguments = [action.to_owned(), before.clone().unwrap_or_default()];
        outcome = follow(nodes, &arguments, &seen, outcome)?;
    }
    Some(outcome)
}

/// Whether adduser is one whose rules are known, with the configuration that it comes with.
fn has_usual_adduser(plan: &DebPlan<'_>, packages: &[Scanned]) -> bool {
    let new = packages
        .iter()
        .find(|package| package.pin.name == "adduser")
        .map(|package| package.pin.version.clone());
    let old = || {
        let mut all = plan.base?.packages.iter();
        all.find(|package| *package.name == *"adduser").map(|package| package.version.to_string())
    };
    let is_known = new.or_else(old).is_some_and(|known| version::compare(&known, ADDUSER).is_ge());
    let text = plan.base.and_then(|base| base.rootfs.content(ADDUSER_CONFIGURATION)).unwrap_or_default();
    let text = String::from_utf8_lossy(text).replace('"', "");
    let names = |line: &str| USUAL.iter().any(|usual| line.split('=').next() == usual.split('=').next());
    let changed = text.lines().map(str::trim).any(|line| names(line) && !USUAL.contains(&line));
    is_known && !changed
}

/// The numbers of the packages: what another one depends on comes first, else by name.
fn order(packages: &[Scanned]) -> Vec<usize> {
    let numbers: BTreeMap<&str, usize> =
        packages.iter().enumerate().map(|(number, package)| (package.pin.name.as_str(), number)).collect();
    let needs = |package: &Scanned| {
        let fields =
            ["Pre-Depends", "Depends"].into_iter().filter_map(|field| package.control.paragraph.get(field));
        let relations = fields.flat_map(|field| relation::parse(field).unwrap_or_default()).flatten();
        let needs: Vec<usize> =
            relations.filter_map(|relation| numbers.get(relation.name).copied()).collect();
        needs
    };
    let needs: Vec<Vec<usize>> = packages.iter().map(needs).collect();
    let (mut ordered, mut seen) = (Vec::new(), BTreeSet::new());
    for start in numbers.values().copied() {
        // Without recursion: a package is left once all that it needs was.
        let mut open = vec![(start, false)];
        while let Some((number, done)) = open.pop() {
            if done {
                ordered.push(number);
            } else if seen.insert(number) {
                open.push((number, true));
                let of = needs.get(number).map(Vec::as_slice).unwrap_or_default();
                open.extend(
                    of.iter().rev().filter(|number| !seen.contains(number)).map(|number| (*number, false)),
                );
            }
        }
    }
    ordered
}

/// Sets owners and modes, and makes folders: all of them, or none where one is a file that no new package has.
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

/// The item of a new package that lies at a path, unless it has several names.
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

/// The planned tree, as a script sees it.
struct Seen<'p, 'g>(&'p DebPlan<'g>);

impl Seen<'_, '_> {
    fn tree(&self) -> &RootfsMetadata {
        &self.0.tree
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
        self.tree().is_executable(path)
    }

    fn is_filled(&self, path: &str) -> bool {
        self.tree()
            .lookup(path)
            .is_some_and(|(_, entry)| matches!(entry.kind, TreeKind::File(size) if size > 0))
    }

    fn attributes(&self, path: &str) -> Option<(u32, u32, u32)> {
        self.tree().lookup(path).map(|(_, entry)| (entry.mode, entry.uid, entry.gid))
    }

    fn below(&self, path: &str) -> Vec<String> {
        let real = self.tree().lookup(path).map(|(real, _)| real).unwrap_or_default();
        let below = self.tree().entries.range(format!("{real}/")..format!("{real}0"));
        below.map(|(path, _)| format!("/{path}")).collect()
    }
}
