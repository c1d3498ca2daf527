//! Names of PyTorch, Keras, JAX and scikit-learn: each is what those mean by it, in figures of theirs.

use headstart_engine::activation::{ACTIVATIONS, Activation};
use headstart_engine::init::{Initialization, SCHEMES, Scheme};
use headstart_engine::names::{Alias, Meaning, Vocabulary};
use headstart_engine::network::{LOSSES, Loss, Network, OUTPUTS, Output};
use headstart_engine::optimizer::{OPTIMIZERS, SCHEDULES, Schedule};
use headstart_engine::rng::Rng;
use headstart_engine::theory::PARAMETRIZATIONS;

/// Inputs and outputs of the layer that weights are drawn for.
const FANS: [usize; 2] = [400, 100];

/// The standard deviation of a standard normal variable that is cut off at plus and minus two.
const CUT: f64 = 0.879_625_661_034_239_8;

/// A name, the standard deviation that its framework documents for that layer, and the largest magnitude, infinite where nothing
/// is cut off. `keras.initializers`, `torch.nn.init` and `jax.nn.initializers`, whose draws were looked at as well.
fn documented() -> Vec<(&'static str, f64, f64)> {
    let [n, m] = FANS.map(|fan| fan as f64);
    let none = f64::INFINITY;
    let uniform = |limit: f64| (limit / 3.0_f64.sqrt(), limit);
    // After the cut; the cut is at two of the deviations before it.
    let cut = |sd: f64| (sd, 2.0 * sd / CUT);
    let of = |name: &'static str, (sd, largest): (f64, f64)| (name, sd, largest);
    let (he, glorot, lecun) = ((2.0 / n).sqrt(), (2.0 / (n + m)).sqrt(), (1.0 / n).sqrt());
    vec![
        of("he_normal", cut(he)),
        of("HeNormal", cut(he)),
        of("keras.initializers.he_normal()", cut(he)),
        of("kaiming_normal_", (he, none)),
        of("kaiming_normal", (he, none)),
        of("Kaiming", (he, none)),
        of("he_uniform", uniform((6.0 / n).sqrt())),
        of("kaiming_uniform_", uniform((6.0 / n).sqrt())),
        of("kaiming-uniform", uniform((6.0 / n).sqrt())),
        of("glorot_normal", cut(glorot)),
        of("GlorotNormal", cut(glorot)),
        of("xavier_normal", (glorot, none)),
        of("nn.init.xavier_normal_", (glorot, none)),
        of("Xavier", (glorot, none)),
        of("glorot_uniform", uniform((6.0 / (n + m)).sqrt())),
        of("xavier_uniform_", uniform((6.0 / (n + m)).sqrt())),
        of("lecun_normal", cut(lecun)),
        of("lecun_uniform", uniform((3.0 / n).sqrt())),
        of("variance_scaling", cut(lecun)),
        of("VarianceScaling", cut(lecun)),
        of("flax-default", cut(lecun)),
        of("random_normal", (0.05, none)),
        of("RandomNormal:0.2", (0.2, none)),
        of("random_uniform", uniform(0.05)),
        of("random_uniform:0.3", uniform(0.3)),
        of("truncated_normal", cut(0.05 * CUT)),
        of("normal_", (1.0, none)),
        of("normal_:0.02", (0.02, none)),
        of("TruncatedNormal:0.2", cut(0.2 * CUT)),
        of("jax.nn.initializers.truncated_normal:3", cut(3.0 * CUT)),
        of("truncated-normal:0.2", cut(0.2)),
        of("trunc_normal_", (CUT, 2.0)),
        of("trunc_normal_:0.02", (0.02, none)),
        of("kaiming_normal_:tanh", (5.0 / 3.0 / n.sqrt(), none)),
        of("kaiming_uniform_:fan_out", uniform((6.0 / m).sqrt())),
        of("jax.nn.initializers.normal()", (0.01, none)),
        of("sklearn_default", uniform((6.0 / (n + m)).sqrt())),
        of("randn", (1.0, none)),
        of("randn*0.01", (0.01, none)),
        of("0.01 * np.random.randn", (0.01, none)),
        of("np.random.randn(3)*0.1", (0.1, none)),
        of("orthogonal_", (1.0 / n.sqrt(), none)),
        of("Orthogonal", (1.0 / n.sqrt(), none)),
        of("torch-default", uniform(1.0 / n.sqrt())),
        of("zeros_", (0.0, 0.0)),
        of("Zeros", (0.0, 0.0)),
    ]
}

