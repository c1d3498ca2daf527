//! Where numbers are along an axis, and which of them are told.

use super::picture::{Axis, Kind};

/// A number along an axis: where it is, and what stands there.
pub type Tick = (f64, String);

/// An axis between two places.
#[derive(Clone, Debug)]
pub struct Scale<'a> {
    axis: &'a Axis,
    /// The pixels at the two ends of the range.
    pixels: [f64; 2],
}

impl<'a> Scale<'a> {
    /// An axis whose ends are at these pixels.
    pub fn new(axis: &'a Axis, pixels: [f64; 2]) -> Self {
        Self { axis, pixels }
    }

    /// Where a number is; at the end of the axis if it is beyond, or infinite. None if it is not a number.
    pub fn at(&self, number: f64) -> Option<f64> {
        let [low, high] = self.axis.range;
        let share = match self.axis.kind {
            Kind::Log if number <= 0.0 => 0.0,
            Kind::Log => (number / low).ln() / (high / low).ln(),
            _ => (number - low) / (high - low),
        };
        let [from, to] = self.pixels;
        (!share.is_nan()).then(|| from + (to - from) * share.clamp(0.0, 1.0))
    }

    /// The numbers that are told: as many as have room, by a rule that says whether these have.
    pub fn ticks(&self, have_room: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
        let placed = |numbers: Vec<Tick>| -> Vec<Tick> {
            numbers.into_iter().filter_map(|(number, text)| Some((self.at(number)?, text))).collect()
        };
        let mut last = Vec::new();
        for numbers in candidates(self.axis) {
            let mut ticks = placed(numbers);
            if have_room(&ticks) {
                return ticks;
            }
            last.clone_from(&ticks);
            // Often it is only the last one that would stand over the end.
            if ticks.len() > 3 {
                ticks.pop();
                if have_room(&ticks) {
                    return ticks;
                }
            }
        }
        // The fewest are too many: the first alone, or none.
        last.truncate(1);
        if have_room(&last) { last } else { Vec::new() }
    }
}

/// Numbers that could be told, the most of them first.
fn candidates(axis: &Axis) -> Vec<Vec<(f64, String)>> {
    let [low, high] = axis.range;
    match &axis.kind {
        Kind::Names(names) => vec![names.iter().enumerate().map(|(i, name)| (i as f64 + 0.5, name.clone())).collect()],
        Kind::Whole => even(low, high).into_iter().filter(|(step, _)| *step >= 1.0).map(|(_, of)| of).collect(),
        Kind::Linear => even(low, high).into_iter().map(|(_, of)| of).collect(),
        Kind::Log => {
            let decades = (high / low).log10();
            let mut all = Vec::new();
            if decades < 1.0 {
                // Hardly a power of ten: round numbers, as on an even axis.
                all.extend(even(low, high).into_iter().map(|(_, of)| of));
            }
            if decades < 4.0 {
                all.push(mantissas(low, high, &[1.0, 2.0, 5.0]));
                all.push(mantissas(low, high, &[1.0, 3.0]));
            }
            for every in [1, 2, 3, 5, 10, 20, 50, 100, 200] {
                let of = powers(low, high, every);
                if of.len() >= 2 {
                    all.push(of);
                }
            }
            all.retain(|of| of.len() >= 2);
            if all.is_empty() {
                all.extend(even(low, high).into_iter().map(|(_, of)| of));
            }
            all
        }
    }
}

/// Numbers at distances of 1, 2 or 5 and zeros, for each such distance that leaves two to ten of them.
fn even(low: f64, high: f64) -> Vec<(f64, Vec<(f64, String)>)> {
    let unit = ((high - low) / 10.0).log10().floor();
    let mut all = Vec::new();
    for power in 0..=2 {
        for mantissa in [1.0, 2.0, 5.0] {
            let exponent = unit as i32 + power;
            let step: f64 = format!("{mantissa}e{exponent}").parse().unwrap_or(1.0);
            let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
            let count = last - first + 1;
            if !(2..=11).contains(&count) {
                continue;
            }
            let digits = usize::try_from(-exponent).unwrap_or(0);
            let largest = first.abs().max(last.abs()) as f64 * step;
            let number = |i: i64| (i as f64 * step, told(i as f64 * step, digits, largest));
            all.push((step, (first..=last).map(number).collect()));
        }
    }
    all
}

/// A number with so many digits behind the point; large ones with commas, very large and very small ones as a multiple of a power.
fn told(number: f64, digits: usize, largest: f64) -> String {
    let number = if number == 0.0 { 0.0 } else { number };
    if number != 0.0 && (largest >= 1e7 || digits > 5) {
        return power_of(number);
    }
    let text = format!("{:.digits$}", number.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), String::new()), |(w, r)| (w, format!(".{r}")));
    let whole = if whole.len() > 4 || (whole.len() > 3 && largest >= 1e4) {
        crate::words::count(whole.parse().unwrap_or(0))
    } else {
        whole.to_owned()
    };
    let sign = if number < 0.0 { "−" } else { "" };
    format!("{sign}{whole}{rest}")
}

