//! Tools that first download things that a build does not need. In: the packages that the build installs, the network
//! rules. Out: variables that prevent the download. They are set only if no script of the build has a network, so that
//! nobody requested the download.

use std::collections::BTreeSet;

use fourply_pnpm::Closure;
use fourply_scripts::sandbox::NetworkAccess;

/// Each package, and the variable that disables its program's network use.
///
/// Prisma's command always looks for its migration engine, and `generate` does not start it: prisma/prisma,
/// `packages/fetch-engine/src/env.ts`. moon requests other hosts to detect a network: moonrepo.dev/docs/proto/config.
const VARIABLES: [(&str, &str, &str); 2] =
    [("prisma", "PRISMA_SCHEMA_ENGINE_BINARY", "/dev/null"), ("@moonrepo/cli", "PROTO_OFFLINE", "true")];

/// The variables; a configured one replaces them. `network` has the installed packages that may use it.
pub(crate) fn variables(network: &NetworkAccess, full: &Closure) -> Vec<(String, String)> {
    let quiet = !network.all && network.names.is_empty();
    let packages = full.packages.values();
    let names: BTreeSet<&str> = packages.filter(|_| quiet).map(|package| package.name.as_str()).collect();
    let found = VARIABLES.into_iter().filter(|(package, ..)| names.contains(package));
    found.map(|(_, name, value)| (name.to_owned(), value.to_owned())).collect()
}
