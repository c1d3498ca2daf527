//! Standard output, for people and for pipes.

use headstart::compare::Comparison;
use headstart::report::json;
use headstart::run::Run;
use headstart::task::Task;
use serde::Serialize;
use std::io::{BufWriter, ErrorKind, StdoutLock, Write};
use std::process::exit;

/// Prints text.
pub fn text(text: &str) {
    print(|out| out.write_all(text.as_bytes()));
}

/// Prints one JSON document and a line end.
pub fn json(value: &impl Serialize) {
    print(|out| {
        serde_json::to_writer(&mut *out, value)?;
        out.write_all(b"\n")
    });
}

/// A JSON document about a task, printed while its runs end.
pub struct Document(json::Document<BufWriter<StdoutLock<'static>>>);

impl Document {
    /// Prints the task.
    pub fn begin(task: &Task) -> Self {
        Self(or_exit(json::Document::begin(BufWriter::new(std::io::stdout().lock()), task)))
    }

    /// Prints a run.
    pub fn run(&mut self, run: &Run) {
        or_exit(self.0.run(run));
    }

    /// Prints what the runs say together, and the end.
    pub fn end(self, comparison: Option<&Comparison>) {
        or_exit(self.0.end(comparison));
    }
}

fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
    let mut out = BufWriter::new(std::io::stdout().lock());
    or_exit(write(&mut out).and_then(|()| out.flush()));
}

/// Whoever reads may stop reading: that is no failure of ours.
fn or_exit<T>(result: std::io::Result<T>) -> T {
    result.unwrap_or_else(|error| {
        if error.kind() == ErrorKind::BrokenPipe {
            exit(0);
        }
        eprintln!("headstart: standard output cannot be written: {error}");
        exit(1);
    })
}
