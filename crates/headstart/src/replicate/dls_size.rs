//! Why the deep cat network does not train from N(0,1) weights times 0.01: because they are small, or because their size
//! is the same in every layer?

use super::dls::cats;
use super::{Case, CaseRuns, Experiment, Judgement, Row};
use crate::stats;
use crate::words::rough;

const WIDTHS: [usize; 5] = [12288, 20, 7, 5, 1];

/// Further norms at which one scale for all layers and lecun's ratios between layers are compared, as multiples of lecun's.
const FACTORS: [f64; 5] = [0.5, 2.0, 4.0, 8.0, 16.0];

/// What learns has a loss under this share of what guessing costs.
const LEARNS: f64 = 0.9;

/// Size or ratios.
pub const CATS_SIZE: Experiment = Experiment {
    name: "dls-cats-size",
    title: "cat or not, deep network: is x 0.01 too small, or the same in layers that want different scales?",
    source: "DeepLearning.AI community, a learner's question on the assignment \"Deep neural network for image \
             classification\" (Deep Learning Specialization, course 1, week 4): the course's x 0.01 against its \
             \"Xavier\", variance 1/fan-in",
    files: &["train_catvnoncat.h5", "test_catvnoncat.h5"],
    cases: |folder| {
        let case = |name: &str, init: &str| {
            let task = cats(folder, "[12288, 20, 7, 5, 1]", init).replace("seed = 1\n", "seed = 1\nseeds = 5\n");
            Case { name: name.to_owned(), task, claims: Vec::new() }
        };
        let pair = |norm_of_both: f64| {
            let scale = norm_of_both / norm(1.0);
            [
                case("one scale", &format!("normal:{scale}")),
                case("ratios", &format!("lecun:{}", norm_of_both / lecun_norm())),
            ]
        };
        norms().into_iter().flat_map(pair).collect()
    },
    judge,
};

/// The expected Frobenius norm of all weights from one scale.
fn norm(scale: f64) -> f64 {
    scale * WIDTHS.windows(2).map(|w| (w[0] * w[1]) as f64).sum::<f64>().sqrt()
}

/// The same of lecun, whose weights have a variance of 1/fan-in: one for every unit.
fn lecun_norm() -> f64 {
    WIDTHS[1..].iter().map(|w| *w as f64).sum::<f64>().sqrt()
}

/// The norms that are tried: the course's two, of x 0.01 and of lecun, first; then others.
fn norms() -> Vec<f64> {
    let of_lecun = lecun_norm();
    [norm(0.01), of_lecun].into_iter().chain(FACTORS.map(|factor| factor * of_lecun)).collect()
}

/// Cases come in pairs: one scale, and lecun's ratios at the same norm.
fn judge(cases: &[CaseRuns]) -> Judgement {
    let guessing = {
        let share = 72.0 / 209.0_f64;
        -share * libm::log(share) - (1.0 - share) * libm::log(1.0 - share)
    };
    let norms = norms();
    let median = |of: &CaseRuns| {
        let losses: Vec<f64> = of.runs.iter().map(|run| run.train.loss).collect();
        stats::median(&losses).unwrap_or(f64::NAN)
    };
    let learns = |loss: f64| loss < LEARNS * guessing;
    let pairs: Vec<[f64; 2]> = cases.chunks(2).map(|pair| [median(&pair[0]), median(&pair[1])]).collect();
    let row = |(norm, [one, ratios]): (&f64, &[f64; 2])| Row {
        what: format!("norm {norm:.2}: one scale / ratios"),
        published: "-".to_owned(),
        measured: format!("{one:.4} / {ratios:.4}"),
        agrees: None,
    };
    let mut rows = vec![Row {
        what: "x 0.01: convergence".to_owned(),
        published: "terrible".to_owned(),
        measured: format!("loss {:.4}, guessing {guessing:.4}", pairs[0][0]),
        agrees: Some(!learns(pairs[0][0])),
    }];
    rows.extend(norms.iter().zip(&pairs).map(row));
    let answer = answer(&norms, &pairs, learns);
    Judgement { rows, answer: Some(answer), map: None }
}

/// What decides: whichever of the two, held fixed, leaves the other nothing to say.
fn answer(norms: &[f64], pairs: &[[f64; 2]], learns: impl Fn(f64) -> bool) -> String {
    // The course's two: the norm of x 0.01, and lecun's.
    let matched = [(norms[0], pairs[0]), (norms[1], pairs[1])];
    let figures = matched.map(|(norm, [one, ratios])| {
        format!("at norm {norm:.2} one scale for all layers ends at {one:.4}, lecun's ratios at {ratios:.4}")
    });
    let figures = figures.join("; ");
    let first = |which: usize| {
        let learning = norms.iter().zip(pairs).filter(|(_, pair)| learns(pair[which]));
        learning.map(|(norm, _)| *norm).reduce(f64::min)
    };
    let times = |norm: Option<f64>| match norm {
        Some(norm) => format!("from {} times the norm of x 0.01 on", rough(norm / norms[0])),
        None => "at no norm tried".to_owned(),
    };
    let ranges = format!("one scale learns {}, the ratios {}", times(first(0)), times(first(1)));
    let by_ratios = matched.iter().all(|(_, [one, ratios])| !learns(*one) && learns(*ratios));
    let by_size = matched.iter().all(|(_, [one, ratios])| learns(*one) == learns(*ratios));
    if by_ratios {
        format!("The ratios between layers decide, not the overall size: {figures}. Size can make up for it: {ranges}.")
    } else if by_size {
        format!("The overall size decides, not the ratios between layers: {figures}; {ranges}.")
    } else {
        format!("Neither decides alone: {figures}; {ranges}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_decides_is_said() {
        let norms: Vec<f64> = vec![5.0, 6.0, 3.0, 12.0];
        let learns = |loss: f64| loss < 0.5;
        let says = |one: [f64; 4], ratios: [f64; 4]| {
            let pairs: Vec<[f64; 2]> = one.iter().zip(&ratios).map(|(a, b)| [*a, *b]).collect();
            answer(&norms, &pairs, learns)
        };
        assert!(says([0.6, 0.6, 0.6, 0.1], [0.2, 0.2, 0.6, 0.1]).starts_with("The ratios between layers decide"));
        assert!(says([0.6, 0.6, 0.6, 0.1], [0.2, 0.2, 0.6, 0.1]).contains("from 2.4 times the norm of x 0.01 on"));
        assert!(says([0.6, 0.6, 0.6, 0.1], [0.6, 0.6, 0.6, 0.1]).starts_with("The overall size decides"));
        assert!(says([0.6, 0.1, 0.6, 0.1], [0.2, 0.2, 0.6, 0.1]).starts_with("Neither decides alone"));
    }

    #[test]
    fn the_norms_are_those_of_the_weights() {
        assert!((norm(0.01) - 4.9592).abs() < 1e-3 && (lecun_norm() - 33_f64.sqrt()).abs() < 1e-12);
    }
}
