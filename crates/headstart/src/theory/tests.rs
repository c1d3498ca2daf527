//! Tests of what is answered layer by layer, of what is refused, and of the repeated layer beside it.

use super::blocks::Blocks;
use super::*;
use headstart_engine::theory::averages;
use proptest::prelude::*;

fn asked(activations: &str, inits: &[&str], shape: Shape) -> Result<Answer, Error> {
    let inits = inits.iter().map(|init| init.parse().unwrap()).collect();
    answer(&Question {
        activations: activations.parse().unwrap(),
        inits,
        bias_variance: None,
        shape,
        blocks: Blocks::default(),
    })
}

fn by_layer(activations: &str, inits: &[&str], shape: Shape) -> layers::Theory {
    match asked(activations, inits, shape).unwrap() {
        Answer::Layers(theory) => theory,
        Answer::Repeated(_) | Answer::Blocks(_) => panic!("{activations} {inits:?} is answered as one layer"),
    }
}

fn of_widths(text: &str) -> Shape {
    Shape::Each(text.parse().unwrap())
}

fn refused(activations: &str, inits: &[&str], shape: Shape) -> String {
    asked(activations, inits, shape).unwrap_err().to_string()
}

#[test]
fn layers_that_are_alike_are_the_repeated_layer() {
    for (activation, init) in [
        ("relu", "he"),
        ("relu", "he:1.1"),
        ("tanh", "critical"),
        ("tanh", "glorot"),
        ("gelu", "critical"),
        ("silu", "pytorch-default"),
        ("sigmoid", "orthogonal"),
        ("identity", "normal:0.1"),
        ("selu", "sparse:15"),
    ] {
        let Answer::Repeated(repeated) = asked(activation, &[init], Shape::Equal(Some(4), 60)).unwrap() else {
            panic!("{activation} {init}")
        };
        let row = &repeated.schemes[0];
        let each = by_layer(&[activation; 4].join("/"), &[init, &[init; 5].join("/")], Shape::Equal(None, 60));
        let widths = by_layer(activation, &[init], of_widths("60x6"));
        for start in each.schemes.iter().chain(&widths.schemes) {
            assert_eq!((start.layers.len(), start.through), (5, row.through), "{activation} {init}");
            for layer in &start.layers {
                assert_eq!(
                    (layer.weight_variance, layer.bias_variance),
                    (row.weight_variance, row.bias_variance),
                    "{activation} {init}"
                );
            }
        }
        assert_eq!(each.schemes[0].layers, widths.schemes[0].layers);
    }
}

/// He of relu: the variance stays, and the correlation goes by the arc-cosine kernel (Cho and Saul 2009).
#[test]
fn relu_layers_are_the_closed_forms() {
    let theory = by_layer("relu", &["he/lecun/he/lecun/he"], of_widths("50,100,25,200,80,10"));
    let rows = &theory.schemes[0].layers;
    let (mut q, mut c) = (2.0, 0.0_f64);
    for (l, row) in rows.iter().enumerate() {
        let w = if l % 2 == 0 { 2.0 } else { 1.0 };
        if l > 0 {
            q *= w / 2.0;
            c = ((1.0 - c * c).sqrt() + c * (std::f64::consts::PI - c.acos())) / std::f64::consts::PI;
            assert!((row.chi.unwrap() - w / 2.0).abs() < 1e-12, "{row:?}");
        }
        assert!((row.variance.unwrap() - q).abs() < 1e-12 && (row.signal.unwrap() - q / 2.0).abs() < 1e-12, "{row:?}");
        assert!((row.correlation.unwrap() - c).abs() < 1e-9, "{row:?} is not {c}");
    }
    // Of the last hidden layer's second moment: chi and the ratio of the widths, layer by layer.
    let gradients: Vec<_> = rows.iter().map(|row| row.gradient).collect();
    let expected = [Some(0.25 * 0.8), Some(0.5 * 80.0 / 25.0), Some(0.5 * 80.0 / 200.0), Some(1.0), None];
    for (gradient, expected) in gradients.iter().zip(expected) {
        let near = gradient.zip(expected).map_or(gradient.is_none(), |(a, b)| (a - b).abs() < 1e-12);
        assert!(near, "{gradients:?}");
    }
    let through = theory.schemes[0].through.unwrap();
    assert!((through.signal.unwrap() - 0.25).abs() < 1e-12 && (through.gradient.unwrap() - 0.2).abs() < 1e-12);
    // Hanin and Nica 2018: 5 / n of every layer.
    let spread = (5.0 * (1.0 / 100.0 + 1.0 / 25.0 + 1.0 / 200.0_f64)).sqrt();
    assert!((through.spread - spread).abs() < 1e-9, "{through:?}");
    assert_eq!(rows.iter().map(|row| row.units).collect::<Vec<_>>(), [100, 25, 200, 80, 10]);
}

