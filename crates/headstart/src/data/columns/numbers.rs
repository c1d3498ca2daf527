//! Numbers as people write them: with separators between thousands, decimal commas, and marks for money and percent.

use serde::{Deserialize, Serialize};

/// The sign before the fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decimal {
    /// `1.5`
    Point,
    /// `1,5`
    Comma,
}

impl Decimal {
    fn sign(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// How the numbers of a column are written, all of them in one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Writing {
    /// The sign before the fraction.
    pub decimal: Decimal,
    /// What stands between groups of digits: `,`, `.`, a blank or an apostrophe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<char>,
    /// What stands before or behind, and counts for nothing: `$`, `EUR`, `%`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// Marks that may stand beside a number.
const MARKS: [&str; 46] = [
    "%", "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₴", "₫", "₦", "₱", "฿", "₪", "¢", "R$", "US$", "A$", "C$", "kr",
    "zł", "Kč", "Ft", "Fr", "Fr.", "CHF", "USD", "EUR", "GBP", "JPY", "CNY", "INR", "AUD", "CAD", "NZD", "SEK", "NOK",
    "DKK", "BRL", "MXN", "ZAR", "RUB", "TRY", "PLN", "CZK",
];

impl Writing {
    /// How all of some texts are written as numbers, and whether they could as well be written in another way, with other
    /// values. Where a comma may be either, `usual` decides. None if they are no numbers.
    #[allow(clippy::needless_pass_by_value, reason = "iterators are small, and made where they are passed")]
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a str> + Clone, usual: Option<Decimal>) -> Option<(Self, bool)> {
        let mut mark = None;
        for text in texts.clone() {
            match (unmarked(text)?.mark, &mark) {
                (Some(new), Some(old)) if new != *old => return None,
                (Some(new), None) => mark = Some(new),
                _ => {}
            }
        }
        // A share and a percentage of the same size are two things.
        if mark == Some("%") && texts.clone().any(|text| unmarked(text).is_some_and(|text| text.mark.is_none())) {
            return None;
        }
        let mark = mark.map(str::to_owned);
        let fits = |decimal, groups| {
            let writing = Self { decimal, groups, mark: mark.clone() };
            texts.clone().all(|text| writing.read(text).is_some()).then_some(writing)
        };
        let first_of = |decimal: Decimal| {
            let other = if decimal == Decimal::Point { ',' } else { '.' };
            [None, Some(other), Some(' '), Some('\'')].into_iter().find_map(|groups| fits(decimal, groups))
        };
        match (first_of(Decimal::Point), first_of(Decimal::Comma)) {
            (Some(point), Some(comma)) => {
                let same = texts.clone().all(|text| point.read(text) == comma.read(text));
                Some((if usual == Some(Decimal::Comma) && !same { comma } else { point }, !same))
            }
            (one, other) => one.or(other).map(|writing| (writing, false)),
        }
    }

    /// Whether it is the usual way.
    pub(crate) fn is_plain(&self) -> bool {
        self.decimal == Decimal::Point && self.groups.is_none() && self.mark.is_none()
    }

    /// The number that a text is; none if it is not written in this way.
    pub(crate) fn read(&self, text: &str) -> Option<f64> {
        let Unmarked { negative, mark, body } = unmarked(text)?;
        if mark.is_some() && mark != self.mark.as_deref() {
            return None;
        }
        let (digits, exponent) = match body.find(['e', 'E']) {
            Some(at) => (&body[..at], &body[at..]),
            None => (body, ""),
        };
        let (whole, fraction) = match digits.split_once(self.decimal.sign()) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let mut plain = String::with_capacity(body.len() + 1);
        if negative {
            plain.push('-');
        }
        match self.groups {
            Some(separator) => {
                let is = |c: char| {
                    if separator == ' ' { is_blank(c) } else { c == separator || separator == '\'' && c == '’' }
                };
                let groups: Vec<&str> = whole.split(is).collect();
                let last = groups.len() - 1;
                let fits = |(i, group): (usize, &&str)| match i {
                    _ if last == 0 => true,
                    0 => (1..=3).contains(&group.len()) && !group.starts_with('0'),
                    // 1,23,456 as in India.
                    i => group.len() == 3 || i < last && group.len() == 2,
                };
                if !groups.iter().enumerate().all(fits) {
                    return None;
                }
                plain.extend(groups);
            }
            None if whole.bytes().all(|byte| byte.is_ascii_digit()) => plain.push_str(whole),
            None => return None,
        }
        if let Some(fraction) = fraction {
            plain.push('.');
            plain.push_str(fraction);
        }
        let is_plain = plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
            && fraction.is_none_or(|fraction| fraction.bytes().all(|byte| byte.is_ascii_digit()));
        plain.push_str(exponent);
        let is_plain = is_plain && plain.bytes().any(|byte| byte.is_ascii_digit());
        plain.parse().ok().filter(|value: &f64| is_plain && value.is_finite())
    }
}

/// Whether a text could be a number, written in some way.
pub(super) fn is_like_number(text: &str) -> bool {
    unmarked(text).is_some()
}

/// Whether it has a mark beside digits.
pub(super) fn is_marked(text: &str) -> bool {
    unmarked(text).is_some_and(|text| text.mark.is_some())
}

struct Unmarked<'a> {
    negative: bool,
    mark: Option<&'static str>,
    /// Digits with what stands between them.
    body: &'a str,
}

