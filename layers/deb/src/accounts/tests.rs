use super::*;

/// The files after bookworm's adduser and addgroup ran the commands below in a chroot, in sequence.
const PASSWD: &str = "\
messagebus:x:100:101::/nonexistent:/usr/sbin/nologin
redis:x:101:102::/var/lib/redis:/usr/sbin/nologin
sshd:x:102:65534::/run/sshd:/usr/sbin/nologin
_chrony:x:103:104:Chrony daemon,,,:/var/lib/chrony:/usr/sbin/nologin
nohome:x:104:65534::/nonexistent:/usr/sbin/nologin
ing:x:105:103::/nonexistent:/usr/sbin/nologin
fix:x:150:150::/nonexistent:/usr/sbin/nologin
deep:x:106:105::/opt/x/y:/usr/sbin/nologin
_ssh:x:107:103::/nonexistent:/usr/sbin/nologin
g2:x:108:65534:a,b,,:/nonexistent:/usr/sbin/nologin
";
const GROUP: &str = "\
users:x:100:
nogroup:x:65534:
messagebus:x:101:
redis:x:102:
_ssh:x:103:redis
_chrony:x:104:
fix:x:150:
gfix:x:160:
deep:x:105:
";

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(|word| word.replace('~', " ")).collect()
}

#[test]
fn accounts_are_those_of_real_adduser() {
    added(PASSWD, Rules::Bookworm);
    // All differences of trixie's adduser 3.152.
    let plain = PASSWD.replace("daemon,,,", "daemon").replace("a,b,,", "a,b");
    added(&plain, Rules::Trixie);
}

fn added(passwd: &str, rules: Rules) {
    let mut accounts = Accounts {
        group: "users:x:100:\nnogroup:x:65534:\n".into(),
        shadow: Some(String::new()),
        gshadow: Some("nogroup:*::\n".into()),
        ..Accounts::default()
    };
    let mut homes = Vec::new();
    for line in [
        "adduser --system --quiet --home /nonexistent --no-create-home --disabled-password --group messagebus",
        "adduser --system --home /var/lib/redis --quiet --group redis",
        "addgroup --system --quiet --force-badname _ssh",
        "adduser --quiet --system --no-create-home --home /run/sshd --shell /usr/sbin/nologin sshd",
        "adduser --force-badname --system --group --quiet --gecos Chrony~daemon --home /var/lib/chrony --no-create-home _chrony",
        "adduser --system nohome",
        "adduser --system --ingroup _ssh ing",
        "adduser --system --uid 150 --group fix",
        "addgroup --system --gid 160 gfix",
        "adduser --system --quiet redis",
        "adduser --quiet redis _ssh",
        "adduser --system --group --home=/opt/x/y deep",
        "adduser --system --group _ssh",
        "addgroup --system redis",
        "adduser --system --no-create-home --gecos a,b --ingroup nogroup g2",
    ] {
        let words = words(line);
        match words[0].as_str() {
            "adduser" => homes.extend(accounts.adduser(&words[1..], rules).expect(line)),
            _ => accounts.addgroup(&words[1..]).expect(line),
        }
    }
    assert_eq!(accounts.passwd, passwd);
    assert_eq!(accounts.group, GROUP);
    assert!(accounts.shadow.unwrap().starts_with("messagebus:!:::::::\nredis:!:"));
    assert!(accounts.gshadow.unwrap().contains("\n_ssh:!::redis\n"));
    let home = |path: &str, uid, gid| Home { path: path.into(), uid, gid };
    assert_eq!(homes, [home("/var/lib/redis", 101, 102), home("/opt/x/y", 106, 105)]);
}

#[test]
fn what_is_not_known_changes_nothing() {
    let known = Accounts {
        passwd: "u:x:1000:1000::/:/bin/sh\n".into(),
        group: "g:x:1000:\n".into(),
        ..Accounts::default()
    };
    for line in [
        "--system u",
        "--group x",
        "x",
        "--system --group g",
        "--system --ingroup none x",
        "--system X",
        "--system a:b",
        "--system --home rel x",
        "--system --home /a:b x",
        "--system --conf /etc/x x",
        "--system --uid 1000 x",
        "nobody g",
        "--system",
    ] {
        let mut accounts = known.clone();
        assert_eq!(accounts.adduser(&words(line), Rules::Bookworm), None, "{line}");
        assert_eq!(accounts, known, "{line}");
    }
}

/// The accounts before the commands below.
fn before() -> Accounts {
    Accounts {
        passwd: "root:x:0:0:root:/root:/bin/bash\n_apt:x:100:65534::/nonexistent:/usr/sbin/nologin\nold:x:998:998::/:/bin/sh\n".into(),
        group: "root:x:0:\nusers:x:100:\nold:x:998:\nnogroup:x:65534:\n".into(),
        shadow: Some("root:*:1:0:99999:7:::\n".into()),
        gshadow: Some("root:*::\n".into()),
    }
}

