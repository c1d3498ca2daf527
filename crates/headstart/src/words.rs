//! Numbers as people read them, and text of others that is safe to be shown.

use std::fmt::Write as _;

/// Text that is not ours (a name or a cell of a file, a key, a path), safe to be shown in a line: whatever could steer a
/// terminal or turn the direction of reading is escaped, line ends too, and what is long is cut at 60 characters.
///
/// Everything foreign that gets into a message or a table goes through this; [`printable`] is the net below it.
pub fn foreign(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == MOST {
            shown.push_str("...");
            break;
        }
        if c == '\n' || steers(c) { escape(c, &mut shown) } else { shown.push(c) }
    }
    shown
}

/// A text that is ours but for names in it, in one line and whole: for names that people gave themselves, as of files, and for
/// cells of tables.
pub fn in_a_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|c| if c == '\n' || steers(c) { escape(c, &mut shown) } else { shown.push(c) });
    shown
}

/// A file's name, whole.
pub fn path(path: &std::path::Path) -> String {
    in_a_line(&path.display().to_string())
}

/// What is wrong with a text in TOML, with its line; a line that is long is cut, what is wrong later than what it shows of the text.
pub fn toml_error(error: &toml::de::Error) -> String {
    const MOST: usize = 160;
    const MOST_OF_MESSAGE: usize = 1000;
    let text = error.to_string();
    let is_of_text = |line: &str| line.split_once('|').is_some_and(|(number, _)| number.trim().parse::<u64>().is_ok());
    let cut = |line: &str| {
        let most = if is_of_text(line) || line.trim_start().starts_with('|') { MOST } else { MOST_OF_MESSAGE };
        match line.char_indices().nth(most) {
            Some((end, _)) => format!("{}...", &line[..end]),
            None => line.to_owned(),
        }
    };
    text.trim_end().lines().map(|line| printable(&cut(line)).into_owned()).collect::<Vec<_>>().join("\n")
}

/// A whole text, of several lines perhaps, on its way to a terminal: what could steer it is escaped.
pub fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(steers) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|c| if steers(c) { escape(c, &mut shown) } else { shown.push(c) });
    shown.into()
}

/// Whether a character does something to a terminal other than to stand there: controls (but for the line end), and marks
/// that turn the direction of text or hide in it (Unicode's bidirectional controls: UAX #9; Boucher and Anderson 2021,
/// "Trojan Source").
pub(crate) fn steers(c: char) -> bool {
    c != '\n' && c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn escape(c: char, into: &mut String) {
    match c {
        '\n' | '\r' | '\t' => into.extend(c.escape_default()),
        _ => {
            // Writing into a string does not fail.
            let _ = write!(into, "\\u{{{:x}}}", u32::from(c));
        }
    }
}

/// A number with enough digits to tell it from its neighbours, in never more than nine characters. One that is none is a dash,
/// as in a table.
pub fn number(x: f64) -> String {
    match x.abs() {
        _ if x.is_nan() => "-".to_owned(),
        _ if x.is_infinite() => if x > 0.0 { "infinite" } else { "-infinite" }.to_owned(),
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => format!("{x:.2e}"),
        size if size >= 100.0 => format!("{x:.1}"),
        _ => format!("{x:.4}"),
    }
}

/// What must not be negative, roughly; where it is 0, that may be all that numbers hold of it.
pub fn least(x: f64) -> String {
    if x < 1e-308 { "below 1e-308".to_owned() } else { rough(x) }
}

/// A number of which three digits say enough.
pub fn rough(x: f64) -> String {
    match x.abs() {
        size if !size.is_finite() || size == 0.0 || !(1e-3..1e6).contains(&size) => {
            let text = number(x);
            text.replace(".00e", "e").replace(".0e", "e")
        }
        size => {
            let digits = (2 - size.log10().floor() as i32).max(0) as usize;
            let text = format!("{x:.digits$}");
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        }
    }
}

/// A share in per cent, with so many digits behind the point; a dash where there is none.
pub fn percent(share: f64, digits: usize) -> String {
    if share.is_finite() { format!("{:.digits$}%", 100.0 * share) } else { "-".to_owned() }
}

/// A whole number with commas between its thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let grouped: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|c| std::str::from_utf8(c).unwrap_or("")).collect();
    grouped.join(",")
}

