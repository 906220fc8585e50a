use super::*;

#[test]
fn a_command_is_started_with_a_shell_or_without() {
    let mut inventory = Inventory::default();
    let text = "#!/bin/sh\nexec node  \"$basedir/../tsx/dist/cli.mjs\" \"$@\"\n".to_owned();
    inventory.nodes.insert("services/a/node_modules/.bin/tsx".to_owned(), InstalledNode::File(true, text));
    let service = ImporterId::new("services/a").unwrap_or_else(ImporterId::root);
    let command = |name: &str, shell| package_command(&inventory, &service, name, shell);
    assert_eq!(command("tsx", true), Some(vec!["node_modules/.bin/tsx".to_owned()]));
    assert_eq!(
        command("tsx", false),
        Some(vec!["node".to_owned(), "node_modules/tsx/dist/cli.mjs".to_owned()])
    );
    assert_eq!(command("next", true), None);
}
