#![allow(clippy::unwrap_used)]

use fourply_pnpm::DepPath;
use fourply_store::{PackBuilder, Store};

use super::install_scripts;

#[test]
fn the_scripts_are_those_that_pnpm_runs() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let of = |manifest: &str, gyp: bool| {
        let mut builder = PackBuilder::new();
        builder.add_file("package.json", false, manifest.as_bytes().to_vec()).unwrap();
        if gyp {
            builder.add_file("binding.gyp", false, b"{}".to_vec()).unwrap();
        }
        let pack = builder.save(&store).unwrap();
        let scripts = install_scripts(&store, &pack, &DepPath::new("a@1.0.0")).unwrap();
        assert_eq!(install_scripts(&store, &pack, &DepPath::new("a@1.0.0")).unwrap(), scripts);
        scripts.map(|scripts| {
            scripts
                .into_iter()
                .map(|script| format!("{}: {}", script.event, script.command))
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(of(r#"{"scripts": {"test": "x", "install": ""}}"#, false), None);
    assert_eq!(of("{}", true).unwrap(), ["install: node-gyp rebuild"]);
    assert_eq!(of(r#"{"scripts": {"preinstall": "p"}}"#, true).unwrap(), ["preinstall: p"]);
    let all = r#"{"scripts": {"postinstall": "c", "install": "b", "preinstall": "a"}}"#;
    assert_eq!(of(all, true).unwrap(), ["preinstall: a", "install: b", "postinstall: c"]);
    assert_eq!(of(r#"{"scripts": {"preinstall": "npx only-allow pnpm"}}"#, false).unwrap(), [""; 0]);
}
