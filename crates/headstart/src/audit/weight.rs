//! What is known of one tensor.

use super::files::Files;
use super::moments::Moments;
use super::name::siblings;
use super::recipe::{Asked, Recipe, usual};
use super::role::{Miscount, Place, Role};
use super::scan::Units;
use crate::weights::{Every, Numbers};
use serde::Serialize;

/// A tensor of a model, its figures, and what its shape asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Weight {
    /// Its name, as the file has it.
    pub name: String,
    /// The same with a `*` in the place of the layer's number: what is the same for all its siblings.
    pub siblings: String,
    /// The number of the layer; null where the name has none.
    pub layer: Option<u64>,
    /// Its file.
    pub file: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The type of its numbers: `f32`, `bf16`, `i64`.
    pub dtype: String,
    /// What it is for.
    pub role: Role,
    /// How many numbers there are.
    pub count: u64,
    /// Their mean, as of all that follows over those that are finite; null where there are none.
    pub mean: Option<f64>,
    /// Their standard deviation.
    pub sd: Option<f64>,
    /// Their root mean square: the scale.
    pub rms: Option<f64>,
    /// The least.
    pub min: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
    /// Their kurtosis: 3 of normal ones, 1.8 of uniform ones; null where all are one number.
    pub kurtosis: Option<f64>,
    /// How many are 0.
    pub zeros: u64,
    /// How many are infinite or no numbers.
    pub not_finite: u64,
    /// Inputs of an output, times the kernel's area; null where there are none, or where nothing says which way round it is.
    pub fan_in: Option<usize>,
    /// Outputs of an input, times the kernel's area, of one part where several are packed.
    pub fan_out: Option<usize>,
    /// The scales that fans ask for; null where there are none.
    pub asked: Option<Asked>,
    /// The rule among these whose scale is nearest.
    pub nearest: Option<&'static str>,
    /// Its scale over the one of that rule.
    pub ratio: Option<f64>,
    /// The usual start that it looks as if it was drawn by, and not moved since; null where it looks like none.
    pub looks_like: Option<String>,
    #[serde(skip)]
    pub(super) moments: Moments,
    #[serde(skip)]
    pub(super) hash: u128,
    #[serde(skip)]
    pub(super) units: Option<Units>,
    #[serde(skip)]
    pub(super) miscounts: Vec<Miscount>,
    /// What rounding may have changed a number by, as a share.
    #[serde(skip)]
    pub(super) rounded: f64,
    /// Bits of the type behind the point.
    #[serde(skip)]
    pub(super) fraction_bits: i32,
}

impl Weight {
    /// Before its numbers are looked at.
    pub(super) fn new(file: usize, files: &Files, tensor: &Every<'_>, place: &Place) -> Self {
        let (siblings, layer) = siblings(&tensor.name);
        let bits = if let Numbers::Bytes(float, _) = &tensor.numbers { float.fraction_bits() } else { 52 };
        Self {
            name: tensor.name.clone(),
            siblings,
            layer,
            file: files.paths[file].display().to_string(),
            shape: tensor.shape.clone(),
            dtype: tensor.dtype.clone(),
            role: place.role,
            count: tensor.shape.iter().map(|length| *length as u64).fold(1, u64::saturating_mul),
            mean: None,
            sd: None,
            rms: None,
            min: None,
            max: None,
            kurtosis: None,
            zeros: 0,
            not_finite: 0,
            fan_in: place.fans.map(|fans| fans.fan_in),
            fan_out: place.fans.map(|fans| fans.fan_out),
            asked: place.fans.map(Asked::by),
            nearest: None,
            ratio: None,
            looks_like: None,
            moments: Moments::NONE,
            hash: 0,
            units: None,
            miscounts: place.miscounts.clone(),
            // A bound may be rounded up by half of the last bit.
            rounded: 2_f64.powi(-bits) + 1e-9,
            fraction_bits: bits,
        }
    }

    /// With its figures.
    pub(super) fn measured(&mut self, moments: Moments, hash: u128, units: Option<Units>) {
        let there = |x: f64| (moments.count > 0).then_some(x);
        self.mean = there(moments.mean);
        self.sd = there(moments.sd());
        self.rms = there(moments.rms());
        self.min = there(moments.min);
        self.max = there(moments.max);
        self.kurtosis = moments.kurtosis();
        self.zeros = moments.zeros;
        self.not_finite = moments.not_finite();
        let nearest = self.asked.zip(self.rms).and_then(|(asked, rms)| asked.nearest(rms));
        self.nearest = nearest.map(|(rule, _)| rule);
        self.ratio = nearest.zip(self.rms).map(|((_, scale), rms)| rms / scale);
        (self.moments, self.hash, self.units) = (moments, hash, units);
    }

    /// The usual starts of such a tensor.
    pub(super) fn recipes(&self, layers: usize) -> Vec<Recipe> {
        let fans = self.fan_in.zip(self.fan_out).map(|(fan_in, fan_out)| super::role::Fans { fan_in, fan_out });
        usual(self.role, &self.shape, fans, (self.ends_a_branch() && layers > 1).then_some(layers))
    }

    /// Whether the name says that it is the last weight of a branch that is added to what it began from.
    pub(super) fn ends_a_branch(&self) -> bool {
        const ENDS: [&str; 12] = [
            "c_proj",
            "o_proj",
            "down_proj",
            "out_proj",
            "wo",
            "w2",
            "fc2",
            "proj_out",
            "to_out",
            "conv_out",
            "proj",
            "out",
        ];
        let lower = self.name.to_lowercase();
        lower.split(['.', '/']).any(|part| ENDS.contains(&part) || part.contains("zero"))
    }

    /// Whether it is one of the weights that a signal is multiplied by, and there are several numbers in it.
    pub(super) fn is_matrix(&self) -> bool {
        self.role.multiplies() && self.count > 1
    }

    /// Whether all its numbers are finite and 0.
    pub(super) fn is_zero(&self) -> bool {
        self.count > 0 && self.zeros == self.count
    }

    /// Whether all its numbers are finite and one and the same.
    pub(super) fn is_constant(&self) -> bool {
        self.count > 1 && self.not_finite == 0 && self.moments.min == self.moments.max
    }
}
