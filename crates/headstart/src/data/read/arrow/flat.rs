//! Flatbuffers, as far as Arrow's messages need them: tables of which every field may be missing.
//! Source: <https://flatbuffers.dev/internals/>.

/// A table in a buffer. Whatever lies outside of the buffer is not there.
#[derive(Clone, Copy)]
pub(super) struct Flat<'a> {
    buffer: &'a [u8],
    at: usize,
}

impl<'a> Flat<'a> {
    /// The table that a buffer is about.
    pub fn root(buffer: &'a [u8]) -> Option<Self> {
        Self { buffer, at: 0 }.follow(0)
    }

    fn bytes<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.buffer.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn u32_at(self, at: usize) -> Option<usize> {
        Some(u32::from_le_bytes(self.bytes(at)?) as usize)
    }

    /// The table to which an offset leads.
    fn follow(self, at: usize) -> Option<Self> {
        Some(Self { at: at.checked_add(self.u32_at(at)?)?, ..self })
    }

    /// Where a field is.
    fn field(self, nth: usize) -> Option<usize> {
        let back = i64::from(i32::from_le_bytes(self.bytes(self.at)?));
        let fields = usize::try_from(i64::try_from(self.at).ok()? - back).ok()?;
        let size = usize::from(u16::from_le_bytes(self.bytes(fields)?));
        let place = 4 + 2 * nth;
        let offset = if place + 2 <= size { u16::from_le_bytes(self.bytes(fields + place)?) } else { 0 };
        (offset > 0).then_some(self.at + usize::from(offset))
    }

    pub fn u8(self, nth: usize) -> Option<u8> {
        Some(self.bytes::<1>(self.field(nth)?)?[0])
    }

    pub fn bool(self, nth: usize) -> bool {
        self.u8(nth).is_some_and(|value| value != 0)
    }

    pub fn i16(self, nth: usize) -> Option<i16> {
        Some(i16::from_le_bytes(self.bytes(self.field(nth)?)?))
    }

    pub fn i32(self, nth: usize) -> Option<i32> {
        Some(i32::from_le_bytes(self.bytes(self.field(nth)?)?))
    }

    pub fn i64(self, nth: usize) -> Option<i64> {
        Some(i64::from_le_bytes(self.bytes(self.field(nth)?)?))
    }

    pub fn table(self, nth: usize) -> Option<Self> {
        self.follow(self.field(nth)?)
    }

    pub fn text(self, nth: usize) -> Option<&'a str> {
        let (start, count) = self.list(self.field(nth)?, 1)?;
        std::str::from_utf8(&self.buffer[start..start + count]).ok()
    }

    /// The tables of a list; one that is outside of the buffer is none.
    pub fn tables(self, nth: usize) -> Option<Vec<Option<Self>>> {
        let Some(field) = self.field(nth) else { return Some(Vec::new()) };
        let (start, count) = self.list(field, 4)?;
        Some((0..count).map(|at| self.follow(start + 4 * at)).collect())
    }

    /// A list of numbers.
    pub fn numbers(self, nth: usize) -> Option<Vec<i64>> {
        let Some(field) = self.field(nth) else { return Some(Vec::new()) };
        let (start, count) = self.list(field, 8)?;
        (0..count).map(|at| Some(i64::from_le_bytes(self.bytes(start + 8 * at)?))).collect()
    }

    /// A list of two numbers each.
    pub fn pairs(self, nth: usize) -> Option<Vec<(i64, i64)>> {
        let Some(field) = self.field(nth) else { return Some(Vec::new()) };
        let (start, count) = self.list(field, 16)?;
        let number = |at: usize| Some(i64::from_le_bytes(self.bytes(start + 8 * at)?));
        (0..count).map(|at| Some((number(2 * at)?, number(2 * at + 1)?))).collect()
    }

    /// Where the parts of a file begin that a list is about.
    pub fn blocks(self, nth: usize) -> Option<Vec<i64>> {
        /// Each with the lengths of its head and its body.
        const SIZE: usize = 24;
        let Some(field) = self.field(nth) else { return Some(Vec::new()) };
        let (start, count) = self.list(field, SIZE)?;
        (0..count).map(|at| Some(i64::from_le_bytes(self.bytes(start + SIZE * at)?))).collect()
    }

    /// Where the elements of a list begin, and how many there are; none if they are not all in the buffer.
    fn list(self, field: usize, size: usize) -> Option<(usize, usize)> {
        let at = self.follow(field)?.at;
        let count = self.u32_at(at)?;
        self.buffer.get(at + 4..)?.get(..count.checked_mul(size)?)?;
        Some((at + 4, count))
    }
}
