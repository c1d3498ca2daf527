//! What a training is: its numbers, and which of them make sense.

use super::error::ProblemError;
use crate::names::plain;
use crate::optimizer::{Clip, Decay, Optimizer, Schedule};
use crate::simd::Real;

/// How a network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// The update rule.
    pub optimizer: Optimizer,
    /// The learning rate, or its largest value where the schedule varies it.
    pub lr: f64,
    /// What the learning rate is multiplied by in each layer, from the first one on: for its weights and its biases; 0
    /// leaves a layer as it is drawn. Empty for 1 everywhere.
    pub lr_factors: Vec<f64>,
    /// The same for biases, and for gains and shifts of the normalizations before a layer, where theirs are others; empty where they are not.
    pub bias_lr_factors: Vec<f64>,
    /// The learning rate over the steps.
    pub schedule: Schedule,
    /// So many steps rise to the learning rate before the schedule begins: see [`Schedule::rate`].
    pub warmup: usize,
    /// Weight decay.
    pub decay: Decay,
    /// A bound of the gradient.
    pub clip: Option<Clip>,
    /// The share of the units of each hidden layer that is left out at every step, anew for each sample, and the others
    /// multiplied by 1 / (1 - share) (Srivastava et al. 2014, inverted): first layer to last; empty for none. Losses of the trace
    /// are with it, all others without.
    pub dropout: Vec<f64>,
    /// How far the targets of classes are moved towards their mean over the classes while training (Szegedy et al. 2016,
    /// section 7); 0 for none. Losses of the trace are with it, all others without.
    pub label_smoothing: f64,
    /// When to stop before the last step; looks at nothing without [`Problem::judged_on`](super::Problem::judged_on).
    pub early_stopping: Option<EarlyStopping>,
    /// Samples in a minibatch; all of them at every step if `None`.
    pub batch: Option<usize>,
    /// Updates of the parameters.
    pub steps: usize,
    /// The loss is recorded at step 0 and every so many steps.
    pub record_every: usize,
    /// What the losses of the samples of each class are multiplied by; empty for 1 everywhere. The loss of a batch stays the sum
    /// over its samples divided by their number, as in Keras (`class_weight`); `PyTorch`'s cross-entropy and scikit-learn's
    /// `MLPClassifier` divide by the sum of the weights.
    pub class_weights: Vec<f64>,
    /// An accuracy to watch for: on the test set, or on the training set without one. See [`Run::reached`](super::Run::reached).
    pub target: Option<f64>,
}

/// When to stop before the last step: where the loss on the validation samples has not become lower for so many looks. The
/// parameters with the lowest one are kept, also where all steps are done (Prechelt 1998, "Early stopping, but when?"; Keras'
/// `EarlyStopping` with `restore_best_weights`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlyStopping {
    /// Steps between two looks.
    pub every: usize,
    /// Looks in a row without a lower loss.
    pub patience: usize,
}

impl Training {
    /// A training with nothing but a rule, a learning rate and a number of steps, all samples at each, and a hundred records.
    pub fn new(optimizer: Optimizer, lr: f64, steps: usize) -> Self {
        Self {
            optimizer,
            lr,
            lr_factors: Vec::new(),
            bias_lr_factors: Vec::new(),
            schedule: Schedule::Constant,
            warmup: 0,
            decay: Decay::default(),
            clip: None,
            dropout: Vec::new(),
            label_smoothing: 0.0,
            early_stopping: None,
            batch: None,
            steps,
            record_every: (steps / 100).max(1),
            class_weights: Vec::new(),
            target: None,
        }
    }

    /// The learning rate of a step.
    pub fn rate(&self, step: usize) -> f64 {
        self.schedule.rate(self.lr, self.warmup, step, self.steps)
    }

    /// Whether some parameters have a learning rate of their own.
    pub fn has_factors(&self) -> bool {
        self.lr_factors.iter().chain(&self.bias_lr_factors).any(|factor| *factor != 1.0)
    }

