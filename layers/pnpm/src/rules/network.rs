//! Where registries and credentials come from, and which of a repository's own files are trusted. These rules decide no
//! bytes, and change in other versions than the layout does, so they have their own table. In: a version. Out: its
//! rules.

use super::version::PnpmVersion;

/// How a version finds registries and credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkRules {
    /// The first version that follows them.
    from: PnpmVersion,
    /// The places to read.
    pub sources: NetworkSources,
    /// What happens to `${NAME}` in credentials of the workspace's `.npmrc`.
    pub repository_credentials: RepositoryCredentials,
}

/// The places, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkSources {
    /// npm's: `npm_config_*`, the workspace's `.npmrc`, the user's, the one of npm's prefix, pnpm's `rc`.
    ///
    /// Source: pnpm/pnpm@d22a3f65ee config/config/src/index.ts, getConfig; pnpm/pnpm@702ad5f860 as well.
    Npm {
        /// `registries` and other network settings of pnpm-workspace.yaml come before all of these. Observed in 10.4.1,
        /// 10.5.2, 10.6.0 and 10.34.9.
        ///
        /// Source: pnpm/pnpm@702ad5f860 config/config/src/index.ts, getConfig (settings of the workspace's manifest).
        workspace_registries: bool,
    },
    /// `pnpm_config_*` of the environment, `_auth` of the variable and of config.yaml, pnpm-workspace.yaml, config.yaml, the workspace's `.npmrc`,
    /// auth.ini, the user's `.npmrc`.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/loadNpmrcFiles.ts, loadNpmrcConfig, and index.ts, getConfig;
    /// pnpm/pnpm@36e5ae6ac8 pnpm/crates/config/src/npmrc_auth.rs.
    Pnpm {
        /// What `_auth` means.
        auth: AuthSetting,
        /// Variables such as `npm_config_//HOST/:_authToken` are read.
        ///
        /// Source: pnpm 11.5.3 and 11.6.0, loadNpmrcFiles.ts, readUrlScopedEnvConfig.
        url_variables: bool,
    },
}

/// The meaning of `_auth`, in the variable `pnpm_config__auth` and in config.yaml: tokens, and the registries that they
/// lead to. `"@"` stands for all scopes.
///
/// Source: pnpm 11.9.0, 11.10.0, 11.24.0, 11.25.0, 11.27.0, 11.28.0, 11.28.5 and 11.28.6, loadNpmrcFiles.ts, readJsonAuthEnv and parseJsonAuth; index.ts,
/// getConfig; resolveJsonAuthRegistries.ts. For 12, observed with the releases around each boundary: 12.3.4, 12.4.0,
/// 12.6.0, 12.7.0, 12.11.0, 12.12.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthSetting {
    /// It is not read. Neither is `registry` of pnpm-workspace.yaml and config.yaml.
    Unread,
    /// Its registries override those of files, except `registry` of pnpm-workspace.yaml and config.yaml. The last of
    /// several `"@"` counts.
    Wins,
    /// They override that `registry` as well.
    WinsOverAll,
    /// Those of the variable override all files, those of config.yaml only `.npmrc` and auth.ini.
    YieldsToYaml,
    /// Those of config.yaml count only if nothing else names one.
    Yields,
    /// In addition, `"@"` for the registry of a scope does not set the default; of several in the variable, the one
    /// that files declare counts. Tokens may contain `${NAME}`.
    Chooses {
        /// A field that is not a scope is ignored; otherwise it is an error.
        skips_fields: bool,
    },
}

/// What happens to `${NAME}` in credentials of the workspace's `.npmrc`. In URLs and hosts it is never expanded here,
/// whatever the version does.
///
/// Source: pnpm/pnpm@c452019ac0 config/config/src/dropUntrustedEnvExpansions.ts; pnpm/pnpm@1017c36776 config/reader/src/loadNpmrcFiles.ts.
/// Both boundaries were observed with the releases beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryCredentials {
    Expanded,
    /// The setting is ignored, with a warning.
    Ignored,
}

const fn rules(
    from: (u32, u32, u32),
    sources: NetworkSources,
    repository_credentials: RepositoryCredentials,
) -> NetworkRules {
    NetworkRules { from: PnpmVersion::new(from.0, from.1, from.2), sources, repository_credentials }
}

/// Sorted by first version.
static ALL: [NetworkRules; 15] = {
    use AuthSetting::{Chooses, Unread, Wins, WinsOverAll, Yields, YieldsToYaml};
    use NetworkSources::{Npm, Pnpm};
    use RepositoryCredentials::{Expanded, Ignored};
    [
        rules((0, 0, 0), Npm { workspace_registries: false }, Expanded),
        rules((10, 6, 0), Npm { workspace_registries: true }, Expanded),
        rules((10, 34, 2), Npm { workspace_registries: true }, Ignored),
        rules((11, 0, 0), Pnpm { auth: Unread, url_variables: false }, Expanded),
        rules((11, 5, 3), Pnpm { auth: Unread, url_variables: false }, Ignored),
        rules((11, 6, 0), Pnpm { auth: Unread, url_variables: true }, Ignored),
        rules((11, 10, 0), Pnpm { auth: Wins, url_variables: true }, Ignored),
        rules((11, 25, 0), Pnpm { auth: YieldsToYaml, url_variables: true }, Ignored),
        rules((11, 27, 0), Pnpm { auth: Yields, url_variables: true }, Ignored),
        rules((11, 28, 0), Pnpm { auth: Chooses { skips_fields: false }, url_variables: true }, Ignored),
        rules((11, 28, 6), Pnpm { auth: Chooses { skips_fields: true }, url_variables: true }, Ignored),
        rules((12, 0, 0), Pnpm { auth: WinsOverAll, url_variables: true }, Ignored),
        rules((12, 4, 0), Pnpm { auth: Yields, url_variables: true }, Ignored),
        rules((12, 7, 0), Pnpm { auth: Chooses { skips_fields: false }, url_variables: true }, Ignored),
        rules((12, 12, 0), Pnpm { auth: Chooses { skips_fields: true }, url_variables: true }, Ignored),
    ]
};

impl NetworkRules {
    /// The rules of a version.
    pub fn of_version(version: PnpmVersion) -> &'static NetworkRules {
        ALL.iter().rev().find(|rules| rules.from <= version).unwrap_or(&ALL[0])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn boundaries_are_those_of_the_releases() {
        for (version, expected) in [
            ("8.15.9", RepositoryCredentials::Expanded),
            ("9.15.9", RepositoryCredentials::Expanded),
            ("10.34.1", RepositoryCredentials::Expanded),
            ("10.34.2", RepositoryCredentials::Ignored),
            ("10", RepositoryCredentials::Ignored),
            ("11.5.2", RepositoryCredentials::Expanded),
            ("11.5.3", RepositoryCredentials::Ignored),
            ("12.0.0", RepositoryCredentials::Ignored),
        ] {
            let rules = NetworkRules::of_version(PnpmVersion::parse(version).unwrap());
            assert_eq!(rules.repository_credentials, expected, "{version}");
        }
    }
}
