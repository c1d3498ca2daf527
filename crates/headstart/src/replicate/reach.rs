//! Which of the values that were tried work.

use crate::words::rough;
use std::fmt;

/// From where to where values work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    pub low: End,
    pub high: End,
    /// Values between the two that do not work.
    gaps: usize,
}

/// One end of a reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    pub value: f64,
    /// At the edge of what was tried nobody knows how far it goes on; this says so.
    open: &'static str,
}

impl Reach {
    /// Of values in rising order; none if none works.
    pub fn of(values: &[f64], works: &[bool]) -> Option<Self> {
        let (first, last) = (works.iter().position(|works| *works)?, works.iter().rposition(|works| *works)?);
        let end = |i: usize, is_edge: bool, open| End { value: values[i], open: if is_edge { open } else { "" } };
        Some(Self {
            low: end(first, first == 0, " or less"),
            high: end(last, last + 1 == works.len(), " or more"),
            gaps: works[first..last].iter().filter(|works| !**works).count(),
        })
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", rough(self.value), self.open)
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low.value == self.high.value, self.gaps) {
            (true, _) => write!(f, "{}{}", self.low, self.high.open),
            (false, 0) => write!(f, "{} to {}", self.low, self.high),
            (false, gaps) => write!(f, "{} to {} but for {gaps} of those between", self.low, self.high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_at_the_edge_of_what_was_tried_is_open() {
        let reach = |works: &[bool]| Reach::of(&[0.1, 1.0, 10.0, 100.0], works).map(|reach| reach.to_string());
        assert_eq!(reach(&[false, true, true, false]).unwrap(), "1 to 10");
        assert_eq!(reach(&[true, true, true, true]).unwrap(), "0.1 or less to 100 or more");
        assert_eq!(reach(&[false, false, true, false]).unwrap(), "10");
        assert_eq!(reach(&[false, false, false, true]).unwrap(), "100 or more");
        assert_eq!(reach(&[true, false, true, false]).unwrap(), "0.1 or less to 10 but for 1 of those between");
        assert_eq!(reach(&[false; 4]), None);
    }
}