    /// What the learning rate is multiplied by for the weights of a layer, and for all else of it.
    pub fn factors(&self, layer: usize) -> [f64; 2] {
        let of_weights = self.lr_factors.get(layer).copied().unwrap_or(1.0);
        [of_weights, self.bias_lr_factors.get(layer).copied().unwrap_or(of_weights)]
    }

    /// Whether the learning rate is the same at every step.
    pub fn has_constant_rate(&self) -> bool {
        self.schedule == Schedule::Constant && self.warmup == 0
    }

    /// Whether nothing moves a parameter but its gradient times the learning rate.
    pub(super) fn is_plain(&self) -> bool {
        self.optimizer == Optimizer::GRADIENT_DESCENT && self.decay.rate == 0.0 && !self.has_dropout()
    }

    /// Whether units are left out.
    pub fn has_dropout(&self) -> bool {
        self.dropout.iter().any(|share| *share > 0.0)
    }

    /// Whether the losses of its steps are of samples or units that were drawn for them: those of minibatches, and with dropout.
    pub fn is_noisy(&self) -> bool {
        self.batch.is_some() || self.has_dropout()
    }

    /// That its numbers make sense, and stay what they are in `T`.
    pub(super) fn check<T: Real>(&self) -> Result<(), ProblemError> {
        let wrong = |message: String| Err(ProblemError::Training(message));
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            return wrong(format!("the learning rate must be a positive number, not {}", self.lr));
        }
        let factors = || self.lr_factors.iter().chain(&self.bias_lr_factors);
        if let Some(factor) = factors().find(|factor| !(**factor >= 0.0 && factor.is_finite())) {
            return wrong(format!("a learning rate factor must be a number from 0 on, not {factor}"));
        }
        if self.steps == 0 {
            return wrong("at least 1 step is needed".to_owned());
        }
        if self.warmup >= self.steps && self.warmup > 0 {
            return wrong(format!(
                "a warm-up of {} steps leaves nothing of {}; it must be shorter than the training",
                self.warmup, self.steps
            ));
        }
        if self.record_every == 0 {
            return wrong("the loss can be recorded every 1 steps or more, not every 0".to_owned());
        }
        if self.batch == Some(0) {
            return wrong("a batch needs at least 1 sample".to_owned());
        }
        if let Some(weight) = self.class_weights.iter().find(|weight| !(**weight > 0.0 && weight.is_finite())) {
            return wrong(format!("a class weight must be a positive number, not {weight}"));
        }
        if let Some(target) = self.target
            && !(0.0..=1.0).contains(&target)
        {
            return wrong(format!("the target is an accuracy between 0 and 1, not {target}"));
        }
        if !(self.decay.rate >= 0.0 && self.decay.rate.is_finite()) {
            return wrong(format!("weight decay must be a number from 0 on, not {}", self.decay.rate));
        }
        if let Some(Clip::Norm(bound) | Clip::Value(bound)) = self.clip
            && !(bound > 0.0 && bound.is_finite())
        {
            return wrong(format!("a gradient is clipped at a positive number, not at {bound}"));
        }
        if let Some(share) = self.dropout.iter().find(|share| !(0.0..1.0).contains(*share)) {
            return wrong(format!(
                "dropout is the share of units that are left out, from 0 on and below 1, not {share}"
            ));
        }
        if !(0.0..1.0).contains(&self.label_smoothing) {
            return wrong(format!("label smoothing must be at least 0 and below 1, not {}", self.label_smoothing));
        }
        if let Some(EarlyStopping { every, patience }) = self.early_stopping
            && (every == 0 || patience == 0)
        {
            return wrong("early stopping looks every 1 steps or more, and waits for 1 look or more".to_owned());
        }
        if let Optimizer::Lbfgs { history } = self.optimizer {
            if history == 0 {
                return wrong("L-BFGS has to remember at least 1 step".to_owned());
            }
            if self.batch.is_some() || self.has_dropout() {
                return wrong(
                    "L-BFGS compares the gradients of two steps, so both need the same samples and units: leave out the batch and \
                     dropout"
                        .to_owned(),
                );
            }
        }
        self.check_rounded::<T>()?;
        let share = |(name, x): (&str, f64)| match x {
            x if (0.0..1.0).contains(&x) => Ok(()),
            _ => wrong(format!("{name} must be at least 0 and below 1, not {x}")),
        };
        let size = |(_, x): (&str, f64)| {
            if x >= 0.0 { Ok(()) } else { wrong(format!("epsilon must not be negative, not {x}")) }
        };
        let (shares, sizes) = numbers(self.optimizer);
        shares.into_iter().try_for_each(share)?;
        sizes.into_iter().try_for_each(size)
    }

    /// That no number becomes 0, 1 or infinite by being rounded to `T`, or multiplied.
    fn check_rounded<T: Real>(&self) -> Result<(), ProblemError> {
        let wrong = |name: &str, x: f64, what: &str| {
            let number = if size_of::<T>() == 4 { "float32" } else { "float64" };
            Err(ProblemError::Training(format!("{name} {} is {what} in {number}", plain(x))))
        };
        let size = |name: &str, x: f64, shown: f64| match T::from_f64(x).to_f64() {
            rounded if !rounded.is_finite() => wrong(name, shown, "infinite"),
            0.0 if shown != 0.0 => wrong(name, shown, "0"),
            _ => Ok(()),
        };
        size("the learning rate", self.lr, self.lr)?;
        for &factor in self.lr_factors.iter().chain(&self.bias_lr_factors) {
            size("the learning rate factor", factor, factor)?;
            size("the learning rate with the factor", self.lr * factor, factor)?;
        }
        for &weight in &self.class_weights {
            size("the class weight", weight, weight)?;
        }
        size("weight decay", self.decay.rate, self.decay.rate)?;
        if let Some(Clip::Norm(bound) | Clip::Value(bound)) = self.clip {
            size("the bound of the gradient", bound, bound)?;
        }
        let share = |(name, x): (&str, f64)| match T::from_f64(x).to_f64() {
            1.0 => wrong(name, x, "1"),
            _ => Ok(()),
        };
        let (shares, sizes) = numbers(self.optimizer);
        shares.into_iter().try_for_each(share)?;
        sizes.into_iter().try_for_each(|(name, x)| size(name, x, x))
    }
}

