//! Where to start, asked at the command line.

mod common;

use common::{headstart, json};

/// A task of seconds: a start matters here.
const TASK: &str = "advise --data circles --samples 120,60 --layers _,8,_ --lr 0.3 --steps 1500";

#[test]
fn the_advice_does_not_depend_on_the_threads_and_its_start_is_one_to_train_from() {
    let mut advice = json(&format!("{TASK} --threads 1"));
    let again = json(&format!("{TASK} --threads 3"));
    assert_eq!(advice["recommendation"], again["recommendation"]);
    assert_eq!((&advice["tried"], &advice["steps"]), (&again["tried"], &again["steps"]));
    let recommendation = advice["recommendation"].take();
    let init = recommendation["init"].as_str().unwrap();
    let trained =
        json(&format!("train --data circles --samples 120,60 --layers _,8,_ --lr 0.3 --steps 1500 --init {init}"));
    assert_eq!(trained["runs"][0]["status"], "finished");
    let plateau = &recommendation["plateau"];
    assert!(
        plateau["low"].as_f64() <= plateau["peak"].as_f64() && plateau["peak"].as_f64() <= plateau["high"].as_f64()
    );
    assert_eq!((&advice["verdict"], &advice["repeatable"]), (&"start here".into(), &true.into()));
    // It is shown beside what everybody would take.
    let cells = advice["evidence"]["cells"].as_array().unwrap();
    let names: Vec<&str> = cells.iter().map(|cell| cell["init"].as_str().unwrap()).collect();
    assert!(["he", "pytorch-default", "keras-default"].iter().all(|name| names.contains(name)), "{names:?}");
    // And the text says the same.
    let said = headstart(TASK);
    assert!(said.out.contains(&format!("--init {init} (test accuracy")), "{}", said.out);
    let is_code = |line: &&str| line.contains("fan_in") || line.contains("nn.") || line.contains("headstart init");
    assert!(said.out.lines().filter(|line| !is_code(line)).all(|line| line.chars().count() <= 80), "{}", said.out);
}

#[test]
fn where_nothing_can_learn_no_start_is_named() {
    // A rate of a billionth moves nothing.
    let advice = json("advise --data circles --samples 60,30 --layers _,8,_ --lr 1e-9 --steps 50");
    assert!(advice["recommendation"].is_null());
    assert_eq!(advice["verdict"], "no start works");
    assert!(advice["obstacle"]["name"].is_string() && advice["code"].as_array().unwrap().is_empty());
}

#[test]
fn where_every_start_does_it_says_so() {
    let advice = json(
        "advise --data blobs --samples 120,60 --centers 2 --noise 0.1 --layers _,_ --optimizer adam --lr 0.5 --steps 400",
    );
    assert!(advice["recommendation"]["init"].is_string());
    assert_eq!(advice["verdict"], "any start works", "{}", advice["sure"]);
}

#[test]
fn a_learning_rate_is_searched_where_that_is_asked_for() {
    let advice = json("advise --data moons --samples 60,30 --layers _,6,_ --lr auto --steps 100");
    // So few steps want to be long: longer than those that are tried first.
    let rates = advice["rates"].as_array().unwrap();
    let lr = advice["recommendation"]["lr"].as_f64().unwrap();
    assert!(rates.len() > 7 && lr > 0.01 && lr < rates[rates.len() - 1][0].as_f64().unwrap(), "{rates:?} {lr}");
    assert!(advice["sentence"].as_str().unwrap().contains(&format!("--lr {lr}")), "{}", advice["sentence"]);
    // It is told above the answer, too.
    let heading = headstart("advise --data moons --samples 60,30 --layers _,6,_ --lr auto --steps 100").out;
    let heading = heading.split("Keep").next().and_then(|text| text.split("Start").next()).unwrap();
    let heading = heading.split_whitespace().collect::<Vec<_>>().join(" ");
    let note = format!("--lr auto: of {} learning rates from ", rates.len());
    assert!(heading.contains(&format!("lr {lr}, 100 steps")) && heading.contains(&note), "{heading}");
    assert_eq!((&advice["lr"], &advice["task"]["training"]["lr"]), (&lr.into(), &lr.into()));
    let exact = json("advise --data moons --samples 60,30 --layers _,6,_ --lr auto --steps 100 --budget 4000steps");
    assert!(exact["steps"].as_u64().unwrap() <= 4000, "{}", exact["steps"]);
    let said = headstart("train --data moons --lr auto");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("only advise searches a learning rate"), "{}", said.err);
    // The file that describes this asks for the same.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("task.toml");
    let task = "advise --data moons --samples 60,30 --layers _,6,_ --lr auto --steps 100";
    std::fs::write(&file, headstart(&format!("{task} --print-config")).out).unwrap();
    let described = json(&format!("advise --config {}", file.display()));
    assert_eq!(described["recommendation"], advice["recommendation"]);
    assert_eq!(described["rates"], advice["rates"]);
}

