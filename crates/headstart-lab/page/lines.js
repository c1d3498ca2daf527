/** The losses of all starts on one chart: a logarithmic axis, a line for each, and when each is predicted to beat guessing. */

/** @import { Finding } from "./messages.js" */

import { byId, make, say, short, theOne, whole } from "./dom.js";
import { logTicks, powerName, roundTicks } from "./scale.js";
import { FONT, Sheet } from "./sheet.js";
import { colours, lineOf, onTheme } from "./theme.js";

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {number[]} steps
 * @property {number[]} logs  Exponents of ten; not a number where the loss is infinite.
 * @property {Finding["band"]} band
 */

/** The axis goes this many times as far as the training at the most. */
const FARTHEST = 4;
/** What is predicted for later than this never comes. */
const NEVER = 1e12;
/** With more bands than this their areas are but mud. */
const MOST_BANDS = 2;
const ROOM = { left: 52, right: 14, top: 26, bottom: 40 };

export class Losses {
    /** @type {Series[]} */
    series = [];
    /** Steps of the training, and those the axis goes to: beyond it where a plateau is predicted to end there. */
    steps = 1;
    span = 1;
    isAhead = false;
    /** The range in exponents of ten; it grows only, so that nothing jumps about while one looks. */
    low = -1;
    high = 0;
    /** The step that is read, by pointer or key. @type {number | null} */
    read = null;

    constructor() {
        this.canvas = theOne("losses", HTMLCanvasElement);
        this.reading = byId("losses-reading");
        this.sheet = new Sheet(this.canvas, (pen) => this.paint(pen));
        onTheme(() => this.key());
        this.canvas.addEventListener("pointermove", (event) => this.look(this.stepAt(event.offsetX)));
        this.canvas.addEventListener("pointerleave", () => this.look(null));
        this.canvas.addEventListener("blur", () => this.look(null));
        this.canvas.addEventListener("keydown", (event) => {
            const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            if (by === undefined) return;
            event.preventDefault();
            this.look(Math.min(Math.max((this.read ?? 0) + (by * this.steps) / 50, 0), this.steps));
            say(this.told().join("; "));
        });
    }

    /**
     * A new race: empty lines.
     * @param {string[]} names
     * @param {number} steps
     */
    begin(names, steps) {
        this.series = names.map((name) => ({ name, steps: [], logs: [], band: null }));
        this.span = this.steps = Math.max(steps, 1);
        [this.low, this.high] = [-1, 0];
        this.sheet.label(`Training loss over ${whole(steps)} steps, from ${names.join(", ")}; the arrow keys read it`);
        this.key();
    }

    /**
     * @param {number} start
     * @param {[number, number | null][]} trace
     */
    add(start, trace) {
        const { steps, logs } = this.series[start];
        for (const [step, loss] of trace) {
            const log = loss === null ? Number.NaN : Math.log10(Math.max(loss, 1e-12));
            steps.push(step);
            logs.push(log);
            // In halves of a power of ten.
            if (log < this.low) this.low = Math.floor(log * 2) / 2;
            if (log > this.high) this.high = Math.ceil(log * 2) / 2;
        }
        if (trace.length > 0) this.sheet.draw();
    }

    /**
     * @param {number} start
     * @param {Finding["band"]} band
     */
    predict(start, band) {
        if (!this.series[start]) return;
        this.series[start].band = band;
        this.stretch();
        this.key();
        this.sheet.draw();
    }

    /** @param {boolean} isAhead */
    lookAhead(isAhead) {
        this.isAhead = isAhead;
        this.stretch();
        this.sheet.draw();
    }

    /** As far as the training, or to where plateaus should end if that is not too far. */
    stretch() {
        const ends = this.series.flatMap(({ band }) => {
            const end = band?.step ?? band?.from ?? Infinity;
            return end < FARTHEST * this.steps ? [1.15 * end] : [];
        });
        this.span = this.isAhead ? Math.max(this.steps, ...ends) : this.steps;
    }

