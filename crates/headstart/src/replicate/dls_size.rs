//! Why the deep cat network does not train from N(0,1) weights times 0.01: because they are small, or because their size
//! is the same in every layer?

use super::dls::{cats, learns};
use super::reach::Reach;
use super::{Case, CaseRuns, Experiment, Judgement, Row, guessing, median};

const WIDTHS: [usize; 5] = [12288, 20, 7, 5, 1];

/// Norms at which one scale for all layers and lecun's ratios between layers are compared, beside that of x 0.01, as
/// multiples of lecun's.
const FACTORS: [f64; 6] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

/// Size or ratios.
pub const CATS_SIZE: Experiment = Experiment {
    name: "dls-cats-size",
    title: "cat or not, deep network: is x 0.01 too small, or the same in layers that want different scales?",
    source: "DeepLearning.AI community, a learner's question on the assignment \"Deep neural network for image \
             classification\" (Deep Learning Specialization, course 1, week 4): the course's x 0.01 against its \
             \"Xavier\", variance 1/fan-in",
    files: &["train_catvnoncat.h5", "test_catvnoncat.h5"],
    pixels: None,
    page: None,
    cases: |setting| {
        let case = |name: String, init: &str| {
            let task =
                cats(setting.folder(), "[12288, 20, 7, 5, 1]", init).replace("seed = 1\n", "seed = 1\nseeds = 5\n");
            Case::new(name, task)
        };
        let one = |at: &f64| case(format!("one scale, norm {at:.2}"), &format!("normal:{}", at / norm(1.0)));
        let ratios = |at: &f64| case(format!("ratios, norm {at:.2}"), &format!("lecun:{}", at / lecun_norm()));
        let norms = norms();
        let mut cases: Vec<Case> = norms.iter().map(one).chain(norms.iter().map(ratios)).collect();
        cases.push(case("lecun behind x 0.01".to_owned(), "normal:0.01/lecun/lecun/lecun"));
        cases.push(case("x 0.01 behind lecun".to_owned(), "lecun/normal:0.01/normal:0.01/normal:0.01"));
        Ok(cases)
    },
    judge: |cases| {
        let guessing = guessing(cases[0].task);
        let ends: Vec<Ends> = cases.iter().map(|case| Ends::of(case, guessing)).collect();
        judge(&ends, guessing)
    },
};

/// The expected Frobenius norm of all weights from one scale.
fn norm(scale: f64) -> f64 {
    scale * WIDTHS.windows(2).map(|w| (w[0] * w[1]) as f64).sum::<f64>().sqrt()
}

/// The same of lecun, whose weights have a variance of 1/fan-in: one for every unit.
fn lecun_norm() -> f64 {
    WIDTHS[1..].iter().map(|w| *w as f64).sum::<f64>().sqrt()
}

/// The norms that are tried, rising.
fn norms() -> Vec<f64> {
    let mut norms: Vec<f64> = FACTORS.iter().map(|factor| factor * lecun_norm()).chain([norm(0.01)]).collect();
    norms.sort_by(f64::total_cmp);
    norms
}

/// Where the runs from one start end.
#[derive(Clone)]
struct Ends {
    name: String,
    /// The median of the training losses.
    loss: f64,
    /// Whether that is better than guessing.
    learns: bool,
    /// How many of the seeds are.
    learning: [usize; 2],
}

impl Ends {
    fn of(case: &CaseRuns, guessing: f64) -> Self {
        let losses = case.runs.iter().map(|run| run.train.loss);
        let loss = median(losses.clone());
        let learning = losses.filter(|loss| learns(*loss, guessing)).count();
        Self { name: case.name.to_owned(), loss, learns: learns(loss, guessing), learning: [learning, case.runs.len()] }
    }
}

