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
use headstart::engine::network::Loss;

/// Multiply-adds of a step of one network, at most: one workgroup has to do them in a moment.
const MOST_WORK: f64 = 3e8;

/// The same of a look, which is done once.
const MOST_LOOK: f64 = 4e9;

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
        let work = 3.0 * design.batch().unwrap_or(design.samples) as f64 * design.network.parameter_count() as f64;
        if work > MOST_WORK {
            return Err("a step of it takes longer than a display waits for a GPU".to_owned());
        }
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
        if samples as f64 * design.network.parameter_count() as f64 > MOST_LOOK {
            return Err("a look at all samples takes longer than a display waits for a GPU".to_owned());
        }
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
    if matches!(network.loss(), Loss::Huber(delta) if (delta as f32).is_infinite()) {
        return Err("its loss has a number that float32 does not have".to_owned());
    }
    if rule::epsilon(training.optimizer).is_some_and(|epsilon| epsilon > 0.0 && epsilon < f64::from(f32::MIN_POSITIVE))
    {
        return Err("its epsilon is nothing in float32".to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;
    use headstart::spec::{Device, TaskSpec};
    use headstart::task::Task;

    /// Bytes of the shared memory that a text asks for.
    fn shared(Source(text): &Source) -> usize {
        let number = |word: &str| -> usize {
            let word = word.trim().trim_end_matches('u');
            word.parse().unwrap_or_else(|_| {
                let known = text.split(&format!("const {word} = ")).nth(1).unwrap_or_else(|| panic!("{word}: {text}"));
                known.split('u').next().unwrap().parse().unwrap()
            })
        };
        let size = |kind: &str| match kind.trim() {
            "f32" | "u32" | "atomic<u32>" => 4,
            "vec2u" => 8,
            "vec4f" => 16,
            other => panic!("{other}"),
        };
        let bytes = |of: &str| {
            let kind = of.split_once(':').unwrap().1.split(';').next().unwrap().trim();
            match kind.strip_prefix("array<").and_then(|array| array.strip_suffix('>')) {
                Some(array) => {
                    let (kind, count) = array.rsplit_once(',').unwrap();
                    size(kind) * number(count)
                }
                None => size(kind),
            }
        };
        text.split("var<workgroup>").skip(1).map(bytes).sum()
    }

    #[test]
    fn no_kernel_asks_for_more_memory_than_there_is() {
        let mut made = 0;
        for layers in ["2,1", "2,10,5,1", "2,64,44,1", "2,128,88,1", "2,128,128,88,1", "2,250,3,1", "2,33,17,1"] {
            for batch in ["", "batch=7\n", "batch=40\n"] {
                let text = format!(
                    "[data]\ndata='circles'\n[network]\nlayers=[{layers}]\n[training]\noptimizer='adam'\n{batch}"
                );
                let mut spec = TaskSpec::from_toml(&text).unwrap();
                spec.training.device = Device::Gpu;
                let task = Task::new(spec).unwrap();
                let problem = task.float32().unwrap();
                let design = Design { network: problem.network(), training: problem.training(), samples: 300 };
                for kilobytes in [4, 8, 16, 32, 48, 64, 100] {
                    for subgroup in [0, 4, 8, 16, 32, 64] {
                        let traits = Traits {
                            subgroup,
                            memory: 1024 * kilobytes,
                            lanes: 256,
                            keeps_nan: true,
                            is_software: false,
                            turns: usize::MAX,
                        };
                        let Ok(kernel) = Kernel::of(&design, &traits) else { continue };
                        assert!(
                            shared(&kernel.train) <= traits.memory,
                            "{layers} {traits:?}: {}",
                            shared(&kernel.train)
                        );
                        let Ok(look) = kernel.look(&design, 300, 2, &traits) else { continue };
                        assert!(shared(&look) <= traits.memory, "{layers} {traits:?}: {}", shared(&look));
                        made += 1;
                    }
                }
            }
        }
        assert!(made > 500, "{made}");
    }
}
