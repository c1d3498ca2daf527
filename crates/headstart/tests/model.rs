//! A trained model on samples as they were before anything was done to them: it says what the training's own figures say.

use headstart::data::given::{Column, Source};
use headstart::data::{Dataset, Preprocess, ScaleTargets, Targets};
use headstart::engine::activation::Activation;
use headstart::host::Host;
use headstart::model::Model;
use headstart::run::Run;
use headstart::save;
use headstart::spec::TaskSpec;
use headstart::task::Task;
use ndarray::{Array2, ArrayView2, array};
use proptest::prelude::*;
use std::fmt::Write as _;

fn trained(task: &Task) -> (Run, Model) {
    let (run, weights) = save::train(task, &Host::here(2)).unwrap().unwrap();
    (run, Model::new(task, weights.parameters).unwrap())
}

fn of_text(text: &str) -> (Task, Run, Model) {
    let task = Task::new(TaskSpec::from_toml(text).unwrap()).unwrap();
    let (run, model) = trained(&task);
    (task, run, model)
}

fn numbers(x: &ArrayView2<f64>) -> Source {
    Source::of_numbers(x.shape().to_vec(), x.iter().copied().collect::<Vec<f64>>(), false)
}

fn text(cells: &[&str]) -> Column {
    Column::Text(cells.iter().map(|&cell| Some(cell.to_owned())).collect())
}

fn bits(x: &Array2<f64>) -> (Vec<u64>, [usize; 2]) {
    (x.iter().map(|value| value.to_bits()).collect(), [x.nrows(), x.ncols()])
}

/// The share of samples that are put into their class.
fn accuracy(model: &Model, x: &Array2<f64>, y: &Targets) -> f64 {
    let Targets::Classes(classes) = y else { panic!("classes") };
    let chosen = model.predict(x.view()).unwrap();
    let right = chosen.iter().zip(classes).filter(|(chosen, class)| chosen == class).count();
    right as f64 / classes.len() as f64
}

/// The mean loss by what the model says: see `Loss` for what each is.
fn loss(model: &Model, x: &Array2<f64>, y: &Targets) -> f64 {
    let said = model.outputs(x.view());
    let (loss, output) = (model.network().loss().to_string(), model.network().output().to_string());
    let of_sample = |(i, said): (usize, ndarray::ArrayView1<f64>)| {
        let class = match y {
            Targets::Classes(classes) => classes[i],
            Targets::Values(values) => {
                let errors = said.iter().zip(values.row(i)).map(|(a, y)| a - y);
                let of = |error: f64| if loss == "mae" { error.abs() } else { error * error };
                return errors.map(of).sum::<f64>() / said.len() as f64;
            }
        };
        let is_pair = model.network().outputs() == 1 && said.len() == 2;
        let own = if is_pair { &said.as_slice().unwrap()[1..] } else { said.as_slice().unwrap() };
        let is_hot = |j: usize| if own.len() == 1 { class == 1 } else { class == j };
        let each = |(j, &a): (usize, &f64)| {
            let (hot, signed) = (is_hot(j), if is_hot(j) { 1.0 } else { -1.0 });
            let p = if hot { a } else { 1.0 - a };
            match (loss.as_str(), output.as_str()) {
                ("bce", "sigmoid") => -p.ln(),
                ("bce", "identity") => (-signed * a).exp().ln_1p(),
                ("bce", "tanh") => -f64::midpoint(1.0, signed * a).ln(),
                ("focal:2", "sigmoid") => -(1.0 - p).powi(2) * p.ln(),
                ("hinge", _) => (1.0 - signed * a).max(0.0),
                ("squared-hinge", _) => (1.0 - signed * a).max(0.0).powi(2),
                ("mse", "tanh") => (a - signed).powi(2),
                ("mse", _) => (a - f64::from(u8::from(hot))).powi(2),
                other => panic!("{other:?}"),
            }
        };
        match loss.as_str() {
            "ce" => -own[class].ln(),
            _ => own.iter().enumerate().map(each).sum::<f64>() / own.len() as f64,
        }
    };
    said.rows().into_iter().enumerate().map(of_sample).sum::<f64>() / said.nrows() as f64
}

