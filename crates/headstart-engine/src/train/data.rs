//! Samples: features that many problems may share, and their targets.

use super::error::ProblemError;
use super::gather::{chunk, gather};
use crate::matrix::{Base, Multiply, SampleMatrix, Side, Weights};
use crate::network::Network;
use crate::simd::{InstructionSet, Real};
use ndarray::ArrayView2;
use std::sync::OnceLock;

/// What the network should return for the samples.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a> {
    /// The class of each sample, from 0 on.
    Classes(&'a [usize]),
    /// `samples x outputs` numbers.
    Values(ArrayView2<'a, f64>),
}

/// A training set and perhaps a test set.
#[derive(Debug)]
pub struct Data<T: Real> {
    /// The training set.
    pub train: Samples<T>,
    /// The test set, unless it is empty.
    pub test: Option<Samples<T>>,
    /// All training samples, in chunks.
    chunks: OnceLock<Vec<SampleMatrix<T>>>,
    gram: OnceLock<Gram<T>>,
    test_gram: OnceLock<Gram<T>>,
}

/// Samples in one piece, and the inner products of the training samples with them.
#[derive(Debug)]
pub struct Gram<T: Real> {
    /// `features x samples`
    pub x: SampleMatrix<T>,
    /// `training samples x samples`
    pub products: SampleMatrix<T>,
}

impl<T: Real> Data<T> {
    /// Takes features (`samples x features`) with their targets; rounded to `T`.
    ///
    /// # Errors
    /// If features and targets differ in number, or there are none to train on.
    pub fn new(
        train: (ArrayView2<f64>, Targets),
        test: Option<(ArrayView2<f64>, Targets)>,
    ) -> Result<Self, ProblemError> {
        let train = Samples::new(train)?;
        if train.count == 0 {
            return Err(ProblemError::Empty);
        }
        let test = test.map(Samples::new).transpose()?.filter(|test| test.count > 0);
        Ok(Self { train, test, chunks: OnceLock::new(), gram: OnceLock::new(), test_gram: OnceLock::new() })
    }

    /// All training samples, [`chunk`] by chunk.
    pub fn chunks(&self) -> &[SampleMatrix<T>] {
        self.chunks.get_or_init(|| self.parts(chunk::<T>()))
    }

    /// All training samples, so many at a time.
    pub fn parts(&self, at_once: usize) -> Vec<SampleMatrix<T>> {
        let everything: Vec<usize> = (0..self.train.count).collect();
        let gather = |samples| {
            let mut x = SampleMatrix::default();
            self.train.gather(InstructionSet::best(), 1, samples, &mut x);
            x
        };
        everything.chunks(at_once).map(gather).collect()
    }

    /// The training samples for training through their Gram matrix.
    pub fn gram(&self) -> &Gram<T> {
        self.gram.get_or_init(|| self.products_with(&self.train))
    }

    /// The samples that accuracy is judged on, for a network that is trained through the Gram matrix: the test set, or the
    /// training set where there is none.
    pub fn judged_gram(&self) -> &Gram<T> {
        match &self.test {
            Some(test) => self.test_gram.get_or_init(|| self.products_with(test)),
            None => self.gram(),
        }
    }

    fn products_with(&self, samples: &Samples<T>) -> Gram<T> {
        let set = InstructionSet::best();
        let mut x = SampleMatrix::default();
        samples.gather(set, 1, &(0..samples.count).collect::<Vec<_>>(), &mut x);
        let mut products = SampleMatrix::zeros(self.train.count, samples.count);
        let weights = Weights { numbers: &self.train.x, stride: self.train.features, side: Side::Rows };
        set.run(Multiply::new(weights, Base::Zero, &x, &mut products));
        Gram { x, products }
    }
}

/// Samples as they lie in memory: one after the other.
#[derive(Debug)]
pub struct Samples<T: Real> {
    /// How many.
    pub count: usize,
    /// Numbers in each.
    pub features: usize,
    x: Vec<T>,
    targets: OwnTargets,
}

#[derive(Debug)]
enum OwnTargets {
    Classes(Vec<usize>),
    /// Sample after sample, and how many each has.
    Values(Vec<f64>, usize),
}

impl<T: Real> Samples<T> {
    pub fn new((x, targets): (ArrayView2<f64>, Targets)) -> Result<Self, ProblemError> {
        let (count, features) = x.dim();
        let (targets, labelled) = match targets {
            Targets::Classes(classes) => (OwnTargets::Classes(classes.to_vec()), classes.len()),
            Targets::Values(values) => {
                (OwnTargets::Values(values.iter().copied().collect(), values.ncols()), values.nrows())
            }
        };
        if labelled != count {
            return Err(ProblemError::Lengths { features: count, targets: labelled });
        }
        Ok(Self { count, features, x: x.iter().map(|&x| T::from_f64(x)).collect(), targets })
    }

    /// All features, sample after sample.
    pub fn numbers(&self) -> &[T] {
        &self.x
    }

    /// The class of each; none of numbers.
    pub fn classes(&self) -> Option<&[usize]> {
        match &self.targets {
            OwnTargets::Classes(classes) => Some(classes),
            OwnTargets::Values(..) => None,
        }
    }

    /// Whether they have classes.
    pub fn are_classified(&self) -> bool {
        matches!(self.targets, OwnTargets::Classes(_))
    }

    /// The targets in the form that the network's loss compares with: `outputs` numbers for each sample.
    ///
    /// # Errors
    /// If the network's inputs or outputs do not fit the samples.
    pub fn targets(&self, network: &Network) -> Result<Vec<T>, ProblemError> {
        if self.features != network.inputs() {
            return Err(ProblemError::Features { network: network.inputs(), data: self.features });
        }
        let outputs = network.outputs();
        let mismatch = |problem: String| Err(ProblemError::Outputs { network: outputs, problem });
        match &self.targets {
            OwnTargets::Classes(classes) => {
                let needed = classes.iter().max().map_or(0, |largest| largest + 1);
                if outputs == 1 && needed > 2 {
                    return mismatch(format!("there are {needed} classes; use {needed} outputs"));
                }
                if outputs > 1 && needed > outputs {
                    return mismatch(format!("there are {needed} classes; use at least that many outputs"));
                }
                let no_yes = network.class_ends().map(T::from_f64);
                let is_hot = move |class: usize, j: usize| if outputs == 1 { class > 0 } else { j == class };
                let of = move |class: usize| (0..outputs).map(move |j| no_yes[usize::from(is_hot(class, j))]);
                Ok(classes.iter().flat_map(|&class| of(class)).collect())
            }
            OwnTargets::Values(_, each) if *each != outputs => {
                mismatch(format!("there are {each} target(s) per sample"))
            }
            OwnTargets::Values(values, _) => Ok(values.iter().map(|&y| T::from_f64(y)).collect()),
        }
    }

    /// The weight of every sample, by its class; empty if classes have none.
    ///
    /// # Errors
    /// If there are no classes, or fewer weights than classes.
    pub fn weights(&self, of_classes: &[f64]) -> Result<Vec<f64>, ProblemError> {
        let wrong = |problem: String| Err(ProblemError::Training(problem));
        match &self.targets {
            _ if of_classes.is_empty() => Ok(Vec::new()),
            OwnTargets::Values(..) => wrong("class weights are for classes, and the targets are numbers".to_owned()),
            OwnTargets::Classes(classes) => match classes.iter().max() {
                Some(&largest) if largest >= of_classes.len() => {
                    let (has, needed) = (of_classes.len(), largest + 1);
                    wrong(format!("{has} class weights for {needed} classes; give one for each"))
                }
                _ => Ok(classes.iter().map(|&class| of_classes[class]).collect()),
            },
        }
    }

    /// The features of some samples, `features x samples`, on at most so many threads.
    pub fn gather(&self, set: InstructionSet, threads: usize, samples: &[usize], to: &mut SampleMatrix<T>) {
        gather(set, threads, &self.x, self.features, samples, to);
    }
}
