//! Where bytes come from and rest: fetch with integrity, content-addressed files, cached fragments, locks, clean-up.
