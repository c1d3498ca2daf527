//! Gradient, curvature, Jacobian and flow, against differences, closed forms, and training itself.

mod common;

use common::ENDS;
use headstart_engine::activation::Activation;
use headstart_engine::init::{InitError, Initialization};
use headstart_engine::landscape::Landscape;
use headstart_engine::landscape::flow::{End, Quest, flow};
use headstart_engine::network::{Loss, Network, Output};
use headstart_engine::optimizer::Optimizer;
use headstart_engine::rng::{Native, Rng, Stream};
use headstart_engine::train::{Problem, Status, Targets, Training};
use headstart_engine::watch::Watch;
use ndarray::Array2;
use proptest::prelude::*;

fn problem(widths: &[usize], activation: Activation, end: (Output, Loss), samples: usize) -> Problem<f64> {
    weighted(widths, activation, end, samples, &[])
}

/// Classes in turn, each with a weight; without weights their numbers, which are not those of classes for tanh.
fn weighted(
    widths: &[usize],
    activation: Activation,
    (output, loss): (Output, Loss),
    samples: usize,
    class_weights: &[f64],
) -> Problem<f64> {
    let network = Network::new(widths, &[activation], output, loss, true).unwrap();
    let mut stream = Native::new(5, 77);
    let x = Array2::from_shape_simple_fn((samples, widths[0]), || stream.normal());
    let outputs = widths[widths.len() - 1];
    let y = Array2::from_shape_fn((samples, outputs), |(i, j)| f64::from(u8::from(i % outputs == j)));
    let class_weights_of = class_weights.to_vec();
    let training = Training {
        record_every: 1,
        class_weights: class_weights_of,
        ..Training::new(Optimizer::GRADIENT_DESCENT, 0.05, 3_000)
    };
    let classes: Vec<usize> = (0..samples).map(|i| i % outputs.max(2)).collect();
    let targets = if class_weights.is_empty() { Targets::Values(y.view()) } else { Targets::Classes(&classes) };
    Problem::new(network, training, (x.view(), targets), None).unwrap()
}

fn start(problem: &Problem<f64>, init: &str, seed: u64) -> Vec<f64> {
    let mut init: Initialization = init.parse().unwrap();
    init.biases = vec!["normal:0.3".parse().unwrap()];
    init.draw(problem.network(), Rng::Native, seed).unwrap().parameters.flat().collect()
}

fn moved(from: &[f64], along: &[f64], by: f64) -> Vec<f64> {
    from.iter().zip(along).map(|(x, d)| x + by * d).collect()
}

