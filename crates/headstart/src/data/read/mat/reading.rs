//! Elements into an array: numbers, characters, or cells of text.

use super::elements::{Head, MATRIX, SPARSE_CLASS};
use super::said::{NAME, SPARSE};
use crate::data::DataError;
use crate::data::content::{Array, Gatherer, Values};
use crate::data::memory::{Budget, elements};
use crate::data::read::npy::to_c_order;
use crate::data::read::scalar::{Scalar, ScalarKind};
use crate::data::read::{damaged, unreadable};

/// One array on its way.
pub struct Reading<'a> {
    pub source: &'a str,
    pub big_endian: bool,
    pub budget: &'a Budget,
}

impl Reading<'_> {
    pub fn damaged(&self) -> DataError {
        damaged(self.source, NAME, &"its shape and its elements do not fit")
    }

    /// How numbers are stored, which may be in less room than their class has.
    fn scalar(&self, kind: u32) -> Option<Scalar> {
        let (kind, size) = match kind {
            1 => (ScalarKind::Signed, 1),
            // 16 to 18 are text, in UTF-8, UTF-16 and UTF-32.
            2 | 16 => (ScalarKind::Unsigned, 1),
            3 => (ScalarKind::Signed, 2),
            4 | 17 => (ScalarKind::Unsigned, 2),
            5 => (ScalarKind::Signed, 4),
            6 | 18 => (ScalarKind::Unsigned, 4),
            7 => (ScalarKind::Float, 4),
            9 => (ScalarKind::Float, 8),
            12 => (ScalarKind::Signed, 8),
            13 => (ScalarKind::Unsigned, 8),
            _ => return None,
        };
        Some(Scalar { kind, size, big_endian: self.big_endian })
    }

    pub fn array(&self, bytes: &[u8]) -> Result<Array, DataError> {
        let mut head = Head::read(bytes, self.big_endian).ok_or_else(|| self.damaged())?;
        if head.class == SPARSE_CLASS {
            return Err(DataError::content(self.source, SPARSE));
        }
        if head.complex {
            return Err(DataError::content(self.source, "complex numbers are not supported"));
        }
        if head.class == 1 {
            return self.cells(head);
        }
        let element = head.rest.next().ok_or_else(|| self.damaged())?;
        let scalar = self.scalar(element.kind).ok_or_else(|| self.damaged())?;
        if head.class == 4 {
            return self.characters(scalar, element.data, &head.shape);
        }
        self.numbers(scalar, element.data, head.shape)
    }

    /// Numbers, in the file with the first axis running fastest.
    pub fn numbers(&self, scalar: Scalar, data: &[u8], shape: Vec<usize>) -> Result<Array, DataError> {
        if elements(&shape).and_then(|count| count.checked_mul(scalar.size)) != Some(data.len()) {
            return Err(self.damaged());
        }
        // Two copies for a while.
        self.budget.take_shape(self.source, &shape)?;
        self.budget.take_shape(self.source, &shape)?;
        let rounded = scalar.rounds(data);
        let values = scalar.read(data).ok_or_else(|| self.damaged())?;
        let values = to_c_order(values, &shape).map_err(|error| unreadable(self.source, NAME, &error))?;
        self.budget.give_back(8 * values.len() as u64);
        Ok(Array { shape, values: Values::Numbers(values), rounded })
    }

    /// A text in each row.
    pub fn characters(&self, scalar: Scalar, data: &[u8], shape: &[usize]) -> Result<Array, DataError> {
        let mut texts = Gatherer::new(self.source, self.budget);
        let [rows, width] = *shape else { return Err(self.damaged()) };
        self.text(scalar, data, rows, width, &mut texts)?;
        Ok(Array::new(vec![rows], Values::Text(texts.finish())))
    }

    fn text(
        &self,
        scalar: Scalar,
        data: &[u8],
        rows: usize,
        width: usize,
        into: &mut Gatherer,
    ) -> Result<(), DataError> {
        let codes = data.len() / scalar.size;
        // The numbers and the characters.
        self.budget.take_each(self.source, Some(codes), 16)?;
        let chars: Option<Vec<char>> = match (std::str::from_utf8(data), scalar.size) {
            (Ok(text), 1) => Some(text.chars().collect()),
            (Err(_), 1) => Some(data.iter().map(|&byte| char::from(byte)).collect()),
            (_, 2) => scalar.read(data).and_then(|codes| {
                char::decode_utf16(codes.into_iter().map(|code| code as u16)).collect::<Result<_, _>>().ok()
            }),
            _ => {
                scalar.read(data).and_then(|codes| codes.into_iter().map(|code| char::from_u32(code as u32)).collect())
            }
        };
        let chars = chars.ok_or_else(|| unreadable(self.source, NAME, &"a text in it is not valid Unicode"))?;
        // Rows of no characters take no room in the file.
        if elements(&[rows, width]) != Some(chars.len()) || chars.is_empty() && rows > 0 {
            return Err(self.damaged());
        }
        let mut text = String::with_capacity(width);
        for row in 0..rows {
            text.clear();
            text.extend(chars.iter().skip(row).step_by(rows));
            into.push(text.trim_matches(|c: char| c == '\0' || c.is_whitespace()))?;
        }
        self.budget.give_back(16 * codes as u64);
        Ok(())
    }

    /// Cells, each of which is a text.
    fn cells(&self, mut head: Head) -> Result<Array, DataError> {
        let count = elements(&head.shape).ok_or_else(|| self.damaged())?;
        let mut texts = Gatherer::new(self.source, self.budget);
        for _ in 0..count {
            let cell = head.rest.next().filter(|cell| cell.kind == MATRIX).ok_or_else(|| self.damaged())?;
            let mut cell = Head::read(cell.data, self.big_endian).ok_or_else(|| self.damaged())?;
            let (rows, empty) = (cell.shape[0], cell.shape.contains(&0));
            if cell.class != 4 || !empty && rows != 1 {
                let problem = "it is a cell array with other cells than lines of text, which is not supported";
                return Err(DataError::content(self.source, problem));
            }
            if empty {
                texts.push("")?;
                continue;
            }
            let element = cell.rest.next().ok_or_else(|| self.damaged())?;
            let scalar = self.scalar(element.kind).ok_or_else(|| self.damaged())?;
            self.text(scalar, element.data, 1, cell.shape[1], &mut texts)?;
        }
        Ok(Array::new(vec![count], Values::Text(texts.finish())))
    }
}
