//! How a layer is written: entries, tar, fragments, one compressed blob with its digests.
