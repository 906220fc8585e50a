use super::commands::follow;
use super::system::{Outcome, System};
use super::*;
use crate::accounts::{Accounts, Rules};

/// A system with these programs and folders.
struct Small;

impl System for Small {
    fn is_folder(&self, path: &str) -> Option<bool> {
        match path {
            "/usr/bin/agent" => Some(false),
            "/" | "/var" | "/var/log" | "/etc" => Some(true),
            _ => None,
        }
    }
    fn is_link(&self, _: &str) -> bool {
        false
    }
    fn is_executable(&self, path: &str) -> bool {
        matches!(
            path,
            "/usr/sbin/adduser" | "/usr/bin/agent" | "/usr/sbin/useradd" | "/usr/bin/systemd-sysusers"
        )
    }
    fn is_filled(&self, path: &str) -> bool {
        path == "/usr/bin/agent"
    }
    fn attributes(&self, path: &str) -> Option<(u32, u32, u32)> {
        self.is_folder(path).map(|folder| if folder { (0o755, 0, 0) } else { (0o4755, 0, 0) })
    }
    fn rules(&self, _: &str) -> Option<Rules> {
        Some(Rules::Bookworm)
    }
    fn sysusers(&self, name: &str) -> Option<String> {
        (name == "svc.conf").then(|| "u svc - \"A service\" /var/lib/svc\n".to_owned())
    }
    fn below(&self, path: &str) -> Vec<String> {
        if path == "/var" { vec!["/var/log".to_owned()] } else { Vec::new() }
    }
}

fn outcome(script: &str, before: &str) -> Option<Outcome> {
    let accounts = Accounts {
        passwd: "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n".into(),
        group: "adm:x:4:\nnogroup:x:65534:\n".into(),
        ..Accounts::default()
    };
    let start = Outcome { accounts, ..Outcome::default() };
    follow(&parse(script)?, &["configure".into(), before.into()], &Small, start)
}

/// `PATH MODE UID:GID` of each.
fn touched(outcome: &Outcome) -> Vec<String> {
    let all = outcome.touched.iter();
    all.map(|(path, touched)| format!("{path} {:o} {}:{}", touched.mode, touched.uid, touched.gid)).collect()
}

/// From redis-tools and openssh-client of bookworm.
const SCRIPT: &str = r#"#!/bin/sh
set -eu
USER="redis"
action="$1"
in_sysroot () {
    if [ -z "${DPKG_ROOT:-}" ]; then
        "$@"
    else
        chroot "${DPKG_ROOT}" "$@"
    fi
}
Setup_dir () {
	DIR="${1}"
	MODE="${2}"
	GROUP="${3}"

	mkdir -p ${DIR}

	if ! dpkg-statoverride --list ${DIR} >/dev/null 2>&1
	then
		chown ${USER}:${GROUP} ${DIR}
		chmod ${MODE} ${DIR}
	fi
}
case "$1" in
    configure)
	in_sysroot adduser \
		--system \
		--home /var/lib/redis \
		--quiet \
		--group \
		${USER} || true
	Setup_dir /var/log/redis 2750 adm
	Setup_dir /var/lib/redis 750 ${USER}
    ;;
    abort-upgrade|abort-remove) ;;
    *)
        echo "called with unknown argument \`$1'" >&2
        exit 1
    ;;
esac
if dpkg --compare-versions "$2" lt-nl 2; then
	echo $(ls | sort)
	mv /a /b
fi
if [ "$action" = "configure" ] || [ "$1" = "abort-upgrade" ]; then
	if ! getent group _ssh >/dev/null; then
		addgroup --system --quiet --force-badname _ssh
	fi
	chgrp _ssh /usr/bin/agent
	chmod 2755 /usr/bin/agent
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || true
	fi
fi
dpkg-maintscript-helper rm_conffile /etc/x 1:7.9p1-8\~ -- "$@"
exit 0
"#;

#[test]
fn a_script_is_followed_as_a_shell_would() {
    let left = outcome(SCRIPT, "").unwrap();
    assert!(left.accounts.passwd.ends_with("\nredis:x:100:100::/var/lib/redis:/usr/sbin/nologin\n"));
    assert_eq!(left.accounts.group, "adm:x:4:\nnogroup:x:65534:\nredis:x:100:\n_ssh:x:101:\n");
    let expected = [
        "/usr/bin/agent 2755 0:101",
        "/var/lib 755 0:0",
        "/var/lib/redis 750 100:100",
        "/var/log/redis 2750 100:4",
    ];
    assert_eq!(touched(&left), expected);
    // An upgrade from before version 2 reaches an unknown command.
    assert_eq!(outcome(SCRIPT, "1"), None);
}

