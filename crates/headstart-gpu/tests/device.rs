//! What an executor has to keep, whatever computes: order, bits, stopping, what is not done and said.

mod common;

use common::{by_processor, gpu, runs, task};
use headstart::budget::Budget;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::executor::{Batch, Ended, Executor};
use headstart::run::Run;
use headstart_gpu::Gpu;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Starts of circles, from those that learn to one that diverges at once.
const CIRCLES: &str = "[data]\ndata='circles'\n[network]\nlayers=[2,10,5,1]\n[init]\ninit='he,normal:0.1,normal:10,normal:1e15'\nseeds=5\n\
                       [training]\nlr=0.5\nsteps=60\nrecord-every=7\n";

/// The bits of what came of a run, and not the time that it took.
fn bits(run: &Run) -> String {
    serde_json::to_string(&Run { seconds: 0.0, ..run.clone() }).unwrap()
}

fn all_bits(runs: &[Run]) -> Vec<String> {
    runs.iter().map(bits).collect()
}

#[test]
fn bits_depend_on_nothing_but_the_job() {
    let Some(whole) = gpu() else { return };
    for more in ["", "batch=32\noptimizer='adam'\n", "target=0.9\n"] {
        for layers in ["2,10,5,1", "2,24,9,1"] {
            let text = format!("{CIRCLES}{more}").replace("2,10,5,1", layers);
            let task = task(&text);
            let expected = all_bits(&runs(&whole, &task));
            // One at a time, and so many that the last part is smaller.
            for most in [1, 7] {
                let parts = gpu().unwrap().at_once(most);
                assert_eq!(all_bits(&runs(&parts, &task)), expected, "{text} {most}");
            }
            // In the opposite order, between others.
            let count = task.runs();
            let mut backwards = Vec::new();
            let batch = Batch::new(2 * count, |i| task.job(if i % 2 == 0 { count - 1 - i / 2 } else { 3 }));
            let each = &mut |run: Ended| {
                backwards.push(run.unwrap());
                ControlFlow::Continue(())
            };
            whole.run(&batch, &Watch::default(), each).unwrap();
            let backwards: Vec<String> = backwards.iter().step_by(2).rev().map(bits).collect();
            assert_eq!(backwards, expected);
            // Paused after some steps, it is where it is on its way: the same records so far.
            let mut first = Vec::new();
            let each = &mut |run: Ended| {
                first.push(run.unwrap());
                ControlFlow::Continue(())
            };
            whole.run(&Batch::of(&task).until(29), &Watch::default(), each).unwrap();
            for (first, whole) in first.iter().zip(runs(&whole, &task)) {
                assert!(first.steps <= 29);
                let same = first.trace.iter().zip(&whole.trace).filter(|(a, _)| a.step < 29);
                assert!(same.clone().all(|(a, b)| a.loss.to_bits() == b.loss.to_bits()) && same.count() >= 1);
            }
        }
    }
}

#[test]
fn runs_diverge_where_they_do_on_the_processor() {
    let Some(gpu) = gpu() else { return };
    for layers in ["2,10,5,1", "2,24,9,1"] {
        let text = "[data]\ndata='circles'\n[network]\nlayers=[LAYERS]\nactivation='identity'\noutput='identity'\nloss='mse'\n[init]\n\
                    init='normal:1,normal:3,normal:1e15'\nseeds=4\n[training]\nlr=1.5\nsteps=200\nrecord-every=5\n";
        let task = task(&text.replace("LAYERS", layers));
        let (own, others) = (runs(&gpu, &task), by_processor(&task));
        assert!(others.iter().filter(|run| run.status == "diverged").count() >= 8);
        for (own, other) in own.iter().zip(&others) {
            assert_eq!(own.status, other.status, "{own:?}\n{other:?}");
            assert!(own.steps.abs_diff(other.steps) <= 1, "{own:?}\n{other:?}");
            assert_eq!(
                own.trace.last().map(|last| last.loss.is_finite()),
                other.trace.last().map(|last| last.loss.is_finite())
            );
            // What it was before the step that showed it.
            assert_eq!(own.train.loss.is_finite(), other.train.loss.is_finite());
        }
    }
}

