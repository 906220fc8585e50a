use super::*;
use crate::Rules;
use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};

fn text(rules: &Rules, target: Target, program: Option<&str>, node_path: &[&str]) -> String {
    let runtime = Runtime { program: program.map(str::to_owned), arguments: String::new() };
    let node_path: Vec<String> = node_path.iter().map(|folder| (*folder).to_owned()).collect();
    let shim = Shim {
        rules: &rules.bins.shim,
        root: "/app",
        directory: "node_modules/.bin",
        path: "node_modules/x/cli.js",
        target,
        runtime: &runtime,
        node_path: &node_path,
    };
    shim.text()
}

const FILE: Target = Target::File { carriage_return: false, executable: true };

#[test]
fn heads_tell_systems_apart_in_four_ways() {
    let marks = [
        (&PNPM_9, "    *CYGWIN*) basedir=`cygpath -w \"$basedir\"`;;\n"),
        (&PNPM_10, "    *CYGWIN*|*MINGW*|*MSYS*)\n"),
        (&PNPM_11, "case `run_helper uname -a` in\n"),
        (&PNPM_12, "{ read -r os < /proc/version; } 2> /dev/null || :\n"),
    ];
    for (rules, _) in marks {
        for (other, mark) in marks {
            let has = text(rules, FILE, None, &[]).contains(mark);
            assert_eq!(has, rules == other, "{rules}: {mark}");
        }
    }
}

#[test]
fn the_line_without_a_program_and_what_follows_it() {
    let end = |rules| {
        let text = text(rules, FILE, None, &[]);
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len() - 3..).unwrap_or_default().join("\n")
    };
    let old = "\n\"$basedir/../x/cli.js\"   \"$@\"\nexit $?";
    assert_eq!([end(&PNPM_9), end(&PNPM_10)], [old, old]);
    let eleven =
        "exec \"$basedir_abs\"/'../x/cli.js'   \"$@\"\nexit $?\n# cmd-shim-target=/app/node_modules/x/cli.js";
    let twelve = "exec \"$basedir_abs\"/'../x/cli.js'  \"$@\"\nexit $?\n# cmd-shim-target=../x/cli.js";
    assert_eq!([end(&PNPM_11), end(&PNPM_12)], [eleven, twelve]);
}

#[test]
fn a_script_without_its_target_says_so_by_one_rule() {
    let marked =
        |rules| text(rules, Target::Missing, Some("node"), &[]).contains("\n# cmd-shim-missing-target\n");
    assert_eq!([&PNPM_11, &PNPM_12].map(marked), [true, false]);
}

#[test]
fn folders_of_node_path_are_absolute_or_relative_to_the_script() {
    let exports = |rules, folder| {
        let text = text(rules, FILE, Some("node"), &[folder]);
        text.lines().find(|line| line.contains("export NODE_PATH=")).map(|line| line.trim().to_owned())
    };
    let of = |rules, folder, expected: &str| assert_eq!(exports(rules, folder).as_deref(), Some(expected));
    of(&PNPM_10, "/app/node_modules", "export NODE_PATH=\"/app/node_modules\"");
    of(&PNPM_11, "/app/node_modules", "export NODE_PATH='/app/node_modules'");
    of(&PNPM_12, "node_modules", "export NODE_PATH=\"$basedir_abs\"/'..'");
}