/// From cron-daemon-common of trixie.
#[test]
fn a_loop_over_a_folder_sees_what_is_there() {
    let script = |folder: &str| {
        format!(
            "set -e
             if [ -x \"$(command -v systemd-tmpfiles)\" ]; then
                 systemd-tmpfiles --create cron.conf || true
             fi
             getent group crontab > /dev/null 2>&1 || addgroup --system crontab
             cd {folder}
             chown nobody:crontab {folder}
             set +e
             for tab_name in *
             do
                 [ \"$tab_name\" = \"*\" ] && continue
                 tab_owner=`stat -c '%U' \"$tab_name\"`
                 chown \"$tab_owner:crontab\" \"$tab_name\"
             done
             set -e"
        )
    };
    let left = outcome(&script("/etc"), "").unwrap();
    assert_eq!(left.accounts.group, "adm:x:4:\nnogroup:x:65534:\ncrontab:x:100:\n");
    assert_eq!(touched(&left), ["/etc 755 65534:100"]);
    assert_eq!(outcome(&script("/var"), ""), None);
}

#[test]
fn owners_that_dpkg_keeps_are_set_and_listed() {
    let left = outcome(
        "set -e\nif ! dpkg-statoverride --list /usr/bin/agent >/dev/null; then
           dpkg-statoverride --update --add nobody adm 2755 /usr/bin/agent
         fi
         dpkg-statoverride --list /usr/bin/agent
         dpkg-statoverride --update --add nobody adm 0640 /var/log/none
         dpkg-statoverride --force --add nobody adm 4755 /usr/bin/agent
         dpkg-statoverride --add nobody adm 755 /usr/bin/agent || true
         find /var -maxdepth 1 -type d -name 'x.*.d' -empty -delete
         systemd-sysusers ${DPKG_ROOT:+--root=\"$DPKG_ROOT\"} svc.conf",
        "",
    );
    let left = left.unwrap();
    assert_eq!(touched(&left), ["/usr/bin/agent 2755 65534:4"]);
    let list = "nobody adm 4755 /usr/bin/agent\nnobody adm 640 /var/log/none\n";
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(lines(&left.overrides.text()), lines(list));
    assert!(left.accounts.passwd.ends_with("svc:x:999:999:A service:/var/lib/svc:/usr/sbin/nologin\n"));
}

#[test]
fn what_is_not_known_is_not_understood_where_it_is_reached() {
    for script in [
        "frobnicate",
        "adduser x",
        "echo hi > /etc/x",
        "ls | sort",
        "x=$(ls)\n[ \"$x\" ]",
        "rm -f /x",
        "for f in /*/x; do :; done",
        "for f in *; do :; done",
        "for f in etc/*; do :; done",
        "mkdir /etc/new\nfor f in /etc/*; do :; done",
        "cd /var\nfor f in *; do mv $f x; done",
        "cd var",
        "f() { continue; }\nfor x in a; do f; done",
        "continue",
        "x=\"$(command -v systemd-tmpfiles | cat)\"",
        "$(command -v adduser) x",
        ". /usr/share/debconf/confmodule",
        "while true; do :; done",
        "set -e\nfalse",
        "exit 1",
        "chmod u+s /usr/bin/agent",
        "mkdir -p /var/../x",
        "cat <<EOF\nx\nEOF",
        "if true",
        "f() { f; }\nf",
        "echo 'x",
        "chown adm:adm /none",
        "dpkg-statoverride --add none adm 755 /var",
        "dpkg-statoverride --list '/var/*'",
        "find /var -name 'l*' -delete",
        "find /none -name x",
        "find /var -delete -name x",
        "find /var -name x -o -delete",
        "systemd-sysusers",
        "systemd-sysusers none.conf",
        "groupadd -r x",
        "useradd -r x",
        "DPKG_ROOT=/x\necho ${DPKG_ROOT:+y}",
    ] {
        assert_eq!(outcome(script, ""), None, "{script}");
    }
    for script in [
        "",
        "if false; then frobnicate; fi",
        "false || true",
        "set -e\nfalse || :",
        "if [ -n \"$2\" ]; then mv a b; fi",
        "exit 0\nfrobnicate",
        "f() { return 1; }\nif f; then rm x; else :; fi",
        "case x in y*) rm x;; x|z) :;; esac",
        "[ a = a -a x$2 != x ] || dpkg --compare-versions \"$2\" lt-nl 1:9~ || :",
        "for f in a b; do [ $f = a ] || [ $f = b ] || rm x; done",
        "for f in /etc/*; do [ \"$f\" = '/etc/*' ] || rm x; done",
        "cd /var\nfor f in *; do [ $f = log ] && continue; rm x; done",
        "for f in a b; do break; rm x; done",
        "cd /none || :",
        "set -e\nset +e\nfalse\ntrue",
        "[ ! -x \"$(command -v systemd-tmpfiles)\" ] || rm x",
        "if [ -x $(command -v adduser 2>/dev/null) ]; then :; else rm x; fi",
        "command -v ucf >/dev/null && ucf x\ntrue",
        "{ :; } 2>/dev/null",
    ] {
        assert!(outcome(script, "").is_some(), "{script}");
    }
    assert_eq!(outcome(&"( ".repeat(500), ""), None);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z \n;&|(){}<>\"'$`\\\\!]{0,80}") {
        let _ = outcome(&text, "");
    }
}
