//! What users write for starts, widths, axes and the like: understood or refused, and what is understood is written as text
//! that means the same.

#![no_main]

use headstart::budget::Budget;
use headstart::engine::activation::Activation;
use headstart::engine::init::Initialization;
use headstart::engine::optimizer::Schedule;
use headstart::spec::{Activations, Bias, Inits, Layers, Seeds};
use headstart::study::store::Shard;
use headstart::study::{Axis, Sampling};
use libfuzzer_sys::fuzz_target;
use std::fmt::Display;
use std::str::FromStr;

fn round_trip<T: FromStr + Display>(text: &str) {
    if let Ok(value) = T::from_str(text) {
        let once = value.to_string();
        let again = T::from_str(&once).unwrap_or_else(|_| panic!("{text:?} was taken, and its {once:?} is not"));
        assert_eq!(once, again.to_string(), "{text:?} changes its meaning");
    }
}

fuzz_target!(|text: &str| {
    round_trip::<Initialization>(text);
    round_trip::<Inits>(text);
    round_trip::<Layers>(text);
    round_trip::<Activation>(text);
    round_trip::<Activations>(text);
    round_trip::<Seeds>(text);
    round_trip::<Bias>(text);
    round_trip::<Schedule>(text);
    round_trip::<Budget>(text);
    round_trip::<Axis>(text);
    round_trip::<Shard>(text);
    let _ = Sampling::from_str(text);
});
