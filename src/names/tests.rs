#![allow(clippy::unwrap_used)]

use super::*;

fn names(packages: &[(&str, &str)], services: &[&str]) -> Names {
    let id = |folder: &str| ImporterId::new(folder).unwrap();
    Names {
        packages: packages.iter().map(|(folder, name)| (id(folder), Some((*name).to_owned()))).collect(),
        services: services.iter().map(|folder| id(folder)).collect(),
    }
}

fn erp() -> Names {
    names(
        &[
            (".", "erp"),
            ("services/auth", "@vextrus/auth-service"),
            ("services/finance", "@vextrus/finance-service"),
            ("shared/auth", "@vextrus/auth"),
            ("shared/kernel", "@vextrus/kernel"),
            ("apps/a/api", "@vextrus/api-a"),
            ("apps/b/api", "@vextrus/api-b"),
        ],
        &["services/auth", "services/finance", "apps/a/api", "apps/b/api"],
    )
}

fn found(names: &Names, word: &str) -> Result<String, String> {
    names.find(word).map(|id| id.to_string()).map_err(|unknown| names.advice(&unknown))
}

#[test]
fn a_service_is_named_by_folder_path_end_of_path_or_package() {
    for word in ["auth", "services/auth", "./services/auth/", "@vextrus/auth-service", "auth-service"] {
        assert_eq!(found(&erp(), word), Ok("services/auth".to_owned()), "{word}");
    }
    assert_eq!(found(&erp(), "a/api"), Ok("apps/a/api".to_owned()));
    assert_eq!(found(&erp(), "api-b"), Ok("apps/b/api".to_owned()));
    assert_eq!(found(&erp(), "kernel"), Ok("shared/kernel".to_owned()));
    // The full name of a package is as good as a folder's: both are asked for before what has the name without its scope.
    assert_eq!(found(&erp(), "@vextrus/auth"), Ok("shared/auth".to_owned()));
}

#[test]
fn a_misspelt_name_is_answered_with_the_nearest() {
    for word in ["auht", "ath", "services/auht", "service/auth", "@vextrus/auth-servce", "Auth"] {
        assert_eq!(found(&erp(), word), Err("did you mean services/auth?".to_owned()), "{word}");
    }
    // The beginning of one name alone.
    assert_eq!(found(&erp(), "fin"), Err("did you mean services/finance?".to_owned()));
    let all = "the workspace has apps/a/api, apps/b/api, services/auth and services/finance";
    for word in ["warehouse", "", &"x".repeat(100_000)] {
        assert_eq!(found(&erp(), word), Err(all.to_owned()));
    }
}

#[test]
fn services_of_one_folder_name_are_told_apart_by_path() {
    assert_eq!(found(&erp(), "api"), Err("name it by its path: apps/a/api and apps/b/api".to_owned()));
    let many: Vec<(String, String)> = (10..40).map(|n| (format!("s/{n}/api"), format!("p{n}"))).collect();
    let pairs: Vec<(&str, &str)> = many.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let error = found(&names(&pairs, &[]), "api").unwrap_err();
    assert!(error.ends_with("s/21/api and 18 more"), "{error}");
}

#[test]
fn a_folder_in_a_package_belongs_to_it() {
    let id = |folder: &str| erp().around(folder).map(|id| id.to_string());
    assert_eq!(id("services/auth/src/lib"), Some("services/auth".to_owned()));
    assert_eq!(id("services/auth"), Some("services/auth".to_owned()));
    assert_eq!(id("services"), None);
}

fn placed(text: &str) -> Result<Vec<String>, String> {
    let config = erp().place(Config::parse(text).unwrap());
    match config {
        Ok(config) => Ok(config.services.into_keys().collect()),
        Err(error) => Err(format!("{error}; {}", error.hint().unwrap())),
    }
}

#[test]
fn tables_of_services_are_for_services_that_are_there() {
    let text = "[services.auth]\nport = 1\n[services.\"apps/a/api\"]\nport = 2\n[services.\"@vextrus/api-b\"]\nport = 3\n";
    assert_eq!(placed(text).unwrap(), ["apps/a/api", "apps/b/api", "services/auth"]);
    assert_eq!(
        placed("[services.finanse]\nport = 1\n").unwrap_err(),
        "[services.finanse] in fourply.toml fits no service of the workspace; did you mean services/finance?"
    );
    assert_eq!(
        placed("[services.api]\nport = 1\n").unwrap_err(),
        "[services.api] in fourply.toml fits more than one service; name it by its path: apps/a/api and apps/b/api"
    );
    assert_eq!(
        placed("[services.auth]\nport = 1\n[services.\"services/auth\"]\nport = 2\n").unwrap_err(),
        "[services.auth] and [services.\"services/auth\"] in fourply.toml are both for services/auth; join them under one of the names"
    );
}
