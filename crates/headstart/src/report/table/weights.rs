//! A file of weights.

use crate::report::document::{Block, Column, Document, Snippet, Table};
use crate::weights::Written;
use crate::words::foreign;

/// A file of weights: what it is, what is in it, and the Python that takes it in.
pub fn weights(written: &Written, python: &str) -> Document {
    let about = |key: &str| written.metadata.get(key).map_or("", String::as_str);
    let head = format!(
        "{}: {}, seed {}, layers {}, {}; {} names, {}",
        written.file,
        about("init"),
        about("seed"),
        about("layers"),
        about("activation"),
        about("naming"),
        about("dtype")
    );
    let rows = written.tensors.iter().map(|tensor| {
        let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
        vec![foreign(&tensor.name).into(), shape.join(" x ").into()]
    });
    let table = Table::new(vec![Column::left("tensor"), Column::right("shape")], rows);
    let code = Snippet { framework: String::new(), code: python.to_owned() };
    Document {
        title: format!("Weights in {}", written.file),
        answer: head,
        blocks: vec![Block::Table(table), Block::Code(vec![code])],
        ..Document::default()
    }
}