#[test]
fn figures_are_those_of_the_processor() {
    let Some(gpu) = gpu() else { return };
    // Two classes, with a target on the way; three of different size; two outputs of two classes.
    for text in [
        "[data]\ndata='circles'\n[network]\nlayers=[2,10,5,1]\n[training]\nlr=0.5\nsteps=300\ntarget=0.7\n[init]\ninit='he'\nseeds=6\n",
        "[data]\ndata='circles'\n[network]\nlayers=[2,24,1]\n[training]\nlr=0.5\nsteps=200\ntarget=0.7\nrecord-every=3\n[init]\ninit='he'\nseeds=6\n",
        "[data]\ndata='iris'\ntest-share=0.3\n[network]\nlayers=[4,7,3]\n[training]\nlr=0.05\nsteps=60\nclass-weights='balanced'\n[init]\ninit='he'\nseeds=4\n",
        "[data]\ndata='wine'\ntest-share=0.3\n[network]\nlayers=[13,20,3]\n[training]\nlr=0.05\nsteps=40\ntarget=0.0\n[init]\ninit='he'\nseeds=4\n",
        "[data]\ndata='moons'\n[network]\nlayers=[2,6,2]\noutput='softmax'\nloss='ce'\n[training]\nlr=0.1\nsteps=50\nlabel-smoothing=0.1\n[init]\ninit='he'\nseeds=4\n",
        "[data]\ndata='diabetes'\ntest-share=0.2\n[network]\nlayers=[10,8,1]\nloss='mae'\n[training]\nlr=0.02\nsteps=50\n[init]\ninit='he'\nseeds=4\n",
        "[data]\ndata='digits'\n[network]\nlayers=[64,16,10]\n[training]\noptimizer='adam'\nlr=0.01\nsteps=30\nbatch=50\n[init]\ninit='he'\nseeds=2\n",
    ] {
        let task = task(text);
        for (own, other) in runs(&gpu, &task).iter().zip(by_processor(&task)) {
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-4 * b.abs().max(1e-3);
            for (own, other) in [(Some(own.train), Some(other.train)), (own.test, other.test)] {
                let (Some(own), Some(other)) = (own, other) else {
                    assert_eq!(own.is_some(), other.is_some());
                    continue;
                };
                assert!(near(own.loss, other.loss), "{own:?}\n{other:?}\n{text}");
                assert_eq!(own.accuracy, other.accuracy, "{text}");
                assert_eq!(own.classes.map(|own| own.f1), other.classes.map(|other| other.f1));
                assert_eq!(
                    own.classes.map(|own| own.balanced_accuracy),
                    other.classes.map(|other| other.balanced_accuracy)
                );
                // Samples whose logits are nearly the same may change places.
                let [own, other] = [own, other].map(|figures| figures.classes.and_then(|classes| classes.auc));
                assert!(
                    own.zip(other).is_none_or(|(own, other)| (own - other).abs() < 2e-4),
                    "{own:?} {other:?}\n{text}"
                );
                assert_eq!(own.is_some(), other.is_some());
            }
            assert_eq!(own.reached, other.reached, "{text}");
            assert_eq!(own.targets.is_some(), other.targets.is_some());
        }
    }
}

