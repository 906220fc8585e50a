//! dpkg's database for the base, for scanners and for dpkg itself. In: the packages, and which of their items are laid
//! out. Out: the files of `/var/lib/dpkg`. They list what exists: pruned files are in no list. Source of the forms:
//! dpkg-query reads them, as the tests verify.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::installed::{FOLDER, INFO, InstalledDebs};
use crate::plan::DebPlan;
use crate::scan::Scanned;

/// The files of the database by path. `stays` returns whether an item (by its number) of a package (by its number)
/// exists.
pub(crate) fn files(packages: &[Scanned], stays: &dyn Fn(usize, usize) -> bool) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut status = String::new();
    for (number, package) in packages.iter().enumerate() {
        status.push_str(&paragraph(package, &[]));
        let info = format!("{FOLDER}/info/{}", info_name(package));
        let here: Vec<&str> = items(package, |at| stays(number, at));
        files.insert(format!("{info}.list"), list(&here));
        let sums = md5sums(package, &here);
        if !sums.is_empty() {
            files.insert(format!("{info}.md5sums"), sums);
        }
        if !package.control.conffiles.is_empty() {
            files.insert(format!("{info}.conffiles"), package.control.conffiles.join("\n") + "\n");
        }
    }
    files.insert(format!("{FOLDER}/status"), status);
    // 1: packages that can be installed for several architectures have the architecture in their files' names.
    files.insert(format!("{FOLDER}/info/format"), "1\n".into());
    files
}

/// The files of the database on top of a base: those of the new packages, and the base's `status` with them or, if each
/// package has a file of its own, one more file for each.
pub(crate) fn files_on(
    installed: &InstalledDebs<'_>,
    plan: &DebPlan<'_>,
    packages: &[Scanned],
    stays: &dyn Fn(usize, usize) -> bool,
) -> BTreeMap<String, String> {
    let mut files = files(packages, stays);
    files.remove(&format!("{FOLDER}/info/format"));
    files.remove(&format!("{FOLDER}/status"));
    let obsolete = |number: usize| plan.obsolete.get(&number).map(Vec::as_slice).unwrap_or_default();
    let new = packages.iter().enumerate().map(|(number, package)| paragraph(package, obsolete(number)));
    let new: String = new.collect();
    files.extend(shortened(installed, plan));
    if !installed.has_separate_files() {
        files.insert(format!("{FOLDER}/status"), staying(installed, plan) + &new);
        return files;
    }
    let sums: Vec<(String, String)> = packages
        .iter()
        .filter_map(|package| {
            let info = format!("{FOLDER}/info/{}.md5sums", info_name(package));
            Some((format!("{FOLDER}/status.d/{}.md5sums", package.pin.name), files.get(&info)?.clone()))
        })
        .collect();
    files.clear();
    files.extend(sums);
    files.extend(
        packages
            .iter()
            .map(|package| (format!("{FOLDER}/status.d/{}", package.pin.name), paragraph(package, &[]))),
    );
    files
}

/// The paragraphs of the base's packages that are not replaced.
fn staying(installed: &InstalledDebs<'_>, plan: &DebPlan<'_>) -> String {
    let name = |paragraph: &str| {
        let line = paragraph.lines().find_map(|line| line.strip_prefix("Package:"));
        line.map(str::trim).unwrap_or_default().to_owned()
    };
    let all = installed.status.split("\n\n").map(|paragraph| paragraph.trim_matches('\n'));
    let staying = all.filter(|paragraph| !paragraph.is_empty() && !plan.gone.contains(&name(paragraph)));
    staying.map(|paragraph| format!("{paragraph}\n\n")).collect()
}

/// The lists of the base's packages, without files that new packages took over.
fn shortened(installed: &InstalledDebs<'_>, plan: &DebPlan<'_>) -> BTreeMap<String, String> {
    let losers: BTreeSet<&String> = plan.taken.values().collect();
    let mut lists = BTreeMap::new();
    for (path, bytes) in &installed.rootfs.databases {
        let Some(name) = path.strip_prefix(INFO).and_then(|name| name.strip_suffix(".list")) else {
            continue;
        };
        let name = name.split(':').next().unwrap_or(name).to_owned();
        if !losers.contains(&name) || plan.gone.contains(&name) {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes.0).into_owned();
        let lost = |line: &&str| {
            let real = installed.rootfs.real_path(installed.diverted(line.trim_start_matches('/'), &name));
            real.is_some_and(|real| plan.taken.get(&real) == Some(&name))
        };
        let kept = text.lines().filter(|line| !lost(line)).map(|line| format!("{line}\n"));
        lists.insert(path.clone(), kept.collect());
    }
    lists
}

/// The files in dpkg's folder that only the base's version of a replaced package had.
pub(crate) fn left_over(plan: &DebPlan<'_>, written: &BTreeMap<String, String>) -> Vec<String> {
    let Some(base) = plan.base else { return Vec::new() };
    let of_gone = |path: &&String| {
        let name = path.strip_prefix(INFO).and_then(|file| file.rsplit_once('.')).map(|(name, _)| name);
        let name = name.map(|name| name.split(':').next().unwrap_or(name));
        name.is_some_and(|name| plan.gone.contains(name)) && !written.contains_key(*path)
    };
    base.rootfs.entries.keys().filter(of_gone).cloned().collect()
}

/// `libc6:amd64` if it can be installed for several architectures, otherwise `tini`.
fn info_name(package: &Scanned) -> String {
    match package.control.paragraph.get("Multi-Arch") {
        Some("same") => format!("{}:{}", package.pin.name, package.pin.architecture),
        _ => package.pin.name.clone(),
    }
}

/// `obsolete` are configuration files of an earlier version.
fn paragraph(package: &Scanned, obsolete: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in package.control.paragraph.fields() {
        let _ = writeln!(text, "{name}: {value}");
        if name == "Package" {
            text.push_str("Status: install ok installed\n");
        }
    }
    if !package.conffiles.is_empty() || !obsolete.is_empty() {
        text.push_str("Conffiles:\n");
        // In the order of the package's own list, as in dpkg.
        let listed = package.control.conffiles.iter().filter_map(|path| path.strip_prefix('/'));
        for (path, sum) in listed.filter_map(|path| package.conffiles.get_key_value(path)) {
            let _ = writeln!(text, " /{path} {sum}");
        }
        for (path, sum) in obsolete {
            let _ = writeln!(text, " /{path} {sum} obsolete");
        }
    }
    text.push('\n');
    text
}

/// The paths of the laid-out items, including directories, as in the package.
fn items(package: &Scanned, stays: impl Fn(usize) -> bool) -> Vec<&str> {
    let items = package.items.iter().enumerate();
    let mut paths: Vec<&str> = items
        .filter(|(at, item)| !item.path.is_empty() && stays(*at))
        .map(|(_, item)| item.path.as_str())
        .collect();
    paths.sort_unstable();
    paths
}

fn list(paths: &[&str]) -> String {
    let lines = paths.iter().map(|path| format!("/{path}\n"));
    std::iter::once("/.\n".to_owned()).chain(lines).collect()
}

fn md5sums(package: &Scanned, here: &[&str]) -> String {
    let known =
        |line: &&str| line.split_once("  ").is_some_and(|(_, path)| here.binary_search(&path).is_ok());
    package.control.md5sums.lines().filter(known).map(|line| format!("{line}\n")).collect()
}