/// The files after shadow 4.13 and 4.17 ran the same commands.
#[test]
fn accounts_are_those_of_real_useradd_and_groupadd() {
    let mut accounts = before();
    for line in [
        "groupadd -r ga",
        "groupadd --system gb",
        "groupadd -g 150 gc",
        "groupadd -r -f ga",
        "useradd -r -d /home/ua -s /bin/bash ua",
        "useradd --system --no-create-home --home-dir /var/lib/ub --shell /usr/sbin/nologin --comment U~b -g ga ub",
        "useradd -r -M -d /srv/uc -s /bin/false -U uc",
        "useradd -r -u 160 -g gb -G ga,gc -d /home/ue -s /bin/bash ue",
        "useradd -r -d /uf -s /bin/bash uf",
        "useradd -r -g nogroup -d /home/ug -s /bin/bash ug",
        "usermod -a -G gb ub",
        "usermod -aG gc,ga ua",
    ] {
        let words = words(line);
        let known = match words[0].as_str() {
            "useradd" => accounts.useradd(&words[1..]),
            "usermod" => accounts.usermod(&words[1..]),
            _ => accounts.groupadd(&words[1..]),
        };
        assert_eq!(known, Some(true), "{line}");
    }
    let users = "ua:x:997:149::/home/ua:/bin/bash
ub:x:996:997:U b:/var/lib/ub:/usr/sbin/nologin
uc:x:995:995::/srv/uc:/bin/false
ue:x:160:996::/home/ue:/bin/bash
uf:x:159:159::/uf:/bin/bash
ug:x:158:65534::/home/ug:/bin/bash
";
    assert_eq!(accounts.passwd, before().passwd + users);
    let groups = "ga:x:997:ue,ua\ngb:x:996:ub\ngc:x:150:ue,ua\nua:x:149:\nuc:x:995:\nuf:x:159:\n";
    assert_eq!(accounts.group, before().group + groups);
    assert!(accounts.gshadow.as_ref().unwrap().contains("\nga:!::ue,ua\ngb:!::ub\n"));
    for (line, expected) in [("ga", Some(false)), ("-r -o x", None), ("x", None)] {
        assert_eq!(accounts.clone().groupadd(&words(line)), expected, "{line}");
    }
    for (line, expected) in [
        ("-r -d / -s / ua", Some(false)),
        ("-r -d / -s / -G none x", Some(false)),
        ("-d / -s / x", None),
        ("-r -s / x", None),
        ("-r -m -d / -s / x", None),
        ("-r -u 160 -d / -s / x", None),
    ] {
        assert_eq!(accounts.clone().useradd(&words(line)), expected, "{line}");
    }
    assert_eq!(accounts.clone().usermod(&words("-a -G none ua")), Some(false));
    assert_eq!(accounts.clone().usermod(&words("-G ga ua")), None);
}

/// The files after systemd 252 and 257 applied the same file.
#[test]
fn accounts_are_those_of_real_systemd_sysusers() {
    let text = r#"#Type Name ID GECOS Home
u messagebus - "System Message Bus"
u  httpd 404 "HTTP User" /srv/h /bin/sh
g input - -
m httpd input
u has - "Has group"
g web 33
u ad 34:web "n"
m messagebus users
u old - "again"
m newone adm2
u lone -
"#;
    let mut accounts = before();
    accounts.group.push_str("has:x:995:\n");
    let group = accounts.group.replace("users:x:100:", "users:x:100:messagebus");
    accounts.sysusers(&[text.to_owned()], Rules::Bookworm).unwrap();
    let users = "messagebus:x:996:996:System Message Bus:/:/usr/sbin/nologin
httpd:x:404:404:HTTP User:/srv/h:/bin/sh
has:x:995:995:Has group:/:/usr/sbin/nologin
ad:x:34:33:n:/:/usr/sbin/nologin
lone:x:994:994::/:/usr/sbin/nologin
newone:x:993:993::/:/usr/sbin/nologin
";
    assert_eq!(accounts.passwd, before().passwd + users);
    let groups = "input:x:999:httpd
web:x:33:
adm2:x:997:newone
messagebus:x:996:
httpd:x:404:
lone:x:994:
newone:x:993:
";
    assert_eq!(accounts.group, group + groups);
    assert!(accounts.gshadow.unwrap().contains("\ninput:!*::httpd\nweb:!*::\n"));
    assert!(accounts.shadow.unwrap().contains("\nmessagebus:!*:::::::\n"));
    for line in ["r - 500-600", "u a /bin/x", "u a 998", "u %m -", "u a 34:500", "u a:b -", "u! a -"] {
        assert_eq!(before().sysusers(&[line.to_owned()], Rules::Bookworm), None, "{line}");
    }
}

/// The files after systemd 257 applied the same file.
#[test]
fn users_that_cannot_log_in_are_those_of_real_systemd_sysusers() {
    let text = "u! svc - \"Service A\" /var/lib/svc\nu svd -:nogroup \"B\" /run/svd\nu! sve 77 -\n";
    let mut accounts = before();
    accounts.sysusers(&[text.to_owned()], Rules::Trixie).unwrap();
    let users = "svc:x:999:999:Service A:/var/lib/svc:/usr/sbin/nologin
svd:x:997:65534:B:/run/svd:/usr/sbin/nologin
sve:x:77:77::/:/usr/sbin/nologin
";
    assert_eq!(accounts.passwd, before().passwd + users);
    let shadow = "svc:!*::::::1:\nsvd:!*:::::::\nsve:!*::::::1:\n";
    assert_eq!(accounts.shadow.unwrap(), before().shadow.unwrap() + shadow);
    assert_eq!(before().sysusers(&[text.to_owned()], Rules::Shared), None);
    let mut between = before();
    assert_eq!(between.adduser(&words("--system --gecos x y"), Rules::Shared), None);
    assert_eq!(between, before());
    assert!(between.adduser(&words("--system y"), Rules::Shared).is_some());
}