#[test]
fn schemes_have_the_sizes_that_their_frameworks_document() {
    let network = Network::new(&FANS, &[], Output::Identity, Loss::MeanSquaredError, true).unwrap();
    let layer = network.layers().next().unwrap();
    for (name, sd, largest) in documented() {
        let scheme: Scheme = name.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        let variance = scheme.variance(&layer).unwrap();
        assert!((variance - sd * sd).abs() <= 1e-12 * sd * sd, "{name}: {} is not {sd}", variance.sqrt());
        let drawn = Initialization::new(&[scheme]).draw(&network, Rng::Native, 1).unwrap().parameters;
        let most = drawn.0[0].weights.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
        if largest.is_finite() {
            // Forty thousand draws come near to where they are cut off.
            assert!((0.99 * largest..=largest * (1.0 + 1e-12)).contains(&most), "{name}: {most} is not {largest}");
        } else {
            assert!(most > 3.0 * sd, "{name}: cut off at {most}");
        }
        // What is printed is this program's name of the same.
        assert_eq!(scheme.to_string().parse::<Scheme>().unwrap(), scheme, "{name}");
    }
    assert_eq!("ones".parse::<Scheme>().unwrap(), Scheme::Constant(1.0));
    assert_eq!("constant_:0.3".parse::<Scheme>().unwrap(), Scheme::Constant(0.3));
    assert_eq!("orthogonal_:2".parse::<Scheme>().unwrap(), "orthogonal:2".parse().unwrap());
}

#[test]
fn schemes_that_there_are_not_name_the_nearest() {
    for (name, part) in [
        ("uniform_:2", "uniform:A..B"),
        ("jax.nn.initializers.uniform:0.3", "uniform:0..A"),
        ("dirac_", "of a dense layer that is identity"),
        ("ones:2", "see constant"),
        ("sparse_", "share of zeros"),
        ("uniform", "needs the bound"),
        ("normal", "needs the standard deviation"),
        ("kaiming_unifrom", "did you mean \"kaiming_uniform_\"?"),
        ("randn*0.01*2", "unknown"),
        ("rand*0.01", "unknown"),
    ] {
        let error = name.parse::<Scheme>().unwrap_err().to_string();
        assert!(error.contains(part), "{name}: {error}");
    }
}