#[test]
fn numbers_of_a_network_are_its_own() {
    let Some(gpu) = gpu() else { return };
    // Rates, their factors, momentum, decay and bounds are varied beside one another, as maps and sweeps have them.
    for (layers, rule) in [
        ("2,6,4,1", "lr=L\nlr-factors=[F,1.0,0.5]"),
        ("2,30,4,1", "lr=L\nlr-factors=[F,1.0,0.5]\noptimizer='adam'"),
        ("2,6,4,1", "lr=L\nmomentum=F\nweight-decay=L\nclip=F"),
        ("2,30,4,1", "lr=L\nmomentum=F\nnesterov=true\nweight-decay=L\nclip-value=F\ndecay-biases=true"),
        ("2,30,4,1", "lr=L\nlr-factors=[F,1.0,0.5]\nclip=F\nweight-decay=F\ndecoupled-decay=true"),
    ] {
        let of = |i: usize| {
            let (rate, factor) = (["0.1", "0.05", "0.02"][i % 3], ["0.9", "0.3", "0.05", "0.01"][i % 4]);
            let rule = rule.replace('L', rate).replace('F', factor);
            task(&format!(
                "[data]\ndata='circles'\n[network]\nlayers=[{layers}]\nactivation='tanh'\n[init]\ninit='he'\nseed={i}\n[training]\nsteps=40\n\
                 record-every=5\n{rule}\n"
            ))
        };
        let first = of(0);
        let others: Vec<_> = (0..12).map(|i| first.vary(of(i).spec.clone()).unwrap()).collect();
        let mut told = Vec::new();
        let each = &mut |run: Ended| {
            told.push(run.unwrap());
            ControlFlow::Continue(())
        };
        gpu.run(&Batch::new(12, |i| others[i].job(0)), &Watch::default(), each).unwrap();
        for (i, run) in told.iter().enumerate() {
            let alone = of(i);
            assert_eq!(bits(run), bits(&runs(&gpu, &alone)[0]), "{i} {rule}");
            let processor = &by_processor(&alone)[0];
            for (own, other) in run.trace.iter().zip(&processor.trace) {
                assert!((own.loss - other.loss).abs() < 1e-5, "{i} {rule}\n{run:?}\n{processor:?}");
            }
        }
    }
    assert_eq!(gpu.remarks(), Vec::<String>::new());
}

/// The largest difference of two distribution functions, and how likely one as large is where both are of the same distribution
/// (Kolmogorov and Smirnov; Press et al. 2007, "Numerical Recipes", section 14.3.3).
fn two_samples(mut one: Vec<f64>, mut other: Vec<f64>) -> (f64, f64) {
    one.sort_unstable_by(f64::total_cmp);
    other.sort_unstable_by(f64::total_cmp);
    let share = |of: &[f64], x: f64| of.partition_point(|y| *y <= x) as f64 / of.len() as f64;
    let d = one.iter().chain(&other).map(|x| (share(&one, *x) - share(&other, *x)).abs()).fold(0.0, f64::max);
    let n = (one.len() * other.len()) as f64 / (one.len() + other.len()) as f64;
    let lambda = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * d;
    let terms =
        (1..100).map(|k| (if k % 2 == 1 { 2.0 } else { -2.0 }) * (-2.0 * f64::from(k * k) * lambda * lambda).exp());
    (d, if lambda < 0.2 { 1.0 } else { terms.sum::<f64>().clamp(0.0, 1.0) })
}

#[test]
fn no_two_sample_test_tells_a_thousand_seeds_apart() {
    let Some(gpu) = gpu() else { return };
    // At a rate at which paths part: the same starts end elsewhere, and all together the same.
    let text = "[data]\ndata='blobs'\nsamples=[40,10]\n[network]\nlayers=[_,6,1]\nactivation='tanh'\n[init]\ninit='normal:2'\nSEEDS\n[training]\n\
                lr=8\nsteps=300\nrecord-every=100\n";
    let text = text.replace("layers=[_,6,1]", "layers='_,6,_'");
    let own = runs(&gpu, &task(&text.replace("SEEDS", "seeds=1000")));
    let processor = by_processor(&task(&text.replace("SEEDS", "seeds=1000")));
    let losses = |runs: &[Run]| runs.iter().map(|run| run.train.loss).collect::<Vec<_>>();
    let (d, p) = two_samples(losses(&own), losses(&processor));
    assert!(p > 0.05, "D = {d}, p = {p}");
    // The test itself can tell: at another rate they end elsewhere.
    let others = by_processor(&task(&text.replace("SEEDS", "seeds=1000").replace("lr=8", "lr=0.1")));
    let (d, p) = two_samples(losses(&own), losses(&others));
    assert!(p < 1e-3, "D = {d}, p = {p}");
}

