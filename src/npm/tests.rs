use super::*;

fn said(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_token_for_the_registry_of_a_scope_does_not_make_it_the_default_one() {
    let npmrc = "registry=http://one.test/\n@my:registry=http://my.test/npm/\n";
    let sources = [NpmSource::npmrc("npmrc".to_owned(), "/w", NpmTrust::Repository, npmrc)];
    let of_scopes = registries_of_scopes(&sources, &[]);
    assert_eq!(of_scopes.into_iter().collect::<Vec<_>>(), ["http://my.test/npm"]);
    // The variable leads the scope elsewhere, and may make its registry the default one.
    let variable = said(&[("@my:registry", "http://other.test/"), ("registry", "http://my.test/npm/")]);
    assert!(registries_of_scopes(&sources, &variable).is_empty());
    assert_eq!(plain("http://my.test/npm/"), plain("http://my.test/npm"));
}
