//! What is written of runs, and what tells whether it is read as it was written.

use crate::data::{Samples, Targets};
use crate::run::{Figures, Record};
use crate::study::Row;
use crate::task::Task;
use twox_hash::{XxHash3_64, XxHash3_128};

/// What tells one data set from another: 128 bits of its shapes, features and targets (`XXH3`).
pub fn fingerprint(task: &Task) -> String {
    let mut hash = XxHash3_128::new();
    let mut add = |samples: &Samples| {
        hash.write(&(samples.x.nrows() as u64).to_le_bytes());
        hash.write(&(samples.x.ncols() as u64).to_le_bytes());
        samples.x.iter().for_each(|x| hash.write(&x.to_bits().to_le_bytes()));
        match &samples.y {
            Targets::Classes(classes) => classes.iter().for_each(|class| hash.write(&(*class as u64).to_le_bytes())),
            Targets::Values(values) => values.iter().for_each(|y| hash.write(&y.to_bits().to_le_bytes())),
        }
    };
    add(&task.dataset.train);
    task.dataset.test.iter().for_each(&mut add);
    format!("{:032x}", hash.finish_128())
}

/// What tells whether a row is read as it was written: all of it but the trace, as the file has it.
pub fn checksum(row: &Row) -> i64 {
    // No number is the same as any other no number, and SQLite knows no negative zero.
    let bits = |x: f64| if x.is_nan() { f64::NAN.to_bits() } else { (x + 0.0).to_bits() };
    let or_none = |x: Option<u64>| [u64::from(x.is_some()), x.unwrap_or(0)];
    let of = |figures: Option<Figures>| {
        let [there, accuracy] = or_none(figures.and_then(|figures| figures.accuracy).map(bits));
        [bits(figures.map_or(f64::NAN, |figures| figures.loss)), there, accuracy]
    };
    let [reached, at] = or_none(row.reached);
    let (train, test) = (of(Some(row.train)), of(row.test));
    let numbers = [
        [row.run, row.seed, u64::from(row.finished)],
        [row.steps, reached, at],
        train,
        test,
        [bits(row.convergence), u64::from(row.test.is_some()), 0],
    ];
    let mut bytes = [0; 8 * 15];
    for (to, number) in bytes.chunks_exact_mut(8).zip(numbers.into_iter().flatten()) {
        to.copy_from_slice(&number.to_le_bytes());
    }
    XxHash3_64::oneshot(&bytes).cast_signed()
}

/// The same for what a store says of its study.
pub fn checksum_of_texts(texts: &[String]) -> String {
    format!("{:016x}", XxHash3_64::oneshot(texts.join("\0").as_bytes()))
}

/// Step and loss of every record, 8 bytes each, low byte first; and a checksum.
pub fn write_trace(trace: &[Record]) -> Vec<u8> {
    let pairs = trace.iter().flat_map(|record| [(record.step as u64).to_le_bytes(), record.loss.to_le_bytes()]);
    let mut bytes: Vec<u8> = pairs.flatten().collect();
    bytes.extend(XxHash3_64::oneshot(&bytes).to_le_bytes());
    bytes
}

/// The trace; none if it is not what was written.
pub fn read_trace(bytes: &[u8]) -> Option<Vec<Record>> {
    let (bytes, checksum) = bytes.split_last_chunk::<8>()?;
    if XxHash3_64::oneshot(bytes) != u64::from_le_bytes(*checksum) {
        return None;
    }
    let (numbers, _) = bytes.as_chunks::<8>();
    let (pairs, _) = numbers.as_chunks::<2>();
    let of = |[step, loss]: &[[u8; 8]; 2]| Record {
        step: u64::from_le_bytes(*step) as usize,
        loss: f64::from_le_bytes(*loss),
    };
    Some(pairs.iter().map(of).collect())
}
