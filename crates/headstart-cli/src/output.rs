//! Standard output and standard error, for people and for pipes: the only place that writes to them.

use crate::answer::Answer;
use headstart::error::Error;
use headstart::io::Unwritten;
use headstart::report::table;
use headstart::words::printable;
use std::ffi::OsString;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};

/// Prints text.
///
/// # Errors
/// If standard output cannot be written; so for all that prints. That nobody reads any more is no error.
pub fn text(text: &str) -> Result<(), Error> {
    print(|out| out.write_all(printable(text).as_bytes()))
}

/// Prints text, parts of it in bold where standard output is a terminal that has that.
pub fn text_with_bold(text: &str, parts: &[&str]) -> Result<(), Error> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_bold = std::io::stdout().is_terminal()
        && !is_set("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let mut shown = printable(text).into_owned();
    for part in parts.iter().filter(|part| has_bold && !part.is_empty()) {
        let part = printable(part);
        shown = shown.replacen(&*part, &format!("\x1b[1m{part}\x1b[0m"), 1);
    }
    print(|out| out.write_all(shown.as_bytes()))
}

/// Prints an answer as one JSON document and a line end.
pub fn json(answer: &dyn Answer) -> Result<(), Error> {
    print(|out| {
        answer.json(&mut *out)?;
        out.write_all(b"\n")
    })
}

/// Says something to the person at the terminal, in lines as long as those on standard output. If nobody hears it, the work goes
/// on. The middle of what nobody would read to its end is left out.
pub fn say(message: &str) {
    const MOST: usize = 3000;
    let at = |n: usize| message.char_indices().nth(n).map(|(at, _)| at);
    match (at(MOST * 2 / 3), at(MOST)) {
        (Some(end), Some(_)) => {
            let last = message.char_indices().rev().nth(MOST / 3).map_or(end, |(at, _)| at);
            line(&broken(&format!("headstart: {} [...] {}", &message[..end], &message[last..])));
        }
        _ => line(&broken(&format!("headstart: {message}"))),
    }
}

/// A text whose long lines are broken, but for those that show a file's: marks below them point into them.
fn broken(text: &str) -> String {
    let shows_a_file = |line: &str| {
        let before = line.split_once('|').map(|(before, _)| before.trim());
        before.is_some_and(|before| before.chars().all(|c| c.is_ascii_digit()))
    };
    let one = |line: &str| if shows_a_file(line) { format!("{line}\n") } else { table::wrapped(line) };
    text.lines().map(one).collect::<String>().trim_end().to_owned()
}

/// Takes away what stands in the line of standard error, as a bar of progress, where that is a terminal.
pub fn clear_line() {
    if std::io::stderr().is_terminal() {
        let _ = std::io::stderr().write_all(b"\r\x1b[2K");
    }
}

/// A line on standard error.
pub fn line(text: &str) {
    let _ = std::io::stderr().write_all(format!("{}\n", printable(text)).as_bytes());
}

/// Says where the program is wrong, if it is, by the same way as everything else.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        line(&format!("{panic}"));
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            line(&backtrace.to_string());
        }
        say("that is a mistake in the program, not in what was asked; please report it");
    }));
}

/// Prints what clap has to say: help and version, or what is wrong with the arguments.
pub fn clap(error: &clap::Error, arguments: &[OsString]) -> Result<(), Error> {
    // In its colours, unless the arguments that it repeats have some of their own.
    let is_plain = arguments.iter().all(|argument| argument.to_str().is_some_and(|text| printable(text) == text));
    let text = error.render().to_string();
    let written = match error.use_stderr() {
        true if is_plain && broken(&text) == text.trim_end() => error.print(),
        true => {
            line(&broken(&text));
            Ok(())
        }
        false if is_plain => error.print(),
        false => std::io::stdout().write_all(printable(&text).as_bytes()),
    };
    if error.use_stderr() { Ok(()) } else { said(written.and_then(|()| std::io::stdout().flush())) }
}

fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), Error> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    said(write(&mut out).and_then(|()| out.flush()))
}

/// What came of printing. Whoever reads may stop reading: that is no failure of ours.
pub fn said(written: std::io::Result<()>) -> Result<(), Error> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|source| Error::Write(Unwritten { path: "standard output".to_owned(), source })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_names_of_files_and_what_a_file_shows_stay_whole() {
        let long = format!("note: /home/someone/{}-with-a-long-name.csv: it is read", "a-folder/".repeat(9));
        let text = format!("{} end\n12 | {}\n   | ^^^\n{long}", "some words ".repeat(12), "x ".repeat(60));
        let lines = broken(&text);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines.len(), 7, "{lines:#?}");
        assert!(lines[..2].iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
        assert!(lines[2].starts_with("12 | x x") && lines[3] == "   | ^^^", "{lines:#?}");
        assert!(lines[5].ends_with("-with-a-long-name.csv:") && lines[6] == "it is read", "{lines:#?}");
    }
}
