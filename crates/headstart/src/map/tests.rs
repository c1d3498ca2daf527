use super::*;
use headstart_engine::watch::Watch;
use std::path::Path;

const COMMON: &str = "[data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\nsteps = 20\n";
const AXES: &str = "study = { axes = ['lr=0.001..10:12', 'gain=0.1..10:11'] }";

fn study(axes: &str) -> Study {
    Study::new(MapSpec::from_toml(&format!("{axes}\n{COMMON}")).unwrap().study()).unwrap()
}

fn mapped<'a>(study: &'a Study, show: MapSection, threads: usize, store: Option<&Path>) -> Mapping<'a> {
    let writer = store.map(|path| Writer::open(path, study, crate::study::store::Shard::WHOLE).unwrap());
    let mut mapping = Mapping::new(study, show, false, writer).unwrap();
    assert!(!mapping.run(None, &Host::here(threads), |_| Ok(())).unwrap());
    mapping
}

#[test]
fn rows_are_from_bottom_to_top_and_columns_from_left_to_right() {
    let study = study(AXES);
    let mapping = mapped(&study, MapSection::default(), 2, None);
    let map = mapping.picture();
    assert_eq!((map.x.name.as_str(), map.y.name.as_str()), ("gain", "learning rate"));
    assert_eq!((map.panels[0].cells.len(), map.panels[0].cells[0].len()), (12, 11));
    // Row 3, column 5.
    let alone = crate::task::Task::new(study.cell(3 * 11 + 5).unwrap()).unwrap().run_all(1);
    assert_eq!(Some(map.panels[0].cells[3][5]), alone[0].test.unwrap().accuracy);
    assert_eq!(map.lines.len(), 1);
}

/// Whatever stops it: what is refined afterwards is what would have been.
#[test]
fn a_refined_map_that_was_stopped_ends_as_if_it_had_not_been() {
    let study = study(AXES);
    let show = MapSection { value: Some(Value::Loss), refine: Some(0.6) };
    let undisturbed = mapped(&study, show, 2, None);
    assert!(undisturbed.cells().done() < 90);
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("map.db");
    let open = || Writer::open(&store, &study, crate::study::store::Shard::WHOLE).unwrap();
    for stop_after in [10, 37, 60] {
        let watch = Watch::default();
        let mut mapping = Mapping::new(&study, show, false, Some(open())).unwrap();
        let look = |so_far: &Mapping| {
            if so_far.cells().done() >= stop_after {
                watch.stop();
            }
            Ok(())
        };
        mapping.run(None, &Host::here(1).watched_by(&watch), look).unwrap();
    }
    let resumed = mapped(&study, show, 1, Some(&store));
    assert_eq!(resumed.picture(), undisturbed.picture());
    assert_eq!(Store::open(&store).unwrap().count().unwrap(), undisturbed.cells().done() as u64);
}

#[test]
fn what_is_no_picture_is_refused() {
    let refused = |axes: &str, show: MapSection| {
        Mapping::new(&study(axes), show, false, None).map(|_| ()).unwrap_err().to_string()
    };
    let show = MapSection::default();
    assert!(refused("study = { axes = ['lr=1,2'] }", show).contains("this study has 1"));
    assert!(refused("study = { axes = ['lr=1,2', 'init=he,glorot'] }", show).contains("are numbers"));
    assert!(refused("study = { axes = ['lr=2,1', 'gain=1,2'] }", show).contains("have to rise"));
    assert!(refused(AXES, MapSection { refine: Some(2.0), ..show }).contains("a share of the cells"));
}

/// Each cell of it is the one that `map` has, by the command that is shown, whatever was looked at before.
#[test]
fn cells_of_a_window_are_those_of_its_own_map() {
    let spec =
        MapSpec::from_toml(&format!("study = {{ axes = ['lr=0.001..10:6', 'gain=0.1..10:7'] }}\n{COMMON}")).unwrap();
    let mut atlas = Atlas::new(spec).unwrap();
    assert_eq!((atlas.size(), atlas.deepest()), ([7, 6], [24, 24]));
    let views = [
        View::default(),
        View { zoom: [3, 3], at: [20, 17] },
        // A part of what was seen, and beyond all edges.
        View { zoom: [3, 3], at: [23, 16] },
        View { zoom: [20, 20], at: [5_000_000, 3_333_333] },
        View { zoom: [99, 2], at: [u64::MAX, 3] },
    ];
    for view in views {
        let mut done = Vec::new();
        let mut cells = Vec::new();
        atlas
            .run(view, &Host::here(2), |mapping| {
                done.push(mapping.progress()[0]);
                cells = mapping.cells().figures().to_vec();
                Ok(())
            })
            .unwrap();
        assert!(done.is_sorted() && done.last() == Some(&42), "{done:?}");
        let alone = Study::new(atlas.spec(view).study()).unwrap();
        assert_eq!(mapped(&alone, MapSection::default(), 1, None).cells().figures(), cells, "{view:?}");
        if view.at == [23, 16] {
            assert_eq!(done[0], 4 * 5, "of the window that overlaps, all but the rest is known");
        }
    }
    let nearest = atlas.nearest(views[4]);
    assert_eq!(nearest, View { zoom: [24, 2], at: [(7 << 24) - 7, 3] });
}

#[test]
fn whole_numbers_and_lists_are_not_zoomed_into() {
    let spec = MapSpec::from_toml(&format!("study = {{ axes = ['depth=1..3:3', 'gain=0.5,1,2'] }}\n{COMMON}")).unwrap();
    let atlas = Atlas::new(spec.clone()).unwrap();
    assert_eq!(atlas.deepest(), [0, 0]);
    assert_eq!(atlas.spec(View { zoom: [1, 1], at: [9, 9] }), spec);
}

/// A few cells all over the picture come first, and nobody waits for those that are told to stop.
#[test]
fn a_window_is_coarse_first_and_can_be_left() {
    let spec =
        MapSpec::from_toml(&format!("study = {{ axes = ['lr=0.001..10:64', 'gain=0.1..10:64'] }}\n{COMMON}")).unwrap();
    let mut atlas = Atlas::new(spec).unwrap();
    let watch = Watch::default();
    let mut most = 0;
    atlas
        .run(View::default(), &Host::here(1).watched_by(&watch), |mapping| {
            most = mapping.progress()[0];
            if most == 81 {
                assert!(mapping.sources().iter().all(Option::is_some), "81 cells stand for all");
                watch.stop();
            }
            Ok(())
        })
        .unwrap();
    assert!(most < 100, "{most}");
}
