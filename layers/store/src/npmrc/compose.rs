//! Merges several sources of settings into one [`NpmConfig`]. In: sources, highest priority first, and the policy for
//! hosts that a repository names. Out: the settings, and notices about omitted ones. Only variables are read here and,
//! if needed, npm's default registry.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::expand::{expand, refers};
use super::source::{Subject, UNSCOPED, host_of, scoped};
use super::{NpmConfig, NpmSource, NpmTrust, Withheld, place_of, registry_url};

/// What settings of a repository may do.
#[derive(Clone, Copy)]
pub struct NpmPolicy<'a> {
    /// Returns the value for `${NAME}`.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Replace `${NAME}` in a repository's credentials, if another source names the host too. It is never replaced in a
    /// repository's URLs.
    pub repository_credentials: bool,
    /// Hosts, with ports, that the user allows to receive a repository's credentials.
    pub trusted: &'a BTreeSet<String>,
    /// Returns the registry to use if no source names one.
    pub default_registry: &'a dyn Fn() -> Option<String>,
}

/// A setting that was ignored or could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NpmNotice {
    /// A variable that is not set.
    Unset {
        /// The place.
        source: String,
        /// The variable.
        name: String,
    },
    /// A registry or proxy in a repository file that depends on a variable.
    Destination {
        /// The place.
        source: String,
        /// The setting.
        key: String,
    },
    /// A credential in a repository file that would send a variable.
    Credential {
        /// The place.
        source: String,
        /// The setting.
        key: String,
        /// The host that would have received it.
        host: String,
    },
    /// A token helper in a repository file.
    TokenHelper {
        /// The place.
        source: String,
        /// The setting.
        key: String,
    },
    /// TLS does not verify the server's identity.
    Unverified {
        /// The place.
        source: String,
    },
}

impl NpmConfig {
    /// Parses one `.npmrc` of the user, without token helpers. Returns also the variables that are not set; they count
    /// as empty.
    pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> (NpmConfig, Vec<String>) {
        let mut source = NpmSource::npmrc(".npmrc", "", NpmTrust::User, text);
        source.settings.retain(|(key, _)| !key.contains("tokenHelper") && !key.contains("${"));
        let (trusted, default_registry) = (Default::default(), || None);
        let policy = NpmPolicy {
            variable,
            repository_credentials: false,
            trusted: &trusted,
            default_registry: &default_registry,
        };
        let (config, notices) = NpmConfig::compose(&[source], &policy);
        let unset = notices.into_iter().filter_map(|notice| match notice {
            NpmNotice::Unset { name, .. } => Some(name),
            _ => None,
        });
        (config, unset.collect())
    }

    /// The settings of all sources. If two sources set the same key, the first one wins.
    pub fn compose(sources: &[NpmSource], policy: &NpmPolicy<'_>) -> (NpmConfig, Vec<NpmNotice>) {
        let known = known_hosts(sources, policy);
        let mut composer =
            Composer { config: NpmConfig::default(), notices: Vec::new(), policy, known, sources };
        sources.iter().for_each(|source| composer.take(source));
        let Composer { mut config, notices, .. } = composer;
        // A value from a source of lower priority makes the setting usable.
        let NpmConfig { scopes, registry, unusable, .. } = &mut config;
        unusable.retain(
            |name, _| if name == "registry" { registry.is_none() } else { !scopes.contains_key(name) },
        );
        (config, notices)
    }
}

struct Composer<'a> {
    config: NpmConfig,
    notices: Vec<NpmNotice>,
    policy: &'a NpmPolicy<'a>,
    /// Hosts that a source other than the repository names.
    known: BTreeSet<String>,
    sources: &'a [NpmSource],
}