#[test]
fn activations_are_those_of_their_frameworks() {
    let hard = |z: f64| (z / 6.0 + 0.5).clamp(0.0, 1.0);
    let by_tanh =
        |z: f64| 0.5 * z * (1.0 + libm::tanh((2.0 / std::f64::consts::PI).sqrt() * (z + 0.044_715 * z * z * z)));
    let shrunk = |z: f64| if z.abs() > 0.5 { z - 0.5_f64.copysign(z) } else { 0.0 };
    let by_name: [(&str, &dyn Fn(f64) -> f64); 41] = [
        ("linear", &|z| z),
        ("Identity", &|z| z),
        ("nn.ReLU()", &|z| z.max(0.0)),
        ("LeakyReLU", &|z| if z > 0.0 { z } else { 0.01 * z }),
        ("leaky_relu:0.2", &|z| if z > 0.0 { z } else { 0.2 * z }),
        ("ELU", &|z| if z > 0.0 { z } else { libm::expm1(z) }),
        ("CELU", &|z| if z > 0.0 { z } else { libm::expm1(z) }),
        ("GELU", &|z| 0.5 * z * libm::erfc(-z / 2.0_f64.sqrt())),
        ("logistic", &|z| 1.0 / (1.0 + libm::exp(-z))),
        ("Sigmoid", &|z| 1.0 / (1.0 + libm::exp(-z))),
        ("swish", &|z| z / (1.0 + libm::exp(-z))),
        ("SiLU", &|z| z / (1.0 + libm::exp(-z))),
        ("Tanh", &|z| libm::tanh(z)),
        ("hard_sigmoid", &hard),
        ("Hardswish", &|z| z * hard(z)),
        ("hard_silu", &|z| z * hard(z)),
        ("Hardtanh", &|z| z.clamp(-1.0, 1.0)),
        ("ReLU6", &|z| z.clamp(0.0, 6.0)),
        ("soft_sign", &|z| z / (1.0 + z.abs())),
        ("Softplus", &|z| libm::log1p(libm::exp(z))),
        ("Mish", &|z| z * libm::tanh(libm::log1p(libm::exp(z)))),
        ("sine", &|z| libm::sin(z)),
        ("gelu_tanh", &by_tanh),
        ("gelu_new", &by_tanh),
        ("jax.nn.gelu", &by_tanh),
        ("flax.linen.gelu", &by_tanh),
        ("jax.nn.hard_tanh", &|z| z.clamp(-1.0, 1.0)),
        ("tf.nn.relu6", &|z| z.clamp(0.0, 6.0)),
        ("CELU:2", &|z| if z > 0.0 { z } else { 2.0 * libm::expm1(z / 2.0) }),
        ("nn.LogSigmoid()", &|z| -libm::log1p(libm::exp(-z))),
        ("log_sigmoid", &|z| -libm::log1p(libm::exp(-z))),
        ("Tanhshrink", &|z| z - libm::tanh(z)),
        ("Softshrink", &shrunk),
        ("soft_shrink:0.5", &shrunk),
        ("nn.Hardshrink", &|z| if z.abs() > 0.5 { z } else { 0.0 }),
        ("Threshold:0.1", &|z| if z > 0.1 { z } else { 0.0 }),
        ("squareplus", &|z| 0.5 * (z + libm::sqrt(z * z + 4.0))),
        ("keras.activations.exponential", &|z| libm::exp(z)),
        ("sparse_plus", &|z| if z > 1.0 { z } else { 0.25 * (z + 1.0).max(0.0).powi(2) }),
        ("sparse_sigmoid", &|z| (0.5 * (z + 1.0)).clamp(0.0, 1.0)),
        ("exp", &|z| libm::exp(z)),
    ];
    for (name, formula) in by_name {
        let activation: Activation = name.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        for z in [-7.0, -3.5, -2.0, -0.7, 0.0, 0.3, 1.4, 2.9, 6.5] {
            let (value, expected) = (activation.at(z).0, formula(z));
            assert!((value - expected).abs() <= 1e-14 * (1.0 + expected.abs()), "{name} at {z}: {value}");
        }
        assert_eq!(activation.to_string().parse::<Activation>().unwrap(), activation);
    }
    for (name, part) in [
        ("softmax", "--output softmax"),
        ("relu:2", "takes no number"),
        ("RReLU", "drawn anew"),
        ("threshold", "threshold:0.5"),
    ] {
        let error = name.parse::<Activation>().unwrap_err().to_string();
        assert!(error.contains(part), "{name}: {error}");
    }
}