#[test]
fn what_a_default_is_kept_within_is_said() {
    let advice = json("advise --data wine --layers _,8,8,8,_ --optimizer adam --lr 0.01 --steps 300");
    let sentence = advice["sentence"].as_str().unwrap();
    assert_eq!(advice["verdict"], "keep your default", "{sentence}");
    let within = advice["keep_within"].as_f64().unwrap();
    assert!(within > 0.0 && within <= 0.015, "{within}");
    assert!(
        sentence.contains(&format!(" is better by more than {within:.3}, as far as these seeds tell.")),
        "{sentence}"
    );
}

/// The figures of one start beside another are the same wherever they are shown.
#[test]
fn the_differences_of_the_evidence_are_those_of_the_text() {
    let advice = json(TASK);
    let text = advice["why"].to_string();
    let init = &advice["recommendation"]["init"];
    let differences = advice["evidence"]["differences"].as_array().unwrap();
    let is_own =
        |one: &&serde_json::Value| one["figure"] == "test accuracy" && (one["better"] == *init || one["than"] == *init);
    let own: Vec<_> = differences.iter().filter(is_own).collect();
    assert!(own.len() >= 3, "{differences:?}");
    for one in own {
        let [low, high] = [0, 1].map(|end| one["interval"][end].as_f64().unwrap());
        let [low, high] = if one["better"] == *init { [low, high] } else { [-high, -low] };
        let [low, high] = [low, high].map(|end| format!("{:+.3}", (end * 1e3).round() / 1e3 + 0.0));
        assert!(text.contains(&format!("{low} to {high}")), "{one} is not in {text}");
    }
}

#[test]
fn a_rate_that_float32_does_not_have_is_judged_by_what_it_does() {
    let said = headstart("advise --data moons --samples 60,30 --layers _,4,_ --lr 1e300 --steps 20");
    assert!(!said.err.contains("float32") && said.out.contains("learning rate"), "{}{}", said.out, said.err);
}

/// Case W1.
#[test]
fn where_it_takes_more_steps_it_says_so_and_shows_it() {
    let task = "--layers 4,8,3 --activation sigmoid --output sigmoid --loss bce --optimizer sgd --lr 0.01 --epochs 10";
    let advice = json(&format!("advise --data iris {task}"));
    let sentence = advice["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("It takes more steps: with --steps 4"), "{sentence}");
    assert!(advice["recommendation"].is_null() && !sentence.contains("more data"), "{sentence}");
}

/// Four samples, none of which tells anything of the others: what is asked about is training.
#[test]
fn without_test_data_training_is_what_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("xor.csv");
    std::fs::write(&file, "a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n").unwrap();
    let task = "--layers 2,4,1 --activation tanh --lr 0.5 --steps 2000 --test-share 0";
    let advice = json(&format!("advise --data {} {task}", file.display()));
    assert!(advice["recommendation"].is_object(), "{}", advice["sentence"]);
    assert_eq!(advice["evidence"]["cells"][0]["train"]["accuracy"]["mean"], 1.0);
}

/// Case W2: held-out parts break the symmetry of this set, in which small weights stay where they are.
#[test]
fn a_start_that_does_not_matter_on_parts_is_tried_on_all_samples() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mirrored.csv");
    // Every sample and its mirror image have the same label.
    let rows = (0..60).flat_map(|i| {
        let angle = f64::from(i) * 0.1;
        let [x, y] = [2.0 * angle.cos(), 2.0 * angle.sin()];
        [(x, y, 0), (-x, -y, 0), (x / 4.0, y / 4.0, 1), (-x / 4.0, -y / 4.0, 1)]
    });
    let rows: String = rows.map(|(x, y, label)| format!("{x:.6},{y:.6},{label}\n")).collect();
    std::fs::write(&file, format!("a,b,y\n{rows}")).unwrap();
    let task = "--preprocess none --layers 2,8,1 --activation tanh --lr 1 --steps 2000 --test-share 0";
    let advice = json(&format!("advise --data {} {task}", file.display()));
    let cells = advice["evidence"]["cells"].as_array().unwrap();
    let accuracy = |cell: &serde_json::Value| cell["train"]["accuracy"]["mean"].as_f64().unwrap();
    let least = cells.iter().map(accuracy).fold(1.0, f64::min);
    assert_eq!(advice["verdict"] == "any start works", least > 0.98, "{advice}");
}

