#![allow(clippy::unwrap_used)]

use fourply_modules::InstalledNode;

use super::super::testing::{Bed, env};
use super::*;

/// The findings of a command, as displayed.
fn follow(bed: &Bed, words: &[&str], node: &str, more: &[(&str, &str)]) -> Vec<String> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let (tree, env) = (bed.tree(), env(more));
    let version: Option<Version> = Some(node.parse().unwrap());
    let scripts = BTreeMap::from([("start".to_owned(), "node dist/main.js".to_owned())]);
    let mut commands = Commands {
        tree: &tree,
        folder: "/app/services/a",
        env: &env,
        node: version.as_ref(),
        scripts: &scripts,
        programs: &[],
        findings: Vec::new(),
        nodes: Vec::new(),
        target: &target(),
        files: Vec::new(),
        more_path: String::new(),
    };
    match words.first().map(String::as_str) {
        Some("CMD" | "CMD-SHELL" | "NONE") => commands.follow_test(&words),
        _ => commands.follow(Asker::Start, &words),
    }
    commands.findings.iter().map(ToString::to_string).collect()
}

fn target() -> Target {
    Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc: fourply_platform::Libc::Glibc, node: None }
}

fn found(bed: &Bed, words: &[&str]) -> Vec<String> {
    follow(bed, words, if words.contains(&"--run") { "22.20.0" } else { "20.20.2" }, &[])
}

fn bed() -> Bed {
    let outputs = [
        ("services/a/dist/main.js", ""),
        ("services/a/dist/server/index.js", ""),
        ("services/a/src/index.ts", ""),
        ("services/a/run.sh!", "#!/bin/sh\nnode dist/main.js\n"),
        ("services/a/bash.sh!", "#! /bin/bash\n"),
        ("services/a/env.js!", "#!/usr/bin/env -S node --enable-source-maps\n"),
        ("services/a/bun.js!", "#!/usr/bin/env bun\n"),
        ("services/a/bare!", "echo\n"),
        ("services/a/plain.sh", "#!/bin/sh\n"),
    ];
    let mut bed = Bed::new(&outputs)
        .package("tsx", "services/a", &[("dist/cli.mjs", ""), ("package.json", "{}")])
        .package("next", "services/a", &[("dist/bin/next", ""), ("lib/x.ts", "")]);
    let shim = "#!/bin/sh\nbasedir=$(dirname \"$0\")\nexec node  \"$basedir/../tsx/dist/cli.mjs\" \"$@\"\n";
    bed.node("services/a/node_modules/.bin/tsx", InstalledNode::File(true, shim.to_owned()));
    bed
}

#[test]
fn commands_that_start() {
    let bed = bed();
    for words in [
        &["node", "dist/main.js"][..],
        &["node", "dist/main"],
        &["node", "dist/server"],
        &["node", "/app/services/a/dist/main.js"],
        &["node", "node_modules/next/dist/bin/next", "start"],
        &["node", "--import", "tsx", "src/index.ts"],
        &["node", "-r", "./dist/main.js", "dist/main.js"],
        &["node", "-r", "fs", "dist/main.js"],
        &["node", "-e", "1"],
        &["tini", "-s", "-p", "SIGTERM", "--", "node", "dist/main.js"],
        &["/usr/bin/tini", "--", "/usr/local/bin/node", "dist/main.js"],
        &["./run.sh"],
        &["./env.js"],
        &["env", "A=1", "node", "dist/main.js"],
        &["node_modules/.bin/tsx", "src/index.ts"],
        &["node", "node_modules/tsx/dist/cli.mjs", "src/index.ts"],
        &["sh", "-c", "A=1 exec node dist/main.js"],
        &["sh", "-c", "echo x && node dist/main.js"],
        &["sh", "-c", "node $ENTRY"],
        &["sh", "-c", "cd x && node absent.js"],
        &["node", "--run", "start"],
        &["CMD", "node", "-e", "x"],
        &["CMD-SHELL", "node dist/main.js || exit 1"],
        &["CMD-SHELL", "node -e 1"],
        &["NONE"],
        &["node", "-r", "./dist/main.js"],
        &["sh", "run.sh"],
        &["sh", "./run.sh"],
    ] {
        assert_eq!(found(&bed, words), [""; 0], "{words:?}");
    }
}

