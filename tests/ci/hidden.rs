//! Changes that `git diff` does not tell by file, or not at all.

use super::seen::workspace;

#[test]
fn a_submodule_that_moves_counts_for_its_package() {
    let repository = workspace();
    let (first, folder) = (repository.commit(), "shared/kernel/vendor");
    let second = repository.commit();
    std::fs::create_dir(repository.root.join(folder)).unwrap();
    let commit = || repository.git(&["commit", "--quiet", "--message", "a submodule"]);
    for change in [Some(&first), Some(&second), None] {
        match change {
            Some(hash) => {
                let link = format!("160000,{hash},{folder}");
                repository.git(&["update-index", "--add", "--cacheinfo", &link])
            }
            None => repository.git(&["update-index", "--force-remove", folder]),
        };
        commit();
        for until in [&["--until", "HEAD"][..], &[]] {
            let (text, _) = repository.affected(&[&["--since", "HEAD~1"][..], until].concat());
            assert!(
                text.starts_with(&format!("services/auth\n  {folder} changed")),
                "{change:?} {until:?}: {text}"
            );
            assert!(!text.contains("services/web"), "{change:?}: {text}");
        }
    }
}

#[test]
fn attributes_count_for_the_files_below_them() {
    let repository = workspace();
    repository.write(".gitattributes", "*.js eol=crlf\n");
    repository.commit();
    let (text, _) = repository.affected(&["--since", "HEAD~1", "--until", "HEAD"]);
    assert_eq!(text, "services/auth\n  .gitattributes changed\nservices/web\n  .gitattributes changed\n");
    repository.write("services/.gitattributes", "auth/** -text\n");
    repository.commit();
    let (text, _) = repository.affected(&["--since", "HEAD~1", "--until", "HEAD"]);
    assert_eq!(text.matches("  services/.gitattributes changed\n").count(), 2, "{text}");
}

#[test]
fn a_file_that_the_index_hides_counts() {
    let repository = workspace();
    repository.git(&["update-index", "--assume-unchanged", "services/web/src/main.js"]);
    repository.write("services/web/src/main.js", "setInterval(() => {}, 2000);\n");
    let (text, _) = repository.affected(&["--since", "HEAD"]);
    assert_eq!(text, "services/web\n  services/web/src/main.js changed\n");
}

#[test]
fn naming_the_commit_in_images_is_a_change_and_the_commit_is_none() {
    let repository = workspace();
    let toml = std::fs::read_to_string(repository.root.join("fourply.toml")).unwrap();
    repository.write("fourply.toml", &format!("{toml}[image]\nrevision = true\n"));
    let all = "services/auth\n  fourply.toml: image.revision\nservices/web\n  fourply.toml: image.revision\n";
    assert_eq!(repository.affected(&["--since", "HEAD"]).0, all);
    repository.commit();
    repository.commit();
    assert_eq!(repository.affected(&["--since", "HEAD~1"]).0, "");
}
