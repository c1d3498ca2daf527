/**
 * What the page and its server tell each other: types only. All messages are JSON text over one socket.
 *
 * @typedef {Record<string, string>} Flags  Long names of the command line's flags and their values; a switch has "".
 * @typedef {{zoom: [number, number], at: [number, number]}} MapView  Doublings of each axis, and the first cell of the window.
 *
 * @typedef {"train" | "compare" | "advise" | "explain" | "map"} Command
 * @typedef {"html" | "png" | "svg" | "csv" | "page"} Form  What an answer is wanted as.
 *
 * @typedef {| {do: "race", flags: Flags, speed: number | null, playing: boolean}
 *     | {do: "go", playing: boolean, speed: number | null}
 *     | {do: "step", steps: number}
 *     | {do: "seen", n: number}
 *     | {do: "map", flags: Flags, view: MapView}
 *     | {do: "strips", flags: Flags}
 *     | {do: "line", command: Command, flags: Flags}
 *     | {do: "cell", flags: Flags, view: MapView, cell: number}
 *     | {do: "ask", id: number, command: Command, flags: Flags, as: Form, view?: MapView}
 *     | {do: "stop", what: "race" | "map" | "strips" | "ask", id?: number}} Request
 *
 * @typedef {object} Hello  What there is to choose from.
 * @property {"hello"} told
 * @property {string} version
 * @property {{name: string, label: string}[]} data
 * @property {string[]} activations
 * @property {string[]} optimizers
 * @property {{name: string, takes_gain: boolean}[]} schemes
 * @property {{name: string, title: string, usual: string}[]} axes
 * @property {[name: string, title: string][]} values
 * @property {Flags} usual
 * @property {number} most_starts
 *
 * @typedef {object} Plane  What of the inputs is drawn: row 0 of the grid is the lowest.
 * @property {[string, string]} axes
 * @property {string} note
 * @property {[number, number]} x
 * @property {[number, number]} y
 * @property {number} side
 * @property {"probability" | "class" | "value"} kind
 * @property {[number, number]} [range]  Of the targets, where these are values, as training has them.
 * @property {[number, number]} [told]  The same as they are in the data.
 * @property {string[]} [classes]
 * @property {[x: number, y: number, label: number, isTest: boolean][]} points
 *
 * @typedef {{init: string, scheme: string | null, gain: number | null}} Start
 *
 * @typedef {object} RaceBegins
 * @property {"race"} told
 * @property {number} id  its frames and findings have it, too
 * @property {string} command
 * @property {string[]} about
 * @property {string[]} notes
 * @property {number} steps
 * @property {number[]} widths
 * @property {string[]} activations
 * @property {number | null} target
 * @property {string} judge
 * @property {Plane} plane
 * @property {Start[]} starts
 *
 * @typedef {{range: [number, number], counts: number[]}} Histogram
 *
 * @typedef {object} Layer
 * @property {number | null} signal
 * @property {number | null} gradient
 * @property {number | null} dead  Share of the units; none of the last layer.
 * @property {number | null} saturated
 * @property {string | null} units  A byte each: 255 is dead, else 200 times the share of samples where it is saturated.
 * @property {Histogram} weights
 * @property {Histogram} inputs
 *
 * @typedef {[from: number, to: number, weight: number]} Link
 *
 * @typedef {object} StartFrame
 * @property {"running" | "finished" | "diverged" | "stopped"} status
 * @property {number} step
 * @property {{loss?: string, train?: string, test?: string, "test-loss"?: string}} figures
 * @property {[step: number, loss: number | null][]} trace
 * @property {string} boundary
 * @property {string | null} sure
 * @property {Layer[]} layers
 * @property {Link[][]} links
 *
 * @typedef {object} Frame
 * @property {"frame"} told
 * @property {number} race  the number of its race
 * @property {number} n
 * @property {number} step
 * @property {boolean} playing
 * @property {boolean} over
 * @property {number} rate
 * @property {StartFrame[]} starts
 *
 * @typedef {object} Finding
 * @property {"finding"} told
 * @property {number} race
 * @property {number} start
 * @property {string} name
 * @property {string} sentence
 * @property {string} advice
 * @property {number} plateau
 * @property {{from: number | null, to: number | null, step: number | null} | null} band  Steps between which it leaves its start.
 *
 * @typedef {{name: string, values: number[], ticks: [at: number, text: string][]}} MapAxis
 * @typedef {{name: string, title: string, colours: "logarithmic" | "sequential" | "divergent", range: [number, number], palette: string}} MapValue
 *
 * @typedef {object} MapData  What the static page of a map has, too.
 * @property {MapAxis} x
 * @property {MapAxis} y
 * @property {string} value
 * @property {MapValue[]} values
 * @property {[name: string, title: string][]} told
 * @property {Record<string, string>} figures
 * @property {string | null} sources
 * @property {{name: string, pieces: [number, number][][]}[]} lines
 * @property {{base: string, ofX: string[], ofY: string[], both: string[] | null}} command
 *
 * @typedef {object} MapMessage
 * @property {"map"} told
 * @property {MapView} view
 * @property {[number, number]} deepest
 * @property {[number, number]} size
 * @property {number} done
 * @property {number} wanted
 * @property {boolean} over
 * @property {number} seconds
 * @property {string} command
 * @property {MapData} map
 *
 * @typedef {{told: "cell", flags: Flags}} Cell
 *
 * @typedef {{init: string, runs: number, mean: number | null, is_out: boolean}} Standing
 * @typedef {| {event: "stage", name: string, steps: number}
 *     | {event: "progress", stage: string, share: number, steps: number | null, rate: number, left: number | null}
 *     | {event: "partial", what: "standings", figure: string, starts: Standing[]}
 *     | {event: "partial", what: "cells", done: number, wanted: number}
 *     | {event: "warning", text: string}
 *     | {event: "run" | "row"}
 *     | {event: "done", is_stopped: boolean}} WorkEvent
 *
 * @typedef {{told: "event", id: number, event: WorkEvent}} EventMessage
 * @typedef {{told: "answer", id: number, as: "html", command: string, html: string}} PageAnswer
 * @typedef {{told: "answer", id: number, as: "png" | "svg" | "csv" | "page", name: string, type: string, base64: string}} FileAnswer
 * @typedef {PageAnswer | FileAnswer} Answer
 * @typedef {{told: "error", what: "race" | "map" | "cell" | "ask" | "finding" | "message", id?: number, text: string}} Failure
 *
 * @typedef {{told: "strip", starts: number[], scheme: string, over: boolean, map: MapData}} StripMessage  Trainings all along a slider.
 * @typedef {{told: "line", command: string}} Line  The command line of flags.
 * @typedef {Hello | Line | RaceBegins | Frame | Finding | MapMessage | StripMessage | Cell | EventMessage | Answer | Failure} Told
 */

export {};
