//! The guide as a page: a table to be used without the program, how often it is right, and what moves it.

use super::super::Page;
use super::design::{BATCH, DEFAULTS, Grid, Kind, Optimizer, Part, RATE_NAMES, Setup, scheme};
use super::figures::{AS_WELL, Choice, Guide, LEARNED, MORE, Misses, Rule, Score, is_plane};
use crate::replicate::reach::Reach;
use crate::replicate::window::Window;
use crate::words::whole_words;
use crate::words::{count, many, percent, rough};

/// Columns of the text.
const COLUMNS: usize = 120;

/// From this share of tasks on a gain is said to do as well at a depth.
pub const HALF: f64 = 0.5;

/// Windows differ in their width or their place from so many octaves on.
const OCTAVES: f64 = 0.25;

/// A level of a factor: its name, and whether a task is of it.
type Level<'a> = (String, Box<dyn Fn(&Setup) -> bool + 'a>);

/// A factor of the design with its levels, in their order if they have one.
struct Factor<'a> {
    name: &'static str,
    levels: Vec<Level<'a>>,
    /// What a larger level is called; none where they have no order.
    order: Option<&'static str>,
}

/// The page of a guide that so many trainings made.
pub fn page(grid: &Grid, guide: &Guide, runs: usize) -> Page {
    let head = [
        "# The rough guide".to_owned(),
        paragraph(&format!(
            "Which weights a network should start from, as a table that needs no program. It was measured: {} trainings of \
             small networks, made, judged and written down by `headstart replicate rough-guide --markdown guide.md --png \
             guide.png`; the figures choose the words. For your own data ask [headstart advise](advise.md).",
            count(runs as u64)
        )),
        paragraph(&format!("**{}**", summary(grid, guide))),
        "## The table".to_owned(),
        paragraph(
            "In each cell: the gain to start from; in parentheses the gains around it that do as well on as many tasks, but \
             for one; and on how many of the tasks where anything was learned the first one does as well as the best gain of \
             all; bold where that is half of them or more. Columns are hidden layers; between two of them take the nearer one.",
        ),
        rules(grid, guide),
        paragraph(&legend(grid, guide)),
    ];
    let caption =
        "On which share of the tasks each gain does as well as the best, over depth, for each activation".to_owned();
    let below = format!(
        "The brighter, the larger the share of the tasks where anything is learned on which a gain does as well as the best; \
         outlined from {} on. The dashed line is the usual gain, 1. The last two panels are relu layers and two classes in the \
         plane alone, with either output.",
        percent(HALF, 0)
    );
    let rest = [
        paragraph(&below),
        "## How often it is right".to_owned(),
        paragraph(&held_out(grid, guide)),
        paragraph(
            "On which share of the held-out tasks where anything is learned each choice does as well as the best gain, by what \
             the tasks are made of:",
        ),
        score_table(grid, guide),
        "## Where it is not right".to_owned(),
        paragraph(&wrong(grid, guide)),
        "## What moves the window".to_owned(),
        paragraph(
            "The smallest and the largest gain that do as well as the best on a task, as multiples of the table's, so that 1 \
             is the table's gain: geometric means over the tasks that the table is made from and where anything is learned. \
             All levels were tried equally often with those of every other factor; both outputs with two classes in the plane.",
        ),
        effect_table(grid, guide),
        paragraph(&effects(grid, guide)),
        "## How it was measured".to_owned(),
        paragraph(&method(grid)),
        "## The thread's guesses".to_owned(),
        thread(grid, guide).iter().map(|text| paragraph(text)).collect::<Vec<_>>().join("\n\n"),
    ];
    Page { head: head.join("\n\n"), caption, rest: rest.join("\n\n") + "\n" }
}

/// A text in lines of a page's length.
pub fn paragraph(text: &str) -> String {
    textwrap::fill(text, whole_words(COLUMNS))
}

/// How often the guide is right beside what else one would start from, in a sentence.
pub fn summary(grid: &Grid, guide: &Guide) -> String {
    let score = |choice| guide.score(grid, Part::HeldOut, choice, |_| true);
    let Some(own) = score(Choice::Guide) else {
        return "Nothing was learned on any task that the guide could be judged by.".to_owned();
    };
    let others: Vec<String> = Choice::ALL[1..]
        .iter()
        .filter_map(|choice| Some(format!("{} on {}", named(*choice), percent(score(*choice)?.right, 0))))
        .collect();
    format!(
        "On {} that the table was not made from, its gain does as well as the best of {} on {}; {}.",
        many(own.tasks as u64, "task"),
        many(grid.gains.len() as u64, "gain"),
        percent(own.right, 0),
        others.join(", ")
    )
}

