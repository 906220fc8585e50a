use super::*;

#[test]
fn state_is_told_by_its_name_wherever_it_lies() {
    for file in [
        "tsconfig.tsbuildinfo",
        "services/a/.tsbuildinfo",
        "services/a/tsconfig.build.tsbuildinfo",
        ".eslintcache",
    ] {
        assert!(is_state(file, false), "{file}");
    }
    for folder in [".turbo", "services/a/.turbo", ".nx/cache", "apps/web/.next/cache"] {
        assert!(is_state(folder, true), "{folder}");
    }
    for (path, is_dir) in [
        ("src/tsbuildinfo.ts", false),
        ("src/.turbo", false),
        ("my.turbo", true),
        (".nx", true),
        ("src/cache", true),
        ("x.nx/cache", true),
    ] {
        assert!(!is_state(path, is_dir), "{path}");
    }
}
