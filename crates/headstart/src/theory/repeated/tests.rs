//! Tests of the theory of a repeated layer.

use super::*;
use headstart_engine::init::Distribution;

fn ask(activation: &str, inits: &[&str], depth: Option<usize>) -> Theory {
    let inits = inits.iter().map(|init| init.parse().unwrap()).collect();
    let activation = activation.parse().unwrap();
    answer(&Question { activation, inits, bias_variance: None, depth, width: 100 }).unwrap()
}

#[test]
fn schemes_of_relu_are_told_apart() {
    let theory = ask("relu", &["he", "glorot", "he:2", "normal:0.01", "critical"], Some(50));
    let signals: Vec<_> = theory.schemes.iter().map(|row| (row.signal, row.phase.unwrap())).collect();
    let expected = [
        ("signal keeps", "critical"),
        ("signal dies", "ordered"),
        ("signal explodes", "chaotic"),
        ("signal dies", "ordered"),
        ("signal keeps", "critical"),
    ];
    assert_eq!(signals, expected);
    let through = theory.schemes[1].through.unwrap();
    // Half of the second moment is lost in each of 49 steps.
    assert!((through.signal.unwrap() * 2_f64.powi(49) - 1.0).abs() < 1e-9);
    assert!(theory.schemes[0].through.unwrap().out_of_range > 0.2);
    // Networks say 0.7% (gelu, 20 hidden layers of 60 units, 4,000 draws); first order 10%.
    let question = Question {
        activation: Activation::Gelu,
        inits: vec!["critical".parse().unwrap()],
        bias_variance: None,
        depth: Some(20),
        width: 60,
    };
    let chance = answer(&question).unwrap().schemes[0].through.unwrap().out_of_range;
    assert!((0.004..0.01).contains(&chance), "{chance}");
}

#[test]
fn the_critical_start_is_told_in_the_users_terms() {
    let words = |activation| ask(activation, &[], None).critical.unwrap().in_words();
    assert!(words("gelu").starts_with("weights with variance 1.98306/fan-in, biases with variance 0.17292"));
    assert!(words("tanh").starts_with("weights with variance 1.00000/fan-in, biases 0"));
    assert!(
        words("leaky-relu:-0.5").starts_with("weights with variance 1.60000/fan-in, biases 0: signals of every size")
    );
    assert!(words("leaky-relu:-1e30").starts_with("weights with variance 2.0000e-60/fan-in"));
    assert!(words("leaky-relu:-1").ends_with("signals of every size keep it"));
    assert_eq!(ask("tanh", &[], None).critical.unwrap().weight_variance, 1.0);
    assert_eq!(ask("sigmoid", &["lecun"], None).critical, None);
    assert_eq!(ask("softplus", &["lecun"], None).critical, None);
    assert_eq!(ask("tanh", &["lecun"], None).schemes[0].signal, "signal fades");
    let row = &ask("silu", &["critical"], None).schemes[0];
    assert_eq!((row.phase, row.signal), (Some("critical"), "signal settles"));
}

#[test]
fn what_has_no_answer_is_said() {
    let question = Question {
        activation: Activation::Softplus,
        inits: vec!["critical".parse().unwrap()],
        bias_variance: None,
        depth: None,
        width: 100,
    };
    assert!(answer(&question).unwrap_err().to_string().contains("--init critical"));
    let lsuv = Question { inits: vec!["lsuv".parse().unwrap()], ..question.clone() };
    assert!(answer(&lsuv).unwrap_err().to_string().contains("fits the weights to data"));
    let he = Question { inits: vec!["he".parse().unwrap()], ..question };
    assert!(answer(&Question { depth: Some(0), ..he.clone() }).is_err());
    assert!(answer(&Question { depth: Some(usize::MAX), ..he.clone() }).is_err());
    assert!(answer(&Question { width: 0, ..he.clone() }).is_err());
    assert!(answer(&Question { inits: vec![Scheme::Zeros], ..he.clone() }).is_ok());
    for beyond in [1e300, 1e-300, 1e-158] {
        let inits = vec![Scheme::Plain(Distribution::Normal, beyond)];
        let error = answer(&Question { inits, ..he.clone() }).unwrap_err().to_string();
        assert!(error.contains("leaves the numbers"), "{error}");
    }
}

/// `chi = w E[tanh'(u)^2]` with `E[tanh'^2] = (4 / 3) / sqrt(2 pi q)` of large `q`, which goes to `w`.
#[test]
fn weights_of_any_size_have_their_phase() {
    for (scale, digits) in [(1e3, 1e-2), (1e10, 1e-9), (1e50, 1e-9), (1e150, 1e-9)] {
        let row = &ask("tanh", &[&format!("normal:{scale}")], Some(10)).schemes[0];
        let w = scale * scale * 100.0;
        let expected = 4.0 / 3.0 * (w / (2.0 * std::f64::consts::PI)).sqrt();
        assert!((row.chi / expected - 1.0).abs() < digits, "{scale}: {} is not {expected}", row.chi);
        assert_eq!((row.phase, row.signal), (Some("chaotic"), "signal settles"));
        assert!(row.correlation.unwrap().abs() < 1e-9, "{row:?}");
        // What two samples share falls to 2 / pi of it in every layer.
        let depth = -1.0 / (2.0 / std::f64::consts::PI).ln();
        assert!((row.correlation_depth.unwrap() / depth - 1.0).abs() < digits, "{row:?}");
    }
    for (activation, signal) in [("relu", "signal dies"), ("tanh", "signal dies"), ("sigmoid", "signal settles")] {
        let row = &ask(activation, &["normal:1e-150"], Some(10)).schemes[0];
        assert_eq!((row.phase, row.signal), (Some("ordered"), signal), "{row:?}");
    }
    // A quarter of the weights' variance.
    let settled = ask("sigmoid", &["normal:1e-150"], None).schemes[0].fixed_point.unwrap();
    assert!((settled / 0.25e-298 - 1.0).abs() < 1e-9, "{settled}");
}

