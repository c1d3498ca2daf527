//! A task: what to train, on what, from where, how.

use crate::files::Config;
use crate::flags::config::{all_sections, overlay, read_task};
use crate::flags::data::DataFlags;
use crate::flags::device::DeviceFlags;
use crate::flags::init::InitFlags;
use crate::flags::network::NetworkFlags;
use crate::flags::output::Output;
use crate::flags::training::TrainingFlags;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::error::Error;
use headstart::spec::TaskSpec;

/// A task: what to train, on what, from where, how.
#[derive(Debug, Args)]
pub struct TaskArgs {
    /// The task.
    #[command(flatten)]
    pub task: TaskFlags,
    /// What is shown and written of it.
    #[command(flatten)]
    pub output: Output,
}

/// A task, and whether its configuration file is all that is wanted.
#[derive(Debug, Args)]
pub struct TaskFlags {
    /// Read the task from a TOML file; flags beat what it says
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    config: Option<Config>,
    /// Print the configuration file that would do the same, and stop
    #[arg(long, help_heading = "Configuration")]
    pub print_config: bool,
    /// Where the samples come from.
    #[command(flatten)]
    pub data: DataFlags,
    #[command(flatten)]
    network: NetworkFlags,
    #[command(flatten)]
    init: InitFlags,
    #[command(flatten)]
    training: TrainingFlags,
}

impl TaskFlags {
    /// The task that file and flags describe together.
    pub fn spec(&self) -> Result<TaskSpec, Error> {
        self.spec_with_seeds(1)
    }

    /// The file that would do the same, if that is all that is asked for.
    pub fn config(&self, spec: impl FnOnce() -> Result<TaskSpec, Error>) -> Option<Result<String, Error>> {
        self.print_config.then(|| Ok(settled(&spec()?)?.to_toml()))
    }

    /// The same, with so many seeds where neither says how many.
    pub fn spec_with_seeds(&self, seeds: i64) -> Result<TaskSpec, Error> {
        let mut table = self.table(&[])?;
        // Whoever has no flag for it works on the processor, whatever a file says to the others.
        if let Some(training) = table.get_mut("training").and_then(toml::Value::as_table_mut) {
            training.remove("device");
        }
        if let Some(init) = table.get_mut("init").and_then(toml::Value::as_table_mut) {
            init.entry("seeds").or_insert(seeds.into());
        }
        let spec = self.read(table)?;
        spec.init.seeds.count()?;
        Ok(spec)
    }

    /// The same, where the number of seeds may be left open; and whether anything says how many there are.
    pub fn spec_of_comparison(&self, device: &DeviceFlags) -> Result<(TaskSpec, bool), Error> {
        let table = device.over(self.table(&[])?)?;
        let has_seeds = table.get("init").and_then(|init| init.get("seeds")).is_some();
        Ok((self.read(table)?, has_seeds))
    }

    /// The task that file and flags describe together, by what [`TaskFlags::table`] has.
    pub fn read(&self, table: toml::Table) -> Result<TaskSpec, Error> {
        let spec = read_task(table)?;
        Ok(TaskSpec { data: self.data.with_given(spec.data), ..spec })
    }

    /// Refuses an initialization or a number of seeds for what finds them itself.
    ///
    /// # Errors
    /// If one of them was given as a flag.
    pub fn without_start(&self) -> Result<(), Error> {
        let given = [("--init", self.init.init.is_some()), ("--seeds", self.init.seeds.is_some())];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => Err(Error::Usage(format!(
                "{flag}: advise finds the start by itself, with as many seeds as that takes; leave it out, or use headstart \
                 compare for starts of your own"
            ))),
            None => Ok(()),
        }
    }

    /// The file with the flags over it: its sections of a task, and more of those that there are. What it says to other
    /// commands is none of this one's business, but has to make sense.
    pub fn table(&self, more: &[&str]) -> Result<toml::Table, Error> {
        let mut table = self.config.as_ref().map_or_else(|| Ok(toml::Table::new()), all_sections)?;
        for section in OTHER_SECTIONS.iter().filter(|section| !more.contains(section)) {
            table.remove(*section);
        }
        if let Some(data) = table.get_mut("data").and_then(toml::Value::as_table_mut)
            && self.data.asks_for_other_columns()
        {
            data.remove("columns");
        }
        overlay(&mut table, "data", &self.data)?;
        overlay(&mut table, "network", &self.network)?;
        overlay(&mut table, "init", &self.init)?;
        overlay(&mut table, "training", &self.training)?;
        Ok(table)
    }
}

/// The sections that are not of a task.
const OTHER_SECTIONS: [&str; 2] = ["study", "map"];

/// A task with what becomes of the columns of its data, so that it says all there is to say.
pub fn settled(spec: &TaskSpec) -> Result<TaskSpec, Error> {
    Ok(TaskSpec { data: before_anything(|| spec.data.settled())?, ..spec.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        task: TaskFlags,
    }

    fn spec(flags: &[&str]) -> Result<TaskSpec, Error> {
        Alone::parse_from([&["headstart"], flags].concat()).task.spec()
    }

    #[test]
    fn a_flag_beats_the_file_and_the_rest_of_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.toml");
        std::fs::write(&path, "[data]\ndata = \"moons\"\n[training]\nlr = 0.5\nsteps = 7\n").unwrap();
        let spec = spec(&["--config", path.to_str().unwrap(), "--lr", "0.1", "--init", "he,glorot:2"]).unwrap();
        assert_eq!((spec.training.lr, spec.training.steps), (Some(0.1), Some(7)));
        assert_eq!((spec.data.data.as_str(), spec.init.init.to_string().as_str()), ("moons", "he,glorot:2"));
    }

    #[test]
    fn the_printed_configuration_is_the_same_task() {
        let flags = [
            "--data",
            "blobs",
            "--centers",
            "4",
            "--layers",
            "_,8,_",
            "--bias",
            "0.1",
            "--output-bias",
            "prior",
            "--class-weights",
            "1,2,3,4",
            "--lr-factors",
            "1,0.5",
            "--nesterov",
            "--warmup",
            "10",
            "--weight-decay",
            "0.01",
            "--decoupled-decay",
            "--decay-biases",
            "--clip",
            "1",
            "--dropout",
            "0.5",
            "--label-smoothing",
            "0.1",
            "--early-stopping",
            "3",
            "--validation-every",
            "20",
            "--validation-share",
            "0.2",
            "--lr-schedule",
            "step:10:0.5",
        ];
        let asked = spec(&flags).unwrap();
        assert_eq!(TaskSpec::from_toml(&asked.to_toml()).unwrap(), asked);
    }
}
