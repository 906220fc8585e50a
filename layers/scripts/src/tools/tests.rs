#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn the_version_stands_before_the_hash() {
    assert_eq!(pnpm_version("pnpm@9.14.2"), Some("9.14.2"));
    assert_eq!(pnpm_version("pnpm@9.14.2+sha512.abc"), Some("9.14.2"));
    assert_eq!(pnpm_version("pnpm@12.21.0"), Some("12.21.0"));
    assert_eq!(pnpm_version("yarn@4.0.0"), None);
    assert_eq!(pnpm_version("pnpm@latest"), None);
}

#[test]
fn a_launcher_runs_its_program_by_the_node_it_finds() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("it's here.cjs");
    fs_err::write(&program, "console.log(process.argv.slice(2).join('|'))").unwrap();
    let bin = folder.path().join("bin");
    write_launcher(&bin, "pnpm", &program).unwrap();
    write_launcher(&bin, "pnpm", &program).unwrap();
    let output = std::process::Command::new(bin.join("pnpm")).args(["run", "a b"]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "run|a b\n");
}
