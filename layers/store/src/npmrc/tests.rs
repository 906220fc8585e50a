#![allow(clippy::unwrap_used)]

use url::Url;

use super::{NpmConfig, NpmNotice, NpmPolicy, NpmSource, NpmTrust};
use crate::StoreError;

fn parse(text: &str) -> (NpmConfig, Vec<String>) {
    NpmConfig::parse(text, &|name| (name == "TOKEN").then(|| "secret".to_owned()))
}

fn sent(config: &NpmConfig, url: &str) -> Option<String> {
    let found = config.authorization(&Url::parse(url).unwrap(), None).unwrap();
    found.header.map(|header| header.reveal().clone())
}

#[test]
fn a_scope_has_its_own_registry_and_token() {
    let (config, unset) = parse(
        "registry=http://one.test\n@acme:registry=http://two.test/npm/\n//two.test/npm/:_authToken=${TOKEN}\n; comment\n",
    );
    assert_eq!(config.registry_for("left-pad").unwrap().unwrap().as_str(), "http://one.test/");
    let scoped = config.registry_for("@acme/x").unwrap().unwrap();
    assert_eq!(scoped.as_str(), "http://two.test/npm/");
    assert_eq!(sent(&config, "http://two.test/npm/@acme/x").as_deref(), Some("Bearer secret"));
    assert_eq!(sent(&config, "http://two.test/other"), None);
    assert_eq!(sent(&config, "http://two.test.evil/npm/"), None);
    assert!(unset.is_empty());
}

#[test]
fn an_unset_variable_is_told_and_nothing_is_sent() {
    let (config, unset) = parse("//h.test/:_authToken=${MISSING}\n");
    assert_eq!(unset, ["MISSING"]);
    assert_eq!(sent(&config, "http://h.test/x"), None);
}