/// The figures of both sets, by the model from features.
fn assert_figures(task: &Task, run: &Run, model: &Model, by: f64) {
    let test = (task.dataset.test.as_ref().unwrap(), run.test.unwrap());
    for (samples, figures) in [(&task.dataset.train, run.train), test] {
        if model.classes().is_some() {
            assert_eq!(Some(accuracy(model, &samples.x, &samples.y)), figures.accuracy);
        }
        let by_hand = loss(model, &samples.x, &samples.y);
        // A probability of 0 in float32 is one of a logit that the loss is finite of.
        let is_saturated = by_hand.is_infinite() && by > 1e-5;
        assert!(
            is_saturated || (by_hand - figures.loss).abs() <= by * (1.0 + figures.loss),
            "{by_hand} {}",
            figures.loss
        );
    }
}

#[test]
fn on_built_in_data_the_figures_are_those_of_the_run() {
    for data in ["circles", "iris", "digits", "breast-cancer"] {
        for end in [
            "",
            "loss = 'bce'",
            "loss = 'ce'\noutput = 'softmax'",
            "loss = 'hinge'",
            "loss = 'squared-hinge'\noutput = 'tanh'",
            "loss = 'mse'\noutput = 'tanh'",
            "loss = 'mse'\noutput = 'sigmoid'",
            "loss = 'focal'\noutput = 'sigmoid'",
            "loss = 'bce'\noutput = 'identity'",
            "loss = 'bce'\noutput = 'tanh'",
        ] {
            for precision in ["f64", "f32"] {
                let (task, run, model) = of_text(&format!(
                    "[data]\ndata = '{data}'\n[network]\nlayers = ['_', 6, '_']\nactivation = 'prelu'\n{end}\n[training]\nsteps = 30\n\
                     lr = 0.01\nprecision = '{precision}'\n"
                ));
                assert_figures(&task, &run, &model, if precision == "f64" { 1e-9 } else { 1e-4 });
                // As the samples are before anything is done to them.
                let mut spec = task.spec.data.clone();
                spec.preprocess = Preprocess::None;
                let (raw, own) = (Dataset::load(&spec).unwrap().test.unwrap(), task.dataset.test.as_ref().unwrap());
                let x = model.features("raw", &numbers(&raw.x.view())).unwrap();
                assert_eq!(bits(&x), bits(&own.x));
                assert_eq!(
                    model.has_probabilities(),
                    matches!(end, "" | "loss = 'bce'") || end.ends_with("softmax'") || end.ends_with("sigmoid'")
                );
                if model.has_probabilities() {
                    let said = model.outputs(x.view());
                    assert_eq!(said.ncols(), model.classes().unwrap().len());
                    assert!(said.iter().all(|p| (0.0..=1.0).contains(p)));
                    if said.ncols() == 2 {
                        assert!(said.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-6));
                    }
                }
            }
        }
    }
}

/// A row of a table of pets: numbers with commas, text, truth values and dates, each of which may be missing.
#[derive(Clone, Debug)]
struct Pet {
    weight: Option<f64>,
    kind: Option<&'static str>,
    is_old: Option<bool>,
    day: Option<u32>,
    label: f64,
}

fn pet() -> impl Strategy<Value = Pet> {
    let kinds = prop::option::weighted(0.8, prop::sample::select(vec!["cat", "dog", "dodo"]));
    let cells = (
        prop::option::weighted(0.8, 0.1..99.0f64),
        kinds,
        prop::option::of(any::<bool>()),
        prop::option::of(1..28_u32),
    );
    (cells, -0.5..0.5f64).prop_map(|((weight, kind, is_old, day), noise)| {
        let label = weight.unwrap_or(40.0) * 10.0 + noise + if kind == Some("dog") { 300.0 } else { 0.0 };
        Pet { weight, kind, is_old, day, label }
    })
}

fn table(pets: &[Pet], label: impl Fn(&Pet) -> String, with_labels: bool) -> String {
    let mut text = format!("weight,kind,old,day{}\n", if with_labels { ",label" } else { "" });
    for pet in pets {
        let weight = pet.weight.map_or(String::new(), |weight| format!("{weight:.3}"));
        let day = pet.day.map_or("NA".to_owned(), |day| format!("2024-05-{day:02}"));
        let old = pet.is_old.map_or("", |old| if old { "true" } else { "false" });
        write!(text, "{weight},{},{old},{day}", pet.kind.unwrap_or_default()).unwrap();
        if with_labels {
            write!(text, ",{}", label(pet)).unwrap();
        }
        text.push('\n');
    }
    text
}

