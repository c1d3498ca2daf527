//! Tasks and runs as one JSON document, written while the runs end.

use crate::compare::Comparison;
use crate::run::Run;
use crate::task::Task;
use crate::words::steers;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{Result, Write};

/// Writes JSON that is safe wherever it is shown: a terminal is not steered, and a page's script or comment is not ended by what
/// a text says.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: impl Write, value: &(impl Serialize + ?Sized)) -> Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Safe))?)
}

/// The same as text.
pub fn text(value: &(impl Serialize + ?Sized)) -> String {
    let mut bytes = Vec::new();
    // Writing into memory does not fail, and what we tell in JSON can be told.
    let _ = write(&mut bytes, value);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Escapes more than JSON asks for.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c| steers(c) || c == '<') {
            out.write_all(&rest.as_bytes()[..at])?;
            let escaped = rest[at..].chars().next().unwrap_or_default();
            for unit in escaped.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + escaped.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

/// A document that is being written: `task`, then `runs`, then perhaps `cells`, `differences` and `settled`. A million
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

    /// Begins with the task, everything inferred filled in.
    ///
    /// # Errors
    /// If `out` cannot be written to; so for all methods.
    pub fn begin(&mut self, task: &Task) -> Result<()> {
        self.out.write_all(b"{\"task\":")?;
        write(&mut self.out, &task.describe())?;
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

    /// Ends the document, with what the runs say together.
    ///
    /// # Errors
    /// See [`Document::begin`].
    pub fn end(&mut self, comparison: Option<&Comparison>) -> Result<()> {
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
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::spec::TaskSpec;

    #[test]
    fn what_could_steer_a_terminal_or_end_a_script_is_escaped() {
        let hostile = "a\u{7f}\u{9b}\u{202e}\u{feff}</script><!-- \u{1b}\n\"caf\u{e9} \u{1f600}";
        let written = text(&[hostile]);
        assert_eq!(written, r#"["a\u007f\u009b\u202e\ufeff\u003c/script>\u003c!-- \u001b\n\"café 😀"]"#);
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [hostile]);
    }

    #[test]
    fn a_document_is_json_with_or_without_runs_and_cells() {
        let spec = TaskSpec::from_toml("[init]\nseeds = 3\n[data]\ndata = \"moons\"\n[training]\nsteps = 2\n").unwrap();
        let task = Task::new(spec).unwrap();
        let runs = task.run_all(1);
        for count in 0..=3 {
            let mut bytes = Vec::new();
            let mut document = Document::new(&mut bytes);
            document.begin(&task).unwrap();
            runs[..count].iter().for_each(|run| document.run(run).unwrap());
            document.end((count > 1).then(|| compare(&runs, Some(0.9))).as_ref()).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(value["runs"].as_array().unwrap().len(), count);
            assert_eq!(value["cells"].is_array(), count > 1);
            assert_eq!(value["task"]["training"]["steps"], 2);
        }
    }
}