/// Cases W3 and W4, in small: what is advised is never below what its own table shows of what everybody may take by more than
/// nothing, and that it is as good is said of a default only where the figures say so.
#[test]
fn advice_is_never_beaten_by_its_own_table() {
    for task in [
        "--data circles --samples 120,60 --layers 2,10,5,1 --lr 0.1 --steps 300",
        "--data iris --layers _,10,5,_ --activation tanh --optimizer adam --lr 0.1 --steps 80",
        "--data moons --samples 60,60 --layers _,6,_ --optimizer adam --lr 0.01 --steps 200",
        "--data diabetes --layers _,6,_ --optimizer adam --lr 0.01 --steps 60",
    ] {
        let advice = json(&format!("advise {task}"));
        let init = &advice["recommendation"]["init"];
        let cells = advice["evidence"]["cells"].as_array().unwrap();
        // The best one comes first.
        let [best, own] = [&cells[0], cells.iter().find(|cell| cell["init"] == *init).unwrap()];
        let figure = |cell: &serde_json::Value, name: &str| cell["test"][name]["mean"].as_f64();
        let (is_near, is_kept) = if let Some(best) = figure(best, "accuracy") {
            let own = figure(own, "accuracy").unwrap();
            (own > best - 0.02, own > best - 0.006)
        } else {
            let [best, own] = [best, own].map(|cell| figure(cell, "loss").unwrap());
            (own < 1.05 * best, own < 1.02 * best)
        };
        let sentence = advice["sentence"].as_str().unwrap();
        assert!(is_near || sentence.contains("do not tell which is better"), "{task}: {sentence}");
        if advice["verdict"] == "keep your default" {
            assert!(is_kept && init.as_str().unwrap().ends_with("-default"), "{task}: {}", advice["sentence"]);
            assert!(advice["sentence"].as_str().unwrap().starts_with("Keep your"), "{task}");
        }
        // Of a default that is kept it is told by how much another may be better: once.
        let why = advice["why"].to_string();
        let is_told = why.contains("may be better") || why.contains("none of these is better");
        assert_eq!(advice["keep_within"].is_number(), advice["verdict"] == "keep your default", "{task}: {sentence}");
        assert_eq!(advice["keep_within"].is_null(), is_told, "{task}: {sentence} {why}");
    }
}

#[test]
fn budgets_that_allow_nothing_are_refused_and_those_in_time_are_not_repeatable() {
    let said = headstart(&format!("{TASK} --budget 2000steps"));
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("less than 12 trainings of 1,500 steps") && said.err.contains("18000steps"),
        "{}",
        said.err
    );
    let said = headstart("advise --data circles --steps 100000000 --budget 1s");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("give more time"), "{}", said.err);
    let advice = json(&format!("{TASK} --budget 3s"));
    assert_eq!(advice["repeatable"], false);
    for budget in [18_000, 30_000, 100_000] {
        let exact = json(&format!("{TASK} --budget {budget}steps"));
        assert!(exact["steps"].as_u64().unwrap() <= budget, "{budget}: {}", exact["steps"]);
    }
}

#[test]
fn the_page_shows_gains_losses_outcomes_and_layers() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("advice.html");
    let said = headstart(&format!("{TASK} --html {}", page.display()));
    assert_eq!(said.code, 0, "{}", said.err);
    let page = std::fs::read_to_string(page).unwrap();
    for part in [
        "validation accuracy over the gain",
        "Losses, and what every seed came to",
        "test accuracy",
        "layer by layer",
        "In code",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // The first sentence is that of the terminal, and stands alone.
    let line = said.out.lines().find(|line| line.starts_with("Start from")).unwrap();
    let sentence = line.split_once(". ").map_or(line, |(first, _)| first);
    let page = page.replace("<span class=\"flag\">", "").replace("</span>", "");
    assert!(page.contains(&format!("<p class=\"answer\">{sentence}")), "{sentence}");
}