fn named(choice: Choice) -> &'static str {
    match choice {
        Choice::Guide => "the table",
        Choice::Usual => "the usual scheme as it is",
        Choice::Default(0) => "the default of Keras",
        Choice::Default(_) => "the default of PyTorch",
        Choice::Blind => "a gain picked blindly",
    }
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    format!("| {} |", cells.into_iter().collect::<Vec<_>>().join(" | "))
}

/// A table with a line below its head.
fn table(head: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = row(head.iter().map(|_| "---".to_owned()));
    let rows: Vec<String> = rows.into_iter().map(row).collect();
    format!("{}\n{line}\n{}", row(head), rows.join("\n"))
}

fn rules(grid: &Grid, guide: &Guide) -> String {
    let head = ["activation".to_owned(), "scheme".to_owned()].into_iter();
    let head = head.chain(grid.depths.iter().map(|depth| many(*depth as u64, "layer"))).collect();
    let rows = grid.activations.iter().zip(&guide.rules).map(|(activation, rules)| {
        let names = [format!("`{activation}`"), format!("`{}`", scheme(activation))].into_iter();
        names
            .chain(
                rules
                    .iter()
                    .map(|rule| rule.as_ref().map_or_else(|| "nothing learns".to_owned(), |rule| cell(grid, rule))),
            )
            .collect()
    });
    table(head, rows)
}

fn cell(grid: &Grid, Rule { gain, window, right, of }: &Rule) -> String {
    let gain = rough(grid.gains[*gain]);
    // What fails on most of its own tasks is no rule to rely on.
    let gain = if 2 * right < *of { gain } else { format!("**{gain}**") };
    format!("{gain} ({window}) {right}/{of}")
}

/// How the table is read, with one of its cells as an example.
fn legend(grid: &Grid, guide: &Guide) -> String {
    let units = "A gain is a factor on the standard deviation of all weights: `he` with gain g is N(0, (g sqrt(2 / \
                 inputs))^2), `glorot` is N(0, (g sqrt(2 / (inputs + outputs)))^2), `lecun` is N(0, (g sqrt(1 / inputs))^2), \
                 where inputs and outputs are those of the layer; biases start from 0 \
                 ([initialization](initialization.md)).";
    let (least, most) = (grid.gains[0], grid.gains[grid.gains.len() - 1]);
    let tried = format!("Gains from {} to {} were tried.", rough(least), rough(most));
    // The question that the thread ended with, or what is nearest to it.
    let example = guide.rules.iter().zip(grid.activations).find_map(|(rules, activation)| {
        let near = |(_, depth): &(&Option<Rule>, &usize)| depth.abs_diff(5);
        let (rule, depth) = rules.iter().zip(grid.depths).filter(|(rule, _)| rule.is_some()).min_by_key(near)?;
        let Rule { gain, window, right, of } = rule.as_ref()?;
        let scheme = scheme(activation);
        Some(format!(
            "So for {activation} with {}: start from {scheme} with gain {} (`--init {scheme}:{}`), which does as well as the \
             best on {right} of {}; {}.",
            many(*depth as u64, "hidden layer"),
            rough(grid.gains[*gain]),
            rough(grid.gains[*gain]),
            many(*of as u64, "task"),
            if window.low.value == window.high.value {
                "its neighbours do not do as well on as many".to_owned()
            } else {
                format!("gains from {} to {} do so on as many, but for one", window.low, window.high)
            }
        ))
    });
    [Some(units.to_owned()), example, Some(tried)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A level with its name.
fn level<'a>(name: impl Into<String>, wanted: impl Fn(&Setup) -> bool + 'a) -> Level<'a> {
    (name.into(), Box::new(wanted))
}

