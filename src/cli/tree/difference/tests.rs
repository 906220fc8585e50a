#![allow(clippy::unwrap_used)]

use std::fs;

use super::{Place, place};

const IMPORTERS: [&str; 4] = [".", "auth", "services/auth", "packages/kit"];

#[test]
fn a_folder_is_of_the_package_whose_path_it_ends_with() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().canonicalize().unwrap();
    let (root, copy) = (here.join("ws"), here.join("copy"));
    for path in ["ws/services/auth", "ws", "copy/services/auth", "copy/kit", "copy"] {
        fs::create_dir_all(here.join(path).join("node_modules")).unwrap();
    }
    let of = |path: &str| place(&root, &here.join(path), &IMPORTERS).unwrap();
    let at = |root: &std::path::Path, only: Option<&str>| Place {
        root: root.into(),
        only: only.map(str::to_owned),
    };
    assert_eq!(of("ws"), at(&root, None));
    assert_eq!(of("ws/node_modules"), at(&root, Some("node_modules")));
    assert_eq!(of("ws/services/auth"), at(&root, Some("services/auth/node_modules")));
    assert_eq!(of("ws/services/auth/node_modules"), at(&root, Some("services/auth/node_modules")));
    assert_eq!(of("copy"), at(&copy, None));
    assert_eq!(of("copy/node_modules"), at(&copy, Some("node_modules")));
    assert_eq!(of("copy/services/auth"), at(&copy, Some("services/auth/node_modules")));
    assert_eq!(of("copy/services/auth/node_modules"), at(&copy, Some("services/auth/node_modules")));
    // No package has this path, so it stands for the root.
    assert_eq!(of("copy/kit"), at(&copy.join("kit"), None));
    // A whole copy in a folder of such a name.
    fs::create_dir_all(copy.join("services/auth/node_modules/.pnpm")).unwrap();
    assert_eq!(of("copy/services/auth"), at(&copy.join("services/auth"), None));
    assert!(
        place(&root, &here, &IMPORTERS).is_err() && place(&root, &here.join("absent"), &IMPORTERS).is_err()
    );
}
