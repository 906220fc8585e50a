use crate::{Architecture, Platform};

/// OCI, node, musl, apk, deb, npm's node package. Platforms have their baseline variant.
const NAMES: [(&str, [Option<&str>; 5]); 11] = [
    ("linux/amd64", [Some("x64"), Some("x86_64"), Some("x86_64"), Some("amd64"), Some("x64")]),
    ("linux/arm64", [Some("arm64"), Some("aarch64"), Some("aarch64"), Some("arm64"), Some("arm64")]),
    ("linux/arm/v7", [Some("arm"), Some("armhf"), Some("armv7"), Some("armhf"), Some("armv7l")]),
    ("linux/arm/v6", [Some("arm"), Some("armhf"), Some("armhf"), None, None]),
    ("linux/386", [Some("ia32"), Some("i386"), Some("x86"), Some("i386"), None]),
    (
        "linux/ppc64le",
        [Some("ppc64"), Some("powerpc64le"), Some("ppc64le"), Some("ppc64el"), Some("ppc64le")],
    ),
    ("linux/ppc64", [Some("ppc64"), Some("powerpc64"), None, None, None]),
    ("linux/s390x", [Some("s390x"), Some("s390x"), Some("s390x"), Some("s390x"), Some("s390x")]),
    ("linux/riscv64", [Some("riscv64"), Some("riscv64"), Some("riscv64"), Some("riscv64"), None]),
    ("linux/loong64", [Some("loong64"), Some("loongarch64"), Some("loongarch64"), None, None]),
    ("linux/mips64le", [None; 5]),
];

#[test]
fn every_architecture_has_its_name_in_every_tool() {
    for (text, expected) in NAMES {
        let platform: Platform = text.parse().unwrap();
        let Platform { architecture, .. } = &platform;
        let found = [
            architecture.node(),
            architecture.musl(),
            platform.apk(),
            platform.deb(),
            platform.node_package(),
        ];
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn packages_of_other_systems_have_no_name() {
    let windows = Platform::new("windows", "amd64", None);
    assert_eq!((windows.apk(), windows.deb(), windows.node_package()), (None, None, None));
}

#[test]
fn names_of_compilers_and_kernels_are_understood() {
    for (name, oci) in [
        ("x86_64", "amd64"),
        ("AArch64", "arm64"),
        ("i686", "386"),
        ("x86", "386"),
        ("powerpc64le", "ppc64le"),
        ("loongarch64", "loong64"),
        ("amd64", "amd64"),
        ("wasm", "wasm"),
    ] {
        assert_eq!(Architecture::new(name), oci);
    }
}

#[test]
fn this_machine_has_a_name_in_node() {
    assert!(Architecture::host().node().is_some());
}
