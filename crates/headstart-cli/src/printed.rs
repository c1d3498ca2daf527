//! Runs that are printed while they end.

use crate::answer::Answer;
use crate::ask::Hearer;
use crate::output::said;
use headstart::error::Error;
use headstart::executor::Device;
use headstart::report::json;
use headstart::run::Run;
use headstart::task::Task;
use std::io::{BufWriter, StdoutLock, Write};

/// Runs that are printed as part of a JSON document while they end, if JSON is what is printed.
pub struct Printed {
    is_json: bool,
    document: Option<json::Document<BufWriter<StdoutLock<'static>>>>,
    /// What went wrong; nothing more is printed then. [`Printed::end`] tells it: files that were asked for are written all the same.
    written: std::io::Result<()>,
}

impl Printed {
    /// Nothing is printed yet, and nothing will be before the end unless it is JSON.
    pub fn new(is_json: bool) -> Self {
        Self { is_json, document: None, written: Ok(()) }
    }

    /// Whether a document was begun.
    pub fn has_begun(&self) -> bool {
        self.document.is_some()
    }

    /// Prints what the runs say together, and the end.
    pub fn end(self, answer: &dyn Answer) -> Result<(), Error> {
        let Self { document, written, .. } = self;
        let end = |document: json::Document<BufWriter<StdoutLock<'static>>>| {
            let mut out = document.end(answer.comparison())?;
            out.write_all(b"\n")?;
            out.flush()
        };
        said(written.and_then(|()| document.map_or(Ok(()), end)))
    }
}

impl Hearer for Printed {
    fn begin(&mut self, task: &Task, device: Option<&Device>) {
        if self.is_json {
            let mut document = json::Document::new(BufWriter::new(std::io::stdout().lock()));
            self.written = document.begin(task, device);
            self.document = Some(document);
        }
    }

    fn run(&mut self, run: &Run) -> bool {
        if let (Some(document), Ok(())) = (&mut self.document, &self.written) {
            self.written = document.run(run);
        }
        self.written.is_ok()
    }

    fn has_traces(&self) -> bool {
        self.is_json
    }

    fn keeps_answer(&self) -> bool {
        false
    }
}