#[test]
fn where_what_is_held_out_cannot_be_guessed_it_says_so() {
    // The labels are drawn, as classes and as numbers: there is nothing to be learned from one part about another.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("drawn.csv");
    let mut state = 1_u32;
    let mut draw = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let rows: Vec<String> = (0..120).map(|_| format!("{},{},{}", draw() % 1000, draw() % 1000, draw() % 2)).collect();
    std::fs::write(&file, format!("a,b,label\n{}\n", rows.join("\n"))).unwrap();
    let task = format!("--data {} --preprocess standardize --layers _,8,_ --lr 0.1 --steps 300", file.display());
    for kind in ["--task binary", "--task regression"] {
        let advice = json(&format!("advise {task} {kind}"));
        let sentence = advice["sentence"].as_str().unwrap();
        assert!(
            sentence.starts_with("No start that was tried does better than guessing on held-out samples"),
            "{sentence}"
        );
        assert!(sentence.contains("It takes more data") && advice["recommendation"].is_null(), "{sentence}");
        // More steps and other rates were tried before more data is asked for.
        let tried = advice["why"][0].as_str().unwrap();
        assert!(
            ["--steps 3000", "--steps 30000", "--lr 1", "--lr 0.01"].iter().all(|change| tried.contains(change)),
            "{tried}"
        );
    }
}

#[test]
fn features_of_very_different_sizes_are_named_before_the_start_is_blamed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sizes.csv");
    let rows: Vec<String> = (0..60).map(|i| format!("{},{},{}", i % 7, 1000 * (i % 5), i % 2)).collect();
    std::fs::write(&file, format!("a,b,label\n{}\n", rows.join("\n"))).unwrap();
    let task = format!("advise --data {} --layers _,4,_ --steps 20", file.display());
    assert!(json(&task)["scale"].is_null());
    let scale = json(&format!("{task} --preprocess none"))["scale"].as_str().unwrap().to_owned();
    assert!(scale.contains("go from 3.59 to 2479") && scale.ends_with("use --preprocess standardize."), "{scale}");
    let said = headstart(&format!("{task} --preprocess none")).out;
    assert!(said.find("The features' sizes").unwrap() < said.find("updates were spent").unwrap());
    assert!(said.find("The features' sizes") < said.find("--init "), "{said}");
    assert!(json(&format!("{task} --preprocess standardize"))["scale"].is_null());
}

/// Case R4.
#[test]
fn features_that_keep_all_starts_from_learning_are_scaled_first() {
    let advice = json("advise --data wine --preprocess none --layers _,6,_ --steps 300");
    let sentence = advice["sentence"].as_str().unwrap();
    let lead = "Scale the features first: with --preprocess standardize, he ends at a test accuracy";
    assert!(sentence.starts_with(lead), "{sentence}");
    assert!(!sentence.contains("more data") && !advice["sure"].as_str().unwrap().contains("more data"));
    assert!(advice["recommendation"].is_null() && advice["scale"].is_string());
}

#[test]
fn of_rare_classes_the_balanced_accuracy_is_told_and_guessing_is_no_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 1_u32;
    let mut draw = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 16) / 65_536.0
    };
    // One in sixteen is "yes"; of the first set nothing tells which, of the second one the sum does.
    let mut rows = |apart: f64| {
        let row = |i: usize| {
            let is_rare = i.is_multiple_of(16);
            let [a, b] = [draw(), draw()].map(|x| x + if is_rare { apart } else { 0.0 });
            format!("{a:.4},{b:.4},{}\n", if is_rare { "yes" } else { "no" })
        };
        (0..320).map(row).collect::<String>()
    };
    let [drawn, apart] = [("drawn.csv", rows(0.0)), ("apart.csv", rows(0.9))].map(|(name, rows)| {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("a,b,y\n{rows}")).unwrap();
        file.display().to_string()
    });
    let task = "--layers _,6,_ --lr 0.1 --steps 200 --budget 20000steps";
    let advice = json(&format!("advise --data {drawn} {task}"));
    let sentence = advice["sentence"].as_str().unwrap();
    assert!(advice["recommendation"].is_null(), "{sentence}");
    assert!(sentence.contains("always answering \"no\" is right in 93.8% of the test samples"), "{sentence}");
    assert!(sentence.contains("--class-weights balanced"), "{sentence}");
    let weighted = json(&format!("advise --data {apart} {task} --class-weights balanced"));
    let sentence = weighted["sentence"].as_str().unwrap();
    assert!(weighted["recommendation"].is_object() && sentence.contains("balanced 0."), "{sentence}");
    assert!(sentence.contains("guessing 0.500"), "{sentence}");
    let said = headstart(&format!("advise --data {apart} {task} --class-weights balanced")).out;
    // Titles stand as far to the right as the rows without a mark.
    assert!(said.lines().any(|line| line.trim_start().starts_with("init ") && line.contains("balanced")), "{said}");
}