/// So many things, one of which is called so.
pub fn many(n: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A number of steps of which two digits are known.
pub fn about(n: u64) -> String {
    let unit = 10_u64.pow(n.checked_ilog10().unwrap_or(0).saturating_sub(1));
    count((n + unit / 2) / unit * unit)
}

/// What cannot be said within a range, behind "cannot": `leave 0 to 1`.
pub fn leave(range: [f64; 2]) -> String {
    match range {
        [low, f64::INFINITY] => format!("go below {low}"),
        [low, high] => format!("leave {low} to {high}"),
    }
}

/// Lines of so many columns that are broken at blanks only.
pub(crate) fn whole_words(width: usize) -> textwrap::Options<'static> {
    let options = textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation);
    options.word_separator(textwrap::WordSeparator::AsciiSpace).break_words(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_meaning_in_few_characters() {
        for (x, text) in [(0.0, "0"), (1773.58, "1773.6"), (0.381, "0.3810"), (1e-9, "1.00e-9"), (f64::NAN, "-")] {
            assert_eq!(number(x), text);
        }
        for (x, text) in
            [(0.25, "0.25"), (1773.58, "1774"), (0.7131, "0.713"), (1e-9, "1e-9"), (200.0, "200"), (0.0, "0")]
        {
            assert_eq!(rough(x), text);
        }
    }

    #[test]
    fn what_numbers_do_not_hold_is_below_them() {
        assert_eq!([least(0.0), least(1e-310), least(9.78e-201)], ["below 1e-308", "below 1e-308", "9.78e-201"]);
    }

    #[test]
    fn what_is_no_number_is_said_in_words() {
        assert_eq!([number(f64::INFINITY), rough(f64::NEG_INFINITY), rough(f64::NAN)], ["infinite", "-infinite", "-"]);
        assert_eq!([percent(0.125, 1), percent(1.0, 0), percent(f64::NAN, 0)], ["12.5%", "100%", "-"]);
    }

    #[test]
    fn foreign_text_does_not_steer_the_terminal() {
        assert_eq!(foreign("caf\u{e9} \u{732b}"), "caf\u{e9} \u{732b}");
        assert_eq!(foreign("\x1b[31mred\n\t\x7f\u{9b}"), "\\u{1b}[31mred\\n\\t\\u{7f}\\u{9b}");
        assert_eq!(foreign("a\u{202e}b\u{2066}\u{feff}"), "a\\u{202e}b\\u{2066}\\u{feff}");
        assert_eq!(foreign(&"x".repeat(61)), "x".repeat(60) + "...");
        assert_eq!(foreign(&"x".repeat(60)), "x".repeat(60));
        assert_eq!(in_a_line(&format!("{}\n\x1b", "x".repeat(99))), "x".repeat(99) + "\\n\\u{1b}");
        let long = format!("a = 1\nb = '\u{9b}{}' x\n", "y".repeat(1000));
        let error = toml_error(&long.parse::<toml::Table>().unwrap_err());
        assert!(error.contains("line 2") && error.contains("\\u{9b}yyy"), "{error}");
        assert!(error.lines().all(|line| line.chars().count() < 180), "{error}");
        assert_eq!(printable("two\nlines\x1b]0;"), "two\nlines\\u{1b}]0;");
        assert!(matches!(printable("plain\n"), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([many(0, "seed"), many(1, "seed"), many(1_000, "seed")], ["0 seeds", "1 seed", "1,000 seeds"]);
    }

    #[test]
    fn steps_are_grouped_and_rounded() {
        assert_eq!(
            (count(0), count(999), count(15_000), count(1_234_567)),
            ("0".into(), "999".into(), "15,000".into(), "1,234,567".into())
        );
        assert_eq!((about(7), about(6_759), about(66_202)), ("7".into(), "6,800".into(), "66,000".into()));
    }
}