#[test]
fn commands_with_nothing_to_run() {
    let bed = bed();
    for words in [&[][..], &["tini", "--"], &["env", "A=1"]] {
        assert_eq!(found(&bed, words), ["the command is empty: it names no program"], "{words:?}");
    }
    for words in [
        &["node"][..],
        &["node", "--enable-source-maps"],
        &["tini", "node"],
        &["node_modules/.bin/tsx"],
        &["sh"],
        &["node", "-"],
    ] {
        let found = found(&bed, words);
        assert!(
            matches!(found.as_slice(), [one] if one.contains("with nothing to run")),
            "{words:?}: {found:?}"
        );
    }
    assert_eq!(
        found(&bed, &["sh", "./absent.sh"]),
        ["the command gives ./absent.sh to sh, and the image has no such file"]
    );
}

#[test]
fn commands_of_another_machine_and_options_of_another_node() {
    let arm = fourply_testing::elf::shared_library(fourply_testing::elf::ARM64, &["libc.so.6"], None);
    let musl =
        fourply_testing::elf::shared_library(fourply_testing::elf::X64, &["libc.musl-x86_64.so.1"], None);
    let fits = fourply_testing::elf::shared_library(fourply_testing::elf::X64, &["libc.so.6"], None);
    for (bytes, reason) in [
        (arm, Some("it is for arm64, and the image for x64")),
        (musl, Some("it needs musl, and the image has glibc")),
        (b"MZ\x90\0 a program of Windows".to_vec(), Some("it is for Windows")),
        (b"\xcf\xfa\xed\xfe a program of macOS".to_vec(), Some("it is for macOS")),
        (fits, None),
    ] {
        let bed = Bed::of_bytes("services/a/tool!", bytes);
        let found = found(&bed, &["./tool"]);
        match reason {
            None => assert_eq!(found, [""; 0]),
            Some(reason) => assert!(found.len() == 1 && found[0].contains(reason), "{found:?}"),
        }
    }
    let bed = bed();
    let found = found(&bed, &["node", "--experimental-strip-types", "dist/main.js"]);
    assert_eq!(
        found,
        [
            "the command starts node, and it has --experimental-strip-types, which node 20.20.2 does not take there"
        ]
    );
    let env = [("NODE_OPTIONS", "--env-file=.env")];
    let found = follow(&bed, &["node", "dist/main.js"], "22.12.0", &env);
    assert!(found.iter().any(|text| text.contains("NODE_OPTIONS has --env-file")), "{found:?}");
}

#[test]
fn a_shim_has_to_lead_to_a_file() {
    let mut bed = bed();
    for (name, line) in [
        ("next", "exec node  \"$basedir_abs\"/'../next/dist/bin/next' \"$@\""),
        ("gone", "exec node  \"$basedir/../next/gone.js\" \"$@\""),
    ] {
        bed.node(
            &format!("services/a/node_modules/.bin/{name}"),
            InstalledNode::File(true, format!("#!/bin/sh\n{line}\n")),
        );
    }
    assert_eq!(found(&bed, &["node_modules/.bin/next", "start"]), [""; 0]);
    let expected = ["the command gives node_modules/next/gone.js to node, and the image has no such file"];
    assert_eq!(found(&bed, &["node_modules/.bin/gone"]), expected);
    // The same through PATH.
    let path = [("PATH", "/app/services/a/node_modules/.bin:/usr/local/bin:/usr/bin")];
    assert_eq!(follow(&bed, &["gone"], "20.20.2", &path), expected);
}

