use super::*;

/// What bookworm's adduser and addgroup left in a chroot after the commands below, one after the other.
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
            "adduser" => homes.extend(accounts.adduser(&words[1..]).expect(line)),
            _ => accounts.addgroup(&words[1..]).expect(line),
        }
    }
    assert_eq!(accounts.passwd, PASSWD);
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
        assert_eq!(accounts.adduser(&words(line)), None, "{line}");
        assert_eq!(accounts, known, "{line}");
    }
}