fn file(text: &str) -> Source {
    Source::of_file(text.as_bytes().to_vec())
}

fn task_of(text: &str, data: Source, test: Source, labels: Option<[Source; 2]>) -> Task {
    let mut spec = TaskSpec::from_toml(text).unwrap();
    spec.data.data = "given".into();
    (spec.data.given.data, spec.data.given.test_data) = (Some(data), Some(test));
    if let Some([train, test]) = labels {
        (spec.data.given.labels, spec.data.given.test_labels) = (Some(train), Some(test));
    }
    Task::new(spec).unwrap()
}

const SMALL: &str = "[network]\nlayers = ['_', 4, '_']\n[training]\nsteps = 20\nlr = 0.05\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn of_tables_new_samples_are_made_features_as_those_for_training(
        pets in prop::collection::vec(pet(), 40..60), more in prop::collection::vec(pet(), 5..20),
    ) {
        let class = |pet: &Pet| (if pet.label > 450.0 { "large" } else { "small" }).to_owned();
        let number = |pet: &Pet| format!("{:.2}", pet.label);
        prop_assume!(pets.iter().any(|pet| pet.label > 450.0) && pets.iter().any(|pet| pet.label <= 450.0));
        for is_class in [true, false] {
            for scale in [ScaleTargets::Auto, ScaleTargets::Standardize, ScaleTargets::Log] {
                if is_class && scale != ScaleTargets::Auto {
                    continue;
                }
                let label: &dyn Fn(&Pet) -> String = if is_class { &class } else { &number };
                let [train, test] = [&pets, &more].map(|pets| table(pets, label, true));
                let mut spec = TaskSpec::from_toml(SMALL).unwrap();
                spec.data.data = "given".into();
                spec.data.scale_targets = scale;
                (spec.data.given.data, spec.data.given.test_data) = (Some(file(&train)), Some(file(&test)));
                let task = Task::new(spec).unwrap();
                let (run, model) = trained(&task);
                let samples = task.dataset.test.as_ref().unwrap();
                // With their labels, without, and as columns in another order.
                let x = model.features("new", &file(&test)).unwrap();
                prop_assert_eq!(bits(&x), bits(&samples.x));
                prop_assert_eq!(bits(&model.features("new", &file(&table(&more, label, false))).unwrap()), bits(&samples.x));
                let columns = |pets: &[Pet]| Source::of_columns(vec![
                    ("more".to_owned(), Column::Unread(pets.len(), "it is odd".to_owned())),
                    ("kind".to_owned(), Column::Text(pets.iter().map(|pet| pet.kind.map(str::to_owned)).collect())),
                    ("day".to_owned(), Column::Text(pets.iter().map(|pet| pet.day.map(|day| format!("2024-05-{day:02}"))).collect())),
                    ("old".to_owned(), Column::Numbers(pets.iter().map(|pet| pet.is_old.map_or(f64::NAN, |old| f64::from(u8::from(old)))).collect(), false)),
                    ("weight".to_owned(), Column::Numbers(pets.iter().map(|pet| pet.weight.map_or(f64::NAN, |weight| format!("{weight:.3}").parse().unwrap())).collect(), false)),
                ]);
                prop_assert_eq!(bits(&model.features("new", &columns(&more)).unwrap()), bits(&samples.x));
                // One at a time.
                let alone = model.features("new", &columns(&more[..1])).unwrap();
                prop_assert_eq!(bits(&alone).0, bits(&x.slice(ndarray::s![..1, ..]).to_owned()).0);
                if is_class {
                    prop_assert_eq!(Some(accuracy(&model, &x, &samples.y)), run.test.unwrap().accuracy);
                    assert_figures(&task, &run, &model, 1e-9);
                } else {
                    let said = model.outputs(x.view());
                    let own = |a: f64| if scale == ScaleTargets::Log { a.ln() } else { a };
                    let squares = said.iter().zip(&more).map(|(said, pet)| {
                        (own(*said) - own(number(pet).parse().unwrap())).powi(2)
                    });
                    let by_hand = squares.sum::<f64>() / more.len() as f64;
                    let told = run.targets.unwrap().test[0].mse;
                    prop_assert!((by_hand / told - 1.0).abs() < 1e-9, "{} {}", by_hand, told);
                    prop_assert_eq!(model.predict(x.view()), None);
                    prop_assert_eq!(model.labels(), ["label"]);
                }
                let again = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
                prop_assert_eq!(&again, &model);
                prop_assert_eq!(bits(&again.outputs(x.view())), bits(&model.outputs(x.view())));
            }
        }
    }

    #[test]
    fn of_arrays_what_is_missing_is_filled_as_in_training(
        values in prop::collection::vec(-1e3..1e3f64, 120), holes in prop::collection::vec(0..120_usize, 0..12), size in -3..3i32,
    ) {
        let x = |rows: usize, shift: f64| Array2::from_shape_fn((rows, 4), |(i, j)| {
            let at = i * 4 + j;
            if j > 0 && holes.contains(&at) { f64::NAN } else { values[at] * 10f64.powi(size * j as i32) + shift }
        });
        let labels = |rows: usize| numbers(&Array2::from_shape_fn((rows, 1), |(i, _)| f64::from(values[4 * i] > 0.0)).view());
        prop_assume!((0..30).any(|i| values[4 * i] > 0.0) && (0..30).any(|i| values[4 * i] <= 0.0));
        let (train, test) = (x(30, 0.0), x(9, 3.5));
        for preprocess in ["auto", "none", "standardize"] {
            let text = format!("[data]\npreprocess = '{preprocess}'\n{SMALL}");
            let labels = || Some([labels(30), labels(9)]);
            let task = task_of(&text, numbers(&train.view()), numbers(&test.view()), labels());
            let (run, model) = trained(&task);
            let found = model.features("new", &numbers(&test.view())).unwrap();
            prop_assert_eq!(bits(&found), bits(&task.dataset.test.as_ref().unwrap().x));
            prop_assert_eq!(Some(accuracy(&model, &found, &task.dataset.test.as_ref().unwrap().y)), run.test.unwrap().accuracy);
            // A column in which nothing was missing has its mean, too.
            let alone = model.features("new", &numbers(&array![[f64::NAN, 1.0, 1.0, 1.0]].view())).unwrap();
            let mean = task.dataset.train.x.column(0).mean().unwrap();
            prop_assert!((alone[[0, 0]] - mean).abs() <= 1e-9 * (1.0 + mean.abs()));
            // Samples in columns, as they were for training.
            let turned = |x: &Array2<f64>| numbers(&x.t());
            let task = task_of(&format!("[data]\ntranspose = true\npreprocess = '{preprocess}'\n{SMALL}"), turned(&train), turned(&test), labels());
            let (_, model) = trained(&task);
            prop_assert_eq!(bits(&model.features("new", &turned(&test)).unwrap()), bits(&found));
            prop_assert!(model.features("new", &numbers(&test.view())).unwrap_err().to_string().contains("samples are in columns"));
        }
    }
}

