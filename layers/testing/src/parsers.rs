//! Every reader of what comes from outside, by name, with seeds: small inputs that it takes, from which the fuzzer and a plain test
//! make others. In: any bytes. What has to hold is asserted by the readers' own crates and below.

use fourply::config::Config;
use fourply::lock::Lock;
use fourply_dockerfile::{DockerImage, Request};
use fourply_oci::registry::fuzz as registry;
use fourply_pnpm::Lockfile;
pub use fourply_rootfs::fuzz::Target;
use fourply_rootfs::fuzz::sealed;
use fourply_store::{Limits, NpmConfig, PackBuilder, read_tarball};

use crate::hostile;

/// All of them.
pub fn targets() -> Vec<(&'static str, Target)> {
    let own: [(&str, Target); 14] = [
        ("bundle-document", fourply_oci::bundle::fuzz::document),
        ("configuration", configuration),
        ("delta", fourply_delta::fuzz::delta),
        ("dockerfile", dockerfile),
        ("lock", lock),
        ("name-query", fourply_scripts::fuzz::name_query),
        ("npm-tarball", npm_tarball),
        ("npmrc", npmrc),
        ("package-manifest", package_manifest),
        ("pnpm-index", fourply_store::fuzz::pnpm_index),
        ("pnpm-lock", pnpm_lock),
        ("registry-headers", registry::headers),
        ("registry-manifest", registry::manifest),
        ("registry-names", registry_names),
    ];
    let packages = fourply_apk::fuzz::TARGETS.into_iter().chain(fourply_deb::fuzz::TARGETS);
    packages.chain(fourply_rootfs::fuzz::TARGETS).chain(own).collect()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn configuration(bytes: &[u8]) {
    let _ = Config::parse(text(bytes));
}

/// All stages, whatever they are called.
fn dockerfile(bytes: &[u8]) {
    let args = [("SERVICE".to_owned(), "auth".to_owned())].into();
    for target in [None, Some("0")] {
        let _ = DockerImage::read(&Request { text: text(bytes), args: &args, target });
    }
}

/// A lock that is written as it was read is the same.
fn lock(bytes: &[u8]) {
    if let Ok(lock) = Lock::parse(text(bytes)) {
        assert_eq!(Lock::parse(&lock.to_text().unwrap()).ok(), Some(lock));
    }
}

/// A tarball as it is, and one of such entries.
fn npm_tarball(bytes: &[u8]) {
    let limits = Limits { entries: 1000, bytes: 1 << 20 };
    for tar in [bytes, &sealed(bytes)] {
        let _ = read_tarball("package", tar, limits, PackBuilder::new());
    }
}

fn npmrc(bytes: &[u8]) {
    let (config, _) = NpmConfig::parse(text(bytes), &|name| (name == "TOKEN").then(|| "secret".to_owned()));
    let url = "https://registry.example/a/b.tgz".parse().unwrap();
    let _ = (config.registry_for("@scope/name"), config.authorization(&url, Some("@scope/name")));
}

/// What is taken of a package.json has bounds, and its licence is read as it stands.
fn package_manifest(bytes: &[u8]) {
    let read = fourply_modules::read_manifest("node_modules/a", bytes);
    let texts = [Some(&read.name), read.version.as_ref(), read.licence.as_ref()];
    for text in texts.into_iter().flatten() {
        assert!(!text.is_empty() && !text.contains('\n') && text.chars().count() < 20_000);
        let _ = fourply_attest::Licence::read(text);
    }
    let _ = fourply_attest::Licence::read(self::text(bytes));
    let _ = fourply_attest::Hash::of_integrity(self::text(bytes));
}

fn pnpm_lock(bytes: &[u8]) {
    let _ = Lockfile::parse(text(bytes));
}

fn registry_names(bytes: &[u8]) {
    registry::reference(bytes);
    registry::credential_file(bytes);
}

/// Inputs that a target takes whole.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let texts: &[&str] = match target {
        "apk-index" => &[
            "C:Q1AYNx2pLOAHRYZQgv3nM8TNtvRWY=\nP:busybox\nV:1.36.1-r15\nA:x86_64\nS:1\nD:so:libc.musl-x86_64.so.1\np:cmd:busybox=1\nk:5\n\nP:b\nV:2\ni:a b>=1\nr:c\nq:3\n",
        ],
        "apk-info" => &[
            "# x\npkgname = a\npkgver = 1-r0\narch = noarch\nsize = 5\ndepend = b>1 !c\nprovides = so:a.so=1\ninstall_if = d e~2\ntriggers = /bin /lib/*\nreplaces = f\ndatahash = 00\n",
        ],
        "apk-script" => &[
            "#!/bin/sh\nuser=chrony\naddgroup -S -g 42 shadow 2>/dev/null\nadduser -S -D -H -h /var -s /sbin/nologin -G $user -g 'a b' ${user} 2>/dev/null\naddgroup chrony shadow\nexit 0\n",
        ],
        "apk-version" => &["1.2.3b_rc1_p2~abcdef-r4\n1.05\n1.1-r0\n1.2_git20240101"],
        "deb-version" => &["1:2.0~rc1-3+b1\n2.0\n0:2.0-0\n1.0.0+dfsg-1~bpo12+1"],
        "deb-control" => &[
            "Package: tini\nVersion: 0.19.0-1\nArchitecture: amd64\nDepends: libc6 (>= 2.34), a | b:any [!i386]\nProvides: init (= 1)\nPriority: optional\nFilename: pool/t/tini_0.deb\nSize: 12\nSHA256: 0000000000000000000000000000000000000000000000000000000000000000\nDescription: x\n more\n .\n\n# y\nPackage: z\n",
            "a (>= 1) [amd64] <!nocheck>, b | c (<< 2)",
        ],
        "deb-release" => &[
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSuite: tiny\nDate: Sat, 10 Jan 2026 00:00:00 UTC\nArchitectures: amd64\nSHA256:\n 00 1 main/x\n-----BEGIN PGP SIGNATURE-----\n\niHUEARYKAB0WIQ==\n=abcd\n-----END PGP SIGNATURE-----\n",
        ],
        "deb-script" => &[
            "#!/bin/sh\nset -e\nU=\"redis\"\nf () {\n\tmkdir -p ${1}\n\tif ! getent group $U >/dev/null 2>&1\n\tthen\n\t\tchown $U:adm \"$1\" && chmod 2750 ${1:-/x}\n\tfi\n}\ncase \"$1\" in\n    configure|x*)\n\tadduser --system --home /var/lib/$U \\\n\t\t--group 'redis' || true; f /var/log/x\n    ;;\n    *) exit 1;;\nesac\nfor d in a \"$@\"; do [ -d /run/$d ] || echo `ls` $(x) | sort; done\nif [ -n \"$2\" ]; then rm x; else { :; } fi\nexit 0\n",
        ],
        "deb-sources" => &[
            "deb [arch=amd64,arm64 signed-by=/k.gpg check-valid-until=no] http://m.example/debian bookworm main # x\n",
            "Types: deb deb-src\nURIs: http://m.example\nSuites: s s-updates ./\nComponents: main\nArchitectures: amd64\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc=\n -----END PGP PUBLIC KEY BLOCK-----\nEnabled: no\n",
        ],
        "bundle-document" => &[
            "{\"version\":2,\"absent\":{},\"deltas\":{\"sha256:0000000000000000000000000000000000000000000000000000000000000000\":{\"size\":9,\"delta\":{\"mediaType\":\"a/b\",\"digest\":\"sha256:0000000000000000000000000000000000000000000000000000000000000001\",\"size\":1}}},\"sources\":{\"sha256:0000000000000000000000000000000000000000000000000000000000000002\":{\"size\":1,\"repository\":\"erp/auth\",\"image\":\"erp/auth:1\"}},\"encoders\":[{\"name\":\"zstd\",\"version\":\"1.5.7\",\"level\":3}],\"writer\":\"fourply\"}",
        ],
        "configuration" => &[
            "[base]\nalpine = { release = \"v3.22\", packages = [\"tini\"], mirror = \"https://m.example\", keys = [\"k\"] }\nfolders = [{ path = \"/d\", owner = \"a:b\", mode = \"0750\" }]\naccept_scripts = []\n[image]\nport = 3000\nhealth = false\n[services.auth]\nport = 3001\n[registry]\nmirrors = { \"docker.io\" = [\"m.example\"] }\n",
        ],
        "package-manifest" => &[
            "{\"name\":\"@s/a\",\"version\":\"1.0.0\",\"license\":{\"type\":\"MIT\"},\"licenses\":[\"ISC\",{\"type\":\"(MIT OR GPL-2.0+)\"}]}",
            "(MIT OR Apache-2.0 WITH LLVM-exception) AND GPL-2.0-or-later",
            "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= sha512-x",
        ],
        "dockerfile" => &[
            "# escape=\\\nARG V=20\nFROM node:${V:-1}-alpine AS b\nARG SERVICE=x\nENV A=\"1 $V\" B='2'\nRUN apk add --no-cache 'tini>1' && \\\n  # c\n  adduser -u 5 \"n\" && mkdir -p /d\nCOPY --from=0 --chown=n:n a* [\"b\"] /app/$SERVICE/\nRUN <<E\nmkdir x\nE\nFROM b\nEXPOSE $V/tcp\nHEALTHCHECK --interval=1m30s CMD curl http://x/y || exit 1\nVOLUME [\"/v\"]\nCMD [\"node\", \"x\"]\n",
        ],
        "lock" => &[
            "version = 1\n[asked]\nalpine = [\"tini\"]\n[platform.\"linux/amd64\"]\narchitecture = \"x86_64\"\n[platform.\"linux/amd64\".apk.tini]\nversion = \"1\"\norder = 0\nurl = \"https://m.example/tini-1.apk\"\nsize = 1\nidentity = \"Q1AYNx2pLOAHRYZQgv3nM8TNtvRWY=\"\nsha256 = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"\n",
        ],
        "npmrc" => &[
            "registry=https://r.example/\n@scope:registry = https://s.example/x/\n//r.example/:_authToken=${TOKEN}\n//s.example/x/:_auth=YTpi\n; c\nca[]=\"x\\ny\"\nfetch-timeout=5\n",
        ],
        "pnpm-lock" => &[
            "lockfileVersion: '9.0'\nsettings:\n  autoInstallPeers: true\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(b@2.0.0)\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-AAAA}\n    engines: {node: '>=18'}\nsnapshots:\n  a@1.0.0(b@2.0.0):\n    dependencies:\n      b: 2.0.0\n",
            "lockfileVersion: '6.0'\ndependencies:\n  a:\n    specifier: 1.0.0\n    version: 1.0.0\npackages:\n  /a@1.0.0:\n    resolution: {integrity: sha512-AAAA}\n    dev: false\n",
        ],
        "registry-headers" => &[
            "Bearer realm=\"https://t.example/token\",service=\"r.example\",scope=\"repository:a/b:pull\"\nBasic realm=\"x\"\nbytes 5-9/10\n</v2/a/referrers/x?n=1&last=y>; rel=\"next\"\n",
        ],
        "registry-manifest" => &[
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":1,\"digest\":\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"}],\"subject\":{\"mediaType\":\"a/b\",\"size\":1,\"digest\":\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"}}",
        ],
        "registry-names" => &[
            "registry.example:5000/a/b:1@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "{\"auths\":{\"registry.example:5000\":{\"auth\":\"YTpi\"},\"https://index.docker.io/v1/\":{\"identitytoken\":\"x\"}}}",
        ],
        _ => &[],
    };
    let bytes = match target {
        "apk-package" => vec![parts(&[(".PKGINFO", b'0', "pkgname = a\npkgver = 1\ndatahash = 0\n")])],
        "delta" => fourply_delta::fuzz::seeds().unwrap(),
        "deb-package" => {
            vec![parts(&[("./control", b'0', "Package: a\nVersion: 1\n"), ("./md5sums", b'0', "0  a\n")])]
        }
        "layer" => vec![parts(&[("etc/", b'5', ""), ("etc/.wh.b", b'0', ""), ("usr/l", b'2', "../etc")])],
        "name-query" => vec![name_query("registry.example.org", 1), name_query("a-b._c", 28)],
        "npm-tarball" => vec![tar(&[("package/package.json", b'0', "{}"), ("package/l", b'2', "x")])],
        "pnpm-index" => vec![pnpm_index()],
        _ => Vec::new(),
    };
    texts.iter().map(|text| text.as_bytes().to_vec()).chain(bytes).collect()
}

