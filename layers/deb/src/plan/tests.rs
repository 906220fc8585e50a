use super::super::testing::{DIRECTORY, EntrySpec, FILE, HARDLINK, SYMLINK, deb, scanned};
use super::*;

/// The plan of packages with these fields and files, and its error as text.
fn planned(packages: &[(&str, &str, &[EntrySpec<'_>])]) -> Result<DebPlan<'static>, String> {
    let packages: Vec<Scanned> = packages
        .iter()
        .map(|(name, fields, data)| scanned(name, &deb(name, fields, data)).unwrap())
        .collect();
    plan(&packages, "amd64").map_err(|error| error.to_string())
}

fn paths<'p>(plan: &'p DebPlan<'_>, package: usize) -> Vec<&'p str> {
    plan.claims.of(package).iter().flatten().map(|place| place.path.as_str()).collect()
}

#[test]
fn follows_the_links_into_usr() {
    let plan = planned(&[
        (
            "a",
            "",
            &[
                ("./lib/", DIRECTORY, ""),
                ("./lib/x.so", FILE, "x"),
                ("./bin/", DIRECTORY, ""),
                ("./bin/a.sh", FILE, ""),
            ],
        ),
        (
            "b",
            "",
            &[
                ("./bin", SYMLINK, "usr/bin"),
                ("./usr/bin/b", FILE, "b"),
                ("./lib64/ld.so", SYMLINK, "/lib/x.so"),
            ],
        ),
    ])
    .unwrap();
    assert_eq!(paths(&plan, 0), ["usr/lib/x.so", "usr/bin/a.sh"]);
    assert_eq!(paths(&plan, 1), ["usr/bin/b", "usr/lib64/ld.so"]);
    assert_eq!(plan.tree.entries["bin"].kind, TreeKind::Symlink("usr/bin".into()));
    assert_eq!(plan.tree.lookup("/lib64/ld.so").unwrap().0, "usr/lib/x.so");
    assert!(!planned(&[]).unwrap().tree.entries.contains_key("sbin/x"));
}

#[test]
fn a_file_of_two_packages_is_an_error_unless_one_replaces_the_other() {
    let file: &[EntrySpec<'_>] = &[("./usr/share/", DIRECTORY, ""), ("./usr/share/x", FILE, "x")];
    let error = planned(&[("a", "", file), ("b", "", file)]).unwrap_err();
    assert_eq!(error, "\"usr/share/x\" is in a_1_all.deb and in b_1_all.deb");
    let plan = planned(&[("a", "", file), ("b", "Replaces: a (<< 2)\n", file)]).unwrap();
    assert_eq!((paths(&plan, 0), paths(&plan, 1)), (vec![], vec!["usr/share/x"]));
    let plan = planned(&[("a", "Replaces: b\n", file), ("b", "", file)]).unwrap();
    assert_eq!((paths(&plan, 0), paths(&plan, 1)), (vec!["usr/share/x"], vec![]));
    assert!(planned(&[("a", "", file), ("b", "Replaces: a (<< 1)\n", file)]).is_err());
}

#[test]
fn sees_that_two_paths_are_one_file() {
    let packages: [(&str, &str, &[EntrySpec<'_>]); 2] =
        [("a", "", &[("./lib/x", FILE, "1")]), ("b", "", &[("./usr/lib/x", FILE, "2")])];
    assert_eq!(planned(&packages).unwrap_err(), "\"usr/lib/x\" is in a_1_all.deb and in b_1_all.deb");
    let link: &[EntrySpec<'_>] = &[
        ("./opt/", DIRECTORY, ""),
        ("./opt/a", SYMLINK, "../etc"),
        ("./opt/a/x", FILE, ""),
        ("./etc/x", FILE, ""),
    ];
    assert!(planned(&[("a", "", link)]).unwrap_err().contains("etc/x"));
}

#[test]
fn links_lead_nowhere_outside_the_root() {
    let up: &[EntrySpec<'_>] =
        &[("./opt/", DIRECTORY, ""), ("./opt/a", SYMLINK, "../../../../etc"), ("./opt/a/x", FILE, "")];
    assert_eq!(paths(&planned(&[("a", "", up)]).unwrap(), 0), ["opt/a", "etc/x"]);
    let cycle: &[EntrySpec<'_>] = &[("./a", SYMLINK, "b"), ("./b", SYMLINK, "a"), ("./a/x", FILE, "")];
    assert!(planned(&[("a", "", cycle)]).unwrap_err().contains("loop of links"));
    let below: &[EntrySpec<'_>] = &[("./a", FILE, ""), ("./a/x", FILE, "")];
    assert!(planned(&[("a", "", below)]).unwrap_err().contains("no directory"));
    let whiteout: &[EntrySpec<'_>] = &[("./etc/.wh.passwd", FILE, "")];
    assert!(planned(&[("a", "", whiteout)]).unwrap_err().contains(".wh."));
}

#[test]
fn folders_and_links_meet_as_with_dpkg() {
    let folder: &[EntrySpec<'_>] =
        &[("./srv/", DIRECTORY, ""), ("./srv/a/", DIRECTORY, ""), ("./srv/a/x", FILE, "")];
    let link: &[EntrySpec<'_>] =
        &[("./srv/", DIRECTORY, ""), ("./srv/b/", DIRECTORY, ""), ("./srv/a", SYMLINK, "b")];
    let folder_first = planned(&[("a", "", folder), ("b", "", link)]).unwrap();
    assert_eq!(folder_first.tree.entries["srv/a"].kind, TreeKind::Directory);
    let link_first = planned(&[("a", "", link), ("b", "", folder)]).unwrap();
    assert_eq!(paths(&link_first, 1), ["srv/b/x"]);
    let file: &[EntrySpec<'_>] = &[("./srv", FILE, "")];
    assert!(planned(&[("a", "", folder), ("b", "", file)]).is_err());
    assert!(planned(&[("a", "", file), ("b", "", folder)]).is_err());
}

#[test]
fn hard_links_keep_the_file_that_they_need() {
    let data: &[EntrySpec<'_>] = &[
        ("./usr/share/man/", DIRECTORY, ""),
        ("./usr/share/man/x", FILE, "x"),
        ("./usr/share/man/y", FILE, "y"),
        ("./usr/bin/x", HARDLINK, "./usr/share/man/x"),
    ];
    let plan = planned(&[("a", "", data)]).unwrap();
    assert_eq!(paths(&plan, 0), ["usr/share/man/x", "usr/bin/x"]);
    assert_eq!(plan.claims.of(0)[3].as_ref().unwrap().link.as_ref().unwrap().as_str(), "usr/share/man/x");
    let gone: &[EntrySpec<'_>] = &[("./usr/bin/x", HARDLINK, "./usr/bin/y")];
    assert!(planned(&[("a", "", gone)]).unwrap_err().contains("not an earlier file of the package"));
    let foreign: [(&str, &str, &[EntrySpec<'_>]); 2] =
        [("a", "", &[("./usr/bin/y", FILE, "")]), ("b", "", &[("./usr/bin/x", HARDLINK, "./usr/bin/y")])];
    assert!(planned(&foreign).unwrap_err().contains("not an earlier file of the package"));
}

#[test]
fn what_is_pruned_leaves_no_folders_behind_but_those_of_the_list() {
    let data: &[EntrySpec<'_>] = &[
        ("./usr/share/man/man1/", DIRECTORY, ""),
        ("./usr/share/man/man1/a.1", FILE, ""),
        ("./usr/share/doc/a/", DIRECTORY, ""),
        ("./usr/share/doc/a/examples/", DIRECTORY, ""),
        ("./usr/share/doc/a/copyright", FILE, ""),
    ];
    let plan = planned(&[("a", "", data)]).unwrap();
    assert_eq!(paths(&plan, 0), ["usr/share/doc/a/copyright"]);
    let below: Vec<&String> =
        plan.tree.entries.keys().filter(|path| path.starts_with("usr/share/")).collect();
    assert_eq!(below, ["usr/share/doc", "usr/share/doc/a", "usr/share/doc/a/copyright", "usr/share/man"]);
}

#[test]
fn a_diverted_file_is_listed_by_its_own_path() {
    let mut rootfs = RootfsMetadata::default();
    for folder in ["var", "var/lib", "var/lib/dpkg"] {
        rootfs.entries.insert(folder.into(), directory(0o755));
    }
    let status = "Package: base\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n";
    for (path, text) in [("status", status), ("diversions", "/usr/bin/x\n/usr/bin/x.real\n:\n")] {
        let path = format!("var/lib/dpkg/{path}");
        rootfs.entries.insert(path.clone(), entry(TreeKind::File(text.len() as u64), 0o644, 0, 0));
        rootfs.databases.insert(path, fourply_rootfs::Base64Bytes(text.into()));
    }
    let packages = [scanned("a", &deb("a", "", &[("./usr/bin/x", FILE, "x")])).unwrap()];
    let base = InstalledDebs::new(&rootfs).unwrap();
    let plan = plan_on(&base, &packages).unwrap();
    assert_eq!(paths(&plan, 0), ["usr/bin/x.real"]);
    let stays = |number: usize, at: usize| plan.has(&packages, number, at);
    let database = crate::status::files_on(&base, &plan, &packages, &stays);
    assert_eq!(database["var/lib/dpkg/info/a.list"], "/.\n/usr/bin/x\n");
}
