//! How it was measured.

use crate::replicate::rough_guide::design::{BATCH, Grid, Optimizer, Part, Setup};
use crate::replicate::rough_guide::figures::{AS_WELL, LEARNED, MORE};
use crate::words::{count, many, rough};

/// What was run.
pub fn method(grid: &Grid) -> String {
    let gains: Vec<String> = grid.gains.iter().map(|gain| rough(*gain)).collect();
    let setups = grid.setups();
    // What tasks of a part have, each once and in its order.
    let of = |part: Part, what: &dyn Fn(&Setup) -> Option<String>| {
        let mut all: Vec<String> = Vec::new();
        for one in setups.iter().filter(|setup| setup.part == part).filter_map(what) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all.join(", ")
    };
    let made_of = |part: Part| {
        let rates = Optimizer::ALL.map(|optimizer| {
            let mut rates: Vec<f64> = setups
                .iter()
                .filter(|setup| setup.part == part && setup.optimizer == optimizer)
                .map(|setup| setup.lr)
                .collect();
            rates.sort_by(f64::total_cmp);
            rates.dedup();
            let rates: Vec<String> = rates.into_iter().map(rate).collect();
            format!("lr of {} {}", optimizer.name(), rates.join(", "))
        });
        format!(
            "{}; widths {}; {}",
            of(part, &|setup| Some(setup.set.to_owned())),
            of(part, &|setup| Some(setup.width.to_string())),
            rates.join("; ")
        )
    };
    format!(
        "For each of {} and each of {} there are twelve tasks to make the table from and twelve others to judge it by. Nine \
         of twelve are an orthogonal array of kind of data, optimizer, width and learning rate (L9, where any two of these \
         have each pair of their levels once), and the three with two classes in the plane are run once more with a tanh \
         output (cross-entropy either way). Made from: {}. Judged by: {}. Each is trained for {} steps with batches \
         of {BATCH}, from gains of {} of the usual scheme and from the defaults of Keras and PyTorch, {} each. What counts is \
         the accuracy on test samples as a share of the way from guessing to perfect, or R^2 in regression, in the mean of \
         the seeds; a divergence, or worse than guessing, is 0. A gain does as well if it is within {AS_WELL} of the best; \
         something is learned if the best is at {LEARNED} or more; gain 1 is kept unless another one does as well on {MORE} \
         tasks more. These are small networks, few steps and small data: a rough guide.",
        many(grid.activations.len() as u64, "activation"),
        many(grid.depths.len() as u64, "depth"),
        made_of(Part::Made),
        made_of(Part::HeldOut),
        count(grid.steps as u64),
        gains.join(", "),
        many(grid.seeds as u64, "seed"),
    )
}

/// A learning rate without an exponent.
fn rate(lr: f64) -> String {
    format!("{lr:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