#[test]
fn linear_layers_multiply_their_variances() {
    let theory = by_layer("identity", &["glorot", "normal:0.2", "lecun:fan-out"], of_widths("8,40,10,5"));
    let variance =
        |start: usize| theory.schemes[start].layers.iter().map(|row| row.variance.unwrap()).collect::<Vec<_>>();
    let close = |ours: Vec<f64>, expected: [f64; 3]| {
        assert!(ours.iter().zip(expected).all(|(a, b)| (a / b - 1.0).abs() < 1e-9), "{ours:?} {expected:?}");
    };
    let glorot = |fan_in: f64, fan_out: f64| 2.0 * fan_in / (fan_in + fan_out);
    let (a, b, c) = (glorot(8.0, 40.0), glorot(40.0, 10.0), glorot(10.0, 5.0));
    close(variance(0), [a, a * b, a * b * c]);
    close(variance(1), [0.04 * 8.0, 0.04 * 0.04 * 320.0, 0.04_f64.powi(3) * 3200.0]);
    close(variance(2), [0.2, 0.2 * 4.0, 0.2 * 4.0 * 2.0]);
    // By the fan-out the gradient keeps its second moment, whatever the widths.
    assert!((theory.schemes[2].through.unwrap().gradient.unwrap() - 1.0).abs() < 1e-12);
    assert!(theory.schemes[2].layers.iter().all(|row| row.correlation.unwrap().abs() < 1e-12));
}

