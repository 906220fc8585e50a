//! The base ply: an image, Debian packages or a root file system; accounts; what the base already holds.
