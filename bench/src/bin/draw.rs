//! What it takes to draw very much: a comparison of a million runs, and a map of 2048 x 2048 cells, as pictures and as pages' charts.
//!
//! ```text
//! cargo run --release -p headstart-bench --bin draw
//! ```
//!
//! Memory is what the process needed at the most, beside what it had before, from `/proc`; there is none elsewhere.

use headstart::heat::{Axis, Colours, Map, Panel};
use headstart::plot::{Format, Look, Picture};
use headstart::report::pictures::{self, Drawn};
use headstart::run::{Figures, Record, Run};
use std::time::Instant;

const RUNS: u64 = 1_000_000;
const CELLS: usize = 2048;

fn main() {
    let mut drawn = Drawn::default();
    let runs: Vec<Run> = (0..RUNS).map(|i| run(i, &mut drawn)).collect();
    let picture = line("comparison of a million runs: layout", || pictures::runs("a million runs", "of what", &runs));
    files(&picture);
    drop(runs);
    let figure = |row: usize, column: usize| (row as f64 * 0.013).sin() * (column as f64 * 0.017).cos();
    let values = |name: &str| Axis::new(name, (0..CELLS).map(|i| 1e-3 * 1.005_f64.powi(i as i32)).collect());
    let map = Map {
        x: values("gain"),
        y: values("learning rate"),
        value: "test accuracy".to_owned(),
        range: [-1.0, 1.0],
        colours: Colours::Sequential,
        small_is_best: false,
        outline: None,
        lines: Vec::new(),
        panels: vec![Panel {
            title: String::new(),
            axes: None,
            cells: (0..CELLS).map(|row| (0..CELLS).map(|column| figure(row, column)).collect()).collect(),
        }],
    };
    let picture = line("map of 2048 x 2048 cells: layout", || pictures::map("a map", "of what", &map));
    files(&picture);
}

/// Draws all that a picture is drawn as.
fn files(picture: &Picture) {
    let bytes = |format| picture.bytes(format, &Look::default()).map_or(0, |bytes| bytes.len());
    println!("    {} bytes", line("    PNG", || bytes(Format::Png)));
    println!("    {} bytes", line("    SVG", || bytes(Format::Svg)));
    println!("    {} bytes", line("    in a page", || picture.in_page().len()));
}

/// Does something, and says what it took.
fn line<T>(what: &str, work: impl FnOnce() -> T) -> T {
    // The peak is told from here on.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (before, begin) = (memory("VmRSS"), Instant::now());
    let done = work();
    println!("{what:<40}{:>7.2} s{:>8.0} MB", begin.elapsed().as_secs_f64(), memory("VmHWM") - before);
    done
}

/// A number of `/proc/self/status` in megabytes.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = found.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1000.0
}

/// One of four starts, with a trace as long as those of a training of 15,000 steps if it is one of the first.
fn run(i: u64, drawn: &mut Drawn) -> Run {
    let init = ["he", "glorot", "lecun", "normal:0.1"][(i % 4) as usize];
    let noise = (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64;
    let figures = Figures { loss: 0.1 + noise, accuracy: Some(1.0 - 0.5 * noise), classes: None };
    let mut run = Run {
        case: None,
        init: init.into(),
        seed: i / 4,
        status: "finished",
        step: None,
        train: figures,
        test: Some(figures),
        targets: None,
        trace: Vec::new(),
        steps: 15_000,
        best: None,
        reached: None,
        seconds: 0.0,
    };
    if drawn.takes(&run) {
        run.trace = (0..75).map(|k| Record { step: 200 * k, loss: 0.7 * noise + 1.0 / (1.0 + k as f64) }).collect();
    }
    run
}
