//! One pass over a tensor: its figures, what its bytes are, and its units, a part at a time.

use super::moments::Moments;
use crate::weights::Numbers;
use headstart_engine::watch::Watch;
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use twox_hash::{XxHash3_64, XxHash3_128};

/// Where the numbers of one unit lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Units of so many numbers, one after the other.
    Rows(usize),
    /// So many units, whose numbers lie in turn.
    Columns(usize),
    /// No units.
    Flat,
}

/// What a pass found.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub moments: Moments,
    /// The same for the same bytes.
    pub hash: u128,
    pub units: Option<Units>,
}

/// What units have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    pub count: usize,
    /// Those of which all numbers are 0.
    pub dead: usize,
    /// The first of them.
    pub first_dead: usize,
    /// Those that are the same as another one, number by number.
    pub twins: usize,
    /// Two of them.
    pub pair: [usize; 2],
}

/// Numbers of a part. Parts are the same whatever the number of threads, and with them the order of all sums.
const PART: usize = 1 << 18;

/// Numbers that are in the cache at a time.
const BLOCK: usize = 1 << 12;

/// Looks at a tensor of so many numbers; `None` if it was stopped. The watch counts a step for each part.
pub(super) fn scan(numbers: &Numbers<'_>, count: usize, layout: Layout, watch: &Watch) -> Option<Scan> {
    let row = match layout {
        Layout::Rows(length) | Layout::Columns(length) => length.max(1),
        Layout::Flat => 1,
    };
    let each = parts_of(row);
    let part = |i: usize| {
        if watch.is_stopped() {
            return None;
        }
        let part = Part::of(numbers, i * each..((i + 1) * each).min(count), layout);
        watch.add(1);
        Some(part)
    };
    let parts: Vec<Part> = (0..count.div_ceil(each)).into_par_iter().map(part).collect::<Option<_>>()?;
    let moments = parts.iter().fold(Moments::NONE, |all, part| all.and(part.moments));
    let hashes: Vec<u8> = parts.iter().flat_map(|part| part.hash.to_le_bytes()).collect();
    let units = (layout != Layout::Flat).then(|| units(parts, layout));
    Some(Scan { moments, hash: XxHash3_128::oneshot(&hashes), units })
}

/// How many steps a pass over so many numbers is.
pub(super) fn steps(count: usize, layout: Layout) -> u64 {
    let row = match layout {
        Layout::Rows(length) | Layout::Columns(length) => length.max(1),
        Layout::Flat => 1,
    };
    count.div_ceil(parts_of(row)) as u64
}

/// Numbers of a part of whole rows.
fn parts_of(row: usize) -> usize {
    (PART / row).max(1) * row
}

struct Part {
    moments: Moments,
    hash: u128,
    /// Of the units that lie in it whole, one after the other; or of what lies in it of every unit.
    hashes: Vec<u64>,
    /// Whether all that lies in it of a unit is 0.
    is_zero: Vec<bool>,
}

impl Part {
    fn of(numbers: &Numbers<'_>, range: Range<usize>, layout: Layout) -> Self {
        let mut part = Self { moments: Moments::NONE, hash: 0, hashes: Vec::new(), is_zero: Vec::new() };
        let mut scratch = Vec::new();
        if let Layout::Rows(length) = layout {
            for begin in range.clone().step_by(length.max(1)) {
                let bytes = bytes(numbers, begin..begin + length, &mut scratch);
                part.hashes.push(XxHash3_64::oneshot(bytes));
                part.is_zero.push(is_zero(numbers, bytes));
            }
        }
        if let Layout::Columns(length) = layout {
            part.hashes = vec![0; length];
            part.is_zero = vec![true; length];
        }
        part.hash = XxHash3_128::oneshot(bytes(numbers, range.clone(), &mut scratch));
        let mut block = Vec::with_capacity(BLOCK);
        for begin in range.clone().step_by(BLOCK) {
            block.clear();
            read(numbers, begin..(begin + BLOCK).min(range.end), &mut block);
            if let Layout::Columns(length) = layout {
                part.columns(&block, begin, length);
            }
            part.moments = part.moments.and(Moments::of(&mut block));
        }
        part
    }

    /// Numbers of all units in turn. What is kept of a unit is a sum, so that it does not depend on the parts.
    fn columns(&mut self, mut block: &[f64], begin: usize, length: usize) {
        let (mut row, mut column) = (begin / length, begin % length);
        while !block.is_empty() {
            let (now, rest) = block.split_at(block.len().min(length - column));
            let key = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let hashes = self.hashes[column..].iter_mut().zip(&mut self.is_zero[column..]);
            for (x, (hash, is_zero)) in now.iter().zip(hashes) {
                *hash = hash.wrapping_add(mixed(x.to_bits() ^ key));
                *is_zero &= *x == 0.0;
            }
            (row, column, block) = (row + 1, 0, rest);
        }
    }
}

/// The two halves of a product, folded: every bit depends on all of them (as wyhash does).
fn mixed(x: u64) -> u64 {
    let product = u128::from(x ^ 0xa076_1d64_78bd_642f) * u128::from(x.rotate_left(32) ^ 0xe703_7ed1_a0b4_28db);
    (product >> 64) as u64 ^ product as u64
}

