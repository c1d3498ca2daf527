//! Standard output and standard error, for people and for pipes: the only place that writes to them.

use crate::answer::Answer;
use anstream::{AutoStream, ColorChoice};
use headstart::error::Error;
use headstart::io::Unwritten;
use headstart::report::terminal::{self, Paper};
use headstart::words::printable;
use std::ffi::OsString;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use terminal_size::Width;

/// Prints text.
///
/// # Errors
/// If standard output cannot be written; so for all that prints. That nobody reads any more is no error.
pub fn text(text: &str) -> Result<(), Error> {
    print(|out| out.write_all(printable(text).as_bytes()))
}

/// Prints an answer for people, as wide as the terminal is, and in colours where there are any: not in a pipe or a dumb terminal, unless
/// `CLICOLOR_FORCE` asks for them, and never where `NO_COLOR` is set.
pub fn answer(answer: &dyn Answer) -> Result<(), Error> {
    let choice = AutoStream::choice(&std::io::stdout());
    let text = answer.text(&paper(&std::io::stdout()).coloured(choice != ColorChoice::Never));
    // An old console of Windows is told its colours in another way.
    let mut out = AutoStream::new(std::io::stdout().lock(), choice);
    said(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// As wide as the terminal that something is shown at, if it is one.
fn paper(stream: &impl IsTerminal) -> Paper {
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    let columns = || terminal_size::terminal_size().map(|(Width(columns), _)| usize::from(columns)).or_else(said);
    if stream.is_terminal() { Paper::terminal(columns().unwrap_or(Paper::USUAL)) } else { Paper::plain() }
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
    let columns = paper(&std::io::stderr()).columns();
    let shows_a_file = |line: &str| {
        let before = line.split_once('|').map(|(before, _)| before.trim());
        before.is_some_and(|before| before.chars().all(|c| c.is_ascii_digit()))
    };
    let one = |line: &str| if shows_a_file(line) { format!("{line}\n") } else { terminal::wrapped(line, columns) };
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
