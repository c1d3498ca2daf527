//! Points that may stand between thousands.

use memchr::memchr;

/// What stands behind the points of a column's numbers. `1.200` may be a thousand and more where commas are before fractions;
/// `1.5` and `0.25` may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Points {
    /// Three digits, somewhere.
    groups: bool,
    /// Any other number of them, somewhere.
    fractions: bool,
}

impl Points {
    /// Looks at a cell, without the blanks around it, that is a number as programs write it.
    pub fn look(&mut self, cell: &[u8]) {
        let digits = cell.strip_prefix(b"-").or(cell.strip_prefix(b"+")).unwrap_or(cell);
        if let Some(point) = memchr(b'.', digits) {
            let groups = (1..=3).contains(&point) && digits.len() == point + 4;
            self.groups |= groups;
            self.fractions |= !groups;
        }
    }

    /// What is known of both parts of a column.
    pub fn and(self, other: Self) -> Self {
        Self { groups: self.groups || other.groups, fractions: self.fractions || other.fractions }
    }

    /// Whether every point may stand between thousands, and there is one.
    pub fn may_group(self) -> bool {
        self.groups && !self.fractions
    }

    /// Whether there is a point that stands before a fraction for certain.
    pub fn has_fractions(self) -> bool {
        self.fractions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_and_fractions() {
        let seen = |cells: &[&str]| {
            let mut points = Points::default();
            for cell in cells {
                points.look(cell.as_bytes());
            }
            (points.may_group(), points.has_fractions())
        };
        assert_eq!(seen(&["1.200", "-12.345", "7"]), (true, false));
        assert_eq!(seen(&["1.200", "0.5"]), (false, true));
        assert_eq!(seen(&["1", "2"]), (false, false));
        assert_eq!(seen(&["1234.567"]), (false, true));
    }
}
