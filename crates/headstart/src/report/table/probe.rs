//! What a start looks like, layer by layer.

use super::figures::nothing;
use super::layout::{table, wrapped};
use crate::probe::InitProbe;
use crate::stats::Spread;
use crate::words::{many, number, percent};
use std::fmt::Write;

/// What a probe measured: a table of layers for each initialization, means over the seeds.
pub fn probe(inits: &[InitProbe]) -> String {
    let mut text = String::new();
    for init in inits {
        let mut head = format!("{}: {}, loss {}", init.init, many(init.seeds as u64, "seed"), number(init.loss.mean));
        if init.diverged > 0 {
            let _ = write!(head, ", {} diverged before this step", init.diverged);
        }
        text += &wrapped(&head);
        text += &wrapped(&format!(
            "Jacobian's singular values: root mean square {}, largest {}",
            number(init.jacobian_root_mean_square.mean),
            number(init.jacobian_largest.mean),
        ));
        let limit = init
            .sharpness_limit
            .map_or_else(String::new, |limit| format!(" (steps are stable up to {})", number(limit)));
        let flat = init.saturated.map_or_else(String::new, |of| format!(", {} of outputs flat", percent(of.mean, 0)));
        text += &wrapped(&format!("sharpness {}{limit}{flat}", number(init.sharpness.mean)));
        let mean = |spread: Option<Spread>| spread.map_or_else(nothing, |spread| number(spread.mean));
        let rounded = |spread: Option<Spread>, digits: usize| match spread {
            Some(spread) if spread.mean.is_finite() => format!("{:.digits$}", spread.mean),
            other => mean(other),
        };
        let percent = |spread: Option<Spread>| spread.map_or_else(nothing, |spread| percent(spread.mean, 0));
        let rows = init.layers.iter().map(|layer| {
            let name = if layer.dead.is_none() { "out".to_owned() } else { layer.layer.to_string() };
            vec![
                name,
                layer.width.to_string(),
                number(layer.signal.mean),
                number(layer.gradient.mean),
                mean(layer.relative_step),
                percent(layer.dead),
                percent(layer.saturated),
                rounded(layer.correlation, 3),
                rounded(layer.rank, 1),
                format!("{:.0}", layer.twins.mean),
            ]
        });
        let header = ["", "units", "signal", "gradient", "step", "dead", "flat", "corr.", "rank", "twins"];
        text += &table(&header, rows, 0);
        text += "\n";
    }
    text
}
