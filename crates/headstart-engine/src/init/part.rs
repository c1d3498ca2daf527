//! Weights of models that are no chain of dense layers: of a kernel, of one of the projections that share a tensor, of one gate.

use super::scheme::Scheme;
use super::start::Purpose;
use super::{InitError, orthogonal};
use crate::activation::Activation;
use crate::network::Layer;
use crate::rng::Native;
use crate::watch::Watch;
use ndarray::{Array1, Array2};

/// A block of weights that is drawn by itself, as a matrix with a row for each output. Those of a dense layer are `fan_out x fan_in`; a
/// row of a convolution has the kernels of all inputs of its group, one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Which block of its model it is, counted from 0: each has a stream of its own.
    pub slot: usize,
    /// Outputs.
    pub rows: usize,
    /// Weights of an output.
    pub columns: usize,
    /// Places of a kernel, 1 of what is none; `columns` is a multiple of it.
    pub area: usize,
    /// Inputs of a unit: of a convolution those of its group times the area.
    pub fan_in: usize,
    /// Units that an input goes to: of a convolution the outputs of its group times the area.
    pub fan_out: usize,
    /// What made its inputs. Of the first block, whose inputs are the data, it is what is applied to its own outputs.
    pub before: Activation,
}

impl Part {
    /// The layer by whose fans schemes have their sizes.
    fn layer(&self) -> Layer {
        let start = usize::from(self.slot > 0);
        let weights = start..start + self.rows * self.columns;
        Layer {
            fan_in: self.fan_in,
            fan_out: self.fan_out,
            biases: weights.end..weights.end,
            slope: weights.end..weights.end,
            norms: weights.end..weights.end,
            weights,
            before: self.before,
            kernel: None,
            branch: None,
            is_last: false,
        }
    }

    /// The weights, `rows x columns`. A dense layer's are those that [`Initialization::draw`](super::Initialization::draw) has in the layer
    /// of the slot's number.
    ///
    /// # Errors
    /// If the scheme is not for what made the inputs, there are no rows or columns, these are no multiple of the area, or it was stopped.
    pub fn draw(&self, scheme: Scheme, seed: u64, watch: &Watch) -> Result<Array2<f64>, InitError> {
        let layer = self.layer();
        let is_whole = self.rows > 0 && self.columns > 0 && self.fan_in > 0 && self.fan_out > 0;
        if !is_whole || self.area == 0 || !self.columns.is_multiple_of(self.area) {
            return Err(InitError::NoPart(*self));
        }
        let mut stream = Native::new(seed, Purpose::Weights(self.slot).into());
        scheme.fits(&layer)?;
        let drawn = match scheme {
            Scheme::DeltaOrthogonal { gain } => {
                orthogonal::delta((self.rows, self.columns), self.area, gain, &mut stream, watch)
            }
            scheme => scheme.matrix((self.rows, self.columns), &layer, &mut stream, watch),
        };
        drawn.ok_or(InitError::Stopped)
    }

    /// The biases of its rows that belong to weights by a scheme: 0 for most.
    ///
    /// # Errors
    /// If the scheme is not for what made the inputs.
    pub fn draw_own_biases(&self, scheme: Scheme, seed: u64) -> Result<Array1<f64>, InitError> {
        self.draw_biases(scheme.own_biases(), seed)
    }

    /// Biases of its rows by a scheme of their own.
    ///
    /// # Errors
    /// If the scheme is for matrices, or not for what made the inputs.
    pub fn draw_biases(&self, scheme: Scheme, seed: u64) -> Result<Array1<f64>, InitError> {
        let layer = self.layer();
        scheme.fits(&layer)?;
        let one = scheme.of_one_bias(&layer).ok_or(InitError::Biases(scheme))?;
        let mut stream = Native::new(seed, Purpose::Biases(self.slot).into());
        Ok(Array1::from_shape_simple_fn(self.rows, one.drawn_from(&mut stream)))
    }

