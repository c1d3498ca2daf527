//! The elements that a file of version 5 is made of, one after the other.

pub const COMPRESSED: u32 = 15;
pub const MATRIX: u32 = 14;

/// The number of a sparse matrix's class.
pub const SPARSE_CLASS: u8 = 5;

/// The parts of a file one after the other.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
    pub big_endian: bool,
}

/// An element of version 5.
pub struct Element<'a> {
    pub kind: u32,
    pub data: &'a [u8],
    pub start: usize,
}

impl<'a> Parts<'a> {
    pub fn u32(self, at: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// The next element; none if it is damaged or cut off.
    pub fn next(&mut self) -> Option<Element<'a>> {
        let tag = self.u32(self.at)?;
        // Up to four bytes may stand in the tag itself.
        let (kind, size, start, next) = match tag >> 16 {
            0 => {
                let size = self.u32(self.at + 4)? as usize;
                let start = self.at + 8;
                let end = start.checked_add(size)?;
                (tag, size, start, if tag == COMPRESSED { end } else { end.checked_next_multiple_of(8)? })
            }
            size => (tag & 0xffff, (size <= 4).then_some(size as usize)?, self.at + 4, self.at + 8),
        };
        let data = self.bytes.get(start..start.checked_add(size)?)?;
        // The padding of the last one may be missing.
        self.at = next.min(self.bytes.len());
        Some(Element { kind, data, start })
    }

    pub fn is_over(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

/// What stands before an array's elements.
pub struct Head<'a> {
    pub class: u8,
    pub complex: bool,
    pub shape: Vec<usize>,
    pub name: &'a [u8],
    pub rest: Parts<'a>,
}

impl<'a> Head<'a> {
    pub fn read(bytes: &'a [u8], big_endian: bool) -> Option<Self> {
        let mut parts = Parts { bytes, at: 0, big_endian };
        let flags = parts.next().filter(|flags| flags.data.len() == 8)?;
        let flags = Parts { bytes: flags.data, at: 0, big_endian }.u32(0)?;
        let shape = parts.next()?;
        let lengths = Parts { bytes: shape.data, at: 0, big_endian };
        let shape = (0..shape.data.len() / 4).map(|axis| lengths.u32(4 * axis).map(|length| length as usize));
        let shape = shape.collect::<Option<Vec<_>>>().filter(|shape| (2..=32).contains(&shape.len()))?;
        let name = parts.next()?.data;
        Some(Self { class: flags as u8, complex: flags & 0x800 != 0, shape, name, rest: parts })
    }

    /// Whether it is an array of numbers, characters, or cells, or a sparse one.
    pub fn is_known(&self) -> bool {
        matches!(self.class, 1 | 4 | SPARSE_CLASS | 6..=15)
    }
}
