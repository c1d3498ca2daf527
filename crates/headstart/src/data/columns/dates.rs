//! Dates and times in text.

use super::look::levels_there;
use crate::data::content::Names;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// Dates, as chrono writes their forms. Where a day and a month can be told apart by no date of a column, the first form counts.
const DATES: [&str; 17] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %B %Y",
    "%d-%B-%Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%d.%m.%y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d-%B-%y",
    "%a, %d %B %Y",
];

/// Times, behind a date or alone.
const TIMES: [&str; 4] = ["%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p"];

/// Zones behind them.
const ZONES: [&str; 4] = ["", "Z", "%#z", " %#z"];

/// What a form is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// A date, perhaps with a time.
    Date,
    /// A time of the day alone.
    Time,
}

/// The form that all of some texts have, and whether another one, with other dates, would do as well. None if they are no dates.
#[allow(clippy::needless_pass_by_value, reason = "iterators are small, and made where they are passed")]
pub(super) fn form_of<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Option<(String, bool)> {
    let first = texts.clone().next()?;
    // Of most columns the first text tells that they are none.
    if !(4..=40).contains(&first.len()) || !first.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut forms: Vec<String> = forms().filter(|form| read(form, first).is_some()).collect();
    for text in texts.clone() {
        if forms.is_empty() {
            return None;
        }
        forms.retain(|form| read(form, text).is_some());
    }
    let first = forms.first()?;
    let differs = |form: &String| texts.clone().any(|text| read(form, text) != read(first, text));
    let is_ambiguous = forms.iter().skip(1).any(differs);
    Some((first.clone(), is_ambiguous))
}

/// The form that most of some texts have, by the first ones.
pub(super) fn form_of_most(texts: &[&str]) -> Option<String> {
    const FIRST: usize = 20;
    let first = &texts[..texts.len().min(FIRST)];
    let read_by = |form: &String| first.iter().filter(|text| read(form, text).is_some()).count();
    let mut best = (first.len() / 2, None);
    for form in forms() {
        let count = read_by(&form);
        if count > best.0 {
            best = (count, Some(form));
        }
    }
    best.1
}

/// Whether names are all of them days.
pub(crate) fn are_dates(names: &Names) -> bool {
    let there = levels_there(names);
    there.len() > 2 && form_of(there.into_iter()).is_some_and(|(form, _)| scope(&form) == Scope::Date)
}

/// All forms: dates, dates with times and zones, times.
fn forms() -> impl Iterator<Item = String> {
    let with_time = |date: &'static str| {
        let of = move |time| ["T", " "].into_iter().map(move |between| format!("{date}{between}{time}"));
        TIMES.into_iter().flat_map(of).flat_map(|form| ZONES.into_iter().map(move |zone| format!("{form}{zone}")))
    };
    DATES.into_iter().map(str::to_owned).chain(DATES.into_iter().flat_map(with_time)).chain(TIMES.map(str::to_owned))
}

/// What a form is of.
pub(super) fn scope(form: &str) -> Scope {
    if TIMES.contains(&form) { Scope::Time } else { Scope::Date }
}

/// Whether texts of a form say how far their clocks are from UTC, by which they are moved there.
pub(super) fn has_zone(form: &str) -> bool {
    form.ends_with("%#z")
}

/// Seconds since 1970-01-01 00:00 UTC, or since midnight for times alone; none if the text is not of this form.
pub(super) fn read(form: &str, text: &str) -> Option<f64> {
    let seconds = |time: NaiveTime| {
        use chrono::Timelike as _;
        f64::from(time.num_seconds_from_midnight()) + f64::from(time.nanosecond()) / 1e9
    };
    let of_moment =
        |moment: DateTime<chrono::Utc>| moment.timestamp() as f64 + f64::from(moment.timestamp_subsec_nanos()) / 1e9;
    if scope(form) == Scope::Time {
        return NaiveTime::parse_from_str(text, form).ok().map(seconds);
    }
    // chrono takes years of any length, so that "1.2.3" would be one.
    let digits = text.split(|c: char| !c.is_ascii_digit()).map(str::len);
    if form.contains("%Y") != digits.clone().any(|run| run == 4) || digits.clone().any(|run| run > 9) {
        return None;
    }
    // Nor is "1.2.3" one of a year of one digit.
    if form.contains("%y")
        && text.split(|c: char| !c.is_ascii_digit()).nth(2).is_none_or(|year| year.len() != 2)
        && !form.contains("%B")
    {
        return None;
    }
    if has_zone(form) {
        return DateTime::parse_from_str(text, form).ok().map(|moment| of_moment(moment.to_utc()));
    }
    if form.contains("%M") {
        return NaiveDateTime::parse_from_str(text, form).ok().map(|moment| of_moment(moment.and_utc()));
    }
    NaiveDate::parse_from_str(text, form).ok().map(|date| of_moment(date.and_time(NaiveTime::MIN).and_utc()))
}

/// The day of so many seconds since 1970-01-01, for people.
pub(crate) fn day(seconds: f64) -> String {
    match DateTime::from_timestamp(seconds.clamp(-8e12, 8e12) as i64, 0) {
        Some(moment) => moment.format("%Y-%m-%d").to_string(),
        None => format!("{seconds} seconds from 1970-01-01"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(texts: &[&str]) -> Option<(Vec<f64>, bool)> {
        let (form, ambiguous) = form_of(texts.iter().copied())?;
        Some((texts.iter().map(|text| read(&form, text).unwrap()).collect(), ambiguous))
    }

    #[test]
    fn dates_and_times() {
        const DAY: f64 = 86_400.0;
        let table: [(&[&str], &[f64], bool); 13] = [
            (&["1970-01-02", "2000-03-01"], &[DAY, 11_017.0 * DAY], false),
            (&["1912-01-13"], &[-21_173.0 * DAY], false),
            (&["02.01.1970", "1.2.1970"], &[DAY, 31.0 * DAY], false),
            (&["01/02/1970", "01/03/1970"], &[DAY, 2.0 * DAY], true),
            (&["02/01/1970", "31/01/1970"], &[DAY, 30.0 * DAY], false),
            (&["1/13/1970"], &[12.0 * DAY], false),
            (&["2 Jan 1970", "1 Feb 1970"], &[DAY, 31.0 * DAY], false),
            (&["January 2, 1970"], &[DAY], false),
            (&["1970-01-02T00:00:01Z"], &[DAY + 1.0], false),
            (&["1970-01-02 00:00:01.5"], &[DAY + 1.5], false),
            (&["1970-01-02T01:00:00+01:00"], &[DAY], false),
            (&["12:30", "00:01"], &[45_000.0, 60.0], false),
            (&["1970-01-02 12:00 AM"], &[DAY], false),
        ];
        for (texts, expected, ambiguous) in table {
            assert_eq!(seconds(texts), Some((expected.to_vec(), ambiguous)), "{texts:?}");
        }
        assert_eq!(day(-21_173.0 * DAY), "1912-01-13");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for texts in [
            &["cat"][..],
            &["1.2.3"],
            &["2020-13-01"],
            &["2020-01-01", "soon"],
            &["31/02/2020"],
            &["192.168.0.1"],
            &["3:99"],
            &[],
        ] {
            assert_eq!(seconds(texts), None, "{texts:?}");
        }
    }
}