/// Numbers and what they are called.
type Named = Vec<(&'static str, f64)>;

/// What an optimizer has of numbers below 1, and of those that only must not be negative.
fn numbers(optimizer: Optimizer) -> (Named, Named) {
    match optimizer {
        Optimizer::Descent { momentum, .. } => (vec![("momentum", momentum)], Vec::new()),
        Optimizer::Adam { beta1, beta2, epsilon }
        | Optimizer::Nadam { beta1, beta2, epsilon }
        | Optimizer::Adamax { beta1, beta2, epsilon } => {
            (vec![("beta1", beta1), ("beta2", beta2)], vec![("epsilon", epsilon)])
        }
        Optimizer::RmsProp { decay, epsilon } => (vec![("the decay of rmsprop", decay)], vec![("epsilon", epsilon)]),
        Optimizer::Adadelta { decay, epsilon } => (vec![("the decay of adadelta", decay)], vec![("epsilon", epsilon)]),
        Optimizer::Adagrad { initial, epsilon } => {
            (Vec::new(), vec![("the first sum of squares", initial), ("epsilon", epsilon)])
        }
        Optimizer::Lion { beta1, beta2 } => (vec![("beta1", beta1), ("beta2", beta2)], Vec::new()),
        Optimizer::Lbfgs { .. } => (Vec::new(), Vec::new()),
    }
}
