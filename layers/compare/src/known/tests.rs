//! A workspace for the tests of this crate.

use super::Known;

pub(crate) fn known() -> Known {
    let pairs = |list: &[(&str, &str)]| {
        list.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect::<Vec<_>>()
    };
    let sources = [
        "package.json",
        "proto/auth.proto",
        "services/auth/package.json",
        "services/auth/src/main.ts",
        "services/auth/templates/README.md",
        "services/auth/templates/mail/a.html",
        "services/auth/templates/mail/b.html",
        "services/auth/uploads/.gitkeep",
        "services/auth/healthcheck.js",
        "shared/kernel/package.json",
        "shared/kernel/src/index.ts",
        "templates/x.html",
    ];
    Known {
        service: "services/auth".to_owned(),
        root_in_image: "/app".to_owned(),
        production: pairs(&[("express", "4.0.0"), ("bcrypt", "5.0.0")]).into_iter().collect(),
        development: pairs(&[("express", "4.0.0"), ("bcrypt", "5.0.0"), ("typescript", "5.9.0")])
            .into_iter()
            .collect(),
        packages: pairs(&[
            ("@erp/auth", "services/auth"),
            ("@erp/kernel", "shared/kernel"),
            ("@erp/web", "services/web"),
        ])
        .into_iter()
        .collect(),
        scripts: pairs(&[("start:prod", "node dist/main"), ("start", "nest start")]).into_iter().collect(),
        lists_files: false,
        needed: ["services/auth", "shared/kernel"].map(str::to_owned).into(),
        sources: sources.map(str::to_owned).into(),
    }
}

#[test]
fn the_innermost_package_owns_a_path() {
    let known = known();
    assert_eq!(known.owner("services/auth/src/main.ts"), "services/auth");
    assert_eq!(known.owner("services/author/x"), ".");
    assert_eq!(
        known.unwrapped("services/auth/.next/standalone/services/auth/server.js"),
        "services/auth/server.js"
    );
    assert_eq!(known.unwrapped("services/auth/.next/static"), "services/auth/.next/static");
    assert_eq!(Known::within("services/auth", "services/auth/a/b"), "a/b");
}
