//! The arrays of a file of version 4 or 5.

use super::elements::{MATRIX, Parts};
use super::reading::Reading;
use super::said::{NAME, SPARSE};
use crate::data::DataError;
use crate::data::content::{Archive, Array, listed};
use crate::data::memory::Budget;
use crate::data::read::gzip::read_within;
use crate::data::read::scalar::Scalar;
use crate::words;
use flate2::read::ZlibDecoder;

/// An array of a file, of which only the name is known.
pub struct Entry {
    pub name: String,
    pub what: What,
}

pub enum What {
    /// Of version 5: its element, without its tag, and whether it is compressed.
    Element { start: usize, end: usize, packed: bool },
    /// Of version 4: its numbers, real and in columns, or characters.
    Matrix { start: usize, scalar: Scalar, shape: [usize; 2], text: bool },
    /// Of version 4: a sparse matrix.
    Sparse,
}

pub struct Mat {
    pub file: String,
    pub bytes: Vec<u8>,
    pub big_endian: bool,
    pub entries: Vec<Entry>,
    /// What is of a kind that is not read.
    pub others: Vec<String>,
    pub budget: Budget,
}

impl Archive for Mat {
    fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.name.clone()).collect()
    }

    fn note(&self) -> Option<String> {
        let others = listed(&self.others);
        (!others.is_empty()).then(|| format!("only arrays of numbers and text are read, and not {others}"))
    }

    fn array(&mut self, name: &str) -> Result<Array, DataError> {
        let source = format!("{}, {}", self.file, words::foreign(name));
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let Some(entry) = entry else { return Err(DataError::content(source, "there is no array of this name")) };
        let reading = Reading { source: &source, big_endian: self.big_endian, budget: &self.budget };
        match entry.what {
            What::Element { start, end, packed: false } => reading.array(&self.bytes[start..end]),
            What::Element { start, end, packed: true } => {
                let whole = read_within(ZlibDecoder::new(&self.bytes[start..end]), 0, &source, &self.budget, NAME)?;
                let element = Parts { bytes: &whole, at: 0, big_endian: self.big_endian }.next();
                let element = element.filter(|element| element.kind == MATRIX).ok_or_else(|| reading.damaged())?;
                let array = reading.array(element.data);
                self.budget.give_back(whole.len() as u64);
                array
            }
            What::Sparse => Err(DataError::content(source, SPARSE)),
            What::Matrix { start, scalar, shape, text } => {
                let count = shape[0] * shape[1];
                let data = &self.bytes[start..start + count * scalar.size];
                if text {
                    reading.characters(scalar, data, &shape)
                } else {
                    reading.numbers(scalar, data, shape.to_vec())
                }
            }
        }
    }
}
