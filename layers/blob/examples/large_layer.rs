//! A layer of many gigabytes, to show that memory does not grow with it.
//!
//! `/usr/bin/time -v target/release/examples/large_layer [GIGABYTES] [gzip|zstd|zstd-release] [THREADS]`
//!
//! Half of it is one text file, and half is 16,000 small files per gigabyte; nothing is stored anywhere. The peak
//! resident memory, as counted by Linux, is printed at the end.
#![allow(clippy::unwrap_used)]

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use fourply_blob::{
    BlobError, Codec, Fragment, Inputs as _, Key, LayerPath, Meta, NoCache, TarWriter, write_layer,
};

const SMALL_FILES: u64 = 16_000;
const SMALL_SIZE: u64 = 32_000;
const LARGE_SIZE: u64 = 512_000_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let gigabytes: u64 = arguments.next().map_or(4, |text| text.parse().unwrap());
    let codec: Codec = arguments.next().map_or(Codec::Gzip, |text| text.parse().unwrap());
    let threads: usize = arguments.next().map_or(0, |text| text.parse().unwrap());
    let small = (0..gigabytes).map(|number| Arc::new(Small { number }) as Arc<dyn Fragment>);
    let large = Arc::new(Large { size: gigabytes * LARGE_SIZE }) as Arc<dyn Fragment>;
    let fragments: Vec<_> = small.chain([large]).collect();

    let start = Instant::now();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let blob = pool.install(|| write_layer(&fragments, codec, &NoCache, &mut io::sink())).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let speed = blob.diff_size as f64 / 1e6 / seconds;
    println!("{} → {} bytes of {codec} in {seconds:.1} s, {speed:.0} MB/s", blob.diff_size, blob.size);
    println!("{} diff_id {}", blob.digest, blob.diff_id);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
}

/// Words from a small vocabulary in an order that does not repeat: it compresses like text.
struct Text(u64);

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const WORDS: [&[u8]; 8] = [
            b"module",
            b".exports",
            b" = ",
            b"require('",
            b"./lib/",
            b"');\n",
            b"function (",
            b") { return ",
        ];
        let mut written = 0;
        for chunk in buffer.chunks_mut(4) {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let word = WORDS[(self.0 >> 61) as usize];
            chunk.iter_mut().zip(word.iter().cycle()).for_each(|(to, from)| *to = *from);
            chunk[0] ^= (self.0 >> 40) as u8 & 3;
            written += chunk.len();
        }
        Ok(written)
    }
}

fourply_blob::inputs! {
    struct SmallInputs: "example small", rules 2 {
        number: u64,
    }
}

struct Small {
    number: u64,
}

impl Fragment for Small {
    fn key(&self) -> Key {
        SmallInputs { number: self.number }.key()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        for file in 0..SMALL_FILES {
            let path = LayerPath::new(format!("app/{}/{}/{file}.js", self.number, file % 100)).unwrap();
            let mut text = Text(self.number << 32 | file).take(SMALL_SIZE);
            tar.file(&path, &Meta::file(false, 0, 0), SMALL_SIZE, &mut text)?;
        }
        Ok(())
    }

    fn size_hint(&self) -> u64 {
        SMALL_FILES * (SMALL_SIZE + 512)
    }
}

fourply_blob::inputs! {
    struct LargeInputs: "example large", rules 2 {
        size: u64,
    }
}

struct Large {
    size: u64,
}

impl Fragment for Large {
    fn key(&self) -> Key {
        LargeInputs { size: self.size }.key()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        let path = LayerPath::new("app/large.js").unwrap();
        tar.file(&path, &Meta::file(false, 0, 0), self.size, &mut Text(1).take(self.size))
    }

    fn size_hint(&self) -> u64 {
        self.size
    }
}