#[test]
fn the_first_and_the_last_layer_may_have_gains_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("wave.csv");
    // A wave that is finer than what a network of the usual size sees.
    let row = |i: u32| {
        let x = f64::from(i * 89 % 200) / 99.5 - 1.0;
        format!("{x:.5},{:.5}\n", (18.0 * x).sin())
    };
    std::fs::write(&file, format!("x,y\n{}", (0..200).map(row).collect::<String>())).unwrap();
    let task = format!(
        "--data {} --label y --layers _,24,24,_ --activation sin --optimizer adam --lr 0.005 --steps 400",
        file.display()
    );
    let advice = json(&format!("advise {task}"));
    let tried = advice["tried_layers"].as_array().unwrap();
    // Each of the two with four factors; both where both help.
    assert!(tried.len() >= 8 && tried.iter().all(|tried| tried["early"].is_number()), "{tried:?}");
    let evidence = advice["evidence"]["cells"].as_array().unwrap();
    let best = evidence[0]["init"].as_str().unwrap();
    let own = tried.iter().find(|tried| tried["init"] == best).expect("a gain of its own is best");
    assert!(own["full"].is_number());
    // Where nobody has gains of their own there is nothing to ask.
    let advice = json("advise --data moons --samples 60,30 --layers _,_ --lr 0.1 --steps 50");
    assert!(advice["tried_layers"].is_null());
}

#[test]
fn the_last_seeds_are_as_good_as_the_first() {
    for last in ["--seed 9223372036854775807", "--seed 4294967295 --rng numpy"] {
        let advice = json(&format!("advise --data circles --samples 60,30 --layers _,4,_ --steps 20 {last}"));
        assert!(advice["verdict"].is_string(), "{last}");
    }
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let [data, config, weights] = ["data.csv", "task.toml", "start.safetensors"].map(|name| folder.path().join(name));
    let rows: Vec<String> = (0..40).map(|i| format!("{},{},{}", i % 7, i % 5, i % 2)).collect();
    std::fs::write(&data, format!("a,b,label\n{}\n", rows.join("\n"))).unwrap();
    std::fs::write(&config, "[data]\ndata = \"circles\"\n[training]\nsteps = 5\n").unwrap();
    let [data, config, weights] = [data, config, weights].map(|path| path.display().to_string());
    assert_eq!(headstart(&format!("init --data circles --layers _,4,_ --out {weights}")).code, 0);
    for command in [
        format!("init --data {data} --layers _,4,_ --out {data}"),
        format!("advise --config {config} --html {config}"),
        format!("train --config {config} --save {config}"),
        format!("compare --config {config} --html {config}"),
        format!("init --data circles --layers _,4,_ --init file:{weights} --out {weights}"),
        format!("train --data circles --layers _,4,_ --steps 5 --init file:{weights} --save {weights}"),
    ] {
        let before = [&data, &config, &weights].map(|path| std::fs::read(path).unwrap());
        let said = headstart(&command);
        assert_eq!(said.code, 2, "{command}");
        assert!(said.err.contains("that is what is read"), "{command}: {}", said.err);
        assert_eq!(before, [&data, &config, &weights].map(|path| std::fs::read(path).unwrap()), "{command}");
    }
}

#[test]
fn a_small_budget_names_a_start_or_none_but_not_both() {
    for seed in [6, 8, 9] {
        let advice = json(&format!(
            "advise --data circles --lr 0.3 --steps 100 --layers _,8,8,_ --activation tanh --seed {seed} --budget 1600steps"
        ));
        assert_eq!(advice["recommendation"].is_null(), advice["verdict"] == "no start works", "{seed}");
        let plateau = &advice["recommendation"]["plateau"];
        assert!(plateau["low"].as_f64() <= plateau["high"].as_f64());
    }
}

#[test]
fn where_all_targets_are_the_same_there_is_nothing_to_advise() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("constant.csv");
    let rows: Vec<String> = (0..40).map(|i| format!("{i},{},3", i % 7)).collect();
    std::fs::write(&file, format!("a,b,y\n{}\n", rows.join("\n"))).unwrap();
    let said = headstart(&format!("advise --data {} --task regression --layers _,4,_ --steps 50", file.display()));
    assert_eq!(said.code, 2);
    assert!(said.err.contains("there is nothing to learn"), "{}", said.err);
}

