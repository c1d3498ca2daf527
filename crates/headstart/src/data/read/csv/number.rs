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
    leading(cell).filter(|(_, length)| *length == cell.len()).map(|(value, _)| value)
}

/// The short number that a text begins with, if it does, and how many bytes it has.
#[inline]
pub(super) fn leading(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let (whole, point) = digits(text, start, 0);
    let (whole, end, behind) = if text.get(point) == Some(&b'.') {
        let (whole, end) = digits(text, point + 1, whole);
        (whole, end, end - point - 1)
    } else {
        (whole, point, 0)
    };
    let count = point - start + behind;
    if count == 0 || count > 15 {
        return None;
    }
    let value = whole as f64 / POWERS[behind];
    // Half of all numbers are negative: no branch could be foreseen.
    Some((f64::from_bits(value.to_bits() ^ u64::from(negative) << 63), end))
}

/// Appends the digits that stand from `at` on to those of a whole number; with where they end. Of more than 15 the number is
/// meaningless.
#[inline]
fn digits(text: &[u8], mut at: usize, mut whole: u64) -> (u64, usize) {
    while let Some(eight) = text.get(at..at + 8).and_then(|eight| eight.first_chunk()) {
        let (value, count) = eight_digits(u64::from_le_bytes(*eight));
        whole = whole.wrapping_mul(WHOLE_POWERS[count]).wrapping_add(value);
        at += count;
        if count < 8 {
            return (whole, at);
        }
    }
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        whole = whole.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (whole, at)
}

const WHOLE_POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The number of the digits that eight bytes begin with, the first in the lowest byte; and how many there are. All eight are
/// worked on at once, in pairs of two, four and eight digits (Lemire 2021, "Number parsing at a gigabyte per second", section 3).
#[inline]
fn eight_digits(bytes: u64) -> (u64, usize) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Above '9' the sum has the high bit, and below '0' the difference.
    let others = (bytes.wrapping_add(0x46 * EACH) | bytes.wrapping_sub(0x30 * EACH)) & (0x80 * EACH);
    let count = (others.trailing_zeros() / 8) as usize;
    // What is no digit is moved out, and zeros come before the digits.
    let digits = bytes.wrapping_sub(0x30 * EACH).checked_shl(64 - 8 * count as u32).unwrap_or(0);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff, count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{eight_digits, parse};

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

        #[test]
        fn eight_bytes_begin_with_digits(bytes: [u8; 8], digits in 0..=8_usize) {
            let mut bytes = bytes;
            bytes[..digits].iter_mut().for_each(|byte| *byte = b'0' + *byte % 10);
            let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let value = bytes[..count].iter().fold(0, |value, byte| 10 * value + u64::from(byte - b'0'));
            prop_assert_eq!(eight_digits(u64::from_le_bytes(bytes)), (value, count));
        }
    }
}
