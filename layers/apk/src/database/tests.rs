use super::world_text;

/// The files after apk 2.14.4 ran the same `apk add`, each on top of the previous one.
#[test]
fn the_world_is_what_apk_makes_of_it() {
    let mut world = String::new();
    for (added, expected) in [
        (&["busybox", "tzdata>2000", "openssl", "!nano"][..], "busybox !nano openssl tzdata>2000"),
        (
            &["busybox>1", "busybox-binsh", "apk-tools~2"],
            "apk-tools~2 busybox>1 busybox-binsh !nano openssl tzdata>2000",
        ),
        (&["busybox", "!nano", "tzdata"], "apk-tools~2 busybox busybox-binsh !nano openssl tzdata"),
    ] {
        let added: Vec<String> = added.iter().map(|word| (*word).to_owned()).collect();
        world = world_text(&world, &added);
        assert_eq!(world.split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }
    // A package that was added by its file, and then by its name.
    assert_eq!(world_text("foo><Q1AYNx2pLOAHRYZQgv3nM8TNtvRWY=\n", &["foo@edge".into()]), "foo@edge\n");
}
