//! fourply builds OCI images for services of pnpm monorepos.
