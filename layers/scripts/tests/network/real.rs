//! Real npm packages whose scripts download: prebuild-install, @puppeteer/browsers, Prisma's engines. The servers are
//! on this host, and their files are created here.

use std::path::Path;
use std::process::Command;

use fourply_scripts::Downloads;
use fourply_scripts::sandbox::Sandbox;

use crate::world::World;

const PACKAGES: [&str; 5] = [
    "prebuild-install@7.1.2",
    "better-sqlite3@11.3.0",
    "@puppeteer/browsers@2.4.0",
    "@prisma/engines@5.20.0",
    "@msgpackr-extract/msgpackr-extract-linux-x64@3.0.3",
];

/// The servers' files: a native module, a browser, engines with their checksums.
const FILES: &str = r#"
mkdir -p tmp/build/Release tmp/chrome-linux64
cp "$APP"/node_modules/@msgpackr-extract/msgpackr-extract-linux-x64/node.napi.glibc.node tmp/build/Release/better_sqlite3.node
for abi in 108 115 127 131 137; do tar -C tmp -czf better-sqlite3-v11.3.0-node-v$abi-linux-x64.tar.gz build; done
printf '#!/bin/sh\necho It starts.\n' > tmp/chrome-linux64/chrome && chmod 755 tmp/chrome-linux64/chrome
(cd tmp && python3 -m zipfile -c ../chrome-linux64.zip chrome-linux64/)
for name in libquery_engine.so.node schema-engine query-engine; do
  echo "engine $name" > tmp/$name
  gzip -nc tmp/$name > $name.gz
  sha256sum tmp/$name | sed "s, .*,  $name," > $name.sha256
  sha256sum $name.gz > $name.gz.sha256
done
"#;

/// The install script of better-sqlite3, the download of a browser, the install script of Prisma's engines.
const SCRIPTS: [(&str, &str); 3] = [
    (
        "cd node_modules/better-sqlite3 && rm -rf build && npm_config_loglevel=warn node ../prebuild-install/bin.js && ls -R build",
        "better_sqlite3.node",
    ),
    (
        "rm -rf chrome && node node_modules/@puppeteer/browsers/lib/cjs/main-cli.js install chrome@127.0.6533.88 --path $PWD > /dev/null && \
         chrome/linux-127.0.6533.88/chrome-linux64/chrome",
        "It starts.",
    ),
    (
        "cd node_modules/@prisma/engines && rm -f *.node schema-engine-* && node scripts/postinstall.js && cat *.node schema-engine-*",
        "engine libquery_engine.so.node\nengine schema-engine",
    ),
];

pub fn packages_download_as_they_do(world: &World, sandbox: &Sandbox) {
    let install = ["install", "--ignore-scripts", "--no-audit", "--no-fund"].into_iter().chain(PACKAGES);
    run(Command::new("npm").args(install), &world.app());
    run(Command::new("sh").args(["-ec", FILES]).env("APP", world.app()), &world.files());
    for (script, expected) in SCRIPTS {
        let downloads = Downloads::default();
        let first = world.run(sandbox, &downloads, script);
        assert!(first.text.contains(expected), "{script}: {} {:?}", first.text, first.attempts);
        assert!(!downloads.added().is_empty());
        println!("{:?}", downloads.added().values().flat_map(|of| of.keys()).collect::<Vec<_>>());
        world.asked();
        let only = Downloads::new(downloads.added(), true);
        let again = world.run(sandbox, &only, script);
        assert!(
            again.text.contains(expected) && again.attempts.problems.is_empty(),
            "{} {:?}",
            again.text,
            again.attempts
        );
        assert_eq!(world.asked(), Vec::<String>::new());
    }
}

fn run(command: &mut Command, folder: &Path) {
    let output = command.current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
