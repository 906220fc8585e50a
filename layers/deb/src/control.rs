//! Debian's control files: paragraphs of fields (deb822(5)). In: bytes of an archive's index or of a file. Out:
//! paragraphs in sequence, within limits. This module must not know the meaning of the fields.

use std::io::{self, BufRead, Read};

/// The size limit of a paragraph in bytes; Debian's longest (a Release of all architectures) has 200 KB.
const MAX_PARAGRAPH: usize = 16 << 20;
const MAX_LINE: u64 = 4 << 20;

/// The fields of one paragraph in order. Names are compared without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Paragraph(Vec<(String, String)>);

impl Paragraph {
    /// The value of a field. If it has several lines, each line after the first begins with its own white space.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The words of a field's value.
    pub(crate) fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).unwrap_or_default().split_ascii_whitespace()
    }
}

/// Reads paragraphs from a stream.
pub(crate) struct Paragraphs<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
    wanted: Option<&'static [&'static str]>,
}

impl<R: BufRead> Paragraphs<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), number: 0, wanted: None }
    }

    /// Keeps these fields only.
    pub(crate) fn only(reader: R, wanted: &'static [&'static str]) -> Self {
        Self { wanted: Some(wanted), ..Self::new(reader) }
    }

    /// The next paragraph with at least one field, or `None` at the end.
    ///
    /// # Errors
    /// If the stream fails, is not a text of fields, or has a line or paragraph that is too long; with the line number.
    pub(crate) fn next(&mut self) -> io::Result<Option<Paragraph>> {
        let mut paragraph = Paragraph::default();
        let mut seen = false;
        let mut keep = false;
        let mut size = 0;
        while self.read_line()? {
            let Ok(line) = std::str::from_utf8(&self.line) else { return Err(self.fault("it is no UTF-8")) };
            size += line.len();
            if size > MAX_PARAGRAPH {
                return Err(self.fault("its paragraph is too long"));
            }
            if line.trim_ascii().is_empty() {
                if seen {
                    break;
                }
                size = 0;
            } else if line.starts_with('#') {
                continue;
            } else if line.starts_with([' ', '\t']) {
                if !seen {
                    return Err(self.fault("it continues no field"));
                }
                if let Some((_, value)) = paragraph.0.last_mut().filter(|_| keep) {
                    value.push('\n');
                    value.push_str(line);
                }
            } else {
                let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_name(name)) else {
                    return Err(self.fault("it is no field"));
                };
                seen = true;
                keep = self.wanted.is_none_or(|wanted| wanted.contains(&name));
                if keep && paragraph.get(name).is_some() {
                    return Err(self.fault(&format!("the field {name} is there twice")));
                }
                if keep {
                    paragraph.0.push((name.to_owned(), value.trim_ascii_start().to_owned()));
                }
            }
        }
        // White space is significant within a value, but not at its end.
        for (_, value) in &mut paragraph.0 {
            value.truncate(value.trim_ascii_end().len());
        }
        Ok(seen.then_some(paragraph))
    }

    /// The next line without its line break; false at the end.
    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.number += 1;
        let count = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.line)?;
        if count as u64 == MAX_LINE {
            return Err(self.fault("it is too long"));
        }
        while let Some(b'\n' | b'\r') = self.line.last() {
            self.line.pop();
        }
        Ok(count > 0)
    }

    fn fault(&self, reason: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {reason}", self.number))
    }
}

/// Whether this is a valid field name: printable, no space, no colon (deb822(5)).
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('-') && name.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
