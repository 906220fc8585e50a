use super::*;

#[test]
fn shells_and_programs_of_scripts_are_found() {
    for (line, expected) in [
        ("#!/bin/sh -e\n", Some("dash")),
        ("#! /bin/bash\n", Some("bash")),
        ("#!/usr/bin/env bash\n", Some("bash")),
        ("#!/usr/bin/perl\n", None),
        ("\u{7f}ELF", None),
        ("#!", None),
    ] {
        assert_eq!(shell(line.as_bytes()), expected, "{line}");
    }
    let found = |script: &str| called(script).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    assert_eq!(found("x=`basename $0`\necho cat\n# rm x"), ["coreutils"]);
    assert_eq!(found("if LC_ALL=C grep -q x; then exec /bin/sed s/a/b/; fi"), ["grep", "sed"]);
    assert_eq!(found("echo \"$(find . | xargs)\" && test -f cp"), ["findutils"]);
    assert!(is_program("usr/bin/x") && is_program("sbin/x") && !is_program("usr/share/bin/x"));
}
