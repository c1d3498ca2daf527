//! Blocks with a path around them, and with normalization: what a deep stack of them does to signal and gradient.
//!
//! A stream `x_0 = W x` goes through blocks, `x_(l+1) = skip x_l + scale F(x_l)`. In the wide limit a branch's last weights are
//! independent of the stream, so that second moments add, forward, `q -> skip^2 q + scale^2 E[F^2]`, and backward,
//! `g -> (skip^2 + scale^2 chi_F) g`, with the gradient's factor `chi_F` of the branch alone (Yang and Schoenholz 2017, "Mean field
//! residual networks: on the edge of chaos"; Hayou et al. 2021, "Stable `ResNet`"). What is summed are Gaussian
//! fields, so the stream stays Gaussian with mean 0.
//!
//! Over so many units of mean 0 a layer's normalization and that by the root of the mean square are the same: they divide by
//! `sqrt(q)`, leave correlations alone, and divide the gradient's second moment by `q`. The two directions that they take out of the
//! gradient are a share of 2 / width of it.
//!
//! Closed forms (tests hold the recursion to all of them; `a = E[phi(u)^2] / q`, `k` the layers of a branch):
//!
//! - relu and all that have no scale, no biases, no normalization: signal and gradient grow by `skip^2 + scale^2 (w a)^k` a block. He's
//!   weights and scale 1 double both; scale `1 / sqrt(L)` makes `(1 + 1/L)^L`, which tends to e (Hayou et al. 2021).
//! - tanh, one layer: the signal grows like `scale^2 (w + b) l`, and the gradient like `exp(c sqrt(l))` with
//!   `c = 8 scale w / (3 sqrt(2 pi (w + b)))`, as `E[tanh'(u)^2]` tends to `4 / (3 sqrt(2 pi q))` (exponents of Yang and Schoenholz
//!   2017; the constant follows).
//! - normalized before each layer: the signal grows linearly, by the same amount in each block, and the gradient like a power of the
//!   depth: see [`Block::gradient_power`].
//! - normalized after the addition: the signal is 1, and the gradient grows by `(skip^2 + scale^2 chi_F) / (skip^2 + scale^2 E[F^2])` a
//!   block: of relu without biases not at all, of others exponentially.

use super::{Ensemble, LEAST, ln_sum};

/// Layers of weights in a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// `W phi(x)`
    One,
    /// `W2 phi(W1 phi(x))`, of any width in between.
    Two,
}

/// Where a block normalizes its signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormPlace {
    /// Nowhere.
    Nowhere,
    /// In front of each layer of a branch, `W phi(norm(x))`: pre-norm.
    Before,
    /// Behind the addition, `norm(skip x + scale F(x))`: post-norm.
    After,
}

/// A block, `skip x + scale F(x)`. With skip 0 and scale 1 it is a plain layer (or two), also of a dense network that normalizes,
/// `W phi(norm(x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// How each layer of the branch is drawn, and the activation before it.
    pub ensemble: Ensemble,
    /// Layers of the branch.
    pub branch: Branch,
    /// What the stream is multiplied by on the path around the branch: 1 in residual networks.
    pub skip: f64,
    /// What the branch is multiplied by: 1, `1 / sqrt(L)`, or 0, as at the start of zero-initialized branches.
    pub scale: f64,
    /// Where it normalizes.
    pub norm: NormPlace,
}

/// One block further, or many, in logarithms: of signals that leave the floating-point numbers, too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passage {
    /// The logarithm of the stream's second moment behind.
    pub ln_square: f64,
    /// That of the factor by which the gradient's second moment, a mean over units, is larger in front than behind.
    pub ln_gradient: f64,
}