/// A study's worth of work: more than the patience of a test.
const LONG: &str = "[data]\ndata='circles'\n[network]\nlayers=[2,24,9,1]\n[init]\ninit='he'\nseeds=500\n[training]\nlr=0.1\nsteps=1000000\n\
                    record-every=100000\n";

#[test]
fn work_is_cut_so_that_it_can_be_stopped() {
    let Some(gpu) = gpu() else { return };
    let task = task(LONG);
    let watch = Watch::default();
    let took = std::thread::scope(|scope| {
        let hand = scope.spawn(|| {
            // It has begun.
            let begin = Instant::now();
            while watch.steps() == 0 && begin.elapsed() < Duration::from_mins(1) {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(300));
            watch.stop();
            Instant::now()
        });
        let mut told = 0;
        gpu.run(&Batch::of(&task), &watch, &mut |_| {
            told += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(told, 0, "not one of them was done");
        hand.join().unwrap().elapsed()
    });
    assert!(watch.steps() > 0);
    // A tenth of a second where the machine has nothing else to do; tests have company.
    assert!(took < Duration::from_secs(2), "{took:?}");
    // What was stopped leaves nothing behind.
    let short = common::task(CIRCLES);
    assert_eq!(runs(&gpu, &short).len(), short.runs());
}

#[test]
fn what_has_no_kernel_is_done_by_the_processor_and_said() {
    let Some(gpu) = gpu() else { return };
    let of = |network: &str, training: &str| {
        format!(
            "[data]\ndata='circles'\n[network]\n{network}\n[init]\ninit='he'\nseeds=2\n[training]\nlr=0.01\nsteps=3\n{training}\n"
        )
    };
    let cases = [
        (of("layers=[2,300,300,1]", ""), "2-300-300-1", "91501 parameters"),
        (of("layers=[2,5,1]\nactivation='prelu'", ""), "2-5-1", "learns its slope"),
        (of("layers=[2,5,1]", "optimizer='lbfgs'"), "2-5-1", "L-BFGS"),
        (of("layers=[2,5,1]", "dropout=[0.2]"), "2-5-1", "dropout"),
        (of("layers=[2,8,8,1]\nblock='residual'", ""), "2-8-8-1", "blocks"),
    ];
    for (text, network, why) in cases {
        let task = task(&text);
        let own = runs(&gpu, &task);
        // The processor's own bits, twice, and one sentence.
        assert_eq!(all_bits(&own), all_bits(&by_processor(&task)));
        assert_eq!(all_bits(&own), all_bits(&runs(&gpu, &task)));
        let remarks = gpu.remarks();
        let [remark] = &remarks[..] else { panic!("{remarks:?}") };
        assert!(remark.starts_with(&format!("--device gpu: {network} ")) && remark.contains(why), "{remark}");
        assert!(gpu.remarks().is_empty());
        assert!(gpu.refuses(&task.job(0)).is_some_and(|refused| refused.contains(why)));
    }
}

#[test]
fn what_fits_and_what_does_not_come_in_the_order_of_the_batch() {
    let Some(gpu) = gpu() else { return };
    let fits = task(CIRCLES);
    let does_not = task(&CIRCLES.replace("steps=60", "steps=60\ndropout=[0.1,0.1]"));
    let wide = task(&CIRCLES.replace("2,10,5,1", "2,30,5,1"));
    let job = |i: usize| [&fits, &does_not, &wide][i % 3].job(i / 3);
    let mut told = Vec::new();
    let each = &mut |run: Ended| {
        told.push(run.unwrap());
        ControlFlow::Continue(())
    };
    gpu.run(&Batch::new(3 * fits.runs(), job), &Watch::default(), each).unwrap();
    let alone = [runs(&gpu, &fits), runs(&gpu, &does_not), runs(&gpu, &wide)];
    assert_eq!(told.len(), 3 * fits.runs());
    for (i, run) in told.iter().enumerate() {
        assert_eq!(bits(run), bits(&alone[i % 3][i / 3]), "{i}");
    }
}

#[test]
fn a_job_that_cannot_be_made_ends_the_batch_behind_those_before_it() {
    let Some(gpu) = gpu() else { return };
    let task = task(CIRCLES);
    let made = |i: usize| if i == 6 { Err(Error::Usage("number six".to_owned())) } else { Ok(task.job(i)) };
    let mut told = 0;
    let ended = gpu.run(&Batch::made(10, made), &Watch::default(), &mut |run| {
        run.unwrap();
        told += 1;
        ControlFlow::Continue(())
    });
    assert_eq!((told, ended.unwrap_err().to_string()), (6, "number six".to_owned()));
}

#[test]
fn whoever_has_enough_is_told_no_more() {
    let Some(gpu) = gpu() else { return };
    let task = task(CIRCLES);
    let mut told = 0;
    gpu.run(&Batch::of(&task), &Watch::default(), &mut |_| {
        told += 1;
        if told == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(told, 3);
}

#[test]
fn a_lost_device_is_an_error_and_what_was_told_stands() {
    let Some(gpu) = gpu() else { return };
    let gpu: Gpu = gpu.at_once(2);
    let task = task(CIRCLES);
    let first = runs(&gpu, &task).len();
    gpu.lose();
    let mut told = 0;
    let error = gpu
        .run(&Batch::of(&task), &Watch::default(), &mut |_| {
            told += 1;
            ControlFlow::Continue(())
        })
        .unwrap_err();
    assert_eq!((first, told), (20, 0));
    assert!(matches!(error, Error::Device(_)) && !error.is_usage());
    let said = error.to_string();
    assert!(said.starts_with("the GPU ") && said.contains("lost") && said.contains("a study goes on"), "{said}");

    // In the middle of the work.
    let gpu: Gpu = common::gpu().unwrap().at_once(50);
    let long = common::task(LONG);
    let watch = Watch::default();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            let begin = Instant::now();
            while watch.steps() == 0 && begin.elapsed() < Duration::from_mins(1) {
                std::thread::sleep(Duration::from_millis(5));
            }
            gpu.lose();
        });
        gpu.run(&Batch::of(&long), &watch, &mut |_| ControlFlow::Continue(())).unwrap_err()
    });
    assert!(error.to_string().contains("failed"), "{error}");
}