/// Each layer's constants are those of the activation that feeds it; the first one's those of its own.
#[test]
fn critical_layers_are_those_of_what_feeds_them() {
    let theory = by_layer("relu/gelu/tanh", &["critical"], Shape::Equal(None, 50));
    let drawn: Vec<_> = theory.schemes[0].layers.iter().map(|row| (row.weight_variance, row.bias_variance)).collect();
    let gelu = theory::critical(Activation::Gelu).unwrap();
    assert_eq!(drawn, [(2.0, 0.0), (2.0, 0.0), (gelu.weights, gelu.biases), (1.0, 0.0)]);
    let rows = &theory.schemes[0].layers;
    // Gelu's layer gets what relu's, of variance 2, makes of it; and tanh's what gelu's does.
    let of_gelu = averages(Activation::Gelu, 2.0);
    assert!((rows[2].variance.unwrap() - gelu.weights * of_gelu.square - gelu.biases).abs() < 1e-9, "{rows:?}");
    assert!((rows[2].chi.unwrap() - gelu.weights * of_gelu.slope_square).abs() < 1e-12);
    // Without a list: critical only where every layer has such a start.
    let names = |activations: &str| {
        by_layer(activations, &[], Shape::Equal(None, 10)).schemes.iter().map(|s| s.init.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("relu/tanh"), ["he", "glorot", "critical"]);
    assert_eq!(names("relu/softplus"), ["he", "glorot"]);
    // Siren's first layer is another one.
    let siren = by_layer("sin", &["siren"], of_widths("60,60,60,1"));
    assert_eq!(
        siren.schemes[0].layers.iter().map(|row| row.weight_variance.round()).collect::<Vec<_>>(),
        [5.0, 2.0, 2.0]
    );
}

#[test]
fn layers_of_zeros_let_nothing_through() {
    let of = |activations: &str, init: &str| by_layer(activations, &[init], Shape::Equal(None, 20)).schemes[0].clone();
    let nothing = of("relu/relu", "zeros");
    assert_eq!(nothing.through, None);
    assert!(nothing.layers.iter().all(|row| row.variance == Some(0.0) && row.correlation.is_none()), "{nothing:?}");
    let inside = of("relu/tanh/relu", "he/zeros/he/he");
    let through = inside.through.unwrap();
    assert_eq!((through.signal, through.gradient, through.out_of_range), (None, Some(0.0), 1.0));
    assert_eq!(inside.layers[2].chi, Some(2.0));
    // Sigmoids of 0 are a half, and the same of all samples.
    let sigmoid = of("sigmoid/sigmoid/sigmoid", "lecun/zeros/lecun/lecun");
    assert_eq!((sigmoid.layers[2].variance, sigmoid.layers[2].correlation), (Some(0.25), Some(1.0)));
    assert!((sigmoid.layers[2].chi.unwrap() - 1.0 / 16.0).abs() < 1e-15);
}

#[test]
fn what_is_kept_best_is_told() {
    let theory = by_layer("relu/relu", &["lecun", "he", "he:3"], Shape::Equal(None, 100));
    assert_eq!(theory.best.as_deref(), Some("he"));
    assert_eq!(by_layer("relu/relu", &["zeros"], Shape::Equal(None, 100)).best, None);
    let deep = by_layer("tanh", &["lecun:0.5"], of_widths("30,30x600,30"));
    let last = &deep.schemes[0].layers[599];
    assert_eq!((last.variance, last.signal), (None, None));
    assert!((last.ln_signal - 599.0 * 0.25_f64.ln()).abs() < 1.0, "{last:?}");
    assert!(last.correlation.unwrap() >= 0.0, "{last:?}");
}

/// `exp` of what is large leaves all numbers, and a bounded activation behind it comes back to them.
#[test]
fn what_leaves_the_numbers_is_null_and_may_come_back() {
    let rows = &by_layer("exp/exp/tanh", &["normal:1"], Shape::Equal(None, 100)).schemes[0].layers;
    assert_eq!((rows[2].variance, rows[2].signal), (None, None));
    assert_eq!(rows[2].ln_variance, f64::INFINITY);
    assert!((rows[3].variance.unwrap() - 100.0).abs() < 1e-9, "{rows:?}");
}

/// What is wrong, where, and what to do.
#[test]
fn what_does_not_fit_is_said() {
    let equal = |depth| Shape::Equal(depth, 100);
    for (error, parts) in [
        (refused("relu/tanh", &["he"], equal(Some(3))), ["--activation relu/tanh", "2 activations", "--depth 3"]),
        (
            refused("relu/tanh", &["he/he"], equal(None)),
            ["--init he/he", "2 schemes for 3 layers", "--activation relu/tanh"],
        ),
        (
            refused("relu", &["he/he", "he/he/he"], equal(None)),
            ["--init he/he/he", "3 schemes for 2 layers", "--init he/he"],
        ),
        (
            refused("relu", &["he/he"], of_widths("3,4,5,6")),
            ["2 schemes for 3 layers", "--layers 3,4,5,6", "one for each"],
        ),
        (refused("relu", &["he"], of_widths("_,4,1")), ["--layers _,4,1", "no data", "784,100"]),
        (refused("relu", &["he"], of_widths("4,1")), ["--layers 4,1", "1 to 1000 hidden", "here are 0"]),
        (refused("relu", &["he"], of_widths("4,0,1")), ["layer 1", "width 0", "at least 1"]),
        (refused("relu", &["he"], of_widths("4,2x20000,1")), ["1 to 1000", "20000", "--depth"]),
        (refused("relu/relu", &["he"], Shape::Equal(None, 0)), ["--width", "at least one unit", "--depth"]),
        (refused("relu", &["file:w"], equal(None)), ["--init file:w", "drawn", "probe"]),
        (refused("relu/softplus", &["critical"], equal(None)), ["layer 3", "softplus", "lecun or glorot"]),
        (refused("relu/tanh", &["depth-scaled"], equal(None)), ["layer 3", "tanh", "critical"]),
        (refused("relu/tanh", &["he/lsuv/he"], equal(None)), ["--init he/lsuv/he", "layer 2, lsuv", "probe"]),
        (refused("softplus", &["critical"], equal(None)), ["--init critical", "softplus", "lecun or glorot"]),
        (refused("tanh", &["depth-scaled"], equal(None)), ["--init depth-scaled", "tanh", "critical"]),
        (refused("tanh", &["ones"], equal(None)), ["all weights are the same", "normal:0.1", "probe"]),
        (refused("tanh", &["identity"], equal(None)), ["not drawn", "orthogonal", "probe"]),
        (refused("tanh", &["uniform:0..1"], equal(None)), ["from 0 to 1", "uniform:0.5", "probe"]),
        (refused("tanh", &["normal:1:mean=2"], equal(None)), ["around 2", "normal:1 ", "probe"]),
        (refused("tanh", &["truncated-normal:1:mean=2"], equal(None)), ["around 2", "truncated-normal:1 ", "probe"]),
        (
            refused("tanh", &["truncated-normal:1:0..3"], equal(None)),
            ["from 0 to 3", "truncated-normal:1:-1.5..1.5", "probe"],
        ),
    ] {
        assert!(parts.iter().all(|part| error.contains(part)), "{parts:?} are not in {error}");
    }
    assert!("relu,tanh".parse::<Activations>().unwrap_err().to_string().contains("relu/tanh"));
    for biases in [-1.0, f64::NAN, f64::INFINITY] {
        let question = Question {
            activations: "relu".parse().unwrap(),
            inits: Vec::new(),
            bias_variance: Some(biases),
            shape: equal(None),
            blocks: Blocks::default(),
        };
        assert!(answer(&question).unwrap_err().to_string().contains("--bias-variance"), "{biases}");
    }
    // What is proposed in the place of what is refused is taken.
    for init in ["uniform:0.5", "truncated-normal:1:-1.5..1.5", "truncated-normal:1", "orthogonal", "normal:0.1"] {
        asked("tanh", &[init], equal(Some(3))).unwrap();
    }
}

const SCHEMES: [&str; 14] = [
    "he",
    "glorot",
    "lecun:fan-out",
    "he-uniform:0.3",
    "normal:0.01",
    "normal:1e40",
    "uniform:1e-40",
    "orthogonal",
    "sparse:3",
    "pytorch-default",
    "sklearn-default",
    "siren",
    "zeros",
    "variance-scaling:1,fan-out,normal",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// All is a number, or null where it is said to be; and what is told of all layers is what is told of each.
    #[test]
    fn layers_add_up(
        layers in proptest::collection::vec((0..Activation::ALL.len(), 0..SCHEMES.len(), 1..60_usize), 1..6),
        last in 0..SCHEMES.len(),
        biases in proptest::option::of(0.0..2.0),
    ) {
        let activations = Activations(layers.iter().map(|(a, ..)| Activation::ALL[*a]).collect());
        let schemes: Vec<&str> = layers.iter().map(|(_, s, _)| SCHEMES[*s]).chain([SCHEMES[last]]).collect();
        let widths = [Some(7)].into_iter().chain(layers.iter().map(|(.., n)| Some(*n))).chain([Some(3)]).collect();
        let question = Question {
            activations,
            inits: vec![schemes.join("/").parse().unwrap()],
            bias_variance: biases,
            shape: Shape::Each(Layers(widths)),
            blocks: Blocks::default(),
        };
        let Answer::Layers(theory) = answer(&question).unwrap() else { panic!() };
        let layers::Start { layers: rows, through, .. } = &theory.schemes[0];
        let hidden = layers.len();
        prop_assert_eq!(rows.len(), hidden + 1);
        // exp leaves all numbers, and what jumps has no signal below its jump.
        let is_tame = question.activations.0.iter().all(|a| {
            !matches!(a, Activation::Exp | Activation::HardShrink(_) | Activation::Threshold(_) | Activation::SoftShrink(_))
        });
        for row in rows {
            for x in [row.variance, row.chi, row.signal, row.gradient].into_iter().flatten() {
                prop_assert!(x.is_finite() && x >= 0.0, "{row:?}");
            }
            prop_assert!(row.correlation.is_none_or(|c| (-1.0..=1.0).contains(&c)), "{row:?}");
            if is_tame {
                prop_assert!(!row.ln_variance.is_nan() && row.ln_chi.is_none_or(|ln| !ln.is_nan()), "{row:?}");
                prop_assert_eq!(row.correlation.is_none(), row.ln_variance == f64::NEG_INFINITY, "{:?}", row);
            }
        }
        prop_assert!(serde_json::to_value(&theory).is_ok());
        let text = crate::report::theory::document(&Answer::Layers(theory.clone())).to_string();
        // Only an initialization that is longer stays whole.
        let name = theory.schemes[0].init.as_str();
        prop_assert!(text.lines().all(|line| line.chars().count() <= 80 || line.contains(name)), "{text}");
        let Some(through) = through else {
            prop_assert_eq!(rows[0].variance, Some(0.0));
            return Ok(());
        };
        let close = |a: f64, b: f64| a == b || (a - b).abs() < 1e-9 * a.abs().max(1.0) || !is_tame;
        prop_assert!(close(through.ln_signal, rows[hidden - 1].ln_signal));
        prop_assert!(close(through.ln_gradient, rows[0].ln_gradient.unwrap()));
        let chis: f64 = rows[1..hidden].iter().map(|row| row.ln_chi.unwrap()).sum();
        let units = (layers[hidden - 1].2 as f64 / layers[0].2 as f64).ln();
        prop_assert!(close(through.ln_gradient, chis + units), "{through:?} {chis} {units}");
        prop_assert!((0.0..=1.0).contains(&through.out_of_range));
        prop_assert!(!is_tame || !through.spread.is_nan(), "{through:?}");
    }
}
