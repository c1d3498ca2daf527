use super::*;

fn spec(text: &str) -> TaskSpec {
    TaskSpec::from_toml(&format!("[data]\ndata = 'circles'\n{text}")).unwrap()
}

#[test]
fn however_it_is_watched_every_start_ends_in_the_bits_of_train() {
    for (training, pieces) in
        [("steps = 300", [1, 7, 92, 200]), ("steps = 300\nbatch = 32\noptimizer = 'adam'", [100, 50, 149, 9])]
    {
        let text = format!("[init]\ninit = 'he,normal:10,normal:0.01'\nseed = 3\n[training]\nlr = 0.05\n{training}");
        let mut race = Race::new(spec(&text)).unwrap();
        for steps in pieces {
            race.go_on(steps, 2, &Watch::default());
            assert_eq!(race.sights(2, &Watch::default()).len(), 3);
        }
        assert!(race.is_over() && race.step() == 300);
        for (i, run) in Task::new(spec(&text)).unwrap().run_all(1).into_iter().enumerate() {
            let watched = race.standing(i);
            assert_eq!(watched.status(), "finished");
            let watched = watched.run.unwrap();
            assert_eq!((watched.train, watched.test, watched.steps), (run.train, run.test, run.steps));
            // Losses are recorded more often, and are the same.
            assert!(watched.trace.len() > run.trace.len());
            assert!(run.trace.iter().all(|record| watched.trace.contains(record)));
        }
    }
}

#[test]
fn what_is_drawn_is_what_the_network_says() {
    let mut race = Race::new(spec("[training]\nsteps = 3000\nlr = 0.1")).unwrap();
    race.go_on(3000, 1, &Watch::default());
    let (sight, plane) = (race.sights(1, &Watch::default()).remove(0), race.plane());
    assert_eq!(plane.note, "");
    // The class of every training sample is that of the cell that it lies in, but for those at the border.
    let cell = |at: [f64; 2]| {
        let i = |axis: usize| {
            let [low, high] = plane.ranges[axis];
            ((at[axis] - low) / (high - low) * plane.side as f64) as usize
        };
        i(1) * plane.side + i(0)
    };
    let right = |point: &&Point| (sight.decisions[cell(point.at)] > 127) == (point.label == 1.0);
    let of_training: Vec<&Point> = plane.points.iter().filter(|point| !point.is_test).collect();
    let share = of_training.iter().filter(|point| right(point)).count() as f64 / of_training.len() as f64;
    let accuracy = race.standing(0).run.unwrap().train.accuracy.unwrap();
    assert!((share - accuracy).abs() < 0.03, "{share} {accuracy}");
}

#[test]
fn many_classes_and_features_are_drawn_on_principal_components() {
    let text = "[data]\ndata = 'digits'\n[network]\nlayers = '_,16,_'\n[training]\nsteps = 20";
    let mut race = Race::new(TaskSpec::from_toml(text).unwrap()).unwrap();
    race.go_on(20, 2, &Watch::default());
    let sight = race.sights(1, &Watch::default()).remove(0);
    assert!(race.plane().note.contains("principal components"));
    assert!(sight.decisions.iter().all(|class| *class < 10));
    assert_eq!(sight.sure.unwrap().len(), sight.decisions.len());
    assert_eq!(sight.links.iter().map(Vec::len).collect::<Vec<_>>(), [300, 160]);
}

#[test]
fn of_regression_the_plane_has_values() {
    let text = "[data]\ndata = 'diabetes'\n[training]\nsteps = 5";
    let race = Race::new(TaskSpec::from_toml(text).unwrap()).unwrap();
    let Colour::Value { range, told } = &race.plane().colour else { panic!("{:?}", race.plane().colour) };
    assert!(range[0] < range[1]);
    // The progression of diabetes goes from 25 to 346.
    assert!(told[0] > 20.0 && told[1] < 400.0 && told[0] < told[1], "{told:?}");
    assert!(race.sights(1, &Watch::default())[0].portrait.loss.is_finite());
}

#[test]
fn a_start_that_diverges_stands_still_and_the_others_go_on() {
    let text = "[init]\ninit = 'he,normal:10'\n[network]\nactivation = 'identity'\nloss = 'mse'\noutput = 'identity'\n[training]\nlr = 0.01\nsteps = 50";
    let mut race = Race::new(spec(text)).unwrap();
    race.go_on(30, 1, &Watch::default());
    assert_eq!([0, 1].map(|i| race.standing(i).status()), ["running", "diverged"]);
    race.go_on(30, 1, &Watch::default());
    assert!(race.is_over());
    assert_eq!(race.sights(2, &Watch::default()).len(), 2);
}

#[test]
fn a_number_behind_a_scheme_is_a_slider_where_it_is_a_factor() {
    let gain = |text: &str| gain(&text.parse().unwrap());
    assert_eq!(gain("he:0.5"), Some(("he".to_owned(), 0.5)));
    assert_eq!(gain("normal:0.01"), Some(("normal".to_owned(), 0.01)));
    assert_eq!(gain("glorot"), Some(("glorot".to_owned(), 1.0)));
    for none in ["zeros", "he/glorot", "siren:30"] {
        assert_eq!(gain(none), None, "{none}");
    }
    let schemes: Vec<&str> = schemes_with_gain().collect();
    assert!(schemes.contains(&"he") && schemes.contains(&"orthogonal") && !schemes.contains(&"zeros"), "{schemes:?}");
}

#[test]
fn data_is_read_once_for_all_races_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    let rows: String = (0..40).map(|i| format!("{},{},{},{}\n", i % 7, i % 5, i % 3, i % 2)).collect();
    std::fs::write(&path, format!("a,b,c,kind\n{rows}")).unwrap();
    let text = |lr: &str| format!("[data]\ndata = '{}'\n[training]\nsteps = 9\nlr = {lr}", path.display());
    let first = Race::new(TaskSpec::from_toml(&text("0.1")).unwrap()).unwrap();
    let mut alone = Race::new(TaskSpec::from_toml(&text("0.2")).unwrap()).unwrap();
    std::fs::remove_file(&path).unwrap();
    let mut after = Race::on(TaskSpec::from_toml(&text("0.2")).unwrap(), Some(&first.ground()), &Watch::default())
        .unwrap()
        .unwrap();
    assert!(std::ptr::eq(after.plane(), first.plane()));
    alone.go_on(9, 1, &Watch::default());
    after.go_on(9, 1, &Watch::default());
    assert_eq!(alone.standing(0).run.unwrap().train, after.standing(0).run.unwrap().train);
}
