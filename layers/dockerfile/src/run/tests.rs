use super::{Manager, ran};

fn names(script: &str, manager: Manager) -> Vec<String> {
    ran(script).packages.remove(&manager).unwrap_or_default().into_iter().collect()
}

#[test]
fn packages_without_versions() {
    let apk = "apk add --no-cache -X https://mirror.example/x tini=0.19-r1 'curl>8' libc6-compat@edge $MORE";
    assert_eq!(names(apk, Manager::Apk), ["curl", "libc6-compat", "tini"]);
    let apt = "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
               -o Dpkg::Use-Pty=0 openssl=3.0 g++ ca-certificates:amd64 && rm -rf /var/lib/apt/lists/*";
    assert_eq!(names(apt, Manager::Apt), ["ca-certificates", "g++", "openssl"]);
}

#[test]
fn what_is_removed_is_not_there() {
    assert!(names("apk add --virtual .tools python3 make && apk del .tools", Manager::Apk).is_empty());
    assert_eq!(names("apt install -y git curl; apt-get purge -y git", Manager::Apt), ["curl"]);
}

#[test]
fn accounts_of_both_families() {
    let script = "addgroup -g 1001 -S nodejs && adduser -S -u 1001 -G nodejs nodejs; \
                  useradd --uid=1500 --create-home --shell /bin/sh app; adduser node tty";
    let found: Vec<_> = ran(script).accounts.into_iter().map(|account| (account.name, account.uid)).collect();
    assert_eq!(found, [("nodejs".to_owned(), Some(1001)), ("app".to_owned(), Some(1500))]);
}

#[test]
fn folders_and_their_owners() {
    let found =
        ran("mkdir -p /app/uploads logs && chown -R nodejs:nodejs /app/uploads; install -d -o app /data")
            .folders;
    let of = |path: &str| (found[path].made, found[path].owner.clone());
    assert_eq!(of("/app/uploads"), (true, Some("nodejs:nodejs".to_owned())));
    assert_eq!(of("logs"), (true, None));
    assert_eq!(of("/data"), (true, Some("app".to_owned())));
}
