//! The names that people type, and what a service's own table may say.

use std::path::Path;

use super::program::{copy_workspace, digest, error, fourply, run};
use super::{example, scratch};

/// What `tree` prints of a service, from a folder.
fn tree(folder: &Path, service: &str) -> String {
    digest(&mut fourply(folder, &["tree", service, "--quiet", "--libc", "glibc"]))
}

#[test]
fn a_service_goes_by_folder_path_and_package_from_any_folder() {
    let (root, inside) = (example(), example().join("services/auth/src"));
    let expected = tree(&root, "services/auth");
    assert!(expected.contains("node_modules/.pnpm"), "{expected}");
    for name in ["auth", "./services/auth/", "@atlas/identity-service", "identity-service"] {
        assert_eq!(tree(&root, name), expected, "{name}");
        let there = if name.starts_with('.') { "." } else { name };
        assert_eq!(tree(&inside, there), expected, "{there} in services/auth/src");
    }
    // A path leads into a workspace from anywhere.
    assert_eq!(tree(Path::new("/"), &root.join("services/auth").display().to_string()), expected);
    assert_ne!(tree(&inside, "catalog"), expected);
}

#[test]
fn what_is_misspelt_is_answered_with_what_was_meant() {
    let dir = scratch();
    let root = dir.path().join("erp");
    copy_workspace(&example(), &root);
    let build = |service: &str| {
        let output = format!("type=oci,dest={}", dir.path().join("out").display());
        error(&mut fourply(&root, &["build", service, "-o", &output]), 1)
    };
    let message = build("auht");
    assert!(
        message.contains("\"auht\" is no service") && message.contains("did you mean services/auth?"),
        "{message}"
    );
    let message = build("warehouse");
    assert!(message.contains("services/auth, services/catalog and services/master-data"), "{message}");
    let message = error(&mut fourply(dir.path(), &["tree", "auth"]), 1);
    assert!(message.contains("no pnpm workspace at or above"), "{message}");
    let config = root.join("fourply.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n[services.catalogue]\nport = 1\n")).unwrap();
    let message = build("auth");
    assert!(
        message.contains("[services.catalogue]") && message.contains("did you mean services/catalog?"),
        "{message}"
    );
}

#[test]
fn several_services_are_built_at_once_each_for_its_place() {
    let dir = scratch();
    let output = format!("type=oci-archive,dest={}/{{path}}.tar", dir.path().display());
    let args = ["build", "catalog", "auth", "services/catalog", "--quiet", "-o", &output];
    let said = run(&mut fourply(&example(), &args));
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8(said.stdout).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('\t')?.0)).collect();
    assert_eq!(names, ["services/catalog", "services/auth"]);
    assert!(["auth", "catalog"].iter().all(|name| dir.path().join(format!("services/{name}.tar")).is_file()));
}

#[test]
fn secrets_are_declared_and_given_or_the_line_to_add_is_told() {
    let dir = scratch();
    let root = dir.path().join("erp");
    copy_workspace(&example(), &root);
    let output = format!("type=oci,dest={}", dir.path().join("out").display());
    let build = |more: &[&str]| {
        let args = [&["build", "auth", "--quiet", "-o", &output], more].concat();
        let mut command = fourply(&root, &args);
        command.env("TOKEN_OF_CI", "hunter2hunter2").env_remove("TOKEN");
        command
    };
    let given = ["--secret", "id=TOKEN,env=TOKEN_OF_CI"];
    let message = error(&mut build(&given), 1);
    assert!(message.contains("[build] secrets = [\"TOKEN\"]") && !message.contains("hunter2"), "{message}");
    let config = root.join("fourply.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n[services.auth.build]\nsecrets = [\"TOKEN\"]\n")).unwrap();
    let message = error(&mut build(&[]), 1);
    assert!(
        message.contains("services/auth needs the secret TOKEN") && message.contains("--secret id=TOKEN"),
        "{message}"
    );
    let message = error(&mut build(&["--secret", "id=TOKEN"]), 1);
    assert!(message.contains("the variable TOKEN is not set"), "{message}");
    digest(&mut build(&given));
    // The other services do without.
    digest(&mut fourply(&root, &["build", "catalog", "--quiet", "-o", &output]));
}
