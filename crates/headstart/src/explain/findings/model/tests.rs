//! Findings from figures alone, and none from figures that are as they should be.

use crate::explain::evidence::{Curvature, Evidence, Inputs, Look, Place, Start, TrainingFacts};
use crate::explain::findings::{NAMES, findings};
use crate::explain::model::{Attention, Branch, Model, Parameter};
use headstart_engine::activation::Activation;
use proptest::prelude::*;

fn parameter(name: &str, place: usize, fan_in: usize, fan_out: usize) -> Parameter {
    let asked = (2.0 / fan_in as f64).sqrt();
    Parameter {
        name: name.to_owned(),
        place: Some(place),
        role: "dense".to_owned(),
        shape: vec![fan_out, fan_in],
        count: fan_in * fan_out,
        fan_in,
        fan_out,
        area: 1,
        groups: 1,
        parts: 1,
        scale: asked,
        asked,
        before: (place > 0).then(|| "relu".to_owned()),
        is_trained: true,
        ..Parameter::default()
    }
}

/// A chain of relu layers of 64 units, as he draws it.
fn healthy(layers: usize) -> Evidence {
    let place = |l: usize| Place {
        name: format!("{l}"),
        width: 64,
        activation: (l + 1 < layers).then_some(Activation::Relu),
        signal: 2.0,
        gradient: 0.1,
        weight_gradient: 0.1,
        correlation: Some(0.4),
        ..Place::default()
    };
    let parameters = (0..layers).map(|l| parameter(&format!("{l}.weight"), l, 64, 64)).collect();
    let model = Model { framework: "torch".to_owned(), classes: Some(10), parameters, ..Model::default() };
    let look = Look {
        loss: 2.4,
        loss_kind: None,
        output: None,
        saturated: None,
        places: (0..layers).map(place).collect(),
        features: Vec::new(),
        targets: None,
        model: Some(model),
    };
    Evidence {
        start: Start::default(),
        look,
        inputs: Inputs::default(),
        guessing: std::f64::consts::LN_10,
        training: TrainingFacts {
            optimizer: "adam".to_owned(),
            momentum: None,
            lr: 1e-3,
            rate: 1e-3,
            steps: 100,
            has_minibatches: false,
            decay: None,
            clip: None,
            warmup: 0,
        },
        curvature: Some(Curvature { sharpness: 3.0, scaled: None, limit: None }),
        outlook: None,
    }
}

fn changed(change: impl FnOnce(&mut Look, fn(&mut Look) -> &mut Model)) -> Vec<(&'static str, String)> {
    fn model(look: &mut Look) -> &mut Model {
        look.model.as_mut().expect("there is one")
    }
    let mut evidence = healthy(10);
    change(&mut evidence.look, model);
    let found = findings(&evidence, None).unwrap().unwrap();
    found.into_iter().map(|finding| (finding.name, finding.sentence)).collect()
}

fn branch(chain: usize, stream: f64, size: f64) -> Branch {
    Branch { name: "block".to_owned(), stream, size, joined: stream + size, chain, ..Branch::default() }
}

#[test]
fn nothing_is_found_in_a_healthy_chain() {
    assert_eq!(changed(|_, _| {})[0].0, "nothing wrong");
}

#[test]
fn a_third_of_the_variance_is_pytorch_s_default_and_a_sixth_is_left() {
    let found = changed(|look, model| {
        for one in &mut model(look).parameters {
            one.scale = (1.0 / (3.0 * 64.0_f64)).sqrt();
        }
        for (l, place) in look.places.iter_mut().enumerate() {
            place.signal = 0.34 * 6.0_f64.powi(-(l as i32));
        }
    });
    assert_eq!(found[0].0, "default start too small for this depth");
    assert!(found[0].1.contains("9 plain relu layers: 0.167 of"), "{}", found[0].1);
}

#[test]
fn streams_that_grow_are_named_whether_they_add_or_multiply() {
    let grown = |multiplies: bool| {
        changed(|look, model| {
            let model = model(look);
            let mut stream = 1.0;
            for _ in 0..48 {
                let size = if multiplies { stream } else { 1.0 };
                model.branches.push(branch(0, stream, size));
                stream += size;
            }
        })
    };
    for (multiplies, words) in [(false, "each adds about as much"), (true, "each multiplies")] {
        let found = grown(multiplies);
        assert_eq!(found[0].0, "residual stream grows with depth");
        assert!(found[0].1.contains(words), "{}", found[0].1);
    }
    let short = changed(|look, model| model(look).branches = vec![branch(0, 1.0, 100.0)]);
    assert_eq!(short[0].0, "nothing wrong");
}

#[test]
fn what_is_not_seen_is_not_said() {
    let attention = Attention { name: "h.0.attn".to_owned(), heads: 4, tokens: 32, entropy: 0.05, saturated: 0.9 };
    let found = changed(|look, model| model(look).attention.push(attention.clone()));
    assert_eq!(found[0].0, "attention saturated");
    // Of two tokens one is seen more often than not.
    let found = changed(|look, model| model(look).attention.push(Attention { tokens: 2, ..attention }));
    assert_eq!(found[0].0, "nothing wrong");
    let found = changed(|look, model| model(look).unreached = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    assert_eq!(
        found[0],
        (
            "parameter without gradient",
            "3 parameters that are to be trained, a to c, have no part in the loss: no gradient \
        reaches them, and they stay as they were drawn."
                .to_owned()
        )
    );
    let found = changed(|look, _| look.loss = 40.0);
    assert_eq!(found[0].0, "logits too large at the start");
}

proptest! {
    /// Whatever is measured, something is said, by a name that is known, and without a panic.
    #[test]
    fn any_figures_are_told(
        figures in prop::collection::vec(prop_oneof![Just(0.0), Just(f64::NAN), Just(f64::INFINITY), 1e-30..1e30_f64], 12),
        sizes in prop::collection::vec(1_usize..5000, 6),
        loss in prop_oneof![Just(f64::NAN), Just(0.0), 1e-9..1e9_f64],
    ) {
        let found = changed(|look, model| {
            look.loss = loss;
            for (place, figure) in look.places.iter_mut().zip(&figures) {
                (place.signal, place.gradient, place.weight_gradient) = (*figure, figures[11], figures[10]);
            }
            let model = model(look);
            for (one, figure) in model.parameters.iter_mut().zip(&figures) {
                (one.scale, one.asked, one.area, one.groups) = (*figure, figures[9], sizes[0] % 10 + 1, sizes[1] % 4 + 1);
                (one.fan_in, one.fan_out, one.parts, one.count) = (sizes[2], sizes[3], sizes[4] % 4 + 1, sizes[5]);
                one.normalized = (sizes[0] % 2 == 0).then(|| "batch_norm".to_owned());
            }
            model.branches = figures.windows(3).map(|three| Branch {
                joined: three[2],
                tokens: Some(three[0]),
                zeros: vec!["0.weight".to_owned(); sizes[1] % 3],
                ..branch(sizes[4] % 2, three[0], three[1])
            }).collect();
        });
        prop_assert!(!found.is_empty() && found.iter().all(|(name, _)| NAMES.contains(name)));
    }
}