/// A byte for how long the first tar is, in blocks; that tar; and another one of all kinds of entries.
fn parts(first: &[(&str, u8, &str)]) -> Vec<u8> {
    let first = tar(first);
    let second = tar(&[
        ("usr/", b'5', ""),
        ("usr/bin/x", b'0', "#!/bin/sh\n"),
        ("pax", b'x', "40 SCHILY.xattr.user.a=some bytes of it\n21 path=usr/long/path\n"),
        ("usr/y", b'0', "y"),
        ("usr/z", b'2', "bin/x"),
        ("usr/w", b'1', "usr/y"),
        ("long", b'L', "usr/another/long/path"),
        ("usr/v", b'0', ""),
    ]);
    [&[u8::try_from(first.len() / 512).unwrap()][..], &first, &second].concat()
}

/// A query of DNS for a name, with recursion.
fn name_query(name: &str, kind: u16) -> Vec<u8> {
    let labels =
        name.split('.').flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat());
    let head = [0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    head.into_iter().chain(labels).chain([0]).chain(kind.to_be_bytes()).chain([0, 1]).collect()
}

fn tar(entries: &[(&str, u8, &str)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (path, kind, text) in entries {
        let is_link = matches!(kind, b'1' | b'2');
        let (content, target) = if is_link { ("", *text) } else { (*text, "") };
        hostile::put(&mut tar, path, *kind, 0o755, content.as_bytes(), target);
    }
    tar
}

/// `{ algo: "sha512", files: { a: { mode, size, digest } } }` in MessagePack.
fn pnpm_index() -> Vec<u8> {
    let text = |text: &str| match text.len() {
        length @ ..32 => [&[0xa0 | u8::try_from(length).unwrap()], text.as_bytes()].concat(),
        length => [&[0xd9, u8::try_from(length).unwrap()], text.as_bytes()].concat(),
    };
    let digest = text(&"0".repeat(128));
    let file = [vec![0x83], text("mode"), vec![0xcd, 1, 0xed], text("size"), vec![1], text("digest"), digest]
        .concat();
    [vec![0x82], text("algo"), text("sha512"), text("files"), vec![0x81], text("a"), file].concat()
}