/// The factors of the design; those that the guide knows first.
fn factors<'a>(grid: &'a Grid, guide: &'a Guide, part: Part) -> Vec<Factor<'a>> {
    let setups = || guide.outcomes.iter().map(|outcome| &outcome.setup).filter(move |setup| setup.part == part);
    let mut widths: Vec<usize> = setups().map(|setup| setup.width).collect();
    widths.sort_unstable();
    widths.dedup();
    let mut sets: Vec<(Kind, &'static str)> = Vec::new();
    let mut optimizers: Vec<Optimizer> = Vec::new();
    let mut rates: Vec<usize> = Vec::new();
    for setup in setups() {
        if !sets.contains(&(setup.kind, setup.set)) {
            sets.push((setup.kind, setup.set));
        }
        if !optimizers.contains(&setup.optimizer) {
            optimizers.push(setup.optimizer);
        }
        if !rates.contains(&setup.rate) {
            rates.push(setup.rate);
        }
    }
    rates.sort_unstable();
    let factor = |name, order, levels| Factor { name, levels, order };
    let is_plane = |setup: &Setup| setup.kind == Kind::Plane;
    vec![
        factor(
            "activation",
            None,
            grid.activations.iter().map(|of| level(*of, move |setup| setup.activation == *of)).collect(),
        ),
        factor(
            "hidden layers",
            Some("more hidden layers"),
            grid.depths.iter().map(|of| level(of.to_string(), move |setup| setup.depth == *of)).collect(),
        ),
        factor(
            "data",
            None,
            sets.into_iter()
                .map(|(kind, set)| level(format!("{set} ({})", kind.name()), move |setup| setup.set == set))
                .collect(),
        ),
        factor(
            "optimizer",
            None,
            optimizers.into_iter().map(|of| level(of.name(), move |setup| setup.optimizer == of)).collect(),
        ),
        factor(
            "learning rate",
            Some("a higher learning rate"),
            rates.into_iter().map(|of| level(RATE_NAMES[of], move |setup| setup.rate == of)).collect(),
        ),
        factor(
            "width",
            Some("wider layers"),
            widths.into_iter().map(|of| level(of.to_string(), move |setup| setup.width == of)).collect(),
        ),
        factor(
            "output",
            None,
            vec![
                level("sigmoid", move |setup| is_plane(setup) && !setup.is_tanh),
                level("tanh", move |setup| is_plane(setup) && setup.is_tanh),
            ],
        ),
    ]
}

/// What the guide gives away, beside the others.
fn held_out(grid: &Grid, guide: &Guide) -> String {
    let scores: Vec<(Choice, Score)> = Choice::ALL
        .into_iter()
        .filter_map(|choice| Some((choice, guide.score(grid, Part::HeldOut, choice, |_| true)?)))
        .collect();
    let Some((_, own)) = scores.first() else { return summary(grid, guide) };
    let behind: Vec<String> =
        scores.iter().map(|(choice, score)| format!("{} {:.3}", named(*choice), score.behind)).collect();
    let (Some(best), Some(least)) = (
        scores.iter().max_by(|a, b| a.1.right.total_cmp(&b.1.right)),
        scores.iter().min_by(|a, b| a.1.behind.total_cmp(&b.1.behind)),
    ) else {
        return String::new();
    };
    let ranks = match (best.0, least.0) {
        (Choice::Guide, Choice::Guide) => "It is right most often of all these and gives away least.".to_owned(),
        (Choice::Guide, least) => {
            format!("It is right most often of all these; {} gives away less.", named(least))
        }
        (best, Choice::Guide) => format!("It gives away least of all these; {} is right more often.", named(best)),
        (best, _) => format!("{} is right more often: there the table is not worth looking up.", capital(named(best))),
    };
    format!(
        "The guide is judged by tasks that it was not made from: other data, other widths, other learning rates. On {} of \
         these something is learned, and there it is right, within {AS_WELL} of the best gain, on {}. On a scale from 0 for \
         guessing to 1 for perfect answers they are behind the best gain by, in the mean: {}. {ranks}",
        many(own.tasks as u64, "task"),
        percent(own.right, 0),
        behind.join(", ")
    )
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn score_table(grid: &Grid, guide: &Guide) -> String {
    let names = ["held-out tasks", "tasks", "table", "gain 1"].map(str::to_owned);
    let head =
        names.into_iter().chain(DEFAULTS.map(|name| format!("`{name}`"))).chain(["blindly".to_owned()]).collect();
    let line = |name: String, wanted: &dyn Fn(&Setup) -> bool| {
        let scores: Option<Vec<Score>> =
            Choice::ALL.iter().map(|choice| guide.score(grid, Part::HeldOut, *choice, wanted)).collect();
        let mut cells = vec![name];
        match scores {
            None => cells.extend(std::iter::once("0".to_owned()).chain(vec!["-".to_owned(); Choice::ALL.len()])),
            Some(scores) => {
                cells.push(scores[0].tasks.to_string());
                cells.extend(scores.iter().map(|score| percent(score.right, 0)));
            }
        }
        cells
    };
    let mut rows = vec![line("all".to_owned(), &|_| true)];
    for Factor { name, levels, .. } in factors(grid, guide, Part::HeldOut) {
        rows.extend(levels.iter().map(|(level, wanted)| line(format!("{name}: {level}"), wanted.as_ref())));
    }
    table(head, rows)
}

/// Where the guide fails, and what that costs, in paragraphs.
fn wrong(grid: &Grid, guide: &Guide) -> String {
    let mut paragraphs = Vec::new();
    let Misses { tasks, larger, lost } = guide.misses(grid);
    if let Some(lost) = lost {
        let share = larger as f64 / tasks as f64;
        paragraphs.push(format!(
            "On the {} where the table's gain is not as good, the median of what it loses is {lost:.2} on that scale; the best \
             gain was larger than the table's in {} of them.",
            many(tasks as u64, "task"),
            percent(share, 0)
        ));
    }
    let mut by_factor = Vec::new();
    for Factor { name, levels, .. } in factors(grid, guide, Part::HeldOut) {
        let scored: Vec<(&str, f64)> = levels
            .iter()
            .filter_map(|(level, wanted)| {
                Some((level.as_str(), guide.score(grid, Part::HeldOut, Choice::Guide, wanted)?.right))
            })
            .collect();
        let most = scored.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let least = scored.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(most), Some(least)) = (most, least) else { continue };
        if percent(most.1, 0) != percent(least.1, 0) {
            by_factor.push(format!(
                "By {name} it is right least often with {} ({}) and most often with {} ({}).",
                least.0,
                percent(least.1, 0),
                most.0,
                percent(most.1, 0)
            ));
        }
    }
    paragraphs.extend(Some(by_factor.join(" ")).filter(|text| !text.is_empty()));
    paragraphs.extend(beaten(grid, guide));
    let mut low = Vec::new();
    for (activation, rules) in grid.activations.iter().zip(&guide.rules) {
        for (depth, rule) in grid.depths.iter().zip(rules) {
            let wanted = |setup: &Setup| setup.activation == *activation && setup.depth == *depth;
            let Some(score) = guide.score(grid, Part::HeldOut, Choice::Guide, wanted) else { continue };
            if score.right < HALF {
                let why = if rule.is_none() { ", for which it names no gain" } else { "" };
                let right = (score.right * score.tasks as f64).round();
                low.push(format!(
                    "{activation} with {} ({right} of {}{why})",
                    many(*depth as u64, "layer"),
                    score.tasks
                ));
            }
        }
    }
    paragraphs.push(match low.as_slice() {
        [] => "There is no cell of the table that is right on less than half of its held-out tasks.".to_owned(),
        cells => format!("Right on less than half of their held-out tasks: {}.", cells.join(", ")),
    });
    let nothing: Vec<String> = grid
        .activations
        .iter()
        .filter_map(|activation| {
            let shares = grid.depths.iter().map(|depth| {
                (depth, 1.0 - guide.learns(|setup| setup.activation == *activation && setup.depth == *depth))
            });
            let (depth, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
            (share > 0.0)
                .then(|| format!("{activation} on up to {} (with {})", percent(share, 0), many(*depth as u64, "layer")))
        })
        .collect();
    paragraphs.push(match nothing.as_slice() {
        [] => "From some gain something is learned on every task.".to_owned(),
        these => format!(
            "And there are tasks where nothing is learned from any gain, so that no start is the answer (another activation, \
             fewer layers or more steps may be): {}.",
            these.join(", ")
        ),
    });
    paragraphs.join("\n\n")
}

/// Where something else is right more often than the guide; none where nothing is.
fn beaten(grid: &Grid, guide: &Guide) -> Option<String> {
    let right = |choice, wanted: &dyn Fn(&Setup) -> bool| {
        guide.score(grid, Part::HeldOut, choice, wanted).map(|score| score.right)
    };
    let mut told = Vec::new();
    for Factor { name, levels, .. } in factors(grid, guide, Part::HeldOut) {
        for (level, wanted) in &levels {
            let wanted = wanted.as_ref();
            let others = Choice::ALL[1..].iter().rev().filter_map(|choice| Some((*choice, right(*choice, wanted)?)));
            let best = others.max_by(|a, b| a.1.total_cmp(&b.1));
            let (Some(own), Some((choice, other))) = (right(Choice::Guide, wanted), best) else { continue };
            if own < other && percent(own, 0) != percent(other, 0) {
                let (own, other) = (percent(own, 0), percent(other, 0));
                told.push(format!("{name} {level} ({} {other}, the table {own})", named(choice)));
            }
        }
    }
    (!told.is_empty()).then(|| format!("Something else is right more often with: {}.", told.join("; ")))
}

fn effect_table(grid: &Grid, guide: &Guide) -> String {
    let head = ["", "something is learned on", "smallest", "largest", "octaves between", "the table is right on"];
    let mut rows = Vec::new();
    for Factor { name, levels, .. } in factors(grid, guide, Part::Made) {
        rows.extend(levels.iter().map(|(level, wanted)| {
            let of_made = |setup: &Setup| setup.part == Part::Made && wanted(setup);
            let window = guide.window(grid, wanted);
            let right = guide.score(grid, Part::Made, Choice::Guide, wanted);
            let end = |i: usize| window.map_or_else(|| "-".to_owned(), |window| format!("x {:.2}", window[i]));
            vec![
                format!("{name}: {level}"),
                percent(guide.learns(of_made), 0),
                end(0),
                end(1),
                window.map_or_else(|| "-".to_owned(), |window| format!("{:.1}", octaves(window))),
                right.map_or_else(|| "-".to_owned(), |score| percent(score.right, 0)),
            ]
        }));
    }
    table(head.map(str::to_owned).to_vec(), rows)
}

fn octaves([low, high]: [f64; 2]) -> f64 {
    libm::log2(high / low)
}

/// What each factor does to the window, in a sentence each.
fn effects(grid: &Grid, guide: &Guide) -> String {
    let sentences = factors(grid, guide, Part::Made).into_iter().filter_map(|Factor { name, levels, order }| {
        let windows: Vec<(&str, [f64; 2])> =
            levels.iter().filter_map(|(level, wanted)| Some((level.as_str(), guide.window(grid, wanted)?))).collect();
        match order {
            Some(more) => ordered(more, windows.first()?, windows.last()?),
            None => unordered(name, &windows),
        }
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// From the first level to the last one.
fn ordered(more: &str, first: &(&str, [f64; 2]), last: &(&str, [f64; 2])) -> Option<String> {
    if first.0 == last.0 {
        return None;
    }
    let (before, after) = (octaves(first.1), octaves(last.1));
    let width = match after - before {
        wider if wider >= OCTAVES => "wider",
        wider if wider <= -OCTAVES => "narrower",
        _ => "about as wide",
    };
    let end = |i: usize| {
        let by = libm::log2(last.1[i] / first.1[i]);
        let verb = match by {
            by if by >= OCTAVES => "rises",
            by if by <= -OCTAVES => "falls",
            _ => "hardly moves",
        };
        format!("{verb} from {:.2} to {:.2}", first.1[i], last.1[i])
    };
    Some(format!(
        "With {more} ({} to {}) the window is {width}, {before:.1} octaves and then {after:.1}: its largest gain {}, \
         its smallest {}.",
        first.0,
        last.0,
        end(1),
        end(0)
    ))
}

/// The widest and the narrowest.
fn unordered(name: &str, windows: &[(&str, [f64; 2])]) -> Option<String> {
    let by_width = |a: &&(&str, [f64; 2]), b: &&(&str, [f64; 2])| octaves(a.1).total_cmp(&octaves(b.1));
    let (narrow, wide) = (windows.iter().min_by(by_width)?, windows.iter().max_by(by_width)?);
    let (least, most) = (octaves(narrow.1), octaves(wide.1));
    Some(if most - least >= OCTAVES {
        format!(
            "By {name} it is widest with {} ({most:.1} octaves) and narrowest with {} ({least:.1}).",
            wide.0, narrow.0
        )
    } else {
        let (least, most) = (format!("{least:.1}"), format!("{most:.1}"));
        let range = if least == most { least } else { format!("{least} to {most}") };
        format!("By {name} it is about as wide everywhere ({range} octaves).")
    })
}

/// A learning rate without an exponent.
fn rate(lr: f64) -> String {
    format!("{lr:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What was run.
pub fn method(grid: &Grid) -> String {
    let gains: Vec<String> = grid.gains.iter().map(|gain| rough(*gain)).collect();
    let setups = grid.setups();
    // What tasks of a part have, each once and in its order.
    let of = |part: Part, what: &dyn Fn(&Setup) -> Option<String>| {
        let mut all: Vec<String> = Vec::new();
        for one in setups.iter().filter(|setup| setup.part == part).filter_map(what) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all.join(", ")
    };
    let made_of = |part: Part| {
        let rates = Optimizer::ALL.map(|optimizer| {
            let mut rates: Vec<f64> = setups
                .iter()
                .filter(|setup| setup.part == part && setup.optimizer == optimizer)
                .map(|setup| setup.lr)
                .collect();
            rates.sort_by(f64::total_cmp);
            rates.dedup();
            let rates: Vec<String> = rates.into_iter().map(rate).collect();
            format!("lr of {} {}", optimizer.name(), rates.join(", "))
        });
        format!(
            "{}; widths {}; {}",
            of(part, &|setup| Some(setup.set.to_owned())),
            of(part, &|setup| Some(setup.width.to_string())),
            rates.join("; ")
        )
    };
    format!(
        "For each of {} and each of {} there are twelve tasks to make the table from and twelve others to judge it by. Nine \
         of twelve are an orthogonal array of kind of data, optimizer, width and learning rate (L9, where any two of these \
         have each pair of their levels once), and the three with two classes in the plane are run once more with a tanh \
         output (cross-entropy either way). Made from: {}. Judged by: {}. Each is trained for {} steps with batches \
         of {BATCH}, from gains of {} of the usual scheme and from the defaults of Keras and PyTorch, {} each. What counts is \
         the accuracy on test samples as a share of the way from guessing to perfect, or R^2 in regression, in the mean of \
         the seeds; a divergence, or worse than guessing, is 0. A gain does as well if it is within {AS_WELL} of the best; \
         something is learned if the best is at {LEARNED} or more; gain 1 is kept unless another one does as well on {MORE} \
         tasks more. These are small networks, few steps and small data: a rough guide.",
        many(grid.activations.len() as u64, "activation"),
        many(grid.depths.len() as u64, "depth"),
        made_of(Part::Made),
        made_of(Part::HeldOut),
        count(grid.steps as u64),
        gains.join(", "),
        many(grid.seeds as u64, "seed"),
    )
}

/// The answers to what was guessed: for relu, for small weights, for other activations.
pub fn thread(grid: &Grid, guide: &Guide) -> Vec<String> {
    let mut answers = Vec::new();
    if grid.activations.contains(&"relu") {
        let mut sentences = vec![format!(
            "The guess for relu hidden layers with a sigmoid or tanh output was \"the deeper the network, the larger the \
             weights may be\". By the gains of he that do as well as the best on {} of the two-class tasks or more:",
            percent(HALF, 0)
        )];
        for (output, is_tanh) in [("sigmoid", false), ("tanh", true)] {
            let reaches = guide.reaches(grid, HALF, |of| of.activation == "relu" && is_plane(of, is_tanh));
            sentences.push(match Window::of(reaches) {
                Some(window) => format!(
                    "With a {output} output it is {}; with depth {}: {}.",
                    window.verdict(),
                    window.moves(Some(("the usual 1", 1.0))),
                    window.ends("gain")
                ),
                None => format!("With a {output} output too little is learned to tell."),
            });
        }
        answers.push(sentences.join(" "));
        answers.extend(small_and_large(grid, guide));
    }
    answers.extend(others(grid, guide));
    answers
}

/// Whether small weights are right for relu, and large ones.
fn small_and_large(grid: &Grid, guide: &Guide) -> Option<String> {
    let at = |gain: f64| grid.gains.iter().position(|of| *of == gain);
    let (small, large) = (at(0.25)?, at(4.0)?);
    let shares: Vec<(usize, Vec<f64>)> = grid
        .depths
        .iter()
        .map(|depth| (*depth, guide.shares(grid, |of| of.activation == "relu" && of.depth == *depth)))
        .filter(|(_, (_, tasks))| *tasks > 0)
        .map(|(depth, (shares, _))| (depth, shares))
        .collect();
    let told = |gain: usize| shares.iter().map(|(_, of)| percent(of[gain], 0)).collect::<Vec<_>>().join(", ");
    let depths: Vec<String> = shares.iter().map(|(depth, _)| depth.to_string()).collect();
    let verdict =
        |gain: usize| right_at(&shares.iter().map(|(depth, of)| (*depth, of[gain] >= HALF)).collect::<Vec<_>>());
    (!shares.is_empty()).then(|| {
        format!(
            "That small weights are right, for relu and all data: with {} hidden layers a quarter of he's size does as well as \
             the best gain on {} of the tasks, so it is {}. Four times he's size does on {}, so that is {}.",
            depths.join(", "),
            told(small),
            verdict(small),
            told(large),
            verdict(large)
        )
    })
}

/// At which depths something is right.
fn right_at(depths: &[(usize, bool)]) -> String {
    let right: Vec<String> = depths.iter().filter(|(_, right)| *right).map(|(depth, _)| depth.to_string()).collect();
    let first = depths.iter().take_while(|(_, right)| *right).count();
    match right.as_slice() {
        [] => "wrong at every depth".to_owned(),
        _ if right.len() == depths.len() => "right at every depth".to_owned(),
        _ if right.len() == first => format!("right up to {}", many(depths[first - 1].0 as u64, "hidden layer")),
        some => format!("right with {} hidden layers only", some.join(" or ")),
    }
}

/// What depth does to the gains of other activations; those of which the same is true together.
fn others(grid: &Grid, guide: &Guide) -> Option<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for activation in grid.activations.iter().filter(|activation| **activation != "relu") {
        let reaches = guide.reaches(grid, HALF, |of| of.activation == *activation);
        let verdict = Window::of(reaches.iter().copied()).map_or_else(
            || "not to be told".to_owned(),
            |window| format!("{}, as {} with depth", window.verdict(), window.moves(None)),
        );
        let figures = format!("{activation} ({})", at_the_ends(grid, guide, activation, &reaches));
        match groups.iter_mut().find(|(of, _)| *of == verdict) {
            Some((_, group)) => group.push(figures),
            None => groups.push((verdict, vec![figures])),
        }
    }
    let told = groups.iter().map(|(verdict, group)| format!("For {} it is {verdict}.", group.join(", ")));
    (!groups.is_empty()).then(|| {
        format!(
            "The same guess for other activations, by the gains that do as well as the best on {} of all their tasks or more, \
             with the table's gain: {}",
            percent(HALF, 0),
            told.collect::<Vec<_>>().join(" ")
        )
    })
}

/// The window and the table's gain of an activation at the first and the last depth that has them.
fn at_the_ends(grid: &Grid, guide: &Guide, activation: &str, reaches: &[(usize, Option<Reach>)]) -> String {
    let windows: Vec<(usize, String)> =
        reaches.iter().filter_map(|(depth, reach)| Some((*depth, reach.as_ref()?.to_string()))).collect();
    let gains: Vec<(usize, String)> = grid
        .depths
        .iter()
        .filter_map(|depth| Some((*depth, rough(grid.gains[guide.rule(grid, activation, *depth)?.gain]))))
        .collect();
    let both = |all: &[(usize, String)]| {
        let ends = [all.first(), all.last().filter(|_| all.len() > 1)].into_iter().flatten();
        let told: Vec<String> = ends.map(|(depth, gain)| format!("{}: {gain}", many(*depth as u64, "layer"))).collect();
        if told.is_empty() { "none".to_owned() } else { told.join(", ") }
    };
    format!("{}; in the table {}", both(&windows), both(&gains))
}

#[cfg(test)]
mod tests {
    use super::super::figures::Outcome;
    use super::*;

    #[test]
    fn lines_of_a_page_are_short_and_links_stay_whole() {
        let text = format!("{} [headstart advise](advise.md) end", "word ".repeat(23).trim_end());
        let lines = paragraph(&text);
        assert!(lines.lines().all(|line| line.chars().count() <= COLUMNS) && lines.contains("(advise.md)"), "{lines}");
    }

    #[test]
    fn the_words_of_an_order_are_those_of_its_figures() {
        let says = |first: [f64; 2], last: [f64; 2]| ordered("wider layers", &("8", first), &("32", last)).unwrap();
        let narrower = says([0.25, 4.0], [0.5, 2.0]);
        assert!(narrower.contains("the window is narrower, 4.0 octaves and then 2.0"), "{narrower}");
        assert!(narrower.contains("largest gain falls from 4.00 to 2.00, its smallest rises from 0.25 to 0.50"));
        let wider = says([0.5, 2.0], [0.5, 4.0]);
        assert!(
            wider.contains("is wider, 2.0") && wider.contains("smallest hardly moves from 0.50 to 0.50"),
            "{wider}"
        );
        assert!(says([0.5, 2.0], [1.0, 4.0]).contains("is about as wide, 2.0 octaves and then 2.0"));
        assert_eq!(ordered("wider layers", &("8", [0.5, 1.0]), &("8", [0.5, 1.0])), None);
    }

    #[test]
    fn what_is_right_at_some_depths_is_told_with_them() {
        let says = |right: [bool; 4]| right_at(&[1, 2, 5, 20].into_iter().zip(right).collect::<Vec<_>>());
        assert_eq!(says([true; 4]), "right at every depth");
        assert_eq!(says([false; 4]), "wrong at every depth");
        assert_eq!(says([true, false, false, false]), "right up to 1 hidden layer");
        assert_eq!(says([true, true, true, false]), "right up to 5 hidden layers");
        assert_eq!(says([false, true, false, true]), "right with 2 or 20 hidden layers only");
        assert_eq!(says([true, false, true, false]), "right with 1 or 5 hidden layers only");
    }

    const GRID: Grid = Grid {
        activations: &["relu", "tanh"],
        depths: &[1, 5, 20],
        gains: &[0.12, 0.25, 1.0, 4.0, 16.0],
        rows: 9,
        seeds: 1,
        steps: 1,
    };

    /// Every task of the grid, of which a gain has this skill.
    fn guide(skill: impl Fn(&Setup, f64) -> f64) -> Guide {
        let outcome = |setup: Setup| {
            let skills: Vec<f64> = GRID.gains.iter().map(|gain| skill(&setup, *gain)).collect();
            let defaults = [skills[2], skills[1]];
            Outcome { setup, skills, defaults }
        };
        Guide::of(&GRID, GRID.setups().into_iter().map(outcome).collect())
    }

    #[test]
    fn the_answers_are_those_of_the_figures() {
        // Gains work within a window around 1 that closes, or around one that moves up.
        let closes = guide(|setup, gain| {
            let most = 20.0 / setup.depth as f64;
            if gain <= most && gain >= 1.0 / most { 0.9 } else { 0.0 }
        });
        let moves_up = guide(|setup, gain| {
            let middle = match setup.depth {
                1 => 0.25,
                5 => 1.0,
                _ => 4.0,
            };
            if gain == middle { 0.9 } else { 0.0 }
        });
        let said = |guide: &Guide| thread(&GRID, guide).join("\n");
        let answer = said(&closes);
        let both = "is right about the small end and wrong about the large one; with depth the window closes from both sides \
                    around the usual 1: from 1 to 20 hidden layers the largest gain that works falls from 16 or more to 1";
        assert_eq!(answer.matches(both).count(), 2, "{answer}");
        assert!(answer.contains("a quarter of he's size does as well as the best gain on 100%, 100%, 0% of the tasks"));
        assert!(answer.contains("so it is right up to 5 hidden layers. Four times he's size does on 100%, 100%, 0%"));
        assert!(
            answer.contains("For tanh (1 layer: 0.12 or less to 16 or more, 20 layers: 1; in the table 1 layer: 1, 20")
        );
        let answer = said(&moves_up);
        assert_eq!(answer.matches("output it is right; with depth the window moves up").count(), 2, "{answer}");
        assert!(answer.contains("so it is right up to 1 hidden layer. Four times he's size does on 0%, 0%, 100%"));
        assert!(answer.contains("so that is right with 20 hidden layers only"), "{answer}");
        assert!(answer.contains("in the table 1 layer: 0.25, 20 layers: 4) it is right, as the window moves up"));
        // Where nothing is learned there is no answer.
        let nothing = guide(|_, _| 0.1);
        assert!(said(&nothing).contains("With a tanh output too little is learned to tell."), "{}", said(&nothing));
        assert_eq!(summary(&GRID, &nothing), "Nothing was learned on any task that the guide could be judged by.");
        assert!(!page(&GRID, &nothing, 1).text(None).contains("NaN"));
    }

    #[test]
    fn who_is_best_is_chosen_by_the_figures() {
        // What the guide is made from says 4; what it is judged by says 4 as well, or 1.
        let of = |held_out: f64| {
            guide(move |setup, gain| {
                let best = if setup.part == Part::Made { 4.0 } else { held_out };
                if gain == best { 0.9 } else { 0.3 }
            })
        };
        let right = of(4.0);
        assert!(
            summary(&GRID, &right)
                .contains("does as well as the best of 5 gains on 100%; the usual scheme as it is on 0%")
        );
        assert!(held_out(&GRID, &right).ends_with("It is right most often of all these and gives away least."));
        assert!(wrong(&GRID, &right).starts_with("There is no cell of the table that is right on less than half"));
        let other = of(1.0);
        let said = held_out(&GRID, &other);
        assert!(said.contains("on 0%") && said.contains("there the table is not worth looking up"), "{said}");
        assert!(wrong(&GRID, &other).contains("activation relu (the usual scheme as it is 100%, the table 0%)"));
        assert_eq!(beaten(&GRID, &right), None);
        assert!(wrong(&GRID, &other).contains("the best gain was larger than the table's in 0% of them"));
        assert!(wrong(&GRID, &other).contains("relu with 1 layer (0 of 12)"), "{}", wrong(&GRID, &other));
    }

    #[test]
    fn levels_without_an_order_are_ranked_or_told_to_be_alike() {
        let alike = unordered("optimizer", &[("sgd", [0.5, 2.0]), ("adam", [0.5, 2.1])]).unwrap();
        assert!(alike.contains("about as wide everywhere (2.0 to 2.1 octaves)"), "{alike}");
        let ranked = unordered("optimizer", &[("sgd", [0.25, 2.0]), ("adam", [0.5, 2.0])]).unwrap();
        assert!(ranked.contains("widest with sgd (3.0 octaves) and narrowest with adam (2.0)"), "{ranked}");
    }
}