/// A number as a multiple of a power of ten.
fn power_of(number: f64) -> String {
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa: f64 = mantissa.parse().unwrap_or(1.0);
    let power = format!("10{}", raised(exponent.parse().unwrap_or(0)));
    let rounded = format!("{:.2}", mantissa.abs());
    let rounded = rounded.trim_end_matches('0').trim_end_matches('.');
    let sign = if number < 0.0 { "−" } else { "" };
    if rounded == "1" { format!("{sign}{power}") } else { format!("{sign}{rounded}·{power}") }
}

/// A whole number in small raised figures.
fn raised(number: i32) -> String {
    let figure = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => char::from_u32(u32::from('⁰') + c.to_digit(10).unwrap_or(0)).unwrap_or(c),
    };
    number.to_string().chars().map(figure).collect()
}

/// Powers of ten between two numbers, every so many.
fn powers(low: f64, high: f64, every: i32) -> Vec<(f64, String)> {
    let (first, last) = ((low.log10() - 1e-9).ceil() as i32, (high.log10() + 1e-9).floor() as i32);
    // Plain numbers, where all of them are short.
    let is_plain = first >= -3 && last <= 4;
    let number = |exponent: i32| {
        let text = if is_plain { plain(exponent, 1.0, high) } else { format!("10{}", raised(exponent)) };
        (power(exponent), text)
    };
    (first..=last).filter(|exponent| exponent % every == 0).map(number).collect()
}

/// Multiples of powers of ten between two numbers.
fn mantissas(low: f64, high: f64, of: &[f64]) -> Vec<(f64, String)> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let all = (first..=last).flat_map(|exponent| of.iter().map(move |mantissa| (exponent, *mantissa)));
    let is_plain = first >= -4 && last <= 5;
    let number = |(exponent, mantissa): (i32, f64)| {
        let number = mantissa * power(exponent);
        (number, if is_plain { plain(exponent, mantissa, high) } else { power_of(number) })
    };
    all.map(number).filter(|(number, _)| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(number)).collect()
}

fn plain(exponent: i32, mantissa: f64, largest: f64) -> String {
    told(mantissa * power(exponent), usize::try_from(-exponent).unwrap_or(0), largest)
}

/// A power of ten, to the last bit.
fn power(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(kind: Kind, range: [f64; 2], most: usize) -> Vec<String> {
        let axis = Axis { title: String::new(), kind, range };
        let scale = Scale::new(&axis, [0.0, 100.0]);
        scale.ticks(|of| of.len() <= most).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn numbers_that_are_told_are_round() {
        assert_eq!(ticks(Kind::Linear, [0.0, 1.02], 6), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(ticks(Kind::Linear, [0.0, 15000.0], 6), ["0", "5,000", "10,000", "15,000"]);
        assert_eq!(ticks(Kind::Linear, [-0.1, 0.1], 5), ["−0.10", "−0.05", "0.00", "0.05", "0.10"]);
        assert_eq!(ticks(Kind::Linear, [0.0, 4e8], 5), ["0", "10⁸", "2·10⁸", "3·10⁸", "4·10⁸"]);
        assert_eq!(ticks(Kind::Whole, [1.0, 3.0], 9), ["1", "2", "3"]);
        assert_eq!(ticks(Kind::Log, [1e-3, 1e4], 9), ["0.001", "0.01", "0.1", "1", "10", "100", "1,000", "10,000"]);
        assert_eq!(ticks(Kind::Log, [1e-12, 1e3], 9), ["10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "10⁰", "10²"]);
        assert_eq!(ticks(Kind::Log, [0.05, 2.0], 9), ["0.05", "0.1", "0.2", "0.5", "1", "2"]);
        assert_eq!(ticks(Kind::Log, [0.62, 0.70], 5), ["0.62", "0.64", "0.66", "0.68", "0.70"]);
    }

    #[test]
    fn what_is_beyond_is_at_the_end_and_what_is_no_number_is_nowhere() {
        let axis = Axis { title: String::new(), kind: Kind::Log, range: [0.01, 100.0] };
        let scale = Scale::new(&axis, [0.0, 100.0]);
        assert_eq!(scale.at(1.0), Some(50.0));
        assert_eq!((scale.at(0.0), scale.at(f64::INFINITY), scale.at(f64::NAN)), (Some(0.0), Some(100.0), None));
    }
}