#[test]
fn images_are_flattened_and_divided_as_those_for_training() {
    let pixel = |i: usize, at: usize| ((i * 31 + at * 17) % 256) as f64;
    let images = |count: usize| {
        let pixels: Vec<f64> = (0..count).flat_map(|i| (0..25).map(move |at| pixel(i, at))).collect();
        Source::of_numbers(vec![count, 5, 5], pixels, false)
    };
    let labels = |count: usize| numbers(&Array2::from_shape_fn((count, 1), |(i, _)| (i % 2) as f64).view());
    let task = task_of(SMALL, images(40), images(10), Some([labels(40), labels(10)]));
    let (_, model) = trained(&task);
    let x = model.features("new", &images(10)).unwrap();
    assert_eq!(x[[1, 2]], pixel(1, 2) / 255.0);
    assert_eq!(bits(&x), bits(&task.dataset.test.as_ref().unwrap().x));
}

#[test]
fn what_cannot_be_made_features_is_told() {
    let (_, _, model) = of_text(&format!("[data]\ndata = 'iris'\n{SMALL}"));
    let refused = |model: &Model, source: Source| model.features("X", &source).unwrap_err().to_string();
    let of = |x: Array2<f64>| numbers(&x.view());
    assert_eq!(
        refused(&model, of(Array2::zeros((2, 3)))),
        "X: 3 features per sample, but the training data has 4; a table with the columns sepal length (cm), sepal width (cm), \
         petal length (cm), petal width (cm) may have others, too"
    );
    assert!(refused(&model, of(Array2::zeros((0, 4)))).contains("there is nothing in it: its shape is [0, 4]"));
    assert_eq!(
        refused(&model, of(array![[1.0, 1.0, 1.0, 1.0], [1.0, f64::INFINITY, 1.0, 1.0]])),
        "X, row 2, column 1 (the first is 0): inf is not a finite number"
    );
    assert!(
        refused(&model, of(array![[1.0, 1.0, f64::NAN, 1.0]]))
            .contains("row 1, column 2 (the first is 0): nothing is there")
    );
    let texts = Source::of_texts(vec![1, 4], vec![Some("a".to_owned()); 4]);
    assert_eq!(refused(&model, texts), "X: it holds text, but features have to be numbers");
    let column = |name: &str, cells: Column| (name.to_owned(), cells);
    let flower = |last: Column| {
        let mut columns: Vec<_> = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)"]
            .map(|name| column(name, Column::Numbers(vec![1.0], false)))
            .to_vec();
        columns.push(column("petal width (cm)", last));
        Source::of_columns(columns)
    };
    assert!(refused(&model, flower(text(&["wide"]))).contains("column \"petal width (cm)\": \"wide\" is not a number"));
    assert!(
        refused(&model, flower(Column::Numbers(vec![f64::NAN], false)))
            .contains("column \"petal width (cm)\": nothing is there")
    );
    assert!(model.features("X", &flower(text(&["0.5"]))).is_ok());
    let few = Source::of_columns(vec![column("petal width (cm)", Column::Numbers(vec![1.0], false))]);
    assert_eq!(
        refused(&model, few),
        "X: it has no column \"sepal length (cm)\", which the training data has; its columns are petal width (cm)"
    );
    assert!(
        refused(&model, Source::of_columns(vec![column("a", Column::Numbers(vec![], false))]))
            .contains("there are no samples")
    );
    // A table for training, and rows that it left out.
    let train = "size,kind,label\n1,a,no\n2,b,yes\n3,a,no\n9,b,yes\n5,,no\n6,b,yes\n7.5,a,no\n8,b,yes\n";
    for (missing, why) in [("drop", "training left such samples out"), ("error", "could stand for it")] {
        let train = if missing == "error" { train.replace("5,,", "5,a,") } else { train.to_owned() };
        let task = task_of(&format!("[data]\nmissing = '{missing}'\n{SMALL}"), file(&train), file(&train), None);
        let (_, model) = trained(&task);
        for (cells, at) in [("4,\n", "column \"kind\""), (",a\n", "column \"size\"")] {
            let message = refused(&model, file(&format!("size,kind\n1,a\n{cells}")));
            assert!(
                message.starts_with(&format!("X, row 3, {at}: nothing is there")) && message.contains(why),
                "{message}"
            );
        }
        assert!(model.features("X", &file("kind,size\nb,4\n")).is_ok());
    }
    let task = task_of(SMALL, file(train), file(train), None);
    let (_, model) = trained(&task);
    assert!(model.features("X", &file("size,kind\n,\n")).is_ok());
    assert!(refused(&model, file("size,kind\ninf,a\n")).contains("inf is not a finite number"));
    assert!(refused(&model, file("size,kind\nlarge,a\n3,b\n")).contains("\"large\" is not a number"));
    assert!(refused(&model, of(array![[1.0, 2.0, 3.0]])).contains("3 columns, but the training data has 2"));
    // A level that no training sample has is none of them.
    let x = model.features("X", &file("size,kind\n3,zebra\n")).unwrap();
    assert!(x.iter().skip(1).all(|level| *level == 0.0), "{x}");
    // A sample of which a date is not known, as any format has it.
    let train = "size,day,label\n1,2024-05-01,no\n2,2024-05-03,yes\n3,2024-05-09,no\n9,2024-05-11,yes\n";
    let task = task_of(SMALL, file(train), file("size,day,label\n1,NA,no\n"), None);
    let (_, model) = trained(&task);
    let x = bits(&task.dataset.test.as_ref().unwrap().x);
    assert_eq!(bits(&model.features("X", &file("size,day\n1,\n")).unwrap()), x);
    let one =
        |day: Column| Source::of_columns(vec![column("size", Column::Numbers(vec![1.0], false)), column("day", day)]);
    for day in [Column::Numbers(vec![f64::NAN], false), Column::Times(vec![f64::NAN]), Column::Text(vec![None])] {
        assert_eq!(bits(&model.features("X", &one(day)).unwrap()), x);
    }
    assert!(
        refused(&model, one(Column::Numbers(vec![3.0], false)))
            .contains("it does not hold what it holds in the training")
    );
    // Numbers without names are taken in order.
    let task = task_of(SMALL, file("1,2,0\n2,1,1\n3,5,0\n4,0,1\n"), file("1,2,0\n2,1,1\n"), None);
    let (_, model) = trained(&task);
    let x = model.features("X", &of(array![[1.0, 2.0], [2.0, 1.0]])).unwrap();
    assert_eq!(bits(&x), bits(&task.dataset.test.as_ref().unwrap().x));
    assert_eq!(bits(&model.features("X", &file("1,2,0\n2,1,1\n")).unwrap()), bits(&x));
}