impl Composer<'_> {
    fn take(&mut self, source: &NpmSource) {
        let mut settings = BTreeMap::new();
        let mut authorities = Vec::new();
        for (key, value) in &source.settings {
            let Some((key, value)) = self.admitted(source, key, value) else { continue };
            match key.as_str() {
                "ca" => authorities.push(value.replace("\\n", "\n")),
                _ => drop(settings.insert(key, value)),
            }
        }
        if self.config.ca.is_empty() && !authorities.is_empty() {
            self.config.ca = authorities;
            self.config.exposed.trust |= source.trust == NpmTrust::Repository;
        }
        if settings.get("strict-ssl").is_some_and(|value| value == "false") {
            self.notices.push(NpmNotice::Unverified { source: source.name.clone() });
        }
        // A key with a host has priority over the same key without one.
        let (own, general): (Vec<_>, Vec<_>) =
            settings.iter().partition(|(key, _)| !UNSCOPED.contains(&key.as_str()));
        own.iter().for_each(|(key, value)| self.config.set(key, value, source));
        if general.is_empty() {
            return;
        }
        let Some(place) = self.registry_of(source, settings.get("registry")) else { return };
        general.iter().for_each(|(key, value)| self.config.set(&format!("{place}:{key}"), value, source));
    }

    /// A setting with its variables replaced, if its source may set it.
    fn admitted(&mut self, source: &NpmSource, key: &str, value: &str) -> Option<(String, String)> {
        let variable = self.policy.variable;
        let (text, place) = (|text: &str| expand(text, variable), source.name.clone());
        match source.trust {
            NpmTrust::Environment => return Some((key.to_owned(), value.to_owned())),
            NpmTrust::User => {
                let (key, value) = (text(key), text(value));
                let unset = key.unset.into_iter().chain(value.unset);
                self.notices.extend(unset.map(|name| NpmNotice::Unset { source: place.clone(), name }));
                return Some((key.text, value.text));
            }
            NpmTrust::Repository => {}
        }
        let (subject, key) = (Subject::of(key), key.to_owned());
        if key.ends_with("tokenHelper") {
            self.notices.push(NpmNotice::TokenHelper { source: place, key });
            return None;
        }
        if refers(&key) || (refers(value) && subject == Subject::Destination) {
            let name = key.strip_suffix(":registry").filter(|scope| scope.starts_with('@'));
            let default = (key == "registry" && self.policy.repository_credentials).then_some("registry");
            let reason = format!("{key} of {place}");
            self.config.unusable.extend(name.or(default).map(|name| (name.to_owned(), reason)));
            self.notices.push(NpmNotice::Destination { source: place, key });
            return None;
        }
        if !refers(value) {
            return Some((key, value.to_owned()));
        }
        if subject == Subject::Credential && !self.may_send(source, &key) {
            return None;
        }
        let value = text(value);
        self.notices
            .extend(value.unset.into_iter().map(|name| NpmNotice::Unset { source: place.clone(), name }));
        Some((key, value.text))
    }

    /// Whether a repository's credential may contain a variable. If not, the credential is recorded as withheld.
    fn may_send(&mut self, source: &NpmSource, key: &str) -> bool {
        let place = match scoped(key) {
            Some((place, _, _)) => Some(place),
            None => {
                let own = source.settings.iter().rev().find(|(name, _)| name == "registry");
                self.registry_of(source, own.map(|(_, value)| value).filter(|value| !refers(value)))
            }
        };
        let Some((place, host)) = place.and_then(|place| host_of(&place).map(|host| (place, host))) else {
            return false;
        };
        if self.policy.trusted.contains(&host) {
            return true;
        }
        if self.policy.repository_credentials && (self.known.contains(&host) || self.is_default(&host)) {
            return true;
        }
        self.config.withheld.insert(place, Withheld { host: host.clone() });
        self.notices.push(NpmNotice::Credential { source: source.name.clone(), key: key.to_owned(), host });
        false
    }

    fn is_default(&self, host: &str) -> bool {
        let default = (self.policy.default_registry)().and_then(|url| place(&url));
        default.and_then(|place| host_of(&place)).as_deref() == Some(host)
    }

    /// The registry for credentials without a host: the one that their own source names. Older rules send them to the
    /// effective registry; here that is allowed only if no repository names it.
    fn registry_of(&self, source: &NpmSource, own: Option<&String>) -> Option<String> {
        let in_force = || {
            let others = self.sources.iter().filter(|other| other.trust != NpmTrust::Repository);
            let mut settings = others.flat_map(|other| &other.settings);
            settings
                .find(|(key, _)| key == "registry")
                .map(|(_, value)| expand(value, self.policy.variable).text)
        };
        let older = self.policy.repository_credentials && source.trust != NpmTrust::Repository;
        let named = own.cloned().or_else(|| if older { in_force() } else { None });
        place(&named.or_else(|| (self.policy.default_registry)())?)
    }
}

/// `//host/path/` of a registry.
fn place(url: &str) -> Option<String> {
    registry_url(url).ok().map(|url| place_of(&url))
}

fn known_hosts(sources: &[NpmSource], policy: &NpmPolicy<'_>) -> BTreeSet<String> {
    let others = sources.iter().filter(|source| source.trust != NpmTrust::Repository);
    let hosts = others.flat_map(|source| &source.settings).filter_map(|(key, value)| {
        let text = |text: &str| expand(text, policy.variable).text;
        let key = text(key);
        match scoped(&key) {
            Some((place, _, _)) => host_of(&place),
            None if Subject::of(&key) == Subject::Destination => {
                Url::parse(&text(value)).ok().and_then(|url| host_of(&place_of(&url)))
            }
            None => None,
        }
    });
    hosts.collect()
}