    /// The second moment of a weight; none where the scheme leaves it to the data, or is not drawn around 0.
    pub fn variance(&self, scheme: Scheme) -> Option<f64> {
        let over = |gain: f64, area: usize| gain * gain / self.rows.max(self.columns / area) as f64 / area as f64;
        match scheme {
            Scheme::Orthogonal { gain } => Some(over(gain, 1)),
            Scheme::DeltaOrthogonal { gain } => Some(over(gain, self.area)),
            scheme => scheme.variance(&self.layer()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::Initialization;
    use crate::network::{Loss, Network, Output};
    use crate::rng::Rng;
    use crate::watch::NOBODY;

    fn dense(slot: usize, fan_out: usize, fan_in: usize, before: Activation) -> Part {
        Part { slot, rows: fan_out, columns: fan_in, area: 1, fan_in, fan_out, before }
    }

    fn conv(outputs: usize, inputs: usize, area: usize) -> Part {
        let (fan_in, fan_out) = (inputs * area, outputs * area);
        Part { slot: 3, rows: outputs, columns: fan_in, area, fan_in, fan_out, before: Activation::Relu }
    }

    fn drawn(part: &Part, scheme: &str) -> Array2<f64> {
        part.draw(scheme.parse().unwrap(), 1, &NOBODY).unwrap()
    }

    #[test]
    fn blocks_of_dense_layers_are_the_layers_of_a_network() {
        let end = (Output::Softmax, Loss::CrossEntropy);
        let network = Network::new(&[7, 5, 4, 3], &[Activation::Tanh], end.0, end.1, true).unwrap();
        for text in ["he", "glorot-uniform", "orthogonal:2", "critical", "pytorch-default", "siren", "sparse:2"] {
            let start = text.parse::<Initialization>().unwrap().draw(&network, Rng::Native, 5).unwrap();
            for (l, (layer, drawn)) in network.layers().zip(&start.parameters.0).enumerate() {
                let part = dense(l, layer.fan_out, layer.fan_in, layer.before);
                let scheme: Scheme = text.parse().unwrap();
                assert_eq!(part.draw(scheme, 5, &NOBODY).unwrap(), drawn.weights, "{text}");
                assert_eq!(part.draw_own_biases(scheme, 5).unwrap(), drawn.biases, "{text}");
            }
        }
    }

    #[test]
    fn kernels_have_their_area_in_both_fans() {
        for (scheme, variance) in
            [("he", 2.0 / 576.0), ("glorot", 2.0 / (576.0 + 288.0)), ("lecun-uniform", 1.0 / 576.0)]
        {
            let part = conv(32, 64, 9);
            let weights = drawn(&part, scheme);
            let measured = weights.iter().map(|w| w * w).sum::<f64>() / weights.len() as f64;
            assert!((measured / variance - 1.0).abs() < 0.05, "{scheme}: {measured}");
            assert!((part.variance(scheme.parse().unwrap()).unwrap() / variance - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn delta_orthogonal_is_orthogonal_in_the_middle_and_zero_elsewhere() {
        let part = conv(8, 4, 9);
        let kernels = drawn(&part, "delta_orthogonal:2");
        let middle = Array2::from_shape_fn((8, 4), |(o, i)| kernels[[o, 9 * i + 4]]);
        assert_eq!(kernels.iter().filter(|w| **w != 0.0).count(), 32);
        let square = middle.t().dot(&middle);
        assert!(square.indexed_iter().all(|((i, j), x)| (x - if i == j { 4.0 } else { 0.0 }).abs() < 1e-12));
        let moment = kernels.iter().map(|w| w * w).sum::<f64>() / kernels.len() as f64;
        assert!((moment / part.variance("delta-orthogonal:2".parse().unwrap()).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_only_kernels_have_is_read_and_written() {
        for text in ["delta-orthogonal", "delta-orthogonal:1.5", "he:2"] {
            assert_eq!(text.parse::<Scheme>().unwrap().to_string(), text);
        }
        for wrong in ["delta-orthogonal:0", "delta-orthogonal:x", "delta-orthogonally"] {
            assert!(wrong.parse::<Scheme>().is_err(), "{wrong}");
        }
        let broken = Part { area: 7, ..conv(8, 4, 9) };
        let error = broken.draw("he".parse().unwrap(), 1, &NOBODY).unwrap_err().to_string();
        assert!(error.contains("36"), "{error}");
    }
}