    /** Names, each with its line, and what is predicted of it. */
    key() {
        const items = this.series.map(({ name, band }, i) => {
            const item = make("li", {}, swatch(i), make("span", { className: "of", textContent: name }));
            if (band) item.append(make("span", { className: "predicted", textContent: foretold(band, this.steps) }));
            return item;
        });
        byId("losses-key").replaceChildren(...items);
    }

    /** @param {number} x */
    stepAt(x) {
        const share = (x - ROOM.left) / Math.max(this.sheet.width - ROOM.left - ROOM.right, 1);
        return share < 0 || share > 1 ? null : Math.min(share * this.span, this.steps);
    }

    /** @param {number | null} step */
    look(step) {
        this.read = step;
        this.reading.hidden = step === null;
        if (step !== null) {
            this.reading.replaceChildren(...this.told().map((line) => make("div", { textContent: line })));
            const x = this.x(step);
            const isRight = x > this.sheet.width / 2;
            this.reading.style.left = isRight ? "auto" : `${x + 10}px`;
            this.reading.style.right = isRight ? `${this.sheet.width - x + 10}px` : "auto";
        }
        this.sheet.draw();
    }

    /** What the lines say at the step that is read. */
    told() {
        const step = this.read ?? 0;
        const losses = this.series.flatMap(({ name, steps, logs }) => {
            // The last record before it.
            let [from, to] = [0, steps.length];
            while (from < to) {
                const middle = (from + to) >> 1;
                if (steps[middle] <= step) from = middle + 1;
                else to = middle;
            }
            const isThere = from > 0 && (from < steps.length || step - steps[from - 1] < this.steps / 40);
            return isThere
                ? [`${name}: ${Number.isNaN(logs[from - 1]) ? "infinite" : short(10 ** logs[from - 1])}`]
                : [];
        });
        return [`step ${whole(step)}`, ...losses];
    }

    /** @param {number} step */
    x(step) {
        return ROOM.left + (step / this.span) * (this.sheet.width - ROOM.left - ROOM.right);
    }