#[test]
fn what_is_large_is_scaled_as_in_training() {
    let x = |rows: usize| {
        Array2::from_shape_fn((rows, 2), |(i, j)| if j == 0 { (i as f64 - 4.0) * 4e307 } else { 1e-200 * i as f64 })
    };
    let labels = |count: usize| numbers(&Array2::from_shape_fn((count, 1), |(i, _)| (i % 2) as f64).view());
    let task = task_of(SMALL, numbers(&x(9).view()), numbers(&x(5).view()), Some([labels(9), labels(5)]));
    let (_, model) = trained(&task);
    assert_eq!(
        bits(&model.features("X", &numbers(&x(5).view())).unwrap()),
        bits(&task.dataset.test.as_ref().unwrap().x)
    );
}

fn travels<T: Clone + Send + Sync + 'static>(_: &T) {}

#[test]
fn models_travel_and_other_versions_are_refused() {
    let of = |activation: &Activation| {
        format!(
            "[data]\ndata = 'circles'\n[network]\nlayers = ['_', 3, 2, '_']\nactivation = '{activation}'\n[training]\nsteps = 2\nlr = 0.01\n"
        )
    };
    for activation in Activation::all_over() {
        let (task, _, model) = of_text(&of(&activation));
        let bytes = model.to_bytes().unwrap();
        let again = Model::from_bytes(&bytes).unwrap();
        assert_eq!(again, model, "{activation}");
        assert_eq!(
            bits(&again.outputs(task.dataset.train.x.view())),
            bits(&model.outputs(task.dataset.train.x.view()))
        );
        let json: Model = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
        assert_eq!(json, model, "{activation}");
        travels(&model);
    }
    let (_, _, model) = of_text(&of(&Activation::Tanh));
    let mut value = serde_json::to_value(&model).unwrap();
    let mut with = |key: &str, new: serde_json::Value| {
        let old = std::mem::replace(&mut value[key], new);
        let bytes = rmp_serde::to_vec_named(&value).unwrap();
        let message = Model::from_bytes(&bytes).unwrap_err().to_string();
        value[key] = old;
        message
    };
    assert!(with("version", 2.into()).starts_with("the model is of version 2, and this program reads version 1"));
    assert!(with("parameters", vec![0.0; 3].into()).contains("3 parameters for a network of"));
    assert!(with("activations", vec!["what"].into()).contains("these bytes are no model"));
    assert!(with("kind", serde_json::json!({"Classes": ["a", "b", "c"]})).contains("1 outputs, where 3 are needed"));
    let bytes = model.to_bytes().unwrap();
    for end in (0..bytes.len()).step_by(7) {
        assert!(Model::from_bytes(&bytes[..end]).is_err());
    }
    // Parameters of another network.
    let (task, ..) = of_text(&of(&Activation::Prelu(0.25)));
    assert!(
        Model::new(&task, model.parameters().clone()).unwrap_err().to_string().contains("are not those of its network")
    );
}
