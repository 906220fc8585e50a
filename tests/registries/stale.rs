//! Lockfiles that pnpm accepts as they are: runtimes, pnpmfiles. The checksums are those that pnpm 10.34.9, 11.28.11 and 12.21.0 wrote.

use super::Case;
use fourply_testing::program;

const HOOKS: &str = "{ readPackage(pkg) { if (pkg.name === \"debug\") pkg.dependencies = { ...pkg.dependencies, \"is-number\": \"7.0.0\" }; return pkg } }";

/// A workspace whose lockfile has this checksum.
fn case(version: &str, checksum: &str) -> Case {
    let case = Case::new(version);
    case.write("home/.npmrc", "@my:registry={URL}\n{PLACE}:_authToken=right\n");
    let lockfile = std::fs::read_to_string(case.path("ws/pnpm-lock.yaml")).unwrap();
    let lockfile = lockfile.replacen("importers:", &format!("pnpmfileChecksum: {checksum}\n\nimporters:"), 1);
    case.write("ws/pnpm-lock.yaml", &lockfile);
    case
}

fn stale(case: &Case, word: &str) {
    let text = program::error(&mut case.tree(), 1);
    assert!(text.contains(word), "{text}");
}

#[test]
fn a_pnpmfile_may_be_a_module() {
    for version in ["11.28.11", "12.21.0"] {
        let case = case(version, "sha256-8RunL4m214HG7h8/aZUsR6jwOAljqyYlzmcrixf51xI=");
        case.write("ws/.pnpmfile.mjs", &format!("export const hooks = {HOOKS}\n"));
        case.write("ws/.pnpmfile.cjs", "module.exports = { hooks: { readPackage: (it) => it } }\n");
        case.fetched(&mut case.tree());
        case.append("ws/.pnpmfile.mjs", "// other\n");
        stale(&case, "pnpmfile");
    }
}

#[test]
fn there_may_be_several_pnpmfiles() {
    for version in ["10.34.9", "11.28.11", "12.21.0"] {
        let case = case(version, "sha256-CnKByKiYOachuGQ3dId201VPxeMkvTxotrp8z2pOl6Q=");
        case.write("ws/one.cjs", &format!("module.exports = {{ hooks: {HOOKS} }}\n"));
        case.write("ws/two.cjs", &format!("module.exports = {{ hooks: {HOOKS} }} // two\n"));
        case.append("ws/pnpm-workspace.yaml", "pnpmfile: [two.cjs, one.cjs]\n");
        case.fetched(&mut case.tree());
        std::fs::remove_file(case.path("ws/two.cjs")).unwrap();
        stale(&case, "two.cjs does not exist");
    }
}

#[test]
fn a_pnpmfile_that_acts_on_every_install_is_named() {
    let active = case("10.34.9", "sha256-x");
    active.write(
        "ws/.pnpmfile.cjs",
        "module.exports = { hooks: { updateConfig (config) { return config } } }\n",
    );
    stale(&active, "the hook updateConfig of");
    let plugin = case("10.34.9", "sha256-x");
    plugin.append(
        "ws/pnpm-workspace.yaml",
        "configDependencies:\n  '@pnpm/plugin-better-defaults': 0.2.1+sha512-x\n",
    );
    stale(
        &plugin,
        "the pnpmfile of the configuration dependency @pnpm/plugin-better-defaults is not supported",
    );
    plugin.write(
        "ws/pnpm-workspace.yaml",
        "packages: ['services/*']\nconfigDependencies:\n  catalog: 0.2.1+sha512-x\n",
    );
    stale(&plugin, "pnpm-lock.yaml is not up to date");
}

#[test]
fn a_runtime_to_develop_with_is_no_dependency_of_the_image() {
    let runtime = r#""devEngines":{"runtime":{"name":"node","version":"20.20.2","onFail":"download"}}"#;
    for version in ["10.34.9", "11.28.11", "12.21.0"] {
        let case = Case::new(version);
        case.write("home/.npmrc", "@my:registry={URL}\n{PLACE}:_authToken=right\n");
        case.write(
            "ws/package.json",
            &format!(r#"{{"name":"root","packageManager":"pnpm@{version}",{runtime}}}"#),
        );
        let entry = "    devDependencies:\n      node:\n        specifier: runtime:20.20.2\n        version: runtime:20.20.2\n";
        let package = "  node@runtime:20.20.2:\n    hasBin: true\n    resolution:\n      type: variations\n      variants:\n        - resolution:\n            archive: tarball\n            bin: bin/node\n            integrity: sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n            type: binary\n            url: https://node.test/node.tar.gz\n          targets:\n            - cpu: x64\n              os: linux\n    version: 20.20.2\n\nsnapshots:\n\n  node@runtime:20.20.2: {}\n";
        let lockfile = std::fs::read_to_string(case.path("ws/pnpm-lock.yaml")).unwrap();
        let lockfile =
            lockfile.replace("  .: {}\n", &format!("  .:\n{entry}")).replace("snapshots:\n", package);
        case.write("ws/pnpm-lock.yaml", &lockfile);
        case.fetched(&mut case.tree());
        // A real dependency is not taken from elsewhere than the base.
        case.write("ws/package.json", &format!(r#"{{"name":"root","packageManager":"pnpm@{version}"}}"#));
        stale(&case, "devDependencies.node");
    }
}
