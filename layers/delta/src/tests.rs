use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use fourply_blob::{
    Codec, Digest, Encoder, EntriesFragment, Entry, Fragment, LayerPath, Meta, NoCache, TarWriter,
    write_layer,
};

use super::*;
use crate::predict::predict;

/// Text that compresses like code, different for each seed.
fn text(seed: u64, words: usize) -> String {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let word = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("w{} ", (state >> 33) % 5000)
    };
    (0..words).map(word).collect()
}

/// A package in pnpm's layout, with a link to another one.
fn package(name: &str, version: &str, changed: &str, link: &str) -> Arc<dyn Fragment> {
    let folder = format!("app/node_modules/.pnpm/{name}@{version}/node_modules/{name}");
    let file = |text: String| Entry::File { meta: Meta::file(false, 0, 0), bytes: text.into_bytes().into() };
    let mut entries = BTreeMap::new();
    for number in 0..8 {
        let deep = "deep/".repeat(number * 5);
        let path = LayerPath::new(format!("{folder}/{deep}f{number}.js")).unwrap();
        entries.insert(path, file(text(number as u64 + name.len() as u64 * 100, 400)));
    }
    let json = LayerPath::new(format!("{folder}/package.json")).unwrap();
    entries.insert(json, file(format!("{{\"name\":\"{name}\",\"version\":\"{version}\"}}{changed}")));
    let path = LayerPath::new(format!("{folder}/../link")).unwrap_or_else(|_| {
        LayerPath::new(format!("app/node_modules/.pnpm/{name}@{version}/node_modules/link")).unwrap()
    });
    entries.insert(path, Entry::Symlink { meta: Meta::file(false, 0, 0), target: link.to_owned() });
    Arc::new(EntriesFragment::new(entries))
}

