//! Configuration files: understood or refused; what is understood is written as a file that says the same, and whether it fits
//! a data set of a few samples is a task or a sentence.

#![no_main]

use headstart::data::{DataSpec, Dataset};
use headstart::map::MapSpec;
use headstart::spec::TaskSpec;
use headstart::study::StudySpec;
use headstart::task::Task;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static CIRCLES: LazyLock<Arc<Dataset>> = LazyLock::new(|| {
    let data = DataSpec { data: "circles".to_owned(), samples: Some([4, 2]), ..DataSpec::default() };
    Arc::new(Dataset::load(&data).expect("built-in data"))
});

fuzz_target!(|text: &str| {
    if let Ok(spec) = TaskSpec::from_toml(text) {
        let once = spec.to_toml();
        let again = TaskSpec::from_toml(&once).unwrap_or_else(|error| panic!("{once} is not read back: {error}"));
        assert_eq!(once, again.to_toml());
        let _ = Task::of(Arc::clone(&CIRCLES), spec);
    }
    if let Ok(spec) = StudySpec::from_toml(text) {
        let once = spec.to_toml();
        assert_eq!(once, StudySpec::from_toml(&once).expect("what was written").to_toml());
        let _ = spec.design();
    }
    if let Ok(spec) = MapSpec::from_toml(text) {
        let once = spec.to_toml();
        assert_eq!(once, MapSpec::from_toml(&once).expect("what was written").to_toml());
    }
});
