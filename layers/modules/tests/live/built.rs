//! Commands of workspace packages that only a build creates: linked as by a production install after the build. Also
//! the links of a workspace with only links, or with links in its root.

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use std::path::Path;

use fourply_store::PackBuilder;

use fourply_testing::planned::{differences, plan_built, scratch, store};
use fourply_testing::real_pnpm;

const CLI: &str = "#!/usr/bin/env node\n";
const ALL: [&Rules; 4] = [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12];

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Compares the plan before `built` exists with pnpm's tree once it does.
fn compare(label: &str, rules: &'static Rules, files: &[(&str, &str)], built: &[(&str, &str)]) {
    let label = format!("{label}-v{}", rules.major());
    let root = scratch(&label);
    write(&root, files);
    real_pnpm::lock(rules, &root).unwrap();
    let mut pack = PackBuilder::new();
    for (path, text) in built {
        pack.add_file(path, false, text.as_bytes().to_vec()).unwrap();
    }
    let pack = pack.save(&store()).unwrap();
    let planned = plan_built(&root, &["svc"], false, Some(rules), root.to_str().unwrap(), Some(pack));
    write(&root, built);
    real_pnpm::install(rules, &root, Some("{./svc}..."), false).unwrap();
    let mut real = real_pnpm::rows(&root);
    // They contain only pnpm's bookkeeping.
    crate::drop_empty(&mut real, "node_modules/.pnpm");
    crate::drop_empty(&mut real, "node_modules");
    let (count, shown) = differences(&planned.rows(), &real);
    assert!(count == 0, "{label}: {count} of {} paths differ\n{shown}", real.len());
    println!("{label}: {} paths, 0 differ", real.len());
}

#[test]
#[ignore = "needs real pnpm"]
fn commands_are_those_that_the_build_left() {
    let files = [
        ("pnpm-workspace.yaml", "packages: [svc, lib]\n"),
        ("package.json", r#"{"name": "root", "private": true}"#),
        (
            "svc/package.json",
            r#"{"name": "svc", "version": "1.0.0", "dependencies": {"lib": "workspace:*"}}"#,
        ),
        (
            "lib/package.json",
            r#"{"name": "lib", "version": "1.0.0", "bin": {"lib-cli": "./dist/cli", "lib-no": "dist/no.js"}}"#,
        ),
    ];
    for rules in ALL {
        compare("built", rules, &files, &[("lib/dist/cli", CLI)]);
    }
}

#[test]
#[ignore = "needs real pnpm"]
fn workspace_packages_are_hoisted_where_there_is_nothing_else() {
    let root =
        ("package.json", r#"{"name": "root", "private": true, "dependencies": {"lib": "workspace:*"}}"#);
    let bare = ("package.json", r#"{"name": "root", "private": true}"#);
    let yaml = ("pnpm-workspace.yaml", "packages: [svc, lib]\n");
    let lib = ("lib/package.json", r#"{"name": "lib", "version": "1.0.0"}"#);
    let svc = (
        "svc/package.json",
        r#"{"name": "svc", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}"#,
    );
    let none = ("svc/package.json", r#"{"name": "svc", "version": "1.0.0"}"#);
    for rules in ALL {
        compare("root-links", rules, &[yaml, root, lib, svc], &[]);
        compare("only-root-links", rules, &[yaml, root, lib, none], &[]);
        compare("nothing", rules, &[yaml, bare, lib, none], &[]);
    }
}