/// A number without its sign and its mark: `-$5`, `$-5`, `5 EUR`, `(5)`; none if it has more than digits besides.
fn unmarked(text: &str) -> Option<Unmarked<'_>> {
    let (mut rest, mut negative, mut mark) = (text.trim(), false, None);
    if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (rest, negative) = (inner.trim(), true);
    }
    let mut signed = false;
    loop {
        let sign = rest.chars().next()?;
        if !signed && !negative && matches!(sign, '-' | '−' | '+') {
            signed = true;
            negative = sign != '+';
            rest = rest[sign.len_utf8()..].trim_start();
        } else if let Some(found) = longest(|mark| rest.starts_with(mark)).filter(|_| mark.is_none()) {
            mark = Some(found);
            rest = rest[found.len()..].trim_start();
        } else {
            break;
        }
    }
    if let Some(found) = longest(|mark| rest.ends_with(mark)).filter(|_| mark.is_none()) {
        mark = Some(found);
        rest = rest[..rest.len() - found.len()].trim_end();
    }
    let is_digits =
        |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | 'e' | 'E' | '+' | '-') || is_blank(c);
    let begins = rest.chars().next().is_some_and(|c| c.is_ascii_digit() || c == '.' || c == ',');
    (begins && rest.chars().all(is_digits)).then_some(Unmarked { negative, mark, body: rest })
}

fn longest(fits: impl Fn(&str) -> bool) -> Option<&'static str> {
    MARKS.into_iter().filter(|mark| fits(mark)).max_by_key(|mark| mark.len())
}