#[test]
fn a_regression_that_diverges_is_told_by_its_loss() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("line.csv");
    let rows: Vec<String> = (0..40).map(|i| format!("{},{},{}", (i * i) % 31, i % 7, (i * i) % 31 + i % 7)).collect();
    std::fs::write(&file, format!("a,b,y\n{}\n", rows.join("\n"))).unwrap();
    let said =
        headstart(&format!("advise --data {} --task regression --layers _,4,_ --steps 50 --lr 1000", file.display()));
    assert!(said.out.contains("test loss"), "{}", said.out);
    assert!(said.out.contains("It takes another learning rate: with --lr 0."), "{}", said.out);
}

#[test]
fn a_start_of_ones_own_has_no_place_in_the_question() {
    for flag in ["--init zeros", "--seeds 5"] {
        let said = headstart(&format!("{TASK} {flag}"));
        assert_eq!(said.code, 2);
        assert!(said.err.contains("advise finds the start by itself"), "{}", said.err);
    }
}

/// Forty layers in a row lose what ten units tell; branches keep it.
const DEEP: &str = "--data circles --samples 120,60 --layers _,10x40,_ --optimizer adam --lr 0.003 --steps 300";

#[test]
fn of_a_deep_network_it_is_said_what_the_depth_costs_and_what_helps() {
    let advice = json(&format!("advise {DEEP} --budget 60ksteps"));
    let depth = &advice["depth"];
    let sentence = depth["sentence"].as_str().unwrap();
    assert!(depth["leads"].as_bool().unwrap() && depth["helps"].as_bool().unwrap(), "{sentence}");
    assert!(
        sentence.contains("40 plain layers end at ") && sentence.contains("fresh seeds or more, 300 steps"),
        "{sentence}"
    );
    // What is said of the change is what training with its flags gives.
    let best = &depth["changes"][0];
    let cell = &best["cells"][0];
    let (flags, init) = (best["flags"].as_str().unwrap(), cell["init"].as_str().unwrap());
    let seeds = cell["runs"].as_u64().unwrap();
    let trained = json(&format!("compare {DEEP} {flags} --init {init} --seed 1001 --seeds {seeds}"));
    assert_eq!(trained["cells"][0]["test"]["accuracy"]["mean"], cell["test"]["accuracy"]["mean"], "{flags}");
    assert!(advice["steps"].as_u64().unwrap() <= 60_000, "{}", advice["steps"]);
    // The plain start is the best of the table, and it comes first in the text.
    assert_eq!(depth["plain"]["init"], advice["evidence"]["cells"][0]["init"]);
    let said = headstart(&format!("advise {DEEP} --budget 60ksteps")).out;
    let answer = said.split("\n\n").nth(1).unwrap().lines().take(3).collect::<Vec<_>>().join(" ");
    assert!(answer.contains("40 plain layers end at") && answer.contains(flags), "{said}");
}

#[test]
fn a_network_of_few_layers_is_not_asked_about_its_depth() {
    let advice = json(&format!("{TASK} --budget 60ksteps"));
    assert!(advice.get("depth").is_none(), "{}", advice["depth"]);
}

#[test]
fn a_network_of_blocks_gets_starts_that_fit_it_and_no_code_that_does_not() {
    for (network, schemes) in [
        ("--layers _,8x4,_ --block residual --branch-layers 2", &["he", "glorot", "orthogonal", "fixup", "normal"][..]),
        ("--layers _,8x3,_ --norm batch", &["he", "glorot", "orthogonal", "normal"][..]),
    ] {
        let advice = json(&format!(
            "advise --data circles --samples 120,60 {network} --optimizer adam --lr 0.01 --steps 100 --budget 10ksteps"
        ));
        let tried = advice["tried"].as_array().unwrap();
        let names: Vec<&str> = tried.iter().map(|family| family["scheme"].as_str().unwrap()).collect();
        assert_eq!(names, schemes, "{network}");
        assert!(advice["code"].as_array().unwrap().is_empty() && advice.get("depth").is_none());
        let init = advice["recommendation"]["init"].as_str().unwrap_or_else(|| panic!("{}", advice["sentence"]));
        assert!(advice["why"].to_string().contains(&format!(
            "no code for a network of blocks: headstart init with the flags of this task, --init {init}, "
        )));
        let trained = json(&format!("train --data circles --samples 120,60 {network} --steps 2 --init {init}"));
        assert_eq!(trained["runs"][0]["status"], "finished");
    }
}
