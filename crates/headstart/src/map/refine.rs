//! Where to look next in a picture of which not every cell can be run: where it changes.
//!
//! A coarse lattice is run first. It cuts the picture into blocks, of which those whose corners differ most, and that are
//! largest, are cut in four, again and again until as many cells are run as may be. What is asked for next depends on the
//! figures alone, so the same cells are run whatever the number of threads, and by a study that was stopped and goes on.

use std::collections::BTreeSet;

/// How much of a full change of the picture the inside of a block may hide whose corners are all alike.
const HIDDEN: f64 = 0.02;

/// The cells of a picture that are run, and those that stand for others.
#[derive(Clone, Debug)]
pub struct Refinement {
    columns: usize,
    rows: usize,
    /// Cells that may be run, and cells of the first lattice.
    most: usize,
    first: usize,
    asked: Vec<bool>,
    count: usize,
    blocks: Vec<Block>,
}

/// Cells between four that are asked for: columns and rows, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    x: [usize; 2],
    y: [usize; 2],
}

impl Block {
    fn corners(self, columns: usize) -> [usize; 4] {
        let at = |x: usize, y: usize| y * columns + x;
        let Self { x, y } = self;
        [at(x[0], y[0]), at(x[1], y[0]), at(x[0], y[1]), at(x[1], y[1])]
    }

    fn can_be_cut(self) -> bool {
        self.x[1] - self.x[0] > 1 || self.y[1] - self.y[0] > 1
    }

    fn area(self) -> f64 {
        ((self.x[1] - self.x[0]).max(1) * (self.y[1] - self.y[0]).max(1)) as f64
    }

    /// The parts that it is cut into, through the middle.
    fn parts(self) -> Vec<Self> {
        let halves = |[low, high]: [usize; 2]| -> Vec<[usize; 2]> {
            let middle = usize::midpoint(low, high);
            if high - low > 1 { vec![[low, middle], [middle, high]] } else { vec![[low, high]] }
        };
        let rows = halves(self.y);
        halves(self.x).into_iter().flat_map(|x| rows.iter().map(move |y| Self { x, y: *y })).collect()
    }
}

impl Refinement {
    /// Of so many columns and rows, of whose cells so many may be run.
    pub fn new(columns: usize, rows: usize, most: usize) -> Self {
        let most = most.min(columns * rows);
        // A third is left to go where the picture changes.
        let first = most / 3;
        Self { columns, rows, most, first, asked: vec![false; columns * rows], count: 0, blocks: Vec::new() }
    }

    /// Of a picture whose cells are all run in the end, of which so many say at once what it is about.
    pub fn of_all(columns: usize, rows: usize, first: usize) -> Self {
        Self { first, ..Self::new(columns, rows, columns * rows) }
    }

    /// The cells to run next; none when enough are run. All that were asked for before have a figure now, or none on
    /// purpose, as steps to a target that was never reached.
    pub fn next(&mut self, figure: impl Fn(usize) -> Option<f64>) -> Vec<usize> {
        let mut wanted = Vec::new();
        if self.blocks.is_empty() {
            self.lattice(&mut wanted);
            return wanted;
        }
        let known = (0..self.asked.len()).filter(|cell| self.asked[*cell]).filter_map(&figure);
        let (low, high) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let change = |block: &Block| {
            let corners = block.corners(self.columns).map(&figure);
            let there: Vec<f64> = corners.into_iter().flatten().collect();
            if !there.is_empty() && there.len() < 4 {
                return 1.0;
            }
            let (least, largest) = there.iter().fold((high, low), |(a, b), x| (a.min(*x), b.max(*x)));
            if largest > least { (largest - least) / (high - low) } else { 0.0 }
        };
        let mut order: Vec<(f64, usize)> = Vec::new();
        for (i, block) in self.blocks.iter().enumerate().filter(|(_, block)| block.can_be_cut()) {
            order.push(((change(block) + HIDDEN) * block.area(), i));
        }
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let at_once = (self.most / 40).max(64);
        let mut cut = Vec::new();
        for (_, i) in order {
            let parts = self.blocks[i].parts();
            let corners: BTreeSet<usize> = parts.iter().flat_map(|part| part.corners(self.columns)).collect();
            let new = corners.iter().filter(|cell| !self.asked[**cell]).count();
            // The last cells that may be run are too few for one block, and enough for another.
            if self.count + new > self.most {
                continue;
            }
            if wanted.len() >= at_once {
                break;
            }
            for part in &parts {
                for cell in part.corners(self.columns) {
                    self.ask(cell, &mut wanted);
                }
            }
            cut.push((i, parts));
        }
        for (i, parts) in cut {
            self.blocks[i] = parts[0];
            self.blocks.extend(&parts[1..]);
        }
        wanted.sort_unstable();
        wanted
    }

    /// The first cells: at most so many as may be in the first lattice, but at least the corners of the picture.
    fn lattice(&mut self, wanted: &mut Vec<usize>) {
        let lines = |cells: usize, step: usize| -> Vec<usize> {
            let mut lines: Vec<usize> = (0..cells).step_by(step).collect();
            if lines.last() != Some(&(cells - 1)) {
                lines.push(cells - 1);
            }
            lines
        };
        let longest = self.columns.max(self.rows);
        let mut steps = std::iter::successors(Some(1), |step| Some(2 * step)).take_while(|step| *step < 2 * longest);
        let fits = |step: &usize| lines(self.columns, *step).len() * lines(self.rows, *step).len() <= self.first;
        let step = steps.find(fits).unwrap_or(2 * longest);
        let (across, along) = (lines(self.columns, step), lines(self.rows, step));
        for y in &along {
            for x in &across {
                self.ask(y * self.columns + x, wanted);
            }
        }
        let pairs = |lines: &[usize]| -> Vec<[usize; 2]> {
            match lines {
                [only] => vec![[*only; 2]],
                _ => lines.windows(2).map(|pair| [pair[0], pair[1]]).collect(),
            }
        };
        let rows = pairs(&along);
        self.blocks = pairs(&across).into_iter().flat_map(|x| rows.iter().map(move |y| Block { x, y: *y })).collect();
    }