#[test]
fn commands_that_do_not() {
    let bed = bed();
    for (words, expected) in [
        (&["tsx", "src/index.ts"][..], "the command starts tsx, which is in no folder of the image's PATH"),
        (&["/usr/local/bin/bun", "x"], "the command starts /usr/local/bin/bun, which is not in the image"),
        (
            &["node", "dist/absent.js"],
            "the command gives dist/absent.js to node, and the image has no such file",
        ),
        (
            &["tini", "--", "node", "/app/x.js"],
            "the command gives /app/x.js to node, and the image has no such file",
        ),
        (&["node", "node_modules/next/gone.js"], "gives node_modules/next/gone.js to node"),
        (
            &["node", "src/index.ts"],
            "gives src/index.ts to node, and node 20.20.2 does not run TypeScript there",
        ),
        (&["node", "--import", "@s/trace/x", "dist/main.js"], "lets node load @s/trace first"),
        (&["node", "-r", "./absent", "dist/main.js"], "gives ./absent to node"),
        (&["node", "--env-file=.env", "dist/main.js"], "gives .env to node"),
        (&["./bash.sh"], "starts ./bash.sh, a script for /bin/bash, which is not in the image"),
        (&["./bun.js"], "a script for bun"),
        (&["./bare"], "starts ./bare, which is not an executable program or script"),
        (&["./plain.sh"], "starts ./plain.sh, which is not"),
        (&["data"], "starts data, which is in no folder"),
        (&["node_modules/.bin/tsx", "src/absent.ts"], "gives src/absent.ts to node"),
        (&["node", "node_modules/tsx/dist/cli.mjs", "src/absent.ts"], "gives src/absent.ts to node"),
        (&["sh", "-c", "exec node dist/absent.js"], "gives dist/absent.js to node"),
        (&["sh", "-c", "node dist/main.js && node b.js"], "gives b.js to node"),
        (&["node", "--run", "absent"], "runs the script \"absent\""),
        (&["CMD", "wget", "-q", "x"], "the health check starts wget"),
        (&["CMD-SHELL", "curl -f http://127.0.0.1"], "the health check starts curl"),
    ] {
        let found = found(&bed, words);
        assert!(matches!(found.as_slice(), [one] if one.contains(expected)), "{words:?}: {found:?}");
    }
    assert_eq!(follow(&bed, &["node", "src/index.ts"], "22.18.0", &[]), [""; 0]);
    assert_eq!(
        follow(&bed, &["node", "src/index.ts"], "20.20.2", &[("NODE_OPTIONS", "--import tsx")]),
        [""; 0]
    );
    // No version of Node.js strips types in node_modules.
    assert_eq!(follow(&bed, &["node", "node_modules/next/lib/x.ts"], "24.0.0", &[]).len(), 1);
}

#[test]
fn a_base_without_a_shell_or_node() {
    let mut bed = bed();
    bed.base.retain(|path, _| !path.ends_with("/node"));
    assert_eq!(
        found(&bed, &["node", "dist/main.js"]),
        ["the command starts node, and the base has no node in PATH"]
    );
    assert!(found(&bed, &["node_modules/.bin/tsx", "x"])[0].contains("a script for node"));
    assert_eq!(
        found(&bed, &["CMD", "node", "-e", "1"]),
        ["the health check starts node, and the base has no node in PATH"]
    );
    bed.base.retain(|path, _| !path.ends_with("sh"));
    let expected =
        "the command starts node_modules/.bin/tsx, a script for /bin/sh, which is not in the image";
    assert_eq!(found(&bed, &["node_modules/.bin/tsx", "x"]), [expected]);
    assert_eq!(
        found(&bed, &["CMD-SHELL", "true"]),
        ["the health check starts /bin/sh, which is not in the image"]
    );
}

#[test]
fn a_command_of_a_package_is_found_for_the_hint() {
    let bed = bed();
    let (tree, env, scripts) = (bed.tree(), env(&[]), BTreeMap::new());
    let mut commands = Commands {
        tree: &tree,
        folder: "/app/services/a",
        env: &env,
        node: None,
        scripts: &scripts,
        programs: &[],
        findings: Vec::new(),
        nodes: Vec::new(),
        target: &target(),
        files: Vec::new(),
        more_path: String::new(),
    };
    commands.follow(Asker::Start, &["tsx".to_owned()]);
    let expected = Finding::Program {
        by: Asker::Start,
        program: "tsx".to_owned(),
        elsewhere: Some("node_modules/.bin/tsx".to_owned()),
    };
    assert_eq!(commands.findings, [expected]);
}

