//! The program as a user runs it: with a store of the tests' own, and nothing of the tester's environment but what it needs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program that cargo built for the integration tests of the root package: it lies above the folder of the tests.
///
/// # Panics
/// Where it was not built: cargo builds none for tests of other packages alone.
pub fn path() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("fourply");
    assert!(program.is_file(), "cargo built no {}", program.display());
    program
}

/// The folder for temporary files of all integration tests: `tmp` in cargo's target folder, as `CARGO_TARGET_TMPDIR` names it.
pub fn target_tmp() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(3).unwrap().join("tmp");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The store that all tests share, so that packages are fetched once. Safe for many at once, as any store.
pub fn shared_store() -> PathBuf {
    target_tmp().join("store")
}

/// `fourply ARGS` in a folder.
pub fn fourply(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(path());
    command
        .args(args)
        .current_dir(folder)
        .env("FOURPLY_STORE", shared_store())
        // Builds of workspaces in this repository write no fourply.lock into it.
        .env("CI", "true")
        .env("SOURCE_DATE_EPOCH", "1700000000");
    command
}

/// Runs it to its end.
pub fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// Runs it, insists that it succeeds, and gives what it printed: the image's digest.
pub fn digest(command: &mut Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs it, insists that it fails with this code, and gives its message.
pub fn error(command: &mut Command, code: i32) -> String {
    let output = run(command);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains("error: "), "{text}");
    text
}

/// Runs another program, insists that it succeeds, and gives its standard output.
pub fn tool(program: &str, args: &[&str]) -> String {
    let output =
        Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A copy of a workspace's files, without what is installed or built.
pub fn copy_workspace(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if ["node_modules", ".git"].contains(&name.to_str().unwrap()) {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type().unwrap().is_dir() {
            copy_workspace(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
