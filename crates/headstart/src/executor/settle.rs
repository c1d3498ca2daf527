//! What computes a training: settled before there is a task, and opened.

use super::Executor;
use crate::error::Error;
use crate::spec::{Device, Precision, TrainingSpec};

/// Opens the GPU that a training is for, if it is for one; otherwise the processor does it.
///
/// Where that is left open (`auto`) it is settled: a GPU that can be opened, unless float64 is asked for. `say` is told in a sentence
/// what it came to, and why.
///
/// # Errors
/// If a GPU is asked for, and cannot be opened, or float64 is asked for, too.
pub fn settle<'a>(
    training: &mut TrainingSpec,
    open: impl FnOnce() -> Result<Box<dyn Executor + 'a>, Error>,
    say: impl FnOnce(&str),
) -> Result<Option<Box<dyn Executor + 'a>>, Error> {
    match (training.device, training.precision) {
        (Device::Cpu, _) => return Ok(None),
        (Device::Gpu, _) => {
            training.check_device()?;
            return open().map(Some);
        }
        (Device::Auto, Some(Precision::F64)) => {
            (training.device, training.precision) = (Device::Cpu, None);
            say("--device auto is the processor: --precision f64 is asked for, and a GPU computes in float32");
            return Ok(None);
        }
        (Device::Auto, None | Some(Precision::F32)) => {}
    }
    match open() {
        Ok(gpu) => {
            (training.device, training.precision) = (Device::Gpu, None);
            let name = gpu.device().map_or_else(|| "a GPU".to_owned(), ToString::to_string);
            say(&format!("--device auto is {name}: it is there, and no float64 is asked for"));
            Ok(Some(gpu))
        }
        Err(error) => {
            training.device = Device::Cpu;
            say(&format!("--device auto is the processor: {error}"));
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::watch::Watch;
    use crate::executor::{self, Batch, Each, Threads};

    /// A GPU that is there.
    struct Fake(executor::Device);

    impl Executor for Fake {
        fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
            Threads(1).run(batch, watch, each)
        }

        fn device(&self) -> Option<&executor::Device> {
            Some(&self.0)
        }
    }

    /// What a text of training settles to, whether a GPU is opened, and what is said.
    fn settled(text: &str, is_there: bool) -> Result<(String, bool, String), Error> {
        let mut training: TrainingSpec = toml::from_str(text).unwrap();
        let [name, driver, precision] = ["Card", "Driver 1", "float32"].map(str::to_owned);
        let card = executor::Device { name, driver, precision };
        let card = is_there.then(|| Box::new(Fake(card)) as Box<dyn Executor>);
        let open = || card.ok_or_else(|| Error::Device("no GPU was found".to_owned()));
        let mut said = String::new();
        let opened = settle(&mut training, open, |text| text.clone_into(&mut said))?;
        Ok((format!("{} {}", training.device, training.precision()), opened.is_some(), said))
    }

    #[test]
    fn auto_is_a_gpu_where_there_is_one_and_nothing_speaks_against_it() {
        let auto = |more: &str, is_there| settled(&format!("device = 'auto'\n{more}"), is_there).unwrap();
        let (came_to, is_open, said) = auto("", true);
        assert_eq!((came_to.as_str(), is_open), ("gpu f32", true));
        assert_eq!(said, "--device auto is Card (Driver 1, float32): it is there, and no float64 is asked for");
        let (came_to, is_open, said) = auto("", false);
        assert_eq!((came_to.as_str(), is_open), ("cpu f64", false));
        assert_eq!(said, "--device auto is the processor: no GPU was found");
        let (came_to, is_open, said) = auto("precision = 'f64'", true);
        assert_eq!((came_to.as_str(), is_open), ("cpu f64", false));
        assert!(said.contains("--precision f64 is asked for"), "{said}");
        assert_eq!(auto("precision = 'f32'", false).0, "cpu f32");
    }

    #[test]
    fn what_is_asked_for_is_had_or_an_error_and_nothing_is_said() {
        assert_eq!(settled("", true).unwrap(), ("cpu f64".to_owned(), false, String::new()));
        assert_eq!(settled("device = 'cuda'", true).unwrap(), ("gpu f32".to_owned(), true, String::new()));
        assert_eq!(settled("device = 'gpu'", false).unwrap_err().to_string(), "no GPU was found");
        let error = settled("device = 'gpu'\nprecision = 'f64'", true).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains("use --device cpu"), "{error}");
    }
}
