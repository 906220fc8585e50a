use super::*;

#[test]
fn what_a_killed_start_left_goes_with_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let used = Scratch::new(&store).unwrap();
    let killed = store.tmp().join("smoke-killed");
    std::fs::create_dir_all(killed.join("rootfs/closed")).unwrap();
    std::fs::write(killed.join(LOCK), "").unwrap();
    let begun = store.tmp().join("smoke-begun");
    std::fs::create_dir(&begun).unwrap();
    let next = Scratch::new(&store).unwrap();
    assert!(!killed.exists());
    assert!(used.path().exists() && begun.exists() && next.path() != used.path());
    let path = next.path().to_owned();
    drop(next);
    assert!(!path.exists());
}