    /** @param {CanvasRenderingContext2D} pen */
    paint(pen) {
        const { width, height } = this.sheet;
        const bottom = height - ROOM.bottom;
        const right = width - ROOM.right;
        const pad = (this.high - this.low) * 0.03;
        const [low, high] = [this.low - pad, this.high + pad];
        const py = (/** @type {number} */ log) => ROOM.top + ((high - log) / (high - low)) * (bottom - ROOM.top);

        pen.font = FONT;
        if (this.span > this.steps) {
            const end = this.x(this.steps);
            pen.fillStyle = colours.wash;
            pen.fillRect(end, ROOM.top, right - end, bottom - ROOM.top);
            pen.fillStyle = colours.quiet;
            pen.fillRect(Math.round(end), ROOM.top - 8, 1, bottom - ROOM.top + 8);
            pen.textAlign = "left";
            pen.fillText("not run", end + 6, ROOM.top + 10);
        }
        pen.lineWidth = 1;
        pen.textBaseline = "middle";
        pen.textAlign = "right";
        for (const tick of logTicks(low, high)) {
            const y = Math.round(py(Math.log10(tick))) + 0.5;
            pen.strokeStyle = colours.grid;
            pen.beginPath();
            pen.moveTo(ROOM.left, y);
            pen.lineTo(right, y);
            pen.stroke();
            pen.fillStyle = colours.quiet;
            pen.fillText(powerName(tick), ROOM.left - 8, y);
        }
        pen.textBaseline = "alphabetic";
        for (const tick of roundTicks(0, this.span, width < 500 ? 3 : 6)) {
            const x = this.x(tick);
            pen.textAlign = x > right - 20 ? "right" : "center";
            pen.fillText(whole(tick), x > right - 20 ? right : x, bottom + 17);
            pen.fillRect(Math.round(x), bottom, 1, 4);
        }
        pen.fillRect(ROOM.left, bottom, right - ROOM.left, 1);
        pen.fillStyle = colours.ink;
        pen.textAlign = "left";
        pen.fillText("training loss", 0, 12);
        pen.textAlign = "center";
        pen.fillText("step", (ROOM.left + right) / 2, height - 4);

        pen.save();
        pen.beginPath();
        pen.rect(ROOM.left, ROOM.top - 8, right - ROOM.left, bottom - ROOM.top + 8);
        pen.clip();
        const areFew = this.series.filter(({ band }) => (band?.from ?? Infinity) < this.span).length <= MOST_BANDS;
        this.series.forEach(({ band }, i) => {
            if (!band) return;
            const { colour, dash } = lineOf(i);
            const [from, to] = [this.x(band.from ?? 0), this.x(band.to ?? this.span)];
            pen.fillStyle = pen.strokeStyle = colour;
            pen.globalAlpha = 0.1;
            if (areFew) pen.fillRect(from, ROOM.top, to - from, bottom - ROOM.top);
            pen.globalAlpha = 1;
            // Bands that lie over one another are told apart by their feet.
            pen.fillRect(from, bottom - 4 - 6 * i, to - from, 4);
            if (band.step === null) return;
            pen.lineWidth = 1.5;
            pen.setLineDash(dash);
            pen.beginPath();
            pen.moveTo(this.x(band.step), ROOM.top);
            pen.lineTo(this.x(band.step), bottom);
            pen.globalAlpha = 0.7;
            pen.stroke();
            pen.globalAlpha = 1;
        });
        pen.lineWidth = 2;
        pen.lineJoin = "round";
        this.series.forEach(({ steps, logs }, i) => {
            const { colour, dash } = lineOf(i);
            pen.strokeStyle = colour;
            pen.setLineDash(dash);
            pen.beginPath();
            let isDown = false;
            let last = -Infinity;
            for (let k = 0; k < steps.length; k++) {
                const x = this.x(steps[k]);
                // Closer than half a dot cannot be seen.
                if (x - last < 0.5 && k < steps.length - 1 && isDown) continue;
                if (Number.isNaN(logs[k])) isDown = false;
                else if (isDown) pen.lineTo(x, py(logs[k]));
                else {
                    pen.moveTo(x, py(logs[k]));
                    isDown = true;
                }
                last = x;
            }
            pen.stroke();
        });
        pen.setLineDash([]);
        if (this.read !== null) {
            pen.fillStyle = colours.ink;
            pen.fillRect(Math.round(this.x(this.read)), ROOM.top, 1, bottom - ROOM.top);
        }
        pen.restore();
    }
}

/**
 * When a start should have learnt something, in words.
 * @param {NonNullable<Finding["band"]>} band
 * @param {number} steps
 */
function foretold({ from, to, step }, steps) {
    const at = step ?? from ?? to ?? 0;
    if (at > NEVER) return "not predicted to beat guessing";
    const about = (/** @type {number} */ x) => whole(Number(x.toPrecision(2)));
    const isRange = step !== null && from !== null && to !== null && from < to;
    const range = isRange ? ` (${about(from)} to ${about(to)})` : "";
    const beyond = at > steps ? ", beyond the steps given" : "";
    return `predicted to beat guessing ${step === null ? "after" : "near"} step ${about(at)}${range}${beyond}`;
}

/**
 * A start's line, short: as it is on the chart.
 * @param {number} start
 */
export function swatch(start) {
    const { colour, dash } = lineOf(start);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "swatch");
    svg.setAttribute("viewBox", "0 0 32 8");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", "M1 4H31");
    line.setAttribute("stroke", colour);
    line.setAttribute("stroke-width", "3");
    line.setAttribute("stroke-dasharray", dash.join(" "));
    svg.append(line);
    return svg;
}