/// One scale at all norms, lecun's ratios at all norms, and the two mixtures.
fn judge(ends: &[Ends], guessing: f64) -> Judgement {
    let norms = norms();
    let (one, rest) = ends.split_at(norms.len());
    let (ratios, mixed) = rest.split_at(norms.len());
    let at = |wanted: f64| norms.partition_point(|norm| *norm < wanted);
    let (small, lecun) = (at(norm(0.01)), at(lecun_norm()));
    let mut rows = vec![Row {
        what: "x 0.01: convergence".to_owned(),
        published: "terrible".to_owned(),
        measured: format!("loss {:.4}, guessing {guessing:.4}", one[small].loss),
        agrees: Some(!one[small].learns),
    }];
    rows.extend(ends.iter().map(|Ends { name, loss, learning: [learning, all], .. }| Row {
        what: name.clone(),
        published: "-".to_owned(),
        measured: format!("loss {loss:.4}, {learning} of {all} learn"),
        agrees: None,
    }));
    let reach = |ends: &[Ends]| {
        let learns: Vec<bool> = ends.iter().map(|ends| ends.learns).collect();
        Reach::of(&norms, &learns).map_or_else(|| "none".to_owned(), |reach| reach.to_string())
    };
    let answer = format!(
        "{}: at the norm of x 0.01, {:.2}, one scale for all layers ends at a loss of {:.4} and lecun's ratios at {:.4}, \
         at lecun's norm, {:.2}, they end at {:.4} and {:.4}, and guessing costs {guessing:.4}; of the norms from {:.2} to \
         {:.1}, one scale learns at {}, the ratios at {}; lecun behind a first layer of x 0.01 ends at {:.4}, x 0.01 \
         behind a first layer of lecun at {:.4}.",
        verdict([&one[small], &one[lecun], &ratios[small], &ratios[lecun]].map(|ends| ends.learns)),
        norms[small],
        one[small].loss,
        ratios[small].loss,
        norms[lecun],
        one[lecun].loss,
        ratios[lecun].loss,
        norms[0],
        norms[norms.len() - 1],
        reach(one),
        reach(ratios),
        mixed[0].loss,
        mixed[1].loss,
    );
    Judgement { rows, answer: Some(answer), map: None }
}

/// What takes x 0.01 to lecun's result: its norm, its ratios, or both. The four are one scale at the norm of x 0.01 and at
/// lecun's, and lecun's ratios at the same two: the course's starts are the first and the last, and each of those between
/// changes one thing.
fn verdict([neither, norm, ratios, both]: [bool; 4]) -> &'static str {
    match (norm, ratios) {
        _ if neither || !both => "There is nothing to decide, as it is not so that x 0.01 fails and lecun learns",
        (false, true) => "The ratios between layers decide, not the overall size",
        (true, false) => "The overall size decides, not the ratios between layers",
        (true, true) => "Either is enough, lecun's overall size or its ratios between layers",
        (false, false) => "Neither is enough alone, lecun's overall size or its ratios between layers",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said if one scale and the ratios learn at these norms, of which the second is that of x 0.01 and the third
    /// lecun's.
    fn says(one: [bool; 7], ratios: [bool; 7]) -> Judgement {
        let ends = |(i, learns): (usize, bool)| Ends {
            name: format!("start {i}"),
            loss: if learns { 0.1 } else { 0.7 },
            learns,
            learning: [if learns { 5 } else { 0 }, 5],
        };
        let all: Vec<Ends> = one.into_iter().chain(ratios).chain([true, false]).enumerate().map(ends).collect();
        judge(&all, 0.7)
    }

    #[test]
    fn whichever_decides_is_said() {
        let large = |from: usize| std::array::from_fn(|i| i >= from);
        let judgement = says(large(5), large(0));
        let sentence = judgement.answer.unwrap();
        assert!(sentence.starts_with("The ratios between layers decide"), "{sentence}");
        assert!(sentence.contains("one scale learns at 46 to 91.9 or more, the ratios at 2.87 or less"), "{sentence}");
        assert_eq!((judgement.rows.len(), judgement.rows[0].agrees), (17, Some(true)));
        // As soon as the norm is lecun's, whatever the ratios.
        let sentence = says(large(2), large(2)).answer.unwrap();
        assert!(sentence.starts_with("The overall size decides"), "{sentence}");
        // Where x 0.01 learns as well, the remark on it is wrong and there is no difference to explain.
        let judgement = says(large(0), large(0));
        assert_eq!(judgement.rows[0].agrees, Some(false));
        assert!(judgement.answer.unwrap().starts_with("There is nothing to decide"));
        assert!(says(large(7), large(7)).answer.unwrap().starts_with("There is nothing to decide"));
        assert!(says(large(2), large(1)).answer.unwrap().starts_with("Either is enough"));
        assert!(says(large(3), large(2)).answer.unwrap().starts_with("Neither is enough alone"));
    }

    #[test]
    fn the_norms_are_those_of_the_weights() {
        assert!((norm(0.01) - 4.9592).abs() < 1e-3 && (lecun_norm() - 33_f64.sqrt()).abs() < 1e-12);
        assert!(norms().is_sorted() && norms()[1] == norm(0.01) && norms()[2] == lecun_norm());
    }
}
