//! Kernels made for an architecture: texts in WGSL, unrolled or specialised for widths, activations, output, loss and rule.
//!
//! One workgroup has one network. Its lanes have the samples, and every sum has an order that nothing but the kernel decides, so that a
//! network's bits do not depend on what is trained beside it. There are two ways: [`small`] keeps parameters and gradients of a lane in
//! its registers, [`tiles`] keeps what samples leave behind in the memory that a workgroup shares. [`look`] says what came of it.

mod activation;
mod design;
mod end;
mod head;
pub(crate) mod look;
pub(crate) mod rule;
mod small;
mod tiles;
mod words;

use design::Layout;
pub(crate) use design::{COLUMNS, Design, Source, Traits};

/// Kernels for a design, and how parameters lie for them.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// Does steps.
    pub train: Source,
    pub layout: Layout,
    /// Steps that a dispatch may have, at most.
    pub steps: usize,
}

impl Kernel {
    /// The kernels for a design on a device; or, in a sentence, why there are none.
    pub fn of(design: &Design<'_>, traits: &Traits) -> Result<Self, String> {
        check(design)?;
        let (train, layout, turns) = match small::make(design, traits) {
            Some(small) => small,
            None => tiles::make(design, traits)?,
        };
        let steps = traits.turns.saturating_sub(turns.once) / turns.step;
        if steps == 0 {
            return Err(
                "software that computes as a GPU does not go through so many samples and units in a step".to_owned()
            );
        }
        Ok(Self { train, layout, steps })
    }

    /// The kernel that looks at so many samples.
    pub fn look(&self, design: &Design<'_>, samples: usize, classes: usize, traits: &Traits) -> Result<Source, String> {
        look::make(design, &self.layout, (samples, classes), traits)
    }
}

/// That there are kernels for all that a design asks for.
fn check(design: &Design<'_>) -> Result<(), String> {
    let Design { network, training, .. } = design;
    if !network.is_dense_chain() {
        return Err("it has blocks, and there are kernels for dense layers in a row".to_owned());
    }
    if let Some(activation) = network.activations().iter().find(|activation| !activation::is_known(**activation)) {
        return Err(format!("{activation} learns its slope"));
    }
    if !rule::is_known(training.optimizer) {
        return Err("L-BFGS is not done there".to_owned());
    }
    if training.has_dropout() {
        return Err("there is no dropout there".to_owned());
    }
    if training.early_stopping.is_some() {
        return Err("there is no early stopping there".to_owned());
    }
    Ok(())
}
