use super::{Installed, installed};

#[test]
fn packages_have_names_and_perhaps_versions() {
    let of = |name, version, rest| Some(Installed { name, version, rest });
    let paths = [
        (
            "node_modules/.pnpm/@nestjs+core@11.1.0_rxjs@7.8.1/node_modules/@nestjs/core/index.js",
            of("@nestjs/core", Some("11.1.0"), "index.js"),
        ),
        ("node_modules/.pnpm/a@1.0.0(b@2.0.0)/node_modules/a", of("a", Some("1.0.0"), "")),
        ("services/x/node_modules/express/lib/a.js", of("express", None, "lib/a.js")),
        ("node_modules/a/node_modules/@s/b/c", of("@s/b", None, "c")),
        ("node_modules/.pnpm/a@file+shared+a/node_modules/a/x", of("a", None, "x")),
        ("node_modules/.bin/tsc", None),
        ("node_modules/.modules.yaml", None),
        ("node_modules/.pnpm/lock.yaml", None),
        ("node_modules/@scope", None),
        ("src/node_modules.ts", None),
    ];
    for (path, package) in paths {
        assert_eq!(installed(path), package, "{path}");
    }
}
