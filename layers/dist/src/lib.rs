//! The dist ply: the build step and what it leaves.