fn read(numbers: &Numbers<'_>, range: Range<usize>, to: &mut Vec<f64>) {
    match numbers {
        Numbers::Bytes(float, bytes) => float.read(&bytes[range.start * float.size()..range.end * float.size()], to),
        Numbers::Values(values) => to.extend(&values[range]),
        Numbers::Other => {}
    }
}

fn bytes<'a>(numbers: &'a Numbers<'_>, range: Range<usize>, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    match numbers {
        Numbers::Bytes(float, bytes) => &bytes[range.start * float.size()..range.end * float.size()],
        Numbers::Values(values) => {
            scratch.clear();
            scratch.extend(values[range].iter().flat_map(|x| x.to_le_bytes()));
            scratch
        }
        Numbers::Other => &[],
    }
}

/// Whether all numbers are 0 of either sign. Mostly the first one says so.
fn is_zero(numbers: &Numbers<'_>, bytes: &[u8]) -> bool {
    let size = if let Numbers::Bytes(float, _) = numbers { float.size() } else { 8 };
    bytes
        .chunks(size)
        .all(|x| x.split_last().is_some_and(|(last, rest)| last << 1 == 0 && rest.iter().all(|b| *b == 0)))
}

fn units(parts: Vec<Part>, layout: Layout) -> Units {
    let (mut hashes, mut is_zero) = (Vec::new(), Vec::new());
    for part in parts {
        if matches!(layout, Layout::Columns(_)) && !hashes.is_empty() {
            hashes.iter_mut().zip(part.hashes).for_each(|(sum, hash): (&mut u64, _)| *sum = sum.wrapping_add(hash));
            is_zero.iter_mut().zip(part.is_zero).for_each(|(all, here): (&mut bool, _)| *all &= here);
        } else {
            hashes.extend(part.hashes);
            is_zero.extend(part.is_zero);
        }
    }
    let mut first = HashMap::new();
    let mut units = Units { count: hashes.len(), ..Units::default() };
    for (unit, (hash, is_zero)) in hashes.iter().zip(&is_zero).enumerate() {
        if *is_zero {
            units.first_dead = if units.dead == 0 { unit } else { units.first_dead };
            units.dead += 1;
            continue;
        }
        let (begin, several) = first.entry(*hash).or_insert((unit, false));
        if *begin != unit {
            units.pair = if units.twins == 0 { [*begin, unit] } else { units.pair };
            // The first one is a twin, too, once there is a second.
            units.twins += if *several { 1 } else { 2 };
            *several = true;
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Float;

    fn scanned(values: Vec<f64>, layout: Layout) -> Scan {
        let count = values.len();
        scan(&Numbers::Values(values), count, layout, &Watch::default()).unwrap()
    }

    /// Numbers that differ everywhere, `rows x columns`.
    fn numbers(rows: usize, columns: usize) -> Vec<f64> {
        (0..rows * columns).map(|i| (i as f64 * 0.7).sin()).collect()
    }

    #[test]
    fn twins_and_dead_units_are_found_either_way_round() {
        let (rows, columns) = (5000, 130);
        let mut by_rows = numbers(rows, columns);
        let unit = |i: usize| i * columns..(i + 1) * columns;
        by_rows.copy_within(unit(2), 4000 * columns);
        by_rows.copy_within(unit(2), 17 * columns);
        by_rows[unit(4)].fill(0.0);
        by_rows[unit(4999)].fill(-0.0);
        let expected = Units { count: rows, dead: 2, first_dead: 4, twins: 3, pair: [2, 17] };
        assert_eq!(scanned(by_rows.clone(), Layout::Rows(columns)).units.unwrap(), expected);
        let turned: Vec<f64> =
            (0..columns).flat_map(|c| (0..rows).map(move |r| (r, c))).map(|(r, c)| by_rows[r * columns + c]).collect();
        let by_columns = scanned(turned, Layout::Columns(rows));
        assert_eq!(by_columns.units.unwrap(), expected);
    }

    #[test]
    fn results_are_the_same_bits_for_any_number_of_threads_and_types_say_the_same() {
        let values = numbers(1000, 777);
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let lent = Numbers::Bytes(Float::F64, &bytes);
            pool.install(|| scan(&lent, values.len(), Layout::Columns(777), &Watch::default()).unwrap())
        };
        let (one, three) = (with(1), with(3));
        assert_eq!((one.moments, one.hash, &one.units), (three.moments, three.hash, &three.units));
        assert_eq!((one.moments, one.hash), {
            let read = scanned(values.clone(), Layout::Columns(777));
            (read.moments, read.hash)
        });
        assert_ne!(scanned(values[1..].to_vec(), Layout::Flat).hash, one.hash);
    }

    #[test]
    fn whoever_stops_it_gets_nothing() {
        let watch = Watch::default();
        watch.stop();
        assert!(scan(&Numbers::Values(vec![1.0; 10]), 10, Layout::Flat, &watch).is_none());
    }
}
