use super::*;

#[test]
fn hints_name_what_the_user_can_type() {
    assert!(images(Remedy::SmallerChunks).contains("--chunk"));
    assert!(images(Remedy::AllPlatforms).contains("--platform"));
    let registry = "registry.example:5000".to_owned();
    assert!(images(Remedy::LogIn { registry }).contains("docker login registry.example:5000"));
}
