//! A map that one wanders over: windows of finer and finer grids over the same two axes, with what is known of them kept.

use super::{Figures, MapSection, MapSpec, Mapping};
use crate::error::Error;
use crate::host::Host;
use crate::study::{Axis, Study};
use crate::task::Task;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Zooming in so many times is as deep as one gets: by then a cell is a millionth of what it was.
const DEEPEST: u32 = 24;

/// Cells that are kept beside those of the window that is looked at.
const KEPT: usize = 400_000;

/// Cells that show at once what a window is about, before the others are run.
const FIRST: usize = 100;

/// A map, and what is known of it at every zoom.
#[derive(Debug)]
pub struct Atlas {
    spec: MapSpec,
    /// On whose samples every other study is.
    base: Study,
    deepest: [u32; 2],
    /// Rows and columns of a window.
    size: [u64; 2],
    kept: BTreeMap<[u32; 2], BTreeMap<[u64; 2], Figures>>,
}

/// A window: of a grid that is `2^zoom` times as fine along each axis, as many cells as the map itself has, from a place on. Columns
/// come first, then rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// How often each axis was made twice as fine.
    pub zoom: [u32; 2],
    /// Its first column and its first row, counted from 0.
    pub at: [u64; 2],
}

impl Atlas {
    /// Of a map, of which nothing is known yet.
    ///
    /// # Errors
    /// As [`Study::new`] and [`Mapping::new`].
    pub fn new(spec: MapSpec) -> Result<Self, Error> {
        let base = Study::new(spec.study())?;
        // What no map can show is said here.
        Mapping::new(&base, spec.map, false, None)?;
        let axes = base.design().axes();
        let size = [1, 0].map(|i: usize| axes[i].levels().map_or(0, <[_]>::len) as u64);
        let deepest = [1, 0].map(|i: usize| {
            let is_room = |zoom: &u32| axes[i].window(*zoom, 0).is_some();
            (1..=DEEPEST).take_while(is_room).last().unwrap_or(0)
        });
        Ok(Self { spec, base, deepest, size, kept: BTreeMap::new() })
    }

    /// The task of the first cell.
    pub fn base(&self) -> &Task {
        self.base.base()
    }

    /// How far one gets into each axis: not at all into lists and whole numbers.
    pub fn deepest(&self) -> [u32; 2] {
        self.deepest
    }

    /// Columns and rows of a window.
    pub fn size(&self) -> [u64; 2] {
        self.size
    }

    /// The nearest window that there is.
    pub fn nearest(&self, view: View) -> View {
        let zoom = [0, 1].map(|i| view.zoom[i].min(self.deepest[i]));
        let most = |i: usize| (self.size[i] << zoom[i]) - self.size[i];
        View { zoom, at: [0, 1].map(|i| view.at[i].min(most(i))) }
    }

    /// The map that is seen through a window: whoever runs it gets the same cells, bit by bit.
    pub fn spec(&self, view: View) -> MapSpec {
        let View { zoom, at } = self.nearest(view);
        let axes = self.base.design().axes();
        let window = |axis: &Axis, i: usize| axis.window(zoom[i], at[i]).unwrap_or_else(|| axis.clone());
        let mut spec = self.spec.clone();
        spec.study.axes = vec![window(&axes[0], 1), window(&axes[1], 0)];
        spec
    }

    /// The study of a window, on the samples that are there already.
    ///
    /// # Errors
    /// If the values of an axis do not fit the task.
    pub fn study(&self, view: View) -> Result<Study, Error> {
        self.base.another(self.spec(view).study())
    }

    /// Shows other figures of its cells from now on.
    ///
    /// # Errors
    /// If cells do not have them.
    pub fn show(&mut self, show: MapSection) -> Result<(), Error> {
        Mapping::new(&self.base, show, false, None)?;
        self.spec.map = show;
        Ok(())
    }

    /// Runs what is missing of a window: a few cells all over it, then what lies between them, until all is there or somebody stops it.
    /// `look` is shown the picture so far, before the first run and after each.
    ///
    /// # Errors
    /// As [`Mapping::run`].
    pub fn run(
        &mut self,
        view: View,
        host: &Host<'_>,
        mut look: impl FnMut(&Mapping<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let view = self.nearest(view);
        let study = self.study(view)?;
        let mut mapping = Mapping::coarse_first(&study, self.spec.map, FIRST)?;
        let [columns, _] = self.size;
        let place = |cell: usize| [view.at[0] + cell as u64 % columns, view.at[1] + cell as u64 / columns];
        let known = self.kept.entry(view.zoom).or_default();
        for cell in 0..mapping.cells().figures().len() {
            if let Some(figures) = known.get(&place(cell)) {
                mapping.know(cell, *figures);
            }
        }
        look(&mapping)?;
        let ran = mapping.run(None, host, &mut look);
        for (cell, figures) in mapping.cells().figures().iter().enumerate() {
            known.extend(figures.map(|figures| (place(cell), figures)));
        }
        self.forget(view.zoom);
        ran.map(drop)
    }

    /// Forgets other zooms than this one while too much is kept, then all but this window's neighbourhood.
    fn forget(&mut self, zoom: [u32; 2]) {
        while self.kept.values().map(BTreeMap::len).sum::<usize>() > KEPT {
            let other = self.kept.keys().find(|of| **of != zoom).copied();
            match other {
                Some(other) => self.kept.remove(&other),
                None => self.kept.remove(&zoom),
            };
        }
    }
}
