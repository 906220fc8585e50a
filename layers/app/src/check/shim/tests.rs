use super::*;

#[test]
fn a_command_is_started_with_a_shell_or_without() {
    let mut inventory = Inventory::default();
    for (path, target) in [("services/a/node_modules", "tsx/dist/cli.mjs"), ("node_modules", "root/cli.js")] {
        let name = target.split('/').next().unwrap_or_default();
        let text = format!("#!/bin/sh\nexec node  \"$basedir/../{target}\" \"$@\"\n");
        inventory.nodes.insert(format!("{path}/.bin/{name}"), InstalledNode::File(true, text));
    }
    inventory
        .nodes
        .insert("node_modules/.bin/hoisted".to_owned(), InstalledNode::Link("../hoisted/cli.mjs".to_owned()));
    let service = ImporterId::new("services/a").unwrap_or_else(ImporterId::root);
    let command =
        |name: &str, shell| package_command(&inventory, &service, name, shell).map(|words| words.join(" "));
    assert_eq!(command("tsx", true).as_deref(), Some("node_modules/.bin/tsx"));
    assert_eq!(command("tsx", false).as_deref(), Some("node node_modules/tsx/dist/cli.mjs"));
    assert_eq!(command("next", true), None);
    assert_eq!(command("hoisted", true).as_deref(), Some("node ../../node_modules/hoisted/cli.mjs"));
    // Commands of the root, as with a hoisted node_modules.
    assert_eq!(command("root", true).as_deref(), Some("../../node_modules/.bin/root"));
    assert_eq!(command("root", false).as_deref(), Some("node ../../node_modules/root/cli.js"));
}

#[test]
fn a_packages_file_is_one_of_its_commands() {
    for (path, expected) in [
        ("node_modules/pm2/bin/pm2-runtime", Some("pm2-runtime")),
        ("../../node_modules/concurrently/dist/bin/concurrently.js", Some("concurrently")),
        ("node_modules/npm-run-all/bin/run-p/index.js", Some("run-p")),
        ("node_modules/cross-env/src/bin/cross-env-shell.js", Some("cross-env-shell")),
        ("dist/main.js", None),
    ] {
        assert_eq!(command_of(path).as_deref(), expected, "{path}");
    }
}
