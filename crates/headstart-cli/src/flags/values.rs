//! Values of flags, read and checked.

use std::str::FromStr;

/// Whole numbers that a configuration file can hold.
pub fn whole<T: TryFrom<u64>>() -> impl Fn(&str) -> Result<T, String> + Clone {
    |text| {
        let number = text.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok());
        let is_long = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        let problem = if is_long {
            format!("it is at most {}", i64::MAX)
        } else {
            "a whole number from 0 on is needed, as in 10".to_owned()
        };
        number.and_then(|number| T::try_from(number).ok()).ok_or(problem)
    }
}

/// Text of the grammar that `T` reads.
pub fn checked<T: FromStr>(text: &str) -> Result<String, T::Err> {
    text.parse::<T>().map(|_| text.to_owned())
}

/// Two numbers with a comma between them.
pub fn pair<T: TryFrom<i64>>(text: &str) -> Result<[T; 2], String> {
    // More could not be written into a configuration file.
    let read = |part: &str| T::try_from(part.trim().parse().ok()?).ok();
    let both = text.split_once(',').and_then(|(a, b)| Some([read(a)?, read(b)?]));
    both.ok_or_else(|| {
        let most = i64::MAX;
        format!("two whole numbers up to {most} are needed, with a comma between them, as in 300,100")
    })
}

/// A number: what is none, or has no end, makes no sense anywhere.
pub fn finite(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        Ok(_) => Err("a finite number is needed".to_owned()),
        Err(_) => Err("that is not a number".to_owned()),
    }
}
