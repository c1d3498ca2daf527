//! What the columns are called, and how their cells are stored.

use super::flat::Flat;
use super::problem::Problem;
use crate::words;

/// A column's name and type.
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// The number of the dictionary that its cells are positions in, and how those are stored.
    pub dictionary: Option<(i64, Kind)>,
}

/// How cells are stored.
#[derive(Clone, Debug)]
pub enum Kind {
    Nothing,
    /// Of so many bytes.
    Signed(usize),
    Unsigned(usize),
    Float(usize),
    Bool,
    /// Signed numbers of so many bytes, to be divided by this.
    Scaled(usize, f64),
    /// Signed numbers of so many bytes: times since 1970, in units of so many seconds, or with so many units in a second.
    Time(usize, f64, f64),
    /// With offsets of so many bytes.
    Text(usize),
    Views,
    /// Nothing that a table has in one cell.
    PassedOver(Passed),
}

/// What a column takes that is not read: its own part and those of what is nested in it.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    pub nodes: usize,
    pub buffers: usize,
    /// Columns of views, each with buffers of its own besides.
    pub views: usize,
}

impl Passed {
    /// So many fields within one another, and in all.
    const DEEPEST: usize = 32;
    const MOST: usize = 10_000;
    /// Why such columns are not read.
    pub const WHY: &str = "lists, other nested columns and bytes are not supported";

    /// Of a field, and what is nested in it: "Columnar Format", "Buffer Listing for Each Layout".
    /// Source: <https://arrow.apache.org/docs/format/Columnar.html>.
    fn of(field: Flat, left: &mut usize, depth: usize) -> Option<Self> {
        *left = left.checked_sub(1).filter(|_| depth < Self::DEEPEST)?;
        if field.table(4).is_some() {
            return Some(Self { nodes: 1, buffers: 2, views: 0 });
        }
        let (buffers, views) = match field.u8(2)? {
            1 | 22 => (0, 0),
            13 | 16 => (1, 0),
            2 | 3 | 6..=12 | 15 | 17 | 18 | 21 => (2, 0),
            4 | 5 | 19 | 20 | 25 | 26 => (3, 0),
            // A dense union has offsets besides.
            14 => (1 + usize::from(field.table(3)?.i16(0).unwrap_or(0) == 1), 0),
            23 | 24 => (2, 1),
            _ => return None,
        };
        let mut all = Self { nodes: 1, buffers, views };
        for nested in field.tables(5)? {
            let nested = Self::of(nested?, left, depth + 1)?;
            all.nodes += nested.nodes;
            all.buffers += nested.buffers;
            all.views += nested.views;
        }
        Some(all)
    }
}

impl Field {
    pub fn read(field: Flat) -> Result<Self, Problem> {
        let name = field.text(0).unwrap_or_default().to_owned();
        let known = Kind::read(field.u8(2).unwrap_or(0), field.table(3));
        let passed_over = || Passed::of(field, &mut { Passed::MOST }, 0).map(Kind::PassedOver);
        let kind = known.or_else(passed_over).ok_or_else(|| {
            let name = words::foreign(&name);
            Problem::Unsupported(format!("column \"{name}\" is of a type that is not known here: leave it out"))
        })?;
        let dictionary = field.table(4).map(|encoding| {
            // Positions are signed 32-bit numbers unless something else is said.
            let stored = encoding.table(1).map_or(Some(Kind::Signed(4)), |int| Kind::read(2, Some(int)));
            Some((encoding.i64(0).unwrap_or(0), stored?))
        });
        Ok(Self { name, kind, dictionary: dictionary.map(|known| known.ok_or(Problem::Damaged)).transpose()? })
    }

    pub fn has_dictionary(&self, id: i64) -> bool {
        self.dictionary.as_ref().is_some_and(|(known, _)| *known == id)
    }

    /// What its rows hold.
    pub fn stored(&self) -> &Kind {
        self.dictionary.as_ref().map_or(&self.kind, |(_, stored)| stored)
    }
}

impl Kind {
    fn read(kind: u8, about: Option<Flat>) -> Option<Self> {
        let bytes = |field: usize, default: i32| {
            let bits = about.as_ref().and_then(|about| about.i32(field)).unwrap_or(default);
            usize::try_from(bits).ok().filter(|bits| bits % 8 == 0).map(|bits| bits / 8)
        };
        let unit = |default: i16| about.as_ref().and_then(|about| about.i16(0)).unwrap_or(default);
        let units_of_second = |unit: i16| [1.0, 1e3, 1e6, 1e9].get(usize::try_from(unit).ok()?).copied();
        Some(match kind {
            1 => Self::Nothing,
            2 if about.as_ref()?.bool(1) => Self::Signed(bytes(0, 0).filter(|size| matches!(size, 1 | 2 | 4 | 8))?),
            2 => Self::Unsigned(bytes(0, 0).filter(|size| matches!(size, 1 | 2 | 4 | 8))?),
            3 => Self::Float(*[2, 4, 8].get(usize::try_from(unit(0)).ok()?)?),
            5 => Self::Text(4),
            6 => Self::Bool,
            7 => {
                let scale = about.as_ref()?.i32(1).unwrap_or(0);
                Self::Scaled(bytes(2, 128).filter(|size| matches!(size, 4 | 8 | 16 | 32))?, 10f64.powi(scale))
            }
            8 if unit(1) == 0 => Self::Time(4, 86_400.0, 1.0),
            8 => Self::Time(8, 1.0, 1e3),
            // Times of the day are hours, as in every format.
            9 => Self::Scaled(bytes(1, 32).filter(|size| matches!(size, 4 | 8))?, 3_600.0 * units_of_second(unit(1))?),
            10 => Self::Time(8, 1.0, units_of_second(unit(0))?),
            18 => Self::Scaled(8, units_of_second(unit(1))?),
            20 => Self::Text(8),
            24 => Self::Views,
            _ => return None,
        })
    }
}
