//! Tools that download, before they do anything, what a build does not need. In: what the build installs, who may use the network. Out: variables that
//! keep them from it. They are set only where no script of the build has a network, so that nobody asked for such a download.

use crate::AppRequest;

/// What takes the place of a program that is never started.
const NOTHING: &str = "/dev/null";

/// The variables, which any configured one replaces.
///
/// The command of Prisma looks for the engine of its migrations whatever it does, and `generate` does not start it.
/// Source: prisma/prisma, `packages/fetch-engine/src/env.ts`.
pub(crate) fn variables(request: &AppRequest<'_>) -> Option<(String, String)> {
    let network = request.install.settings.network.within(request.workspace(), request.full);
    let quiet = !network.all && network.names.is_empty();
    let prisma = request.full.packages.values().any(|package| package.name == "prisma");
    (quiet && prisma).then(|| ("PRISMA_SCHEMA_ENGINE_BINARY".to_owned(), NOTHING.to_owned()))
}