/// Every activation; leaky relu with slopes of either sign, not so large that differences drown in rounding.
fn activation() -> impl Strategy<Value = Activation> {
    let is_mild = |activation: &Activation| match activation {
        Activation::LeakyRelu(slope) | Activation::Prelu(slope) => slope.abs() <= 2.0,
        // Differences do not meet the slope of what jumps, and have no digits of what explodes.
        Activation::HardShrink(_) | Activation::Threshold(_) | Activation::Exp => false,
        _ => true,
    };
    prop::sample::select(Activation::all_over().into_iter().filter(is_mild).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn gradient_and_hessian_are_what_differences_say(
        activation in activation(), end in 0..ENDS.len(), depth in 0..4_usize, seed in 0..1000_u64,
        is_weighted: bool,
    ) {
        let mut widths = vec![3];
        widths.extend([7, 5, 6].iter().take(depth));
        widths.push(3);
        // More samples than one part holds.
        let weights: &[f64] = if is_weighted { &[0.3, 4.0, 1.0] } else { &[] };
        let problem = weighted(&widths, activation, ENDS[end], 150, weights);
        let landscape = Landscape::new(&problem, 1);
        let here = start(&problem, "lecun:1.3", seed);
        let mut stream = Native::new(seed, 3);
        let along: Vec<f64> = here.iter().map(|_| stream.normal()).collect();
        // A kink may lie between the two points; so near to one another they are, that it hardly ever does.
        let has_kinks = !matches!(
            activation,
            Activation::Identity
                | Activation::Gelu
                | Activation::Silu
                | Activation::Tanh
                | Activation::Sigmoid
                | Activation::Softplus
                | Activation::Sin
                | Activation::Mish
                | Activation::GeluTanh
                | Activation::LogSigmoid
                | Activation::TanhShrink
                | Activation::Squareplus
        ) || ENDS[end].0 == Output::Relu
            || matches!(
                ENDS[end].1,
                Loss::MeanAbsoluteError | Loss::Huber(_) | Loss::Hinge | Loss::SquaredHinge
            );
        let h = if has_kinks { 1e-7 } else { 1e-5 };
        let (ahead, behind) = (landscape.gradient(&moved(&here, &along, h)), landscape.gradient(&moved(&here, &along, -h)));
        let gradient = landscape.gradient(&here).1;
        let slope: f64 = gradient.iter().zip(&along).map(|(g, d)| g * d).sum();
        let difference = (ahead.0 - behind.0) / (2.0 * h);
        let tolerance = if has_kinks { 1e-3 } else { 1e-6 };
        prop_assert!((slope - difference).abs() < tolerance * (1.0 + slope.abs()), "{slope} is not {difference}");
        let product = landscape.hessian_product(&here, &along);
        let size = product.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let off = product.iter().zip(ahead.1.iter().zip(&behind.1));
        let off = off.filter(|(p, (a, b))| (*p - (*a - *b) / (2.0 * h)).abs() > 1e-5 * (1.0 + size)).count();
        prop_assert!(has_kinks || off == 0, "{off} of {} numbers", here.len());
        // Crossed kinks are few; most differences do not meet one.
        prop_assert!(off == 0 || off < here.len(), "all differ");
    }
}

#[test]
fn the_hessian_of_a_relu_network_is_that_of_its_piece() {
    let problem = problem(&[3, 8, 6, 2], Activation::Relu, ENDS[4], 20);
    let landscape = Landscape::new(&problem, 1);
    let here = start(&problem, "he", 4);
    let along: Vec<f64> = (0..here.len()).map(|i| libm::sin(i as f64)).collect();
    // So near that no sample crosses a kink.
    let h = 1e-7;
    let (ahead, behind) =
        (landscape.gradient(&moved(&here, &along, h)).1, landscape.gradient(&moved(&here, &along, -h)).1);
    for (product, (a, b)) in landscape.hessian_product(&here, &along).iter().zip(ahead.iter().zip(&behind)) {
        assert!((product - (a - b) / (2.0 * h)).abs() < 1e-6, "{product}");
    }
}

/// Of linear least squares the Hessian is known: twice the second moments of inputs and a 1, by the number of outputs.
#[test]
fn the_sharpness_of_least_squares_is_in_the_books() {
    let problem = problem(&[1, 1], Activation::Identity, (Output::Identity, Loss::MeanSquaredError), 40);
    let landscape = Landscape::new(&problem, 1);
    let mut stream = Native::new(5, 77);
    let x: Vec<f64> = (0..40).map(|_| stream.normal()).collect();
    let (mean, square) = (x.iter().sum::<f64>() / 40.0, x.iter().map(|x| x * x).sum::<f64>() / 40.0);
    let expected = (square + 1.0) + ((square - 1.0).powi(2) + 4.0 * mean * mean).sqrt();
    let found = landscape.sharpness(&[0.3, -0.2]);
    assert!((found.value / expected - 1.0).abs() < 1e-6, "{found:?} is not {expected}");
    // No direction has more curvature than the one with most, whatever the network.
    let problem = self::problem(&[3, 9, 7, 3], Activation::Tanh, ENDS[4], 100);
    let landscape = Landscape::new(&problem, 1);
    let here = start(&problem, "glorot", 2);
    let sharpness = landscape.sharpness(&here);
    let mut stream = Native::new(8, 8);
    let mut along: Vec<f64> = here.iter().map(|_| stream.normal()).collect();
    let mut curvature = 0.0;
    for _ in 0..300 {
        let length = along.iter().map(|x| x * x).sum::<f64>().sqrt();
        for x in &mut along {
            *x /= length;
        }
        let product = landscape.hessian_product(&here, &along);
        curvature = product.iter().zip(&along).map(|(p, d)| p * d).sum::<f64>();
        assert!(curvature <= sharpness.value + sharpness.error);
        along = moved(&product, &along, 1.0);
    }
    assert!((curvature / sharpness.value - 1.0).abs() < 2e-3, "{curvature} is not {sharpness:?}");
}

#[test]
fn a_linear_networks_jacobian_is_the_product_of_its_weights() {
    let problem = problem(&[3, 4, 2], Activation::Identity, ENDS[5], 10);
    let landscape = Landscape::new(&problem, 1);
    let flat = start(&problem, "normal:0.7", 9);
    let first = Array2::from_shape_vec((4, 3), flat[..12].to_vec()).unwrap();
    let second = Array2::from_shape_vec((2, 4), flat[16..24].to_vec()).unwrap();
    let jacobian = second.dot(&first);
    let gram = jacobian.dot(&jacobian.t());
    let (trace, determinant) = (gram[[0, 0]] + gram[[1, 1]], gram[[0, 0]] * gram[[1, 1]] - gram[[0, 1]].powi(2));
    let largest = (trace / 2.0 + (trace * trace / 4.0 - determinant).sqrt()).sqrt();
    let found = landscape.jacobian(&flat);
    assert_eq!(found.samples, 10);
    assert!((found.mean_square / (trace / 2.0) - 1.0).abs() < 1e-12, "{found:?} is not {trace} / 2");
    assert!((found.largest / largest - 1.0).abs() < 1e-6, "{found:?} is not {largest}");
}

#[test]
fn who_knows_only_the_targets_means_gets_the_blind_loss() {
    let ln2 = std::f64::consts::LN_2;
    let blind = |end, samples| {
        let problem = problem(&[2, 3, 2], Activation::Tanh, end, samples);
        let landscape = Landscape::new(&problem, 1);
        // No constant is better: descent on the last biases alone would end there.
        (landscape.blind_loss(), landscape.gradient(&vec![0.0; problem.network().parameter_count()]).0)
    };
    for end in ENDS {
        let (blind, at_zero) = blind(end, 30);
        assert!(blind <= at_zero + 1e-12, "{end:?}: {blind} is above {at_zero}");
    }
    assert!((blind(ENDS[1], 30).0 - ln2).abs() < 1e-12);
    assert!((blind(ENDS[4], 30).0 - ln2).abs() < 1e-12);
    // 11 of 21 are of the first class.
    let (p, q) = (11.0 / 21.0, 10.0 / 21.0);
    let entropy = -p * f64::ln(p) - q * f64::ln(q);
    for end in [ENDS[0], ENDS[1], ENDS[2], ENDS[3], ENDS[4]] {
        assert!((blind(end, 21).0 - entropy).abs() < 1e-10, "{end:?}");
    }
    assert!((blind(ENDS[5], 21).0 - p * q).abs() < 1e-12);
}

#[test]
fn many_threads_see_the_same_landscape() {
    let problem = problem(&[30, 100, 100, 3], Activation::Gelu, ENDS[4], 1_000);
    let here = start(&problem, "he", 1);
    let one = Landscape::new(&problem, 1);
    let three = Landscape::new(&problem, 3);
    assert_eq!(one.gradient(&here), three.gradient(&here));
    assert_eq!(one.sharpness(&here), three.sharpness(&here));
}

/// The flow passes a loss when training does, on a plateau and off it, for a part of the evaluations.
#[test]
fn the_flow_is_where_training_will_be() {
    for (init, activation, part) in [("normal:0.1", Activation::Tanh, 0.1), ("he", Activation::Relu, 1.1)] {
        let problem = problem(&[2, 8, 8, 2], activation, ENDS[4], 90);
        let init: Initialization = init.parse().unwrap();
        let first = init.draw(problem.network(), Rng::Native, 3).unwrap();
        let flat: Vec<f64> = first.parameters.flat().collect();
        let run = problem.run(first, &Watch::default());
        let end = run.trace[run.trace.len() - 1].loss;
        let threshold = f64::midpoint(run.trace[0].loss, end);
        let passed = run.trace.iter().find(|record| record.loss < threshold).unwrap().step as f64;
        let landscape = Landscape::new(&problem, 1);
        let quest = Quest { threshold, step: 0.05, until: 1e9, evaluations: 3_000, decay: 0.0 };
        let flow = flow(&landscape, &flat, &quest);
        let End::Reached(time) = flow.end else { panic!("{:?}", flow.end) };
        assert!((time / 0.05 / passed - 1.0).abs() < 0.2, "{} is not {passed}", time / 0.05);
        assert!((flow.evaluations as f64) < part * passed, "{} evaluations for {passed}", flow.evaluations);
    }
}

#[test]
fn a_flow_says_how_it_ended() {
    let problem = problem(&[2, 8, 2], Activation::Relu, ENDS[4], 90);
    let landscape = Landscape::new(&problem, 1);
    let he = start(&problem, "he", 3);
    let quest = Quest { threshold: 0.1, step: 0.05, until: 5.0, evaluations: 1_000, decay: 0.0 };
    assert_eq!(flow(&landscape, &he, &quest).end, End::TimeUp);
    assert!(matches!(flow(&landscape, &he, &Quest { evaluations: 9, ..quest }).end, End::GaveUp(_)));
    assert_eq!(flow(&landscape, &he, &Quest { threshold: 1e9, ..quest }).end, End::Reached(0.0));
    let mut broken = he.clone();
    broken[3] = 1e308;
    assert!(matches!(flow(&landscape, &broken, &quest).end, End::Diverged(_) | End::TimeUp));
    // 90 samples of two classes: at 0 the gradient of everything is 0.
    let zeros = vec![0.0; he.len()];
    assert_eq!(flow(&landscape, &zeros, &quest).end, End::AtRest);
}

/// Whatever takes longer than a tenth of a second ends soon after it is told to: draws, products, and the ways down. Each of
/// these takes seconds to minutes when nobody stops it.
#[test]
fn long_work_ends_when_the_watch_is_stopped() {
    let large = problem(&[3, 1500, 1500, 3], Activation::Tanh, ENDS[4], 600);
    let drawn = start(&large, "lecun", 1);
    let ends = |what: &str, work: &(dyn Fn(&Watch) + Sync)| {
        let watch = Watch::default();
        std::thread::scope(|scope| {
            let working = scope.spawn(|| work(&watch));
            std::thread::sleep(std::time::Duration::from_millis(50));
            watch.stop();
            let told = std::time::Instant::now();
            working.join().unwrap();
            // The machine may have other things to do.
            assert!(told.elapsed().as_secs_f64() < 1.5, "{what} went on for {:?}", told.elapsed());
        });
    };
    let x = Array2::from_elem((1024, 3), 0.5);
    for scheme in ["orthogonal", "lsuv"] {
        ends(scheme, &|watch| {
            let init: Initialization = scheme.parse().unwrap();
            let start = init.draw_on(large.network(), Rng::Native, 1, &x.view(), watch);
            assert_eq!(start.err(), Some(InitError::Stopped));
        });
    }
    ends("training", &|watch| {
        let start = "lecun".parse::<Initialization>().unwrap().draw(large.network(), Rng::Native, 1).unwrap();
        let run = large.run(start, watch);
        assert!(matches!(run.status, Status::Stopped { .. }) && run.parameters.flat().all(f64::is_finite));
    });
    ends("sharpness", &|watch| {
        assert!(Landscape::new(&large, 1).watched(watch).sharpness(&drawn).value.is_nan());
    });
    ends("the Jacobian", &|watch| {
        Landscape::new(&large, 1).watched(watch).jacobian(&drawn);
    });
    ends("the flow", &|watch| {
        let quest = Quest { threshold: 0.0, step: 1e-3, until: f64::INFINITY, evaluations: usize::MAX, decay: 0.0 };
        assert!(matches!(flow(&Landscape::new(&large, 1).watched(watch), &drawn, &quest).end, End::GaveUp(_)));
    });
}

/// Looks on the way are at the same samples, and change nothing: of all of them where there are few, every so manieth of many.
#[test]
fn looks_on_the_way_are_at_a_fixed_sample() {
    for samples in [60, 2500] {
        let problem = problem(&[3, 6, 2], Activation::Tanh, ENDS[4], samples);
        let training = Training { batch: Some(16), steps: 40, ..problem.training().clone() };
        let problem = problem.vary(problem.network().clone(), training).unwrap();
        let drawn = || "lecun".parse::<Initialization>().unwrap().draw(problem.network(), Rng::Native, 3).unwrap();
        let plain = problem.run(drawn(), &Watch::default());
        let looked = problem.clone().looking_before(vec![30, 0, 10], 0).run(drawn(), &Watch::default());
        assert_eq!((&plain.trace, &plain.parameters), (&looked.trace, &looked.parameters));
        assert!(plain.looks.is_empty());
        let other = problem.clone().looking_before(vec![30], 1).run(drawn(), &Watch::default());
        assert_eq!(other.looks[0] == looked.looks[2], samples == 60);
        assert_eq!(looked.looks.iter().map(|look| look.step).collect::<Vec<_>>(), [0, 10, 30]);
        for look in &looked.looks {
            let training = Training { steps: look.step.max(1), ..problem.training().clone() };
            let shorter = problem.vary(problem.network().clone(), training).unwrap().run(drawn(), &Watch::default());
            if samples == 60 && look.step > 0 {
                assert!((shorter.train.loss / look.loss - 1.0).abs() < 1e-12);
            }
            assert!(look.step == 0 || (shorter.train.loss - look.loss).abs() < 0.2 * look.loss);
        }
    }
}

/// The curvature that steps meet is that of the loss in parameters divided by the roots of their rates; and the flow takes
/// each layer at its rate, to the bit where every step is one of training.
#[test]
fn rates_of_layers_scale_curvature_and_flow() {
    let same = problem(&[3, 6, 4, 2], Activation::Tanh, ENDS[5], 40);
    let factors = [0.5, 0.0, 3.0];
    let training = Training { lr_factors: factors.to_vec(), steps: 25, lr: 1e-4, ..same.training().clone() };
    let own = same.vary(same.network().clone(), training).unwrap();
    let landscape = Landscape::new(&own, 1);
    assert_eq!(Landscape::new(&same, 1).rates(), None);
    let rates = landscape.rates().unwrap();
    let expected: Vec<f64> = own
        .network()
        .layers()
        .zip(factors)
        .flat_map(|(layer, f)| vec![f; (layer.fan_in + 1) * layer.fan_out])
        .collect();
    assert_eq!(rates, expected);
    let here = start(&own, "lecun", 3);
    let found = landscape.sharpness_at_rates(&here, &rates);
    // By power iteration on `D H D + c`, whose largest eigenvalue is that of `D H D` and `c`.
    let (shift, mut v) = (10.0 * found.value.abs(), vec![1.0; here.len()]);
    let mut length = 0.0;
    for _ in 0..4000 {
        let scaled: Vec<f64> = v.iter().zip(&rates).map(|(v, rate)| v * rate.sqrt()).collect();
        let product = landscape.hessian_product(&here, &scaled);
        let next: Vec<f64> =
            product.iter().zip(&rates).zip(&v).map(|((p, rate), v)| p * rate.sqrt() + shift * v).collect();
        length = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        v = next.iter().map(|x| x / length).collect();
    }
    assert!(((length - shift) / found.value - 1.0).abs() < 5e-3, "{} is not {found:?}", length - shift);
    let all_alike = landscape.sharpness_at_rates(&here, &vec![4.0; here.len()]);
    assert!((all_alike.value / (4.0 * landscape.sharpness(&here).value) - 1.0).abs() < 2e-3);
    let quest = Quest { threshold: 0.0, step: 1e-4, until: 20.5e-4, evaluations: 25, decay: 0.0 };
    let way = flow(&landscape, &here, &quest);
    let drawn = "lecun".parse::<Initialization>().unwrap();
    let drawn = Initialization { biases: vec!["normal:0.3".parse().unwrap()], ..drawn };
    let run = own.run(drawn.draw(own.network(), Rng::Native, 3).unwrap(), &Watch::default());
    for (time, loss) in &way.trace {
        let step = (time / 1e-4).round() as usize;
        assert!(step > 20 || (loss / run.trace[step].loss - 1.0).abs() < 1e-6, "{step}: {loss}");
    }
}

/// A watch aside is stopped with the other one, and counts on its own.
#[test]
fn a_watch_aside_counts_on_its_own() {
    let watch = Watch::default();
    let aside = watch.aside();
    aside.add(5);
    assert_eq!((watch.steps(), aside.steps()), (0, 5));
    watch.stop();
    assert!(aside.is_stopped());
}
