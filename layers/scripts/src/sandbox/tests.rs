#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;

fn sandbox(strictness: Strictness) -> Sandbox {
    Sandbox::new(Entered(()), strictness, Vec::new())
}

#[test]
fn a_stricter_build_does_not_use_what_a_weaker_one_made() {
    let key = Key::of(b"inputs");
    let found = |sandbox: &Sandbox, made: Level| {
        sandbox.known(&key, |key| Ok::<_, ()>((*key == made.key(&Key::of(b"inputs"))).then_some(()))).unwrap()
    };
    for level in Level::ALL {
        assert_eq!(found(&sandbox(Strictness::Off), level), Some(()), "{level} for one without a sandbox");
        let full = (level == Level::Full).then_some(());
        assert_eq!(found(&sandbox(Strictness::Required), level), full, "{level} for one that requires it");
    }
}

#[test]
fn what_needed_no_script_is_as_good_as_from_full_level() {
    let key = Key::of(b"inputs");
    let off = sandbox(Strictness::Off);
    let kept = |sandbox: &Sandbox| sandbox.keep(&key, |key| Ok::<_, ()>(*key)).unwrap();
    assert_eq!(kept(&off), Level::Full.key(&key));
    assert_eq!(off.strength(), &Strength { level: Level::Off, lacks: Vec::new(), features: None });
    assert_eq!(kept(&off), Level::Off.key(&key));
}

#[test]
fn the_level_is_told_once() {
    let told = std::sync::Mutex::new(0);
    struct Count<'a>(&'a std::sync::Mutex<u32>);
    impl Report for Count<'_> {
        fn event(&self, event: Event<'_>) {
            assert_eq!(event, Event::Sandbox { level: Level::Off, lacks: &[] });
            *self.0.lock().unwrap() += 1;
        }
    }
    let off = sandbox(Strictness::Off);
    assert_eq!(off.admit(&Count(&told)).unwrap(), Level::Off);
    assert_eq!(off.admit(&Count(&told)).unwrap(), Level::Off);
    assert_eq!(*told.lock().unwrap(), 1);
}

#[test]
fn what_is_made_after_scripts_changed_each_others_packages_is_not_found_again() {
    let (key, kept) = (Key::of(b"inputs"), std::cell::RefCell::new(BTreeSet::new()));
    let off = sandbox(Strictness::Off);
    let keep = || off.keep(&key, |key| Ok::<_, ()>(kept.borrow_mut().insert(*key))).unwrap();
    let known = || off.known(&key, |key| Ok::<_, ()>(kept.borrow().contains(key).then_some(()))).unwrap();
    off.taint();
    keep();
    assert_eq!(known(), None);
    let clean = sandbox(Strictness::Off);
    clean.keep(&key, |key| Ok::<_, ()>(kept.borrow_mut().insert(*key))).unwrap();
    assert_eq!(known(), Some(()), "what clean installs left counts");
}
