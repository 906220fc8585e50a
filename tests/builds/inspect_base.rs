//! `fourply inspect --base`, as text and as JSON: what a base holds, and where each thing comes from.

use sha2::Digest as _;

use super::base::{configure, tiny};
use super::json;
use super::program::digest;
use super::tiny::tarball;

const STATUS: &str = "\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

";
const NODE: &str =
    "#define NODE_MAJOR_VERSION 22\n#define NODE_MINOR_VERSION 3\n#define NODE_PATCH_VERSION 1\n";

#[test]
fn inspect_base_lists_what_the_base_holds_and_where_it_comes_from() {
    let (tiny, _npm) = tiny("");
    let rootfs = tarball(&[
        (
            b'0',
            "etc/os-release",
            "ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian of the test\"\n",
        ),
        (b'0', "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/var/www:/bin/false\nbroken\n"),
        (b'0', "lib64/ld-linux-x86-64.so.2", "a loader"),
        (b'0', "usr/bin/node", "a node"),
        (b'0', "usr/include/node/node_version.h", NODE),
        (b'0', "var/lib/dpkg/status", STATUS),
    ]);
    std::fs::write(tiny.root.join("base.tar.gz"), &rootfs).unwrap();
    let sum: String = sha2::Sha256::digest(&rootfs).iter().map(|byte| format!("{byte:02x}")).collect();
    let base = format!("rootfs = {{ file = \"base.tar.gz\", sha256 = \"{sum}\" }}");
    // Without an entry point, no tini is fetched for it.
    configure(&tiny, &format!("{base}\n[image]\nentrypoint = []"));

    let found = json(&digest(&mut tiny.fourply(&["inspect", "--base", "--json"])));
    assert!(found["base"].as_str().unwrap().ends_with("base.tar.gz"), "{found}");
    assert_eq!((&found["platform"], &found["system"]), (&"linux/amd64".into(), &"Debian of the test".into()));
    assert_eq!((&found["libc"]["is"], &found["node"]["is"]), (&"glibc".into(), &"22.3.1".into()), "{found}");
    let packages: Vec<&str> =
        found["packages"].as_array().unwrap().iter().map(|known| known["name"].as_str().unwrap()).collect();
    assert_eq!(packages, ["libc6"]);
    let users = found["users"].as_array().unwrap();
    let names: Vec<&str> = users.iter().map(|user| user["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["root", "web"]);
    assert_eq!(
        (&users[1]["uid"], &users[1]["gid"], &users[1]["home"]),
        (&33.into(), &34.into(), &"/var/www".into())
    );
    let layers = found["layers"].as_array().unwrap();
    assert_eq!(
        layers.iter().map(|layer| layer["size"].as_u64().unwrap()).sum::<u64>(),
        found["size"].as_u64().unwrap()
    );
    assert!(found["unpacked"].as_u64().unwrap() > 300);

    let text = digest(&mut tiny.fourply(&["inspect", "--base"]));
    for part in
        ["Debian of the test", "glibc", "22.3.1", "libc6", "2.36-9", "web 33:34 /var/www", "base.tar.gz"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("gone"), "{text}");
}
