//! Loads a table once, for `bench/load.py`, which measures how much memory it takes.
//!
//! ```text
//! cargo run --release -p headstart-bench --bin load -- FILE LABEL
//! ```
//!
//! Prints the seconds that [`Dataset::load`] took, and how many samples and features there are.

use headstart::data::{DataSpec, Dataset};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(file), Some(label)) = (words.next(), words.next()) else {
        return Err("a file and the name of its label column are needed".into());
    };
    let spec =
        DataSpec { data: file, label: Some(label.parse().expect("a column")), test_share: 0.0, ..DataSpec::default() };
    let begin = Instant::now();
    let data = Dataset::load(&spec)?;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{seconds} {} {}", data.train.x.nrows(), data.train.x.ncols());
    Ok(())
}
