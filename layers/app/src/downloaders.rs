//! Tools that download, before they do anything, what a build does not need. In: what the build installs, who may use the network. Out: variables that
//! keep them from it. They are set only where no script of the build has a network, so that nobody asked for such a download.

use std::collections::BTreeSet;

use fourply_pnpm::Closure;
use fourply_scripts::sandbox::NetworkAccess;

/// Each package, and the variable that keeps its program from the network.
///
/// The command of Prisma looks for the engine of its migrations whatever it does, and `generate` does not start it: prisma/prisma,
/// `packages/fetch-engine/src/env.ts`. moon asks other hosts whether there is a network: moonrepo.dev/docs/proto/config.
const VARIABLES: [(&str, &str, &str); 2] =
    [("prisma", "PRISMA_SCHEMA_ENGINE_BINARY", "/dev/null"), ("@moonrepo/cli", "PROTO_OFFLINE", "true")];

/// The variables, which any configured one replaces; `network` is who may use it of what is installed.
pub(crate) fn variables(network: &NetworkAccess, full: &Closure) -> Vec<(String, String)> {
    let quiet = !network.all && network.names.is_empty();
    let packages = full.packages.values();
    let names: BTreeSet<&str> = packages.filter(|_| quiet).map(|package| package.name.as_str()).collect();
    let found = VARIABLES.into_iter().filter(|(package, ..)| names.contains(package));
    found.map(|(_, name, value)| (name.to_owned(), value.to_owned())).collect()
}