impl Branch {
    /// How many layers of weights it has.
    pub fn layers(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

impl Block {
    /// Through one block, from a stream whose second moment has this logarithm.
    pub fn pass(&self, ln_q: f64) -> Passage {
        let branch = self.branch_pass(ln_q);
        let [skip, scale] = self.ln_factors();
        let sum = ln_sum(skip + ln_q, scale + branch.ln_square);
        let ln_gradient = ln_sum(skip, scale + branch.ln_gradient);
        match self.norm {
            NormPlace::After => Passage { ln_square: 0.0, ln_gradient: ln_gradient - sum },
            NormPlace::Nowhere | NormPlace::Before => Passage { ln_square: sum, ln_gradient },
        }
    }

    /// Through so many blocks, one after the other, from a stream of second moment `q`, which is above 0: what each does. The first
    /// is next to the input.
    pub fn along(self, q: f64, blocks: usize) -> impl Iterator<Item = Passage> {
        let mut ln_q = q.ln();
        (0..blocks).map(move |_| {
            let passage = self.pass(ln_q);
            ln_q = passage.ln_square;
            passage
        })
    }

    /// Through so many blocks at once: the stream's second moment behind all of them, and the factor of the gradient's second moment
    /// from there back to where the stream has second moment `q`.
    pub fn through(self, q: f64, blocks: usize) -> Passage {
        let start = Passage { ln_square: q.ln(), ln_gradient: 0.0 };
        self.along(q, blocks).fold(start, |sum, block| Passage {
            ln_square: block.ln_square,
            ln_gradient: sum.ln_gradient + block.ln_gradient,
        })
    }

    /// The correlation of two samples one block further, both of second moment `q` and of correlation `c`.
    pub fn next_correlation(&self, q: f64, c: f64) -> f64 {
        let (mut ln_q, mut in_branch) = (q.ln(), c);
        for _ in 0..self.branch.layers() {
            let seen = libm::exp(self.seen(ln_q)).clamp(LEAST, 1.0 / LEAST);
            in_branch = self.ensemble.next_correlation(seen, in_branch);
            ln_q = self.ensemble.layer(self.seen(ln_q)).ln_variance;
        }
        let [skip, scale] = self.ln_factors();
        let (kept, added) = (skip + q.ln(), scale + ln_q);
        let share = libm::exp(added - ln_sum(kept, added));
        (c + share * (in_branch - c)).clamp(-1.0, 1.0)
    }

    /// The correlations behind each of so many blocks, of two samples that begin with second moment `q` and correlation `c`. An
    /// integral over two variables in each layer, some 20 ms, unless the activation has no scale.
    pub fn correlations(self, q: f64, c: f64, blocks: usize) -> impl Iterator<Item = f64> {
        let mut here = (q, c);
        self.along(q, blocks).map(move |block| {
            let c = self.next_correlation(here.0, here.1);
            here = (libm::exp(block.ln_square).clamp(LEAST, 1.0 / LEAST), c);
            c
        })
    }

    /// The power of the depth that the gradient's second moment grows like if blocks normalize before each layer and pass the stream
    /// on as it is (skip 1 or -1, and a scale other than 0); otherwise none.
    ///
    /// Each block adds `scale^2 f` to the stream, `f = w E[phi(u)^2] + b` at variance 1, and the branch passes back
    /// `chi_F = f / q (w E[phi'(u)^2] / f)^k`, as each normalization divides by what it sees. So the factors are
    /// `1 + scale^2 f p / (q_0 + l scale^2 f)` with `p = (w E[phi'(u)^2] / f)^k`, whose product over L blocks is
    /// `G(r + p + L) G(r) / (G(r + p) G(r + L))` with the gamma function and `r = q_0 / (scale^2 f)`, and grows like `L^p`. Of relu
    /// without biases p is 1.
    pub fn gradient_power(&self) -> Option<f64> {
        if self.norm != NormPlace::Before || self.skip.abs() != 1.0 || self.scale == 0.0 {
            return None;
        }
        let layer = self.ensemble.layer(0.0);
        let layers = self.branch.layers() as f64;
        Some(libm::exp(layers * (layer.ln_gradient - layer.ln_variance)))
    }

    /// What the branch makes of a stream, and passes back.
    fn branch_pass(&self, ln_q: f64) -> Passage {
        let start = Passage { ln_square: ln_q, ln_gradient: 0.0 };
        (0..self.branch.layers()).fold(start, |before, _| {
            let seen = self.seen(before.ln_square);
            let layer = self.ensemble.layer(seen);
            // What a normalization divides the signal by it divides the gradient by.
            let divided = if self.norm == NormPlace::Before { before.ln_square } else { 0.0 };
            let ln_gradient = before.ln_gradient + layer.ln_gradient - divided;
            Passage { ln_square: layer.ln_variance, ln_gradient }
        })
    }

    /// The logarithm of the variance that the activation sees.
    fn seen(&self, ln_q: f64) -> f64 {
        if self.norm == NormPlace::Before { 0.0 } else { ln_q }
    }

    /// The logarithms of what second moments of the two paths are multiplied by.
    fn ln_factors(&self) -> [f64; 2] {
        [self.skip, self.scale].map(|factor| 2.0 * factor.abs().ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::rng::Native;
    use crate::theory::{averages, draws};
    use ndarray::{Array1, Array2};
    use proptest::prelude::*;
    use std::f64::consts::{E, LN_2, PI};

    fn block(activation: Activation, weights: f64, norm: NormPlace) -> Block {
        let ensemble = Ensemble { activation, weights, biases: 0.0 };
        Block { ensemble, branch: Branch::One, skip: 1.0, scale: 1.0, norm }
    }

    #[test]
    fn he_residual_networks_double_or_grow_by_e() {
        for branch in [Branch::One, Branch::Two] {
            let plain = Block { branch, ..block(Activation::Relu, 2.0, NormPlace::Nowhere) };
            // Far beyond all numbers, too.
            for blocks in [1, 30, 5000] {
                let Passage { ln_square, ln_gradient } = plain.through(3.0, blocks);
                let doubled = blocks as f64 * LN_2;
                assert!(((ln_square - 3.0_f64.ln()) / doubled - 1.0).abs() < 1e-12, "{ln_square}");
                assert!((ln_gradient / doubled - 1.0).abs() < 1e-12, "{ln_gradient}");
            }
            for blocks in [1_usize, 10, 1000] {
                let depth = blocks as f64;
                let stable = Block { scale: 1.0 / depth.sqrt(), ..plain }.through(1.0, blocks);
                let exact = (1.0 + 1.0 / depth).powf(depth);
                assert!((stable.ln_square.exp() / exact - 1.0).abs() < 1e-11);
                assert!((stable.ln_gradient.exp() / exact - 1.0).abs() < 1e-11);
                assert!(exact < E && exact > E * (1.0 - 1.0 / depth));
            }
        }
    }

    #[test]
    fn a_branch_of_nothing_changes_nothing_and_no_path_makes_a_plain_layer() {
        let gelu = Block { scale: 0.0, ..block(Activation::Gelu, 1.7, NormPlace::Nowhere) };
        assert_eq!(gelu.pass(0.3), Passage { ln_square: 0.3, ln_gradient: 0.0 });
        assert_eq!(gelu.next_correlation(2.0, 0.25), 0.25);
        let plain = Block { skip: 0.0, scale: 1.0, ..gelu };
        let layer = plain.ensemble.layer(0.3);
        assert_eq!(plain.pass(0.3), Passage { ln_square: layer.ln_variance, ln_gradient: layer.ln_gradient });
        assert!((plain.next_correlation(2.0, 0.25) - plain.ensemble.next_correlation(2.0, 0.25)).abs() < 1e-14);
    }

    /// The second moment grows linearly, the gradient like the exponential of the depth's root.
    #[test]
    fn tanh_streams_grow_linearly_and_their_gradients_below_exponentially() {
        let (weights, biases, scale) = (1.5, 0.2, 0.8);
        let ensemble = Ensemble { activation: Activation::Tanh, weights, biases };
        let tanh = Block { ensemble, scale, ..block(Activation::Tanh, 1.0, NormPlace::Nowhere) };
        let all: Vec<Passage> = tanh.along(1.0, 4000).collect();
        let linear = scale * scale * (weights + biases);
        let grown = all[3999].ln_square.exp() - all[1999].ln_square.exp();
        assert!((grown / (2000.0 * linear) - 1.0).abs() < 0.03, "{grown}");
        let gradient: f64 = all[2000..].iter().map(|block| block.ln_gradient).sum();
        let c = 8.0 * scale * weights / (3.0 * (2.0 * PI * (weights + biases)).sqrt());
        let expected = c * (4000.0_f64.sqrt() - 2000.0_f64.sqrt());
        assert!((gradient / expected - 1.0).abs() < 0.03, "{gradient}, not {expected}");
    }

    /// The product of gamma functions, and the power that it tends to.
    #[test]
    fn pre_norm_signals_grow_linearly_and_gradients_by_a_power() {
        for (activation, biases) in [(Activation::Relu, 0.0), (Activation::Tanh, 0.1), (Activation::Gelu, 0.0)] {
            for branch in [Branch::One, Branch::Two] {
                let ensemble = Ensemble { activation, weights: 1.8, biases };
                let scale = 0.7;
                let pre = Block { ensemble, branch, scale, ..block(activation, 1.0, NormPlace::Before) };
                let (q, blocks) = (1.3, 400);
                let added = scale * scale * ensemble.next_variance(1.0);
                let Passage { ln_square, ln_gradient } = pre.through(q, blocks);
                let exact = q + blocks as f64 * added;
                assert!((ln_square.exp() / exact - 1.0).abs() < 1e-11, "{activation}: {}", ln_square.exp());
                let (p, r, depth) = (pre.gradient_power().unwrap(), q / added, blocks as f64);
                let gammas =
                    libm::lgamma(r + p + depth) + libm::lgamma(r) - libm::lgamma(r + p) - libm::lgamma(r + depth);
                assert!((ln_gradient - gammas).abs() < 1e-9, "{activation}: {ln_gradient}, not {gammas}");
                let twice = pre.through(q, 2 * blocks).ln_gradient - ln_gradient;
                assert!((twice / LN_2 - p).abs() < 0.02, "{activation}: {twice} {p}");
            }
        }
        let relu = block(Activation::Relu, 2.0, NormPlace::Before);
        assert_eq!(relu.gradient_power(), Some(1.0));
        assert!((relu.through(1.0, 99).ln_gradient.exp() - 100.0).abs() < 1e-9);
        assert_eq!(Block { scale: 0.0, ..relu }.gradient_power(), None);
        assert_eq!(Block { norm: NormPlace::After, ..relu }.gradient_power(), None);
    }

    #[test]
    fn post_norm_and_plain_normalized_layers_have_one_factor() {
        let relu = block(Activation::Relu, 2.0, NormPlace::After).through(1.0, 50);
        assert!(relu.ln_square == 0.0 && relu.ln_gradient.abs() < 1e-12, "{relu:?}");
        let here = averages(Activation::Tanh, 1.0);
        let tanh = block(Activation::Tanh, 1.5, NormPlace::After).pass(0.0);
        let exact = (1.0 + 1.5 * here.slope_square) / (1.0 + 1.5 * here.square);
        assert!((tanh.ln_gradient.exp() - exact).abs() < 1e-12);
        let plain = Block { skip: 0.0, ..block(Activation::Tanh, 1.5, NormPlace::Before) };
        let deep = plain.along(7.0, 3).last().unwrap();
        assert!((deep.ln_gradient.exp() - here.slope_square / here.square).abs() < 1e-12);
        assert!((deep.ln_square.exp() - 1.5 * here.square).abs() < 1e-12);
    }

    /// What two samples and a gradient become in drawn networks, a mean over draws: the stream's second moment, the correlation, the
    /// gradient's factor.
    fn drawn(block: &Block, c: f64, blocks: usize, width: usize, draws: u64) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for seed in 0..draws {
            let mut stream = Native::new(seed, 31);
            let mut x = draws::normal(width, 2, 1.0, &mut stream);
            let other = &x.column(0) * c + &x.column(1) * (1.0 - c * c).sqrt();
            x.column_mut(1).assign(&other);
            let passes: Vec<Tape> = (0..blocks).map(|_| forward(block, &mut x, &mut stream)).collect();
            let behind = draws::normal(width, 2, 1.0, &mut stream);
            let before = passes.iter().rev().fold(behind.clone(), |gradient, tape| backward(block, &gradient, tape));
            let ratio = draws::mean_square(&before) / draws::mean_square(&behind);
            let figures = [draws::mean_square(&x), draws::correlation(&x), ratio];
            sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure / draws as f64);
        }
        sums
    }

    type Norm = Option<(Array2<f64>, Array1<f64>)>;

    /// Of each layer: what its normalization gave, slopes and weights; and the normalization behind.
    type Tape = (Vec<(Norm, Array2<f64>, Array2<f64>)>, Norm);

    fn forward(block: &Block, x: &mut Array2<f64>, stream: &mut Native) -> Tape {
        let (mut z, mut layers) = (x.clone(), Vec::new());
        for _ in 0..block.branch.layers() {
            let norm = (block.norm == NormPlace::Before).then(|| draws::normalize(&z, 0));
            let (values, slopes) = draws::activate(block.ensemble.activation, norm.as_ref().map_or(&z, |norm| &norm.0));
            let weights = draws::weights(z.nrows(), z.nrows(), block.ensemble.weights, stream);
            let biases = draws::normal(z.nrows(), 1, block.ensemble.biases, stream);
            z = weights.dot(&values) + biases;
            layers.push((norm, slopes, weights));
        }
        *x = block.skip * &*x + block.scale * z;
        let behind = (block.norm == NormPlace::After).then(|| draws::normalize(x, 0));
        if let Some((normalized, _)) = &behind {
            x.assign(normalized);
        }
        (layers, behind)
    }

    fn backward(block: &Block, gradient: &Array2<f64>, (layers, behind): &Tape) -> Array2<f64> {
        let gradient = behind.as_ref().map_or(gradient.clone(), |norm| draws::normalize_back(gradient, norm, 0));
        let branch = layers.iter().rev().fold(block.scale * &gradient, |delta, (norm, slopes, weights)| {
            let delta = weights.t().dot(&delta) * slopes;
            norm.as_ref().map_or(delta.clone(), |norm| draws::normalize_back(&delta, norm, 0))
        });
        block.skip * gradient + branch
    }

    /// Two samples and a gradient in 4 blocks of 500 units, six draws.
    #[test]
    fn wide_networks_do_what_the_recursion_says() {
        let relu = Ensemble { activation: Activation::Relu, weights: 2.0, biases: 0.0 };
        let tanh = Ensemble { activation: Activation::Tanh, weights: 1.6, biases: 0.2 };
        let places = [NormPlace::Nowhere, NormPlace::Before, NormPlace::After];
        let blocks = places.into_iter().flat_map(|norm| {
            [
                Block { ensemble: relu, branch: Branch::One, skip: 1.0, scale: 1.0, norm },
                Block { ensemble: tanh, branch: Branch::Two, skip: 1.0, scale: 0.7, norm },
            ]
        });
        let plain = Block { ensemble: tanh, branch: Branch::One, skip: 0.0, scale: 1.0, norm: NormPlace::Before };
        for block in blocks.chain([plain]) {
            let [square, correlation, gradient] = drawn(&block, 0.3, 4, 500, 6);
            let told = block.through(1.0, 4);
            let c = block.correlations(1.0, 0.3, 4).last().unwrap();
            assert!((square / told.ln_square.exp() - 1.0).abs() < 0.06, "{block:?}: {square}, {told:?}");
            assert!((gradient / told.ln_gradient.exp() - 1.0).abs() < 0.06, "{block:?}: {gradient}, {told:?}");
            assert!((correlation - c).abs() < 0.03, "{block:?}: {correlation}, not {c}");
        }
    }

    #[test]
    fn stretches_add_up() {
        let gelu = block(Activation::Gelu, 1.9, NormPlace::Before);
        let half = gelu.through(1.0, 20);
        let rest = gelu.through(half.ln_square.exp(), 30);
        let whole = gelu.through(1.0, 50);
        assert!((half.ln_gradient + rest.ln_gradient - whole.ln_gradient).abs() < 1e-10);
        assert!((rest.ln_square - whole.ln_square).abs() < 1e-10);
        assert_eq!(gelu.through(2.0, 0), Passage { ln_square: LN_2, ln_gradient: 0.0 });
    }

    proptest! {
        /// The path around keeps at least what it passes on, forward and backward, and alike samples stay alike.
        #[test]
        fn nothing_dies_in_a_stream(which in 0..12_usize, weights in 0.1..4.0, q in 0.01..20.0_f64, scale in -1.5..1.5_f64, two: bool) {
            let branch = if two { Branch::Two } else { Branch::One };
            for norm in [NormPlace::Nowhere, NormPlace::Before] {
                let block = Block { branch, scale, ..block(Activation::ALL[which], weights, norm) };
                let passage = block.pass(q.ln());
                prop_assert!(passage.ln_square >= q.ln() - 1e-12 && passage.ln_gradient >= -1e-12, "{block:?} {passage:?}");
            }
        }

        #[test]
        fn correlations_of_relu_stay_between_those_of_before_and_1(c in -1.0..=1.0_f64, scale in 0.0..2.0, q in 0.01..9.0) {
            for norm in [NormPlace::Nowhere, NormPlace::Before, NormPlace::After] {
                let next = Block { scale, ..block(Activation::Relu, 2.0, norm) }.next_correlation(q, c);
                prop_assert!((c - 1e-12..=1.0).contains(&next), "{next}");
            }
        }
    }

    #[test]
    fn equal_samples_stay_equal() {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Gelu] {
            let c = block(activation, 1.4, NormPlace::Before).next_correlation(1.0, 1.0);
            assert!((c - 1.0).abs() < 1e-10, "{activation}: {c}");
        }
    }
}
