//! Tasks and runs as one JSON document, written while the runs end.

use crate::compare::Comparison;
use crate::executor::Device;
use crate::io::json::write;
use crate::run::Run;
use crate::task::Task;
use std::io::{Result, Write};

/// A document that is being written: `task`, perhaps `device`, then `runs`, then perhaps `cells`, `differences` and `settled`. A million
/// runs need no more memory than one.
#[derive(Debug)]
pub struct Document<W: Write> {
    out: W,
    runs: usize,
}

impl<W: Write> Document<W> {
    /// One that nothing is written of yet.
    pub fn new(out: W) -> Self {
        Self { out, runs: 0 }
    }

    /// Begins with the task, everything inferred filled in, and with what computes, where that is not the processor.
    ///
    /// # Errors
    /// If `out` cannot be written to; so for all methods.
    pub fn begin(&mut self, task: &Task, device: Option<&Device>) -> Result<()> {
        self.out.write_all(b"{\"task\":")?;
        write(&mut self.out, &task.describe())?;
        if let Some(device) = device {
            self.out.write_all(b",\"device\":")?;
            write(&mut self.out, device)?;
        }
        self.out.write_all(b",\"runs\":[")
    }

    /// One more run.
    ///
    /// # Errors
    /// See [`Document::begin`].
    pub fn run(&mut self, run: &Run) -> Result<()> {
        if self.runs > 0 {
            self.out.write_all(b",")?;
        }
        self.runs += 1;
        write(&mut self.out, run)
    }

    /// Ends the document, with what the runs say together, and gives back what it was written to.
    ///
    /// # Errors
    /// See [`Document::begin`].
    pub fn end(mut self, comparison: Option<&Comparison>) -> Result<W> {
        self.out.write_all(b"]")?;
        if let Some(Comparison { cells, differences, settled }) = comparison {
            self.out.write_all(b",\"cells\":")?;
            write(&mut self.out, cells)?;
            self.out.write_all(b",\"differences\":")?;
            write(&mut self.out, differences)?;
            if let Some(settled) = settled {
                self.out.write_all(b",\"settled\":")?;
                write(&mut self.out, settled)?;
            }
        }
        self.out.write_all(b"}")?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::spec::TaskSpec;

    #[test]
    fn a_document_is_json_with_or_without_runs_and_cells() {
        let spec = TaskSpec::from_toml("[init]\nseeds = 3\n[data]\ndata = \"moons\"\n[training]\nsteps = 2\n").unwrap();
        let task = Task::new(spec).unwrap();
        let runs = task.run_all(1);
        for count in 0..=3 {
            let mut bytes = Vec::new();
            let mut document = Document::new(&mut bytes);
            document.begin(&task, None).unwrap();
            runs[..count].iter().for_each(|run| document.run(run).unwrap());
            document.end((count > 1).then(|| compare(&runs, Some(0.9))).as_ref()).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(value["runs"].as_array().unwrap().len(), count);
            assert_eq!(value["cells"].is_array(), count > 1);
            assert_eq!(value["task"]["training"]["steps"], 2);
        }
    }
}