#[test]
fn secrets_are_not_printed() {
    let (config, _) = parse("//h.test/:_authToken=${TOKEN}\nproxy=http://me:${TOKEN}@proxy.test\n");
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn a_password_is_base64_beside_its_user() {
    let (config, _) = parse("//h.test/:username=me\n//h.test/:_password=c2VjcmV0\n");
    assert_eq!(sent(&config, "http://h.test/x").as_deref(), Some("Basic bWU6c2VjcmV0"));
}

#[test]
fn patience_is_npms() {
    let (config, _) = parse("fetch-timeout=1500\nfetch-retries=0\n");
    assert_eq!(config.fetch_timeout, Some(std::time::Duration::from_millis(1500)));
    assert_eq!(config.fetch_retries, Some(0));
    let (weaker, _) = parse("fetch-timeout=soon\n");
    assert_eq!(weaker.fetch_timeout, None);
}

fn source(name: &str, trust: NpmTrust, text: &str) -> NpmSource {
    NpmSource::npmrc(name, "/folder", trust, text)
}

/// The merged settings with these trusted hosts, and the notices.
fn compose(sources: &[NpmSource], expanded: bool, trusted: &[&str]) -> (NpmConfig, Vec<NpmNotice>) {
    let trusted = trusted.iter().map(|host| (*host).to_owned()).collect();
    let policy = NpmPolicy {
        variable: &|name| (name == "TOKEN").then(|| "secret".to_owned()),
        repository_credentials: expanded,
        trusted: &trusted,
        default_registry: &|| Some("http://default.test/".to_owned()),
    };
    NpmConfig::compose(sources, &policy)
}

const OWN: &str = "@my:registry=http://own.test/npm/\n//own.test/npm/:_authToken=${TOKEN}\n";
const AT: &str = "http://own.test/npm/@my/lib/-/lib-1.0.0.tgz";

#[test]
fn a_variable_is_sent_to_no_host_that_the_repository_alone_names() {
    for expanded in [false, true] {
        let (config, notices) = compose(&[source(".npmrc", NpmTrust::Repository, OWN)], expanded, &[]);
        let found = config.authorization(&Url::parse(AT).unwrap(), Some("@my/lib")).unwrap();
        assert_eq!((found.header, found.withheld.as_deref()), (None, Some("own.test")));
        assert!(matches!(&notices[..], [NpmNotice::Credential { host, .. }] if host == "own.test"));
        assert!(!format!("{config:?}").contains("secret"));
        let (config, _) = compose(&[source(".npmrc", NpmTrust::Repository, OWN)], expanded, &["own.test"]);
        assert_eq!(sent(&config, AT).as_deref(), Some("Bearer secret"));
    }
}

#[test]
fn older_rules_send_it_where_somebody_else_names_the_host() {
    let repository = source(".npmrc", NpmTrust::Repository, OWN);
    let user = source("~", NpmTrust::User, "//own.test/other/:_authToken=x\n");
    let (config, _) = compose(&[repository.clone(), user.clone()], true, &[]);
    assert_eq!(sent(&config, AT).as_deref(), Some("Bearer secret"));
    let (config, _) = compose(&[repository, user], false, &[]);
    assert_eq!(sent(&config, AT), None);
    let default = "//default.test/:_authToken=${TOKEN}\n";
    let (config, _) = compose(&[source(".npmrc", NpmTrust::Repository, default)], true, &[]);
    assert_eq!(sent(&config, "http://default.test/x").as_deref(), Some("Bearer secret"));
}

#[test]
fn what_a_repository_may_not_send_gives_way_to_the_users_own() {
    let user = source("~", NpmTrust::User, "//own.test/npm/:_authToken=mine\n");
    let (config, _) = compose(&[source(".npmrc", NpmTrust::Repository, OWN), user], false, &[]);
    assert_eq!(sent(&config, AT).as_deref(), Some("Bearer mine"));
}

#[test]
fn no_url_of_a_repository_holds_a_variable() {
    let text = "registry=http://own.test/${TOKEN}/\n@my:registry=http://own.test/${TOKEN}/\nproxy=http://${TOKEN}.test\n//${TOKEN}.test/:_authToken=x\n";
    for trusted in [&[][..], &["own.test", "secret.test"]] {
        for expanded in [false, true] {
            let (config, notices) =
                compose(&[source(".npmrc", NpmTrust::Repository, text)], expanded, trusted);
            assert_eq!(notices.len(), 4, "{notices:?}");
            assert!(config.proxy.is_none() && config.credentials.is_empty() && config.registry.is_none());
            // A name in the scope is requested from no other registry.
            assert!(matches!(config.registry_for("@my/lib"), Err(StoreError::UnknownRegistry { .. })));
            assert_eq!(config.registry_for("left-pad").is_err(), expanded);
            let user = source(
                "~",
                NpmTrust::User,
                "@my:registry=http://mine.test/${TOKEN}\nregistry=http://r.test\n",
            );
            let (config, _) =
                compose(&[source(".npmrc", NpmTrust::Repository, text), user], expanded, trusted);
            let registry = |name: &str| config.registry_for(name).unwrap().unwrap().to_string();
            assert_eq!(registry("@my/lib"), "http://mine.test/secret/");
            assert_eq!(registry("left-pad"), "http://r.test/");
        }
    }
}

#[test]
fn credentials_without_a_host_stay_with_the_registry_of_their_place() {
    let repository = source(".npmrc", NpmTrust::Repository, "registry=http://evil.test\n");
    let user = source("~", NpmTrust::User, "_authToken=mine\n");
    for expanded in [false, true] {
        let (config, _) = compose(&[repository.clone(), user.clone()], expanded, &[]);
        assert_eq!(sent(&config, "http://evil.test/x"), None);
        assert_eq!(sent(&config, "http://default.test/x").as_deref(), Some("Bearer mine"));
    }
    // As in older rules: the environment's registry is effective.
    let variable = source("environment", NpmTrust::Environment, "registry=http://env.test\n");
    let (config, _) = compose(&[variable, repository, user], true, &[]);
    assert_eq!(sent(&config, "http://env.test/x").as_deref(), Some("Bearer mine"));
}

#[test]
fn a_proxy_of_the_repository_reads_no_credentials() {
    let user = source("~", NpmTrust::User, "//h.test/:_authToken=mine\n");
    for (text, url, open) in [
        ("https-proxy=http://evil.test:1\n", "https://h.test/x", true),
        ("https-proxy=http://evil.test:1\n", "http://h.test/x", false),
        ("https-proxy=http://evil.test:1\nstrict-ssl=false\n", "https://h.test/x", false),
        ("https-proxy=http://evil.test:1\nca=x\n", "https://h.test/x", false),
        ("https-proxy=http://evil.test:1\n//h.test/:cafile=x\n", "https://h.test/x", false),
        ("strict-ssl=false\n", "https://h.test/x", true),
    ] {
        let (config, _) = compose(&[source(".npmrc", NpmTrust::Repository, text), user.clone()], true, &[]);
        assert_eq!(sent(&config, url).is_some(), open, "{text} {url}");
        let trusting = config.trusting(&["evil.test:1".to_owned()].into());
        assert!(sent(&trusting, url).is_some());
    }
}

#[test]
fn a_program_of_the_repository_is_not_run() {
    let text = "//h.test/:tokenHelper=/bin/touch /nowhere/x\ntokenHelper=/bin/echo\n";
    let (config, notices) = compose(&[source(".npmrc", NpmTrust::Repository, text)], true, &["h.test"]);
    assert!(config.credentials.is_empty() && notices.len() == 2);
}

#[test]
fn a_program_of_the_user_prints_the_token() {
    let header = |command: &str| {
        let text = format!("//h.test/:tokenHelper={command}\n//h.test/:_authToken=weaker\n");
        let (config, _) = compose(&[source("~", NpmTrust::User, &text)], false, &[]);
        config.authorization(&Url::parse("http://h.test/x").unwrap(), None).map(|found| found.header)
    };
    let printed = |command: &str| header(command).unwrap().unwrap().reveal().clone();
    assert_eq!(printed("/bin/echo abc"), "Bearer abc");
    assert_eq!(printed("/bin/echo Basic abc"), "Basic abc");
    for wrong in ["/bin/false", "/bin/true", "/no/such/program"] {
        assert!(matches!(header(wrong), Err(StoreError::TokenHelper { .. })), "{wrong}");
    }
}

#[test]
fn a_scope_may_have_credentials_of_its_own_at_one_registry() {
    let text = "//h.test/:_authToken=all\n//h.test/npm/:@my:_authToken=mine\n";
    let (config, _) = compose(&[source("~", NpmTrust::User, text)], false, &[]);
    let of = |package: &str| {
        let found =
            config.authorization(&Url::parse("http://h.test:81/npm/x").unwrap(), Some(package)).unwrap();
        found.header.unwrap().reveal().clone()
    };
    assert_eq!((of("@my/x").as_str(), of("@other/x").as_str()), ("Bearer mine", "Bearer all"));
}

#[test]
fn a_credential_that_nobody_can_send_is_refused_by_its_line() {
    let refused = |text: &str| NpmSource::check_npmrc("/w/.npmrc", text).err().map(|error| error.to_string());
    assert_eq!(refused("registry=http://h\r\n//h/:_authToken=good\r\n"), None);
    for text in
        ["\n//h/:_authToken=pa\u{7}ss\n", "#\n//h/:_authToken=pa\rss\n", "\n//h/:_password=\"pa\u{1b}ss\""]
    {
        let said = refused(text).unwrap();
        assert_eq!(said, "/w/.npmrc, line 2: the credential has a control character");
    }
    let (config, _) = NpmConfig::parse("//h.test/:_authToken=${TOKEN}\n", &|_| Some("pass\nword".to_owned()));
    let error = config.authorization(&Url::parse("http://h.test/x").unwrap(), None).unwrap_err().to_string();
    assert!(error.contains("no header may have") && !error.contains("word"), "{error}");
}

#[test]
fn a_registry_that_is_no_url_shows_no_password() {
    for text in
        ["registry=u:passw0rd@host", "registry=http://u:passw0rd@h:999999/", "registry=host:80?t=passw0rd"]
    {
        let (config, _) = parse(text);
        let error = config.registry_for("x").unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("is no URL") && !said.contains("passw0rd"), "{said}");
    }
}
