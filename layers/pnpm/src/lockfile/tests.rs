#![allow(clippy::unwrap_used)]

mod hostile;
mod shapes;
mod version6;

use super::{Lockfile, LockfileError};

const SHORT: &str = "\
lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(b@2.0.0)

packages:

  a@1.0.0:
    resolution: {integrity: sha512-AA==}
    peerDependencies:
      b: '*'

  b@2.0.0:
    resolution: {integrity: sha512-BB==}

snapshots:

  a@1.0.0(b@2.0.0):
    dependencies:
      b: 2.0.0

  b@2.0.0: {}
";

fn parse(text: &str) -> Lockfile {
    Lockfile::parse(text).unwrap()
}

fn refused(text: &str) -> LockfileError {
    Lockfile::parse(text).unwrap_err()
}
