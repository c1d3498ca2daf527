//! How well classes are told apart, beside the accuracy: what that does not say where one class is rare.
//!
//! The figures are those of scikit-learn (`balanced_accuracy_score`, `f1_score`, `roc_auc_score`), where it has one.

use crate::simd::Real;

/// Figures of a classification beside its accuracy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassFigures {
    /// The mean over the classes of the share of their samples that are put into them (their recall). Classes without samples do
    /// not count.
    pub balanced_accuracy: f64,
    /// Of two classes, the harmonic mean of precision and recall of the second one: `2 TP / (2 TP + FP + FN)`. None of more
    /// classes, and where the second one has no samples and none is put into it (which scikit-learn calls 0, with a warning).
    pub f1: Option<f64>,
    /// Of two classes, the area under the receiver operating characteristic: the chance that of a sample of each class, drawn at
    /// random, that of the second one has the larger logit, ties counting half (Hanley and `McNeil` 1982). With two outputs the
    /// difference of the logits. None of more classes, and where one of the two has no samples.
    pub auc: Option<f64>,
}

impl ClassFigures {
    /// Those of samples counted by their class: how many there are of each, and how many of them are put into it; none if there are
    /// no samples. Of two classes, `second` are put into the second one, and `area` is under the curve.
    pub fn of(of_class: &[[usize; 2]], second: Option<usize>, area: Option<f64>) -> Option<Self> {
        let seen = || of_class.iter().filter(|[samples, _]| *samples > 0);
        let classes = seen().count();
        let recalls: f64 = seen().map(|[samples, right]| *right as f64 / *samples as f64).sum();
        let [samples, hits] = of_class.get(1).copied().unwrap_or_default();
        let all = second.map_or(0, |second| samples + second);
        Some(Self {
            balanced_accuracy: (classes > 0).then(|| recalls / classes as f64)?,
            f1: (all > 0).then(|| 2.0 * hits as f64 / all as f64),
            auc: area,
        })
    }
}

/// Samples counted by the class that they have and the one that they are put into.
#[derive(Debug, Default)]
pub struct Tally {
    /// Samples of each class, and those of them that are put into it.
    of_class: Vec<[usize; 2]>,
    /// Of two classes, samples that are put into the second one.
    second: usize,
    /// Of two classes, the logits of the samples of each.
    scores: [Vec<f64>; 2],
}

impl Tally {
    /// Begins anew, with nothing counted.
    pub fn clear(&mut self) {
        self.of_class.clear();
        self.second = 0;
        self.scores.iter_mut().for_each(Vec::clear);
    }

    /// Counts a sample: its class, the one that it is put into, and of two classes how much the second one is preferred.
    pub fn add(&mut self, class: usize, chosen: usize, score: Option<f64>) {
        if self.of_class.len() <= class {
            self.of_class.resize(class + 1, [0; 2]);
        }
        self.of_class[class][0] += 1;
        self.of_class[class][1] += usize::from(class == chosen);
        if let Some(score) = score {
            self.second += usize::from(chosen == 1);
            // There is one 0 only.
            self.scores[usize::from(class == 1)].push(score + 0.0);
        }
    }

    /// Samples that are put into their class.
    pub fn right(&self) -> usize {
        self.of_class.iter().map(|[_, right]| right).sum()
    }

    /// The figures of what was counted; none if that is nothing. Scores are sorted.
    pub fn figures(&mut self) -> Option<ClassFigures> {
        let are_both = self.scores.iter().all(|scores| !scores.is_empty());
        let area = are_both.then(|| self.area());
        ClassFigures::of(
            &self.of_class,
            (!self.scores[0].is_empty() || !self.scores[1].is_empty()).then_some(self.second),
            area,
        )
    }

    /// The share of the pairs of a sample of each class that are in order, ties counting half.
    fn area(&mut self) -> f64 {
        for scores in &mut self.scores {
            scores.sort_unstable_by(f64::total_cmp);
        }
        let [first, second] = &self.scores;
        // Of the first class, so many are below the score at hand, and so many not above it.
        let (mut below, mut up_to) = (0, 0);
        // In halves of a pair: whole numbers, which no order of adding changes.
        let mut halves = 0_u128;
        for score in second {
            below += first[below..].iter().take_while(|other| *other < score).count();
            up_to = up_to.max(below);
            up_to += first[up_to..].iter().take_while(|other| *other <= score).count();
            halves += (below + up_to) as u128;
        }
        halves as f64 / (2 * first.len() as u128 * second.len() as u128) as f64
    }
}

/// How much the second of two classes is preferred by the logits of a sample; none of more classes.
pub fn score<T: Real>(logits: usize, of: impl Fn(usize) -> T) -> Option<f64> {
    match logits {
        1 => Some(of(0).to_f64()),
        2 => Some(of(1).to_f64() - of(0).to_f64()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(samples: &[(usize, usize, Option<f64>)]) -> Option<ClassFigures> {
        let mut tally = Tally::default();
        for &(class, chosen, score) in samples {
            tally.add(class, chosen, score);
        }
        tally.figures()
    }

    #[test]
    fn two_classes_by_hand() {
        let score = |s: f64| Some(s);
        // Of three of the first class two are right, of two of the second one; the pairs: 0.5 > -1, -2, = 0.5; -0.5 > -1, -2.
        let figures = tally(&[
            (0, 0, score(-1.0)),
            (0, 0, score(-2.0)),
            (0, 1, score(0.5)),
            (1, 1, score(0.5)),
            (1, 0, score(-0.5)),
        ])
        .unwrap();
        assert_eq!(figures.balanced_accuracy, f64::midpoint(2.0 / 3.0, 0.5));
        assert_eq!((figures.f1, figures.auc), (Some(0.5), Some(4.5 / 6.0)));
        // 0 is 0.
        assert_eq!(tally(&[(0, 0, score(0.0)), (1, 0, score(-0.0))]).unwrap().auc, Some(0.5));
    }

    #[test]
    fn what_is_not_there_has_no_figures() {
        assert_eq!(tally(&[]), None);
        let only_first = tally(&[(0, 0, Some(1.0))]).unwrap();
        assert_eq!(only_first, ClassFigures { balanced_accuracy: 1.0, f1: None, auc: None });
        let missed = tally(&[(0, 1, Some(1.0))]).unwrap();
        assert_eq!(missed, ClassFigures { balanced_accuracy: 0.0, f1: Some(0.0), auc: None });
        // The class in the middle has no samples.
        let three = tally(&[(0, 0, None), (2, 1, None), (2, 2, None)]).unwrap();
        assert_eq!(three, ClassFigures { balanced_accuracy: 0.75, f1: None, auc: None });
    }
}
