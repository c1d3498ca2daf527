//! Numbers in cells, most of which are short.

/// Powers of ten that float64 has.
const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The number that a cell is, as [`str::parse`] has it.
///
/// A sign, digits and a point with no more than 15 digits are a whole number by a power of ten, both of which float64 has, so that
/// their quotient is rounded once and right (Clinger 1990, "How to read floating point numbers accurately"). All else is
/// parsed the long way.
pub(super) fn parse(cell: &[u8]) -> Option<f64> {
    short(cell).or_else(|| std::str::from_utf8(cell).ok()?.parse().ok())
}

fn short(cell: &[u8]) -> Option<f64> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.len() > 16 {
        return None;
    }
    let (mut whole, mut count, mut behind) = (0_u64, 0, None);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                whole = 10 * whole + u64::from(byte - b'0');
                count += 1;
            }
            b'.' if behind.is_none() => behind = Some(count),
            _ => return None,
        }
    }
    if count == 0 || count > 15 {
        return None;
    }
    let value = whole as f64 / POWERS[behind.map_or(0, |before| count - before)];
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    #[test]
    fn what_is_no_number_is_none() {
        for cell in ["", "-", ".", "-.", "1.2.3", "1a", "--1", "+-1", "1 ", "\u{661}"] {
            assert_eq!(parse(cell.as_bytes()), None, "{cell:?}");
        }
        assert_eq!(parse(b"\xff1"), None);
        assert!(parse(b"-0").unwrap().is_sign_negative() && parse(b"nan").unwrap().is_nan());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn numbers_are_those_of_the_standard_library(cell in "[-+]?[0-9]{0,18}[.]?[0-9]{0,18}(e-?[0-9]{1,3})?") {
            prop_assert_eq!(parse(cell.as_bytes()).map(f64::to_bits), cell.parse::<f64>().ok().map(f64::to_bits));
        }
    }
}
