//! JSON that is safe wherever it is shown.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_or_end_a_script_is_escaped() {
        let hostile = "a\u{7f}\u{9b}\u{202e}\u{feff}</script><!-- \u{1b}\n\"caf\u{e9} \u{1f600}";
        let written = text(&[hostile]);
        assert_eq!(written, r#"["a\u007f\u009b\u202e\ufeff\u003c/script>\u003c!-- \u001b\n\"café 😀"]"#);
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [hostile]);
    }
}
