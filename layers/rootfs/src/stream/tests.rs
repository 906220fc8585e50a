use std::io::Write;
use std::process::{Command, Stdio};

use super::*;

/// Runs a bytes-to-bytes program of the system.
fn piped(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child =
        Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn read(bytes: &[u8]) -> io::Result<(Form, Vec<u8>)> {
    let (form, mut reader) = plain(bytes)?;
    let mut all = Vec::new();
    reader.read_to_end(&mut all)?;
    Ok((form, all))
}

fn sample() -> Vec<u8> {
    (0..3_500_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 27) as u8).collect()
}

#[test]
fn reads_what_gzip_and_xz_write() {
    let bytes = sample();
    assert_eq!(read(&bytes).unwrap(), (Form::Plain, bytes.clone()));
    assert_eq!(read(&piped("gzip", &["-1"], &bytes)).unwrap(), (Form::Gzip, bytes.clone()));
    assert_eq!(read(&piped("xz", &["-1", "-T1"], &bytes)).unwrap(), (Form::Xz, bytes.clone()));
    let zstd = zstd::encode_all(bytes.as_slice(), 1).unwrap();
    assert_eq!(read(&zstd).unwrap(), (Form::Zstd, bytes));
    assert_eq!(read(b"").unwrap(), (Form::Plain, Vec::new()));
}

#[test]
fn streams_of_several_parts_are_one() {
    let twice = [piped("gzip", &[], b"one "), piped("gzip", &[], b"two")].concat();
    assert_eq!(read(&twice).unwrap().1, b"one two");
    let twice =
        [zstd::encode_all(&b"one "[..], 1).unwrap(), zstd::encode_all(&b"two"[..], 1).unwrap()].concat();
    assert_eq!(read(&twice).unwrap().1, b"one two");
    let twice = [piped("xz", &[], b"one "), piped("xz", &[], b"two")].concat();
    assert_eq!(read(&twice).unwrap().1, b"one two");
}

#[test]
fn a_cut_stream_is_an_error() {
    for packed in [
        piped("gzip", &[], &sample()),
        piped("xz", &["-1"], &sample()),
        zstd::encode_all(sample().as_slice(), 1).unwrap(),
    ] {
        assert!(read(&packed[..packed.len() / 2]).is_err());
    }
}

#[test]
fn writes_gzip_that_gzip_reads_the_same_for_any_number_of_threads() {
    let bytes = sample();
    let mut outputs = Vec::new();
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut out = Vec::new();
        let digest = pool.install(|| gzip(bytes.as_slice(), &mut out)).unwrap();
        assert_eq!(digest, Digest::of(&bytes));
        outputs.push(out);
    }
    assert!(outputs.iter().all(|output| *output == outputs[0]));
    assert_eq!(piped("gzip", &["-dc"], &outputs[0]), bytes);
    assert!(outputs[0].len() < bytes.len());
}

#[test]
fn exactly_full_members_and_nothing_at_all_are_written_whole() {
    for length in [0, 1, MEMBER, MEMBER * 2, MEMBER * 4, MEMBER * 4 + 1] {
        let bytes = vec![b'x'; length];
        let mut out = Vec::new();
        gzip(bytes.as_slice(), &mut out).unwrap();
        let (form, read) = read(&out).unwrap();
        assert_eq!(form, Form::Gzip, "{length}");
        assert!(read == bytes, "{length}");
    }
}
