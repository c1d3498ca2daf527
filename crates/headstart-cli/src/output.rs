//! Standard output, for people and for pipes.

use serde::Serialize;
use std::io::{ErrorKind, Write};
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

/// Whoever reads may stop reading: that is no failure of ours.
fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        Err(error) => {
            eprintln!("headstart: standard output cannot be written: {error}");
            exit(1);
        }
    }
}