#[test]
fn commands_that_start_others_and_files_of_commands_are_followed() {
    let mut bed = bed();
    let shim = "#!/bin/sh\n";
    for name in ["concurrently", "run-s", "pm2-runtime"] {
        bed.node(&format!("services/a/node_modules/.bin/{name}"), InstalledNode::File(true, shim.to_owned()));
    }
    let found = |words: &[&str]| found(&bed, words);
    let no =
        |program: &str| format!("the command starts {program}, which is in no folder of the image's PATH");
    let at_once = "node_modules/.bin/concurrently";
    assert_eq!(found(&[at_once, "npm:a", "node dist/main.js", "pnpm run b"]), [no("npm"), no("pnpm")]);
    assert_eq!(found(&[at_once, "-n", "x y", "node dist/main.js"]), [""; 0]);
    assert_eq!(found(&["node_modules/.bin/run-s", "a"]), [no("npm")]);
    let given = found(&["node_modules/.bin/pm2-runtime", "start", "eco.config.js", "dist/main.js"]);
    let expected = "the command gives eco.config.js to pm2-runtime, and the image has no such file";
    assert_eq!(given, [expected]);
    let given = found(&["node_modules/.bin/pm2-runtime", "absent.js", "a.json"]);
    let other = "the command gives a.json to pm2-runtime, and only the sources have that file";
    assert_eq!(given, [&expected.replace("eco.config", "absent"), other]);
}

#[test]
fn files_of_packages_are_the_commands_that_they_are() {
    let at = |path: &str| format!("node_modules/{path}");
    let packages = [
        ("pm2", "bin/pm2-runtime"),
        ("concurrently", "dist/bin/concurrently.js"),
        ("npm-run-all", "bin/run-p/index.js"),
        ("cross-env", "src/bin/cross-env-shell.js"),
    ];
    let bed =
        || packages.iter().fold(bed(), |bed, (name, file)| bed.package(name, "services/a", &[(file, "")]));
    let [pm2, both, run_p, env] = packages.map(|(name, file)| at(&format!("{name}/{file}")));
    let argument = "the command gives eco.config.js to pm2-runtime, and the image has no such file";
    assert_eq!(found(&bed(), &["node", &pm2, "start", "eco.config.js"]), [argument]);
    let missing = "the command gives b.js to node, and the image has no such file";
    assert_eq!(found(&bed(), &["node", &both, "node dist/main.js", "node b.js"]), [missing]);
    assert_eq!(found(&bed(), &["node", &env, "A=b", "node", "b.js"]), [missing]);
    assert_eq!(
        found(&bed(), &["node", &run_p, "a"]),
        ["the command starts npm, which is in no folder of the image's PATH"]
    );
    // Both pass their texts to a shell.
    let without = || {
        let mut bed = bed();
        bed.base.remove("usr/bin/sh");
        bed
    };
    let shell = ["the command starts /bin/sh, which is not in the image"];
    assert_eq!(found(&without(), &["node", &both, "node dist/main.js"]), shell);
    assert_eq!(found(&without(), &["node", &env, "node", "dist/main.js"]), shell);
}

#[test]
fn preloads_are_found_as_their_option_does() {
    let missing =
        |path: &str| vec![format!("the command gives {path} to node, and the image has no such file")];
    assert_eq!(found(&bed(), &["node", "-r", "./dist/main", "dist/main.js"]), [""; 0]);
    assert_eq!(found(&bed(), &["node", "--import", "./dist/main.js", "dist/main.js"]), [""; 0]);
    assert_eq!(found(&bed(), &["node", "--import", "./dist/main", "dist/main.js"]), missing("./dist/main"));
}
