use super::*;
use crate::testing::{deb, scanned};

/// The tools of packages: name, version and control fields.
fn tools(packages: &[(&str, &str, &str)]) -> Tools {
    let package = |(name, version, fields): &(&str, &str, &str)| {
        let mut package = scanned(name, &deb(name, fields, &[])).unwrap();
        (*version).clone_into(&mut package.pin.version);
        package
    };
    Tools::of(None, &packages.iter().map(package).collect::<Vec<_>>())
}

#[test]
fn tools_that_are_left_out_have_the_rules_of_the_release() {
    let redis = ("redis-tools", "1", "Depends: adduser, libc6\n");
    for (libc, rules) in [
        ("2.35-0ubuntu3", None),
        ("2.36-9+deb12u14", Some(Rules::Bookworm)),
        ("2.39-0ubuntu8", Some(Rules::Shared)),
        ("2.41-12+deb13u5", Some(Rules::Trixie)),
    ] {
        let tools = tools(&[redis, ("libc6", libc, "")]);
        assert_eq!(tools.rules("adduser"), rules, "{libc}");
        assert!(tools.has("/usr/sbin/adduser") && !tools.has("/usr/bin/systemd-sysusers"));
    }
    assert_eq!(tools(&[("libc6", "2.41", "")]).rules("adduser"), None);
    assert_eq!(tools(&[redis]).rules("adduser"), None);
}

#[test]
fn the_first_tool_that_is_named_is_the_one_that_apt_takes() {
    let libc = ("libc6", "2.41", "");
    let cron = ("cron", "1", "Depends: systemd | systemd-standalone-sysusers | systemd-sysusers\n");
    let dbus = ("dbus", "1", "Depends: adduser (>= 3.130) | systemd-sysusers\n");
    let of_dbus = tools(&[libc, dbus]);
    assert!(of_dbus.has("/usr/sbin/addgroup") && !of_dbus.has("/usr/bin/systemd-sysusers"));
    assert!(tools(&[libc, dbus, cron]).has("/usr/bin/systemd-sysusers"));
    // An installed tool is not left out.
    let sysusers = ("systemd-standalone-sysusers", "257.13", "Provides: systemd-sysusers\n");
    let there = tools(&[dbus, cron, sysusers]);
    assert!(!there.has("/usr/bin/systemd-sysusers") && !there.has("/usr/sbin/adduser"));
    assert_eq!(there.rules("systemd-sysusers"), Some(Rules::Trixie));
    assert_eq!(there.rules("adduser"), None);
}

#[test]
fn tools_that_are_there_go_by_their_own_version() {
    for (version, rules) in [
        ("3.118ubuntu5", None),
        ("3.134", Some(Rules::Bookworm)),
        ("3.137ubuntu1", Some(Rules::Shared)),
        ("3.152", Some(Rules::Trixie)),
    ] {
        assert_eq!(tools(&[("adduser", version, "")]).rules("adduser"), rules, "{version}");
    }
    assert_eq!(tools(&[("systemd", "252.39-1", "")]).rules("systemd-sysusers"), Some(Rules::Shared));
    assert_eq!(tools(&[("passwd", "1:4.13+dfsg1-1", "")]).rules("passwd"), Some(Rules::Shared));
}
