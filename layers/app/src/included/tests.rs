#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::{id, manifest};

fn manifests() -> BTreeMap<ImporterId, Manifest> {
    let folders = [".", "services/a", "apps/client", "apps/client/e2e"];
    folders.iter().map(|folder| (id(folder), manifest("{}"))).collect()
}

fn entry(from: &str, to: Option<&str>) -> Result<Entry> {
    let spec = IncludedFiles { from: from.to_owned(), to: to.map(str::to_owned) };
    Entry::new(&spec, &id("services/a"), &manifests())
}

#[test]
fn a_place_is_the_services_the_roots_or_another_projects() {
    for (from, path, owner) in [
        ("prisma/migrations", "services/a/prisma/migrations", "services/a"),
        ("./views/", "services/a/views", "services/a"),
        ("/locales", "locales", "."),
        ("/apps/client/dist", "apps/client/dist", "apps/client"),
        ("/apps/client", "apps/client", "apps/client"),
        ("/apps/client/e2e/x", "apps/client/e2e/x", "apps/client/e2e"),
    ] {
        let entry = entry(from, None).unwrap();
        assert_eq!((entry.path.as_str(), entry.owner.as_str()), (path, owner), "{from}");
        assert_eq!(entry.destination("b/c"), format!("{path}/b/c"));
    }
}

#[test]
fn to_is_of_the_services_folder() {
    let to = |from, to, rest| entry(from, Some(to)).unwrap().destination(rest);
    assert_eq!(to("/apps/client/dist", "client", "js/x.js"), "services/a/client/js/x.js");
    assert_eq!(to("/apps/client/dist", "./client/", "x.js"), "services/a/client/x.js");
    assert_eq!(to("/apps/client/dist", ".", "x.js"), "services/a/x.js");
    assert_eq!(to("/locales/en.json", "texts.json", ""), "services/a/texts.json");
    assert_eq!(to("/locales/en.json", "texts/", ""), "services/a/texts/en.json");
    assert_eq!(to("/locales/en.json", ".", ""), "services/a/en.json");
}

#[test]
fn what_leaves_its_folder_or_is_no_place_is_refused() {
    for (from, to, reason) in [
        ("../b", None, "leaves"),
        ("/../etc", None, "leaves"),
        ("a/../../b", None, "leaves"),
        ("", None, "whole folder"),
        ("/", None, "whole folder"),
        (".", None, "whole folder"),
        ("a\0b", None, "no path"),
        ("/apps", None, "such as apps/client"),
        ("node_modules/x", None, "lockfile"),
        ("/node_modules", None, "lockfile"),
        ("/apps/client/node_modules/x", None, "lockfile"),
        ("/.git/config", None, ".git"),
        ("x", Some("../y"), "to"),
        ("x", Some("/y"), "to"),
        ("x", Some("node_modules/@x/k"), "lockfile"),
        ("x", Some(""), "to"),
    ] {
        let error = entry(from, to).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains(&format!("{from:?}")), "{from}: {error}");
    }
    // A node_modules inside an output is not a package of the lockfile.
    assert!(entry("/apps/client/.output/server/node_modules/x", None).is_ok());
}
