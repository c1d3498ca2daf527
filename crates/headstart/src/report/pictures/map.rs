//! A figure over two axes, as colours.

use crate::heat;
use crate::plot::{Cells, Panel, Picture, Plot, Shade};

/// Panels beside one another; others come below.
const ABREAST: usize = 3;

/// The height of the cells of a panel that is alone.
const HEIGHT: f64 = 430.0;

/// A map.
pub fn map(title: &str, subtitle: &str, map: &heat::Map) -> Picture {
    let across = map.panels.len().clamp(1, ABREAST);
    let panel = |panel: &heat::Panel| {
        let [x, y] = map.axes(panel);
        let cells = Cells {
            x: x.clone(),
            y: y.clone(),
            figures: panel.cells.clone(),
            outline: map.outline,
            lines: map.lines.clone(),
        };
        let height = if across == 1 { HEIGHT } else { HEIGHT * 1.25 / across as f64 };
        Panel { title: panel.title.clone(), share: 1.0, height, plot: Plot::Cells(cells) }
    };
    let panels: Vec<Panel> = map.panels.iter().map(panel).collect();
    let has_holes = map.panels.iter().any(|panel| panel.cells.iter().flatten().any(|figure| figure.is_nan()));
    let mut notes: Vec<String> = has_holes.then(|| "Grey: there is no figure.".to_owned()).into_iter().collect();
    notes.extend(map.outline.map(|from| format!("Outlined: from {} on.", crate::words::rough(from))));
    Picture {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        shade: Some(Shade {
            name: map.value.clone(),
            range: map.range,
            colours: map.colours,
            small_is_best: map.small_is_best,
            outline: map.outline,
        }),
        rows: panels.chunks(across).map(<[Panel]>::to_vec).collect(),
        notes,
        ..Picture::default()
    }
}