/// Blanks that stand between thousands: also those that do not break, and thin ones.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(texts: &[&str]) -> Option<Vec<f64>> {
        let (writing, _) = Writing::of(texts.iter().copied(), None)?;
        Some(texts.iter().map(|text| writing.read(text).unwrap()).collect())
    }

    fn ambiguous(texts: &[&str], usual: Option<Decimal>) -> (Vec<f64>, bool) {
        let (writing, ambiguous) = Writing::of(texts.iter().copied(), usual).unwrap();
        (texts.iter().map(|text| writing.read(text).unwrap()).collect(), ambiguous)
    }

    #[test]
    fn thousands_decimals_and_marks() {
        let table: [(&[&str], &[f64]); 16] = [
            (&["786", "1,888", "12,345,678.5"], &[786.0, 1888.0, 12_345_678.5]),
            (&["786", "1.888", "12.345.678,5"], &[786.0, 1888.0, 12_345_678.5]),
            (&["950,5", "1.200", "2.400"], &[950.5, 1200.0, 2400.0]),
            (&["950.5", "1,200", "2,400"], &[950.5, 1200.0, 2400.0]),
            (&["1,5", "2,25", "-3"], &[1.5, 2.25, -3.0]),
            (&["$10,875", "$96,031.50"], &[10_875.0, 96_031.5]),
            (&["1 234,5 €", "7 €"], &[1234.5, 7.0]),
            (&["1\u{202f}234,5", "0,5"], &[1234.5, 0.5]),
            (&["12%", "3.5 %"], &[12.0, 3.5]),
            (&["1'234.50", "99.00"], &[1234.5, 99.0]),
            (&["-$5", "$-6", "($7)", "$8"], &[-5.0, -6.0, -7.0, 8.0]),
            (&["EUR 5", "6,5 EUR"], &[5.0, 6.5]),
            (&["R$ 1.234,00", "R$ 5,00"], &[1234.0, 5.0]),
            (&["1,23,456", "1,234"], &[123_456.0, 1234.0]),
            (&["−1,5", "1,5e3"], &[-1.5, 1500.0]),
            (&["$0", "12"], &[0.0, 12.0]),
        ];
        for (texts, numbers) in table {
            assert_eq!(read(texts).as_deref(), Some(numbers), "{texts:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for texts in [
            &["a"][..],
            &["1,2,3"],
            &["1.2.3"],
            &["$5", "€5"],
            &["5 kg"],
            &["1-2"],
            &["1 2"],
            &["B28, B30"],
            &["$"],
            &["%"],
            &["inf"],
            &["0,123,456"],
            &["1,234.5", "1.234,5"],
            &["192.168.0.1"],
            &["e5"],
            &["-"],
            &["50%", "0.5"],
        ] {
            assert_eq!(read(texts), None, "{texts:?}");
        }
    }

    #[test]
    fn a_comma_that_may_be_either_is_told() {
        assert_eq!(ambiguous(&["1,888", "2,752"], None), (vec![1888.0, 2752.0], true));
        assert_eq!(ambiguous(&["1,888", "2,752"], Some(Decimal::Comma)), (vec![1.888, 2.752], true));
        assert!(!ambiguous(&["1,888", "2,75"], None).1);
        assert!(!ambiguous(&["1,888", "1,234,567"], Some(Decimal::Comma)).1);
        assert_eq!(ambiguous(&["$5", "$6"], None), (vec![5.0, 6.0], false));
    }

    proptest! {
        #[test]
        fn every_way_reads_back(values in prop::collection::vec(-9_999_999_i32..9_999_999, 3..20), comma: bool) {
            let (decimal, group) = if comma { (',', '.') } else { ('.', ',') };
            let write = |value: &i32| {
                let (cents, whole) = ((value.abs() % 100), (value.abs() / 100).to_string());
                let mut grouped = String::new();
                for (i, c) in whole.chars().enumerate() {
                    if i > 0 && (whole.len() - i) % 3 == 0 {
                        grouped.push(group);
                    }
                    grouped.push(c);
                }
                format!("{}{grouped}{decimal}{cents:02}", if *value < 0 { "-" } else { "" })
            };
            let texts: Vec<String> = values.iter().map(write).collect();
            let (writing, _) = Writing::of(texts.iter().map(String::as_str), None).unwrap();
            for (text, value) in texts.iter().zip(&values) {
                let expected: f64 = format!("{}.{:02}", value / 100, value.abs() % 100).parse().unwrap();
                prop_assert_eq!(writing.read(text).unwrap().abs(), expected.abs());
            }
        }

        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,12}", other in "[0-9.,$% e-]{0,9}") {
            let _ = Writing::of([text.as_str(), other.as_str()].into_iter(), None);
        }
    }
}