/// `0.125^99` of relu; and beyond the numbers, where only logarithms go.
#[test]
fn a_signal_through_many_layers_is_what_it_is() {
    let of =
        |activation: &str, init: &str, depth: usize| ask(activation, &[init], Some(depth)).schemes[0].through.unwrap();
    let relu = of("relu", "lecun:0.5", 100);
    assert!((relu.signal.unwrap() / 0.125_f64.powi(99) - 1.0).abs() < 1e-9, "{relu:?}");
    assert!((relu.gradient.unwrap() / relu.signal.unwrap() - 1.0).abs() < 1e-9, "{relu:?}");
    let tanh = of("tanh", "lecun:0.5", 100);
    assert!((tanh.ln_signal - tanh.ln_gradient).abs() < 1.0 && tanh.signal.unwrap() < 1e-59, "{tanh:?}");
    let deep = of("tanh", "lecun:0.5", 1_000);
    assert_eq!((deep.signal, deep.gradient), (None, None));
    assert!((deep.ln_signal - 999.0 * 0.25_f64.ln()).abs() < 1.0, "{deep:?}");
    // Linear layers: Var[z^4] = 2 of each.
    assert!((deep.spread / (999.0_f64 * 2.0 / 100.0).sqrt() - 1.0).abs() < 0.02, "{deep:?}");
    assert_eq!(deep.out_of_range, 1.0);
}

/// `2 (1 + s^2) / 2` in each of 9 steps: 1e540, which numbers do not hold.
#[test]
fn slopes_of_any_size_have_their_signal() {
    for (slope, ln) in [("-1e30", 540.0), ("1e30", 540.0), ("-1e20", 360.0), ("-1e5", 90.0)] {
        let through = ask(&format!("leaky-relu:{slope}"), &["he"], Some(10)).schemes[0].through.unwrap();
        let ln = ln * std::f64::consts::LN_10;
        assert!((through.ln_signal - ln).abs() < 1e-6 && (through.ln_gradient - ln).abs() < 1e-6, "{through:?}");
        assert_eq!(through.signal.is_none(), ln > 709.0, "{through:?}");
        assert!((through.spread - (9.0_f64 * 5.0 / 100.0).sqrt()).abs() < 1e-9, "{through:?}");
    }
    let critical = ask("leaky-relu:-1e30", &["critical"], Some(10)).schemes[0].clone();
    assert_eq!((critical.phase, critical.signal), (Some("critical"), "signal keeps"));
    assert!(critical.through.unwrap().ln_signal.abs() < 1e-9);
}

#[test]
fn what_is_exact_is_told_exactly() {
    for (activation, init, weights) in [
        ("tanh", "critical", 1.0),
        ("tanh", "lecun", 1.0),
        ("sin", "lecun", 1.0),
        ("identity", "glorot-uniform", 1.0),
        ("relu", "he", 2.0),
        ("relu", "he-uniform", 2.0),
        ("leaky-relu:-0.5", "critical", 1.6),
    ] {
        for width in [3, 49, 100] {
            let (activation, inits) = (activation.parse().unwrap(), vec![init.parse().unwrap()]);
            let question = Question { activation, inits, bias_variance: None, depth: Some(5), width };
            let row = &answer(&question).unwrap().schemes[0];
            assert_eq!((row.weight_variance, row.chi), (weights, 1.0), "{activation} {init} {width}");
        }
    }
    assert_eq!(ask("relu", &["he"], Some(50)).schemes[0].through.unwrap().signal, Some(1.0));
}

/// Of large signals softplus and gelu are relu, whose gradient he keeps; but on the way there it vanishes.
#[test]
fn a_limit_at_infinity_is_no_critical_point() {
    let with = |activation: &str, biases| {
        let (activation, inits) = (activation.parse().unwrap(), vec!["he".parse().unwrap()]);
        answer(&Question { activation, inits, bias_variance: biases, depth: Some(20), width: 100 }).unwrap().schemes[0]
            .clone()
    };
    for row in [with("softplus", None), with("gelu", Some(0.17292)), with("silu", Some(1.0))] {
        assert_eq!((row.phase, row.signal), (None, "signal explodes"), "{row:?}");
    }
    let relu = with("relu", Some(0.1));
    assert_eq!(
        (relu.phase, relu.signal, relu.through.unwrap().gradient),
        (Some("critical"), "signal explodes", Some(1.0))
    );
}

#[test]
fn biases_without_critical_weights_have_a_reason() {
    let with = |activation: &str, bias_variance| {
        let inits = vec!["he".parse().unwrap()];
        let activation = activation.parse().unwrap();
        answer(&Question { activation, inits, bias_variance, depth: None, width: 100 }).unwrap()
    };
    let gelu = with("gelu", Some(0.01));
    assert!(gelu.none_with_biases.unwrap().to_string().contains("unstable"));
    assert_eq!(gelu.unstable[..2], [0.0, 0.01]);
    assert!(serde_json::to_value(&gelu).unwrap()["critical_with_biases"].is_null());
    assert!(
        serde_json::to_value(with("tanh", None)).unwrap().as_object().unwrap().contains_key("critical_with_biases")
    );
    assert!(with("tanh", Some(0.05)).critical_with_biases.is_some());
    assert!(with("softplus", Some(0.05)).none_with_biases.unwrap().to_string().starts_with("no weights"));
}
