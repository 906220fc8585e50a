use super::*;

/// The postinst of Debian's gcc (4:12.2.0-3), without its middle.
const GCC: &str = r#"#! /bin/sh

set -e

update-alternatives --quiet \
    --install /usr/bin/cc cc /usr/bin/gcc 20 \
    #--slave /usr/share/man/man1/cc.1.gz cc.1.gz /usr/share/man/man1/gcc.1.gz

update-alternatives --quiet \
    --install /usr/bin/c89 c89 /usr/bin/c89-gcc 20 \
    --slave /usr/share/man/man1/c89.1.gz c89.1.gz /usr/share/man/man1/c89-gcc.1.gz

exit 0
"#;

fn of(scripts: &[&str]) -> Vec<(String, String)> {
    links(scripts.iter().flat_map(|script| choices(script))).into_iter().collect()
}

fn pair(link: &str, target: &str) -> (String, String) {
    (link.to_owned(), target.to_owned())
}

#[test]
fn links_are_those_that_the_script_of_gcc_makes() {
    let expected = [
        pair("/etc/alternatives/c89", "/usr/bin/c89-gcc"),
        pair("/etc/alternatives/c89.1.gz", "/usr/share/man/man1/c89-gcc.1.gz"),
        pair("/etc/alternatives/cc", "/usr/bin/gcc"),
        pair("/usr/bin/c89", "/etc/alternatives/c89"),
        pair("/usr/bin/cc", "/etc/alternatives/cc"),
        pair("/usr/share/man/man1/c89.1.gz", "/etc/alternatives/c89.1.gz"),
    ];
    assert_eq!(of(&[GCC]), expected);
}

#[test]
fn the_highest_priority_wins_and_what_a_shell_would_make_up_is_passed_over() {
    let mawk = "  update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5\n";
    let gawk = "update-alternatives --install \"/usr/bin/awk\" awk /usr/bin/gawk 10 || true\n";
    let expected =
        [pair("/etc/alternatives/awk", "/usr/bin/gawk"), pair("/usr/bin/awk", "/etc/alternatives/awk")];
    assert_eq!(of(&[mawk, gawk]), expected);
    assert_eq!(of(&[gawk, mawk]), expected);
    for script in [
        "update-alternatives --install /usr/bin/$name $name /usr/bin/x 5",
        "update-alternatives --install /usr/bin/x x /usr/bin/y",
        "update-alternatives --install /usr/../x x /usr/bin/y 5",
        "update-alternatives --install /usr/bin/x ../x /usr/bin/y 5",
        "update-alternatives --remove cc /usr/bin/gcc",
    ] {
        assert_eq!(of(&[script]), [], "{script}");
    }
}