    fn ask(&mut self, cell: usize, wanted: &mut Vec<usize>) {
        if !self.asked[cell] {
            self.asked[cell] = true;
            self.count += 1;
            wanted.push(cell);
        }
    }

    /// For every cell the one whose figures it is shown with: itself, or the nearest corner of its block; none where none
    /// of these has been run.
    pub fn sources(&self, is_done: impl Fn(usize) -> bool) -> Vec<Option<usize>> {
        let mut sources: Vec<Option<usize>> = vec![None; self.asked.len()];
        let mut blocks = self.blocks.clone();
        // On an edge the smaller block knows more.
        blocks.sort_by(|a, b| b.area().total_cmp(&a.area()));
        for block in blocks {
            let corners = block.corners(self.columns).map(|cell| Some(cell).filter(|cell| is_done(*cell)));
            let size = [block.x[1] - block.x[0], block.y[1] - block.y[0]];
            for y in block.y[0]..=block.y[1] {
                for x in block.x[0]..=block.x[1] {
                    let far = [2 * (x - block.x[0]) > size[0], 2 * (y - block.y[0]) > size[1]];
                    let nearest = corners[usize::from(far[0]) + 2 * usize::from(far[1])];
                    sources[y * self.columns + x] = nearest.or(corners.iter().copied().flatten().next());
                }
            }
        }
        for (cell, source) in sources.iter_mut().enumerate().filter(|(cell, _)| is_done(*cell)) {
            *source = Some(cell);
        }
        sources
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A disc in a picture of `size x size`.
    fn disc(size: usize) -> impl Fn(usize) -> Option<f64> {
        move |cell| {
            let [x, y] = [cell % size, cell / size].map(|i| i as f64 / size as f64 - 0.45);
            Some(f64::from(u8::from(x.hypot(y) < 0.3)))
        }
    }

    fn refined(columns: usize, rows: usize, most: usize, figure: &dyn Fn(usize) -> Option<f64>) -> Refinement {
        let mut refinement = Refinement::new(columns, rows, most);
        while !refinement.next(figure).is_empty() {}
        refinement
    }

    /// A tenth of the cells shows where the boundary is to the pixel, almost everywhere.
    #[test]
    fn the_budget_is_spent_where_the_picture_changes() {
        const SIZE: usize = 128;
        let figure = disc(SIZE);
        let refinement = refined(SIZE, SIZE, SIZE * SIZE / 10, &figure);
        let sources = refinement.sources(|cell| refinement.asked[cell]);
        let wrong = (0..SIZE * SIZE).filter(|cell| figure(sources[*cell].unwrap()) != figure(*cell)).count();
        assert!(wrong < SIZE * SIZE / 200, "{wrong}");
        // The same number of cells spread evenly is wrong in more of them.
        let even = refined(SIZE, SIZE, SIZE * SIZE / 10, &|_| Some(0.0));
        let sources = even.sources(|cell| even.asked[cell]);
        let wrong_even = (0..SIZE * SIZE).filter(|cell| figure(sources[*cell].unwrap()) != figure(*cell)).count();
        assert!(wrong_even > 2 * wrong, "{wrong_even} {wrong}");
    }

    #[test]
    fn cells_without_a_figure_are_a_colour_of_their_own() {
        let figure = |cell: usize| (cell % 64 < 20).then_some(7.0);
        let refinement = refined(64, 64, 800, &figure);
        let near = (0..64 * 64).filter(|cell| refinement.asked[*cell] && (18..22).contains(&(cell % 64))).count();
        assert!(near > 150, "{near}");
    }

    #[test]
    fn cells_that_were_not_run_yet_stand_for_none() {
        let mut refinement = Refinement::new(9, 1, 9);
        let first = refinement.next(|_| None);
        assert!(first.contains(&0) && first.contains(&8));
        assert!(refinement.sources(|_| false).iter().all(Option::is_none));
        assert_eq!(refinement.sources(|cell| cell == 0)[0], Some(0));
    }

    proptest! {
        /// Whatever the shape and the figures: no cell twice, about as many as may be, and each is shown as one that was run.
        #[test]
        fn every_cell_is_run_or_shown_as_one_that_was(
            columns in 1_usize..70, rows in 1_usize..70, share in 0.05_f64..1.0, seed in 0_u64..100
        ) {
            let most = ((columns * rows) as f64 * share).ceil() as usize;
            let figure = |cell: usize| Some(((cell as u64).wrapping_mul(seed + 7) % 13) as f64).filter(|x| *x != 3.0);
            let mut refinement = Refinement::new(columns, rows, most);
            let mut asked = vec![false; columns * rows];
            loop {
                let next = refinement.next(figure);
                if next.is_empty() {
                    break;
                }
                for cell in next {
                    prop_assert!(!asked[cell]);
                    asked[cell] = true;
                }
            }
            let count = asked.iter().filter(|x| **x).count();
            // But the four corners there have to be.
            prop_assert!(count <= most.max(4), "{} of {}", count, most);
            prop_assert!(share < 1.0 || count == columns * rows);
            let sources = refinement.sources(|cell| asked[cell]);
            for (cell, source) in sources.into_iter().enumerate() {
                prop_assert!(source.is_some_and(|source| asked[source] && (!asked[cell] || source == cell)));
            }
        }
    }
}