#[test]
fn a_gpu_that_is_not_there_is_an_error_that_says_what_is() {
    let error = Gpu::open(Some("no such card"), 1).unwrap_err();
    assert!(error.to_string().starts_with("no GPU is called \"no such card\"; there is: "), "{error}");
}

#[test]
fn it_says_what_computes() {
    let Some(gpu) = gpu() else { return };
    let device = gpu.device().unwrap();
    assert!(!device.name.is_empty() && device.precision == "float32", "{device}");
    assert_eq!(gpu.threads(), None);
}

#[test]
fn loops_that_software_would_end_are_cut_or_left_to_the_processor() {
    // Ten thousand steps of ten samples for each lane would be more turns than Mesa's loops have.
    let text = |every: usize| {
        format!(
            "[data]\ndata='circles'\n[network]\nlayers=[2,10,5,1]\nactivation='tanh'\n[init]\nseeds=2\n\
             [training]\nlr=0.005\nsteps=10000\nrecord-every={every}\n"
        )
    };
    let Some(gpu) = gpu() else { return };
    let [few, many] = [10_000, 100].map(|every| task(&text(every)));
    let (few, many, own) = (runs(&gpu, &few), runs(&gpu, &many), by_processor(&few));
    for ((few, many), own) in few.iter().zip(many).zip(own) {
        assert_eq!(few.train, many.train);
        assert!(
            (few.train.loss - own.train.loss).abs() < 1e-4 * own.train.loss,
            "{} {}",
            few.train.loss,
            own.train.loss
        );
    }
    // Steps and looks that have too many turns in themselves: pairs of samples, many samples, wide layers.
    for (data, layers) in [
        ("data='circles'\nsamples=[3000, 10]", "[2,3,1]"),
        ("data='regression'\nsamples=[20000, 10]", "[100,10,1]"),
        ("data='digits'", "[64,256,128,10]"),
    ] {
        let task = task(&format!("[data]\n{data}\n[network]\nlayers={layers}\n[init]\nseeds=1\n[training]\nsteps=1\n"));
        assert_eq!(
            runs(&gpu, &task).iter().map(bits).collect::<Vec<_>>(),
            by_processor(&task).iter().map(bits).collect::<Vec<_>>()
        );
        let said = gpu.remarks().concat();
        assert!(said.contains("is trained by the processor, in float32, as software that computes as a GPU"), "{said}");
    }
}