fn layer(codec: Codec, fragments: &[Arc<dyn Fragment>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_layer(fragments, codec, &NoCache, &mut bytes).unwrap();
    bytes
}

fn old(codec: Codec) -> Vec<u8> {
    let link = "../../b@1.9.9/node_modules/b";
    layer(codec, &["a", "b", "c"].map(|name| package(name, "1.9.9", "", link)))
}

/// `b` has a new version, and all links point to it.
fn new(codec: Codec) -> Vec<u8> {
    let link = "../../b@1.10.0/node_modules/b";
    let b = package("b", "1.10.0", &text(99, 20), link);
    layer(codec, &[package("a", "1.9.9", "", link), b, package("c", "1.9.9", "", link)])
}

fn blob(bytes: &[u8]) -> SourceBlob {
    SourceBlob { digest: Digest::of(bytes), size: bytes.len() as u64 }
}

fn delta(old: &[&[u8]], new: &[u8]) -> Option<Vec<u8>> {
    let content = |bytes: &[u8]| Content::Bytes(bytes.into());
    let names = vec!["document".to_owned()];
    let sources =
        old.iter().map(|old| Source { blob: blob(old), content: content(old), names: names.clone() });
    let mut index = Sources::index(sources.collect()).unwrap();
    let target = Target { blob: blob(new), content: content(new), names };
    index.versions.expect(&target.content).unwrap();
    let mut delta = Vec::new();
    diff(&target, &index, &mut delta).unwrap().then_some(delta)
}

fn rebuilt(delta: &[u8], old: &[&[u8]]) -> Result<Vec<u8>, DeltaError> {
    let sources = old.iter().map(|old| (Digest::of(old), Content::Bytes((*old).into()))).collect();
    let mut bytes = Vec::new();
    rebuild(&Delta::open(Content::Bytes(delta.into()))?, &sources, &mut bytes)?;
    Ok(bytes)
}

#[test]
fn a_layer_of_every_codec_is_rebuilt_to_its_bytes() {
    for codec in [Codec::Gzip, Codec::Zstd, Codec::ZstdRelease] {
        let (old, new) = (old(codec), new(codec));
        let made = delta(&[&old], &new).unwrap();
        assert_eq!(delta(&[&old], &new).as_ref(), Some(&made), "the same bytes again");
        assert!(made.len() * 8 < new.len(), "{codec}: {} of {}", made.len(), new.len());
        assert_eq!(rebuilt(&made, &[&old]).unwrap(), new);
        assert!(
            matches!(rebuilt(&made, &[]), Err(DeltaError::Source(missing)) if missing == Digest::of(&old))
        );
        // Without anything to compare with: still smaller than the layer.
        let alone = delta(&[], &new).unwrap();
        assert_eq!(rebuilt(&alone, &[]).unwrap(), new);
        // A single stream is not a sequence of pieces: the layer is sent whole.
        let single = codec.single_stream();
        assert_eq!(delta(&[&old], &self::new(single)), None, "{single}");
    }
}

#[test]
fn codecs_may_change_and_pieces_come_from_several_blobs() {
    let (gzip, zstd, new) = (old(Codec::Gzip), old(Codec::Zstd), new(Codec::ZstdRelease));
    let made = delta(&[&gzip, &zstd], &new).unwrap();
    assert_eq!(rebuilt(&made, &[&gzip, &zstd]).unwrap(), new);
    let twice = [new.clone(), new.clone()].concat();
    let made = delta(&[&new], &twice).unwrap();
    assert!(made.len() < 200, "{}", made.len());
    assert_eq!(rebuilt(&made, &[&new]).unwrap(), twice);
}

#[test]
fn documents_are_deltas_against_those_of_their_name() {
    let document = |seed| format!("{{\"a\":\"{}\",\"b\":{seed}}}", text(1, 900)).into_bytes();
    let (old, new) = (document(1), document(2));
    let made = delta(&[&old], &new).unwrap();
    assert!(made.len() < 250, "{}", made.len());
    assert_eq!(rebuilt(&made, &[&old]).unwrap(), new);
    assert_eq!(rebuilt(&delta(&[&old], b"").unwrap(), &[&old]).unwrap(), b"");
}

#[test]
fn what_another_program_compressed_has_no_delta() {
    let plain = text(7, 9000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(plain.as_bytes()).unwrap();
    assert_eq!(delta(&[], &gzip.finish().unwrap()), None);
    assert_eq!(delta(&[], &zstd::bulk::compress(plain.as_bytes(), 17).unwrap()), None);
    // A member above the limits, which is never read completely; and a truncated one.
    assert_eq!(delta(&[], &zstd::bulk::compress(&vec![0; 40 << 20], 3).unwrap()), None);
    let whole = old(Codec::Gzip);
    assert_eq!(delta(&[], whole.get(..whole.len() - 9).unwrap()), None);
}

#[test]
fn a_changed_byte_never_leads_to_another_blob() {
    let (old, new) = (old(Codec::Gzip), new(Codec::Gzip));
    let made = delta(&[&old], &new).unwrap();
    for at in 0..made.len() {
        let mut damaged = made.clone();
        damaged[at] ^= 0x55;
        if let Ok(bytes) = rebuilt(&damaged, &[&old]) {
            assert_eq!(Digest::of(&bytes), Digest::of(&new), "byte {at}");
        }
        assert!(rebuilt(&made[..at], &[&old]).is_err(), "cut at {at}");
    }
    let mut source = old.clone();
    source[40] ^= 1;
    let sources = [(Digest::of(&old), Content::Bytes(source.into()))].into();
    let delta = Delta::open(Content::Bytes(made.into())).unwrap();
    assert!(rebuild(&delta, &sources, &mut std::io::sink()).is_err());
}

/// Each encoder holds a compressor: 100,000 of them in a delta of 1 kB took 920 MB.
#[test]
fn a_delta_names_few_encoders_and_each_once() {
    let (old, new) = (old(Codec::Gzip), new(Codec::Gzip));
    let made = delta(&[&old], &new).unwrap();
    let with = |encoders: Vec<Encoder>| {
        let mut recipe = Delta::open(Content::Bytes(made.as_slice().into())).unwrap().recipe;
        let frames: usize = recipe.patches.iter().map(|patch| patch.frame).sum();
        recipe.encoders = encoders;
        let recipe = recipe.to_bytes().unwrap();
        let bytes = [&made[..recipe::HEAD + frames], &recipe].concat();
        Delta::open(Content::Bytes(bytes.into())).map(|_| ()).map_err(|error| error.to_string())
    };
    let own = Encoder::of(Codec::Gzip);
    let others = |count| (1..count).map(|level| Encoder { level: 100 + level, ..own.clone() });
    let many = |count| std::iter::once(own.clone()).chain(others(count)).collect::<Vec<_>>();
    assert_eq!(with(many(16)), Ok(()));
    let refused = "it is no delta that can be used: it names an encoder twice, or too many";
    for encoders in [many(17), vec![own.clone(), own.clone()], vec![own.clone(); 50_000]] {
        assert_eq!(with(encoders), Err(refused.to_owned()));
    }
}

#[test]
fn headers_are_predicted_as_the_writer_of_layers_has_them() {
    let tar = |version: &str, link: &str| {
        let mut tar = TarWriter::new(Vec::new());
        for deep in [0, 3, 9, 25, 40] {
            let folder = format!("app/.pnpm/p@{version}/{}", "folder/".repeat(deep));
            let meta = Meta::file(false, 1001, 1001);
            tar.directory(&LayerPath::new(folder.trim_end_matches('/')).unwrap(), &meta).unwrap();
            tar.bytes(&LayerPath::new(format!("{folder}f.js")).unwrap(), &meta, b"content").unwrap();
            tar.symlink(&LayerPath::new(format!("{folder}l")).unwrap(), &meta, link).unwrap();
        }
        tar.into_inner()
    };
    let mut old = tar("1.0.0_peer@1.0.0", "../../p@1.0.0_peer@1.0.0/x");
    let new = tar("1.0.0_peer@1.0.1", "../../p@1.0.0_peer@1.0.1/x");
    let renames = [(b"p@1.0.0_peer@1.0.0".to_vec(), b"p@1.0.0_peer@1.0.1".to_vec())].into();
    predict(&mut old, &renames, &mut Default::default());
    assert!(old == new);
    // Names of another length, for which the PAX records keep their blocks.
    let mut old = tar("1.9.9", "../p@1.9.9");
    let renames = [(b"p@1.9.9".to_vec(), b"p@1.10.0".to_vec())].into();
    predict(&mut old, &renames, &mut Default::default());
    assert!(old == tar("1.10.0", "../p@1.10.0"));
}

#[test]
fn hostile_bytes_are_bounded() {
    let bytes: Vec<u8> = text(3, 400).into_bytes();
    fuzz::delta(&bytes);
    for seed in fuzz::seeds().unwrap() {
        fuzz::delta(&seed);
        for at in 0..seed.len() {
            let mut changed = seed.clone();
            changed[at] = changed[at].wrapping_add(0x7f);
            fuzz::delta(&changed);
            fuzz::delta(&seed[..at]);
        }
    }
}
