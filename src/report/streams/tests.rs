#![allow(clippy::unwrap_used)]

use super::*;

/// A pipe that takes three bytes at a time, and is full or interrupted before each.
struct Narrow(Vec<u8>, u32);

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        match self.1 % 3 {
            0 => {
                self.0.extend(&bytes[..bytes.len().min(3)]);
                Ok(bytes.len().min(3))
            }
            1 => Err(ErrorKind::WouldBlock.into()),
            _ => Err(ErrorKind::Interrupted.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_pipe_that_does_not_block_gets_all() {
    let mut pipe = Narrow(Vec::new(), 0);
    write(&mut pipe, b"sha256:0123456789\n").unwrap();
    assert_eq!(pipe.0, b"sha256:0123456789\n");
}

#[test]
fn a_reader_that_went_away_is_told_to_the_caller() {
    let (reader, mut writer) = io::pipe().unwrap();
    drop(reader);
    assert_eq!(write(&mut writer, b"lost\n").unwrap_err().kind(), ErrorKind::BrokenPipe);
}