#[test]
fn what_is_done_is_told_on_the_way() {
    let task = task(&CIRCLES.replace("seeds=5", "seeds=30"));
    let Some(gpu) = gpu() else { return };
    // Half of the steps of all runs that do not diverge at once.
    let all = 90 * 60;
    let watch = Watch::default();
    let mut told = Vec::new();
    let (ended, is_spent) = Budget::spend(Some(Budget::Steps(all / 2)), &watch, || {
        gpu.run(&Batch::of(&task), &watch, &mut |run| {
            told.push(run.unwrap());
            // Whoever looks whether the budget is spent has time for it.
            std::thread::sleep(Duration::from_millis(5));
            ControlFlow::Continue(())
        })
    });
    ended.unwrap();
    assert!(is_spent && (20..90).contains(&told.len()), "{}", told.len());
    assert_eq!(all_bits(&told), all_bits(&runs(&gpu, &task))[..told.len()]);
}

#[test]
fn numbers_that_are_too_large_for_a_kernel_are_none_of_its_business() {
    let Some(gpu) = gpu() else { return };
    let of = |more: &str| {
        format!(
            "[data]\ndata='circles'\n[network]\nlayers=[2,24,9,1]\nactivation='tanh'\n[init]\nseeds=2\n[training]\nlr=0.1\nsteps=20\n{more}"
        )
    };
    // A minibatch of more samples than there are, and records farther apart than 32 bits count.
    for more in ["batch=1000\n", "batch=5000000000\n", "record-every=4294967297\n"] {
        let task = task(&of(more));
        for (own, other) in runs(&gpu, &task).iter().zip(by_processor(&task)) {
            assert!((own.train.loss - other.train.loss).abs() < 1e-5 * other.train.loss, "{more}");
            assert_eq!(own.trace.len(), other.trace.len(), "{more}");
        }
        assert!(gpu.remarks().is_empty(), "{more}");
    }
    // What fills up rows of weights would be divided by nothing.
    let task = task(&of("optimizer='adam'\nepsilon=0.0\n"));
    assert_eq!(all_bits(&runs(&gpu, &task)), all_bits(&by_processor(&task)));
    assert!(gpu.remarks().concat().contains("its epsilon is nothing in float32"));
}

#[test]
fn gradients_whose_squares_are_beyond_float32_are_cut_off_as_others_are() {
    let Some(gpu) = gpu() else { return };
    for (layers, init) in [("2,4,4,4,4,1", "normal:1e5"), ("2,40,4,4,4,1", "normal:5e4")] {
        let task = task(&format!(
            "[data]\ndata='circles'\n[network]\nlayers=[{layers}]\n[init]\ninit='{init}'\nseeds=2\n\
             [training]\nlr=30\nclip=1.0\nsteps=40\nrecord-every=20\n"
        ));
        for (own, other) in runs(&gpu, &task).iter().zip(by_processor(&task)) {
            assert_eq!(own.status, other.status);
            assert!((own.train.loss - other.train.loss).abs() < 1e-4 * other.train.loss, "{own:?} {other:?}");
            assert!(own.train.loss < own.trace[0].loss, "it moves: {own:?}");
        }
    }
}