#[test]
fn losses_outputs_and_schedules_are_those_of_their_frameworks() {
    for (loss, names) in [
        (
            Loss::BinaryCrossEntropy,
            "BCE binary_crossentropy BinaryCrossentropy binary_cross_entropy BCELoss BCEWithLogitsLoss bce_with_logits",
        ),
        (
            Loss::CrossEntropy,
            "CE categorical_crossentropy sparse_categorical_crossentropy CrossEntropyLoss cross-entropy NLLLoss nll negative_log_likelihood",
        ),
        (Loss::MeanSquaredError, "MSE MSELoss mean_squared_error MeanSquaredError squared_error l2_loss"),
        (Loss::MeanAbsoluteError, "MAE nn.L1Loss() mean_absolute_error MeanAbsoluteError absolute_error l1"),
        (Loss::Huber(1.0), "huber Huber HuberLoss optax.huber_loss nn.SmoothL1Loss smooth_l1"),
        (Loss::Huber(0.25), "huber:0.25 HuberLoss:0.25"),
        (Loss::LogCosh, "LogCosh log_cosh logcosh keras.losses.LogCosh()"),
        (Loss::Hinge, "Hinge hinge_loss"),
        (Loss::SquaredHinge, "SquaredHinge squared_hinge"),
        (Loss::Focal(2.0), "focal BinaryFocalCrossentropy sigmoid_focal_loss CategoricalFocalCrossentropy"),
        (Loss::Focal(0.5), "focal:0.5 sigmoid_focal_loss:0.5"),
        (Loss::Poisson, "Poisson PoissonNLLLoss keras.losses.Poisson"),
        (Loss::CrossEntropy, "KLDivLoss kl_divergence KLDivergence"),
    ] {
        for name in names.split(' ') {
            assert_eq!(name.parse::<Loss>(), Ok(loss), "{name}");
        }
    }
    let error = "log_loss".parse::<Loss>().unwrap_err().to_string();
    assert!(error.contains("bce of two classes") && error.contains("leave --loss out"), "{error}");
    assert!("MAPE mean_absolute_percentage_error".split(' ').all(|name| name.parse::<Loss>().is_err()));
    assert!("MultiMarginLoss".parse::<Loss>().unwrap_err().to_string().contains("hinge"));
    for (output, names) in [
        (Output::Identity, "linear Identity None"),
        (Output::Sigmoid, "logistic Sigmoid nn.Sigmoid()"),
        (Output::Softmax, "Softmax LogSoftmax"),
        (Output::Tanh, "Tanh"),
        (Output::Relu, "ReLU nn.ReLU()"),
        (Output::Softplus, "Softplus jax.nn.softplus"),
        (Output::Exp, "exponential keras.activations.exponential"),
    ] {
        assert!(names.split(' ').all(|name| name.parse() == Ok(output)), "{output}");
    }
    for (schedule, names) in [
        (Schedule::Constant, "Constant constant_schedule"),
        (Schedule::Cosine, "Cosine CosineAnnealingLR cosine_decay CosineDecay cosine_decay_schedule"),
    ] {
        assert!(names.split(' ').all(|name| name.parse() == Ok(schedule)), "{schedule}");
    }
    assert_eq!("StepLR:100:0.5".parse(), Ok(Schedule::Step { every: 100, factor: 0.5 }));
    assert_eq!("optax.linear_schedule".parse(), Ok(Schedule::Linear { end: 0.0 }));
    assert!("StepLR".parse::<Schedule>().unwrap_err().to_string().contains("as in step:1000:0.5"));
    assert!("MultiStepLR".parse::<Schedule>().unwrap_err().to_string().contains("every so many steps"));
    for (name, known) in [
        ("SGD", "sgd"),
        ("torch.optim.Adam", "adam"),
        ("RMSprop", "rmsprop"),
        ("gradient_descent", "gd"),
        ("AdamW", "adamw"),
        ("keras.optimizers.Nadam", "nadam"),
        ("L-BFGS", "lbfgs"),
        ("optax.lion", "lion"),
    ] {
        assert_eq!(OPTIMIZERS.read(name).unwrap().name, known);
    }
    for name in ["newton", "Adafactor", "nesterov"] {
        let error = OPTIMIZERS.read(name).unwrap_err().to_string();
        assert!(["adam", "sgd", "lbfgs"].iter().any(|nearest| error.contains(nearest)), "{name}: {error}");
    }
}

/// docs/names.md has these tables; where it has others, they are printed.
#[test]
fn the_documented_tables_are_those_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/names.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    let tables: Vec<String> = [&SCHEMES, &ACTIVATIONS, &OUTPUTS, &LOSSES, &OPTIMIZERS, &SCHEDULES, &PARAMETRIZATIONS]
        .into_iter()
        .map(table)
        .collect();
    let missing: Vec<&String> = tables.iter().filter(|table| !page.contains(*table)).collect();
    let text: String = missing.iter().flat_map(|table| [table.as_str(), "\n"]).collect();
    assert!(missing.is_empty(), "docs/names.md should have\n\n{text}");
}

fn table(vocabulary: &Vocabulary) -> String {
    let row = |alias: &Alias| {
        let here = match alias.meaning {
            Meaning::Is(name) | Meaning::Exactly(name) => format!("`{name}`"),
            Meaning::Lacks => "no".to_owned(),
        };
        format!("| `{}` | {here} | {} |\n", alias.name, alias.note)
    };
    let head = format!("| {} | here | |\n| --- | --- | --- |\n", vocabulary.what);
    head + &vocabulary.aliases.iter().map(row).collect::<String>()
}
