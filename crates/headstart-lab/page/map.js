/** The live map: moved by drags, closer and farther by the wheel, and every cell a race. */

/** @import { Hello, MapMessage } from "./messages.js" */

import { Cells, paletteOf } from "./cells.js";
import { choices, choose } from "./controls.js";
import { byId, make, say, short, showCommand, showError, tell, theOne, throttled, whole } from "./dom.js";
import { exportsOf } from "./exports.js";
import * as link from "./link.js";
import { drawOver } from "./over.js";
import { inFrame } from "./sheet.js";
import { Window } from "./window.js";
import * as wire from "./wire.js";

export const MARGIN = { left: 56, right: 14, top: 26, bottom: 46 };
/** Pictures of other views that are kept. */
const KEPT = 12;
/** Pixels that a pointer may move and still click. */
const STILL = 5;

/** @param {Cells} cells */
const depthOf = ({ view }) => view.zoom[0] + view.zoom[1];

export class LiveMap {
    window = new Window();
    /** @type {Cells | null} */
    cells = null;
    /** Pictures of other views, below what is not there yet. @type {Cells[]} */
    under = [];
    /** The cell that is told, by its place on both axes from 0 to 1: it stays when the window moves. @type {[number, number] | null} */
    here = null;
    frame = { width: 1, height: 1 };
    isShown = false;
    begun = "";
    /** The flags alone: with others it is another map. */
    task = "";
    isOver = true;
    /** The next cells are those of another map. */
    isOther = false;
    /** @type {{x: number, y: number, at: [number, number], isMoved: boolean} | null} */
    drag = null;
    /** Where fingers are. @type {Map<number, {x: number, y: number}>} */
    fingers = new Map();
    spread = 0;
    turned = 0;
    scrolled = 0;

    /** @param {Hello} hello */
    constructor(hello) {
        this.hello = hello;
        this.picture = byId("picture");
        this.canvas = theOne("cells", HTMLCanvasElement);
        this.value = make("select", { id: "map-value" });
        this.start = make("input", { id: "map-start", type: "text", spellcheck: false });
        this.seeds = make("input", { id: "map-seeds", type: "text", inputMode: "numeric", placeholder: "1" });
        this.axes = /** @type {const} */ (["x", "y"]).map((axis) => ({
            axis,
            select: make("select", { id: `map-${axis}` }),
            range: make("input", { id: `map-${axis}-values`, type: "text", spellcheck: false }),
        }));
        this.form();
        this.listen();
        exportsOf(byId("map-exports"), () => ({ command: "map", flags: link.mapFlags(), view: this.window.view() }));
        this.askSoon = throttled(150, () => this.moved());
        wire.on("map", (message) => this.take(message));
        wire.on("cell", ({ flags }) => {
            // The map is where it was when one comes back.
            const kept = Object.entries(link.state().keys).filter(([key]) => key === "speed" || link.KEYS.map.has(key));
            link.go({ view: "race", keys: { ...flags, ...Object.fromEntries(kept) } });
        });
        wire.on("error", ({ what, text }) => {
            if (what !== "map" && what !== "cell") return;
            showError("map-error", text);
            this.isOver = true;
            byId("map-stop").hidden = true;
            tell(byId("map-status"), "");
        });
        new ResizeObserver(([{ contentRect }]) => this.resize(contentRect.width)).observe(this.picture);
    }

    /** Axes, what is varied, and the colours. */
    form() {
        const { axes, values, schemes } = this.hello;
        const names = axes.map(({ name, title }) => /** @type {[string, string]} */ ([name, title]));
        const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {HTMLElement} */ input) =>
            make("div", { className: "field" }, make("label", { for: id, textContent: label }), input);
        for (const { axis, select, range } of this.axes) {
            choices(select, names);
            select.addEventListener("change", () => {
                const usual = axes.find(({ name }) => name === select.value)?.usual ?? "";
                link.set({ [axis]: usual, zoom: null, at: null });
            });
            range.addEventListener(
                "change",
                () => link.set({ [axis]: `${select.value}=${range.value.trim()}`, zoom: null, at: null }),
            );
        }
        const [x, y] = this.axes;
        choices(this.value, values);
        this.value.addEventListener("change", () => {
            for (const each of this.under) each.paint(each.value(this.value.value));
            this.repaint();
            link.set({ value: this.value.value }, { replace: true });
        });
        this.start.setAttribute("list", "map-schemes");
        this.start.addEventListener("change", () => link.set({ start: this.start.value.trim() || "he" }));
        this.seeds.addEventListener("change", () => link.set({ seeds: this.seeds.value.trim() || null }));
        const offered = make("datalist", { id: "map-schemes" }, ...schemes.map(({ name }) => new Option(name, name)));
        const form = theOne("map-form", HTMLFormElement);
        form.addEventListener("submit", (event) => event.preventDefault());
        form.replaceChildren(
            field("map-start", "Scheme", this.start),
            field("map-x", "To the right", x.select),
            field("map-x-values", "its values", x.range),
            field("map-y", "Upwards", y.select),
            field("map-y-values", "its values", y.range),
            field("map-seeds", "Seeds a cell", this.seeds),
            field("map-value", "Colours", this.value),
            offered,
        );
    }

    update() {
        this.isShown = true;
        const [gain, rate] = ["gain", "lr"].map((name) => this.hello.axes.find((axis) => axis.name === name));
        /** @type {Record<string, string>} */
        const missing = {};
        if (!link.get("x")) missing.x = (gain ?? this.hello.axes[0]).usual;
        if (!link.get("y")) missing.y = (rate ?? this.hello.axes[1]).usual;
        if (Object.keys(missing).length > 0) link.set(missing, { replace: true, quiet: true });
        for (const { axis, select, range } of this.axes) {
            const [name, ...values] = link.get(axis).split("=");
            choose(select, name);
            if (document.activeElement !== range) range.value = values.join("=");
        }
        if (document.activeElement !== this.start) this.start.value = link.get("start", "he");
        if (document.activeElement !== this.seeds) this.seeds.value = link.get("seeds");
        if (link.get("value")) choose(this.value, link.get("value"));
        this.window.take(link.mapView());
        this.ask();
        this.draw();
    }

    hide() {
        if (this.isShown && !this.isOver) {
            wire.send({ do: "stop", what: "map" });
            this.begun = "";
        }
        this.isShown = false;
    }

    ask() {
        const flags = link.mapFlags();
        const view = this.window.view();
        const begun = JSON.stringify([flags, view]);
        if (begun === this.begun) return;
        const task = JSON.stringify({ ...flags, value: "" });
        // Another map: nothing of this one lies below it.
        const isOther = task !== this.task && this.task !== "";
        this.canvas.classList.toggle("stale", isOther);
        if (isOther) this.under = [];
        this.isOther = isOther;
        [this.begun, this.task, this.isOver] = [begun, task, false];
        showError("map-error", "");
        byId("map-stop").hidden = false;
        wire.send({ do: "map", flags, view });
    }

    /** The window was moved: the link says so, and its cells are asked for. */
    moved() {
        const { zoom, at } = this.window.view();
        const isWhole = [...zoom, ...at].every((each) => each === 0);
        link.set({ zoom: isWhole ? null : zoom.join(), at: isWhole ? null : at.join() }, { quiet: true });
        this.ask();
    }

    /** @param {MapMessage} message */
    take(message) {
        const before = this.cells;
        const isSame = before && new Set([JSON.stringify(before.view), JSON.stringify(message.view)]).size === 1;
        this.cells = new Cells(message);
        this.canvas.classList.remove("stale");
        if (before && !isSame && !this.isOther) this.keep(before);
        this.isOther = false;
        if (!before) this.window.take(message.view);
        this.window.size = message.size;
        this.window.deepest = message.deepest;
        this.isOver = message.over;
        byId("map-stop").hidden = message.over;
        if (!link.get("value")) choose(this.value, message.map.value);
        showCommand("map-command", message.command);
        const cells = `${whole(message.done)} of ${whole(message.wanted)} cells`;
        tell(byId("map-status"), `${cells}, ${message.seconds.toFixed(1)} s`);
        if (message.over) say(`The map is there: ${cells}`);
        this.repaint();
        if (this.here) this.told();
    }

    /**
     * A picture that is looked at no more lies below those that are: the last ones, and always the whole map.
     * @param {Cells} cells
     */
    keep(cells) {
        const key = JSON.stringify(cells.view);
        const others = this.under.filter(({ view }) => JSON.stringify(view) !== key);
        this.under = [...others.filter((each, i) => depthOf(each) === 0 || i >= others.length - KEPT), cells];
    }

    /** The cells in their colours. */
    repaint() {
        const { cells } = this;
        if (!cells) return;
        const shown = cells.value(this.value.value);
        cells.paint(shown);
        const bar = theOne("bar", HTMLCanvasElement);
        const palette = paletteOf(shown);
        [bar.width, bar.height] = [palette.length, 1];
        const strip = /** @type {CanvasRenderingContext2D} */ (bar.getContext("2d"));
        palette.forEach((colour, i) => {
            strip.fillStyle = `rgb(${colour.join(" ")})`;
            strip.fillRect(i, 0, 1, 1);
        });
        const [least, most] = shown.range.map((each) => short(each));
        tell(byId("least"), `${shown.title} ${least}`);
        tell(byId("most"), most);
        this.canvas.setAttribute(
            "aria-label",
            `${shown.title} over ${cells.map.x.name} and ${cells.map.y.name}, from ${least} to ${most}`,
        );
        this.draw();
    }

    /** @param {number} width */
    resize(width) {
        if (width === 0) return;
        const height = Math.round(Math.min(Math.max(width * 0.78, 280), 620));
        this.frame = {
            width: Math.max(width - MARGIN.left - MARGIN.right, 40),
            height: height - MARGIN.top - MARGIN.bottom,
        };
        const density = Math.min(devicePixelRatio || 1, 2);
        Object.assign(this.canvas.style, {
            left: `${MARGIN.left}px`,
            top: `${MARGIN.top}px`,
            width: `${this.frame.width}px`,
            height: `${this.frame.height}px`,
        });
        [this.canvas.width, this.canvas.height] = [this.frame.width, this.frame.height].map((each) =>
            Math.round(each * density)
        );
        byId("over").setAttribute("viewBox", `0 0 ${width} ${height}`);
        this.draw();
    }

    draw() {
        inFrame(this.paint);
    }

    paint = () => {
        const { cells, canvas } = this;
        if (!cells || !this.isShown) return;
        const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        pen.imageSmoothingEnabled = false;
        pen.clearRect(0, 0, canvas.width, canvas.height);
        // The closer ones above the farther ones.
        const under = this.under.toSorted((a, b) => depthOf(a) - depthOf(b));
        for (const each of [...under, cells]) {
            const { left, right, bottom, top } = this.window.within(each.view);
            const [sx, sy] = [canvas.width / (right - left), canvas.height / (top - bottom)];
            pen.drawImage(each.canvas, -left * sx, (top - each.rows) * sy, each.columns * sx, each.rows * sy);
        }
        drawOver(cells, this.window.within(cells.view), this.frame, this.cellOf(this.here));
        theOne("map-all", HTMLButtonElement).disabled = this.window.zoom.every((each) => each === 0);
    };

    /**
     * The place of the window that an event is at, from 0 to 1, the second upwards.
     * @param {{clientX: number, clientY: number}} event
     * @returns {[number, number]}
     */
    place({ clientX, clientY }) {
        const box = this.picture.getBoundingClientRect();
        return [
            (clientX - box.left - MARGIN.left) / this.frame.width,
            1 - (clientY - box.top - MARGIN.top) / this.frame.height,
        ];
    }

    /**
     * A place of the window as one of both axes.
     * @param {[number, number]} place
     * @returns {[number, number] | null} none beside the map
     */
    onAxes(place) {
        if (place.some((each) => each < 0 || each >= 1)) return null;
        const { at, size, zoom } = this.window;
        const on = (/** @type {0 | 1} */ axis) =>
            (at[axis] + place[axis] * size[axis]) / (size[axis] * 2 ** zoom[axis]);
        return [on(0), on(1)];
    }

    /**
     * The cell at a place of both axes, if the map that is shown has it.
     * @param {[number, number] | null} place
     */
    cellOf(place) {
        const { cells } = this;
        if (!place || !cells) return null;
        const { zoom, at } = cells.view;
        const [x, y] = [cells.columns, cells.rows].map((size, axis) =>
            Math.floor(place[axis] * size * 2 ** zoom[axis] + 1e-9) - at[axis]
        );
        return x >= 0 && y >= 0 && x < cells.columns && y < cells.rows ? { x, y } : null;
    }

    /** The figures of the cell one is at. */
    told() {
        const { cells } = this;
        const cell = this.cellOf(this.here);
        if (!cells || !cell) return "";
        const { x, y } = cell;
        const { map } = cells;
        const index = y * cells.columns + x;
        const source = cells.source(index);
        /** @type {[string, string][]} */
        const lines = [[map.x.name, this.exact(map.x.values[x], 0)], [map.y.name, this.exact(map.y.values[y], 1)]];
        if (source < 0) lines.push(["runs", "none yet"]);
        else {
            if (source !== index) {
                const [i, j] = [source % cells.columns, Math.floor(source / cells.columns)];
                lines.push([
                    "not run yet, shown as",
                    `${this.exact(map.x.values[i], 0)}, ${this.exact(map.y.values[j], 1)}`,
                ]);
            }
            for (const [name, title] of map.told) {
                if (cells.figures[name]) lines.push([title, short(cells.figures[name][source])]);
            }
        }
        const row = (/** @type {[string, string]} */ [name, value]) =>
            make("tr", {}, make("th", { scope: "row", textContent: name }), make("td", { textContent: value }));
        byId("cell-figures").replaceChildren(...lines.map(row));
        showCommand("cell-command", cells.command(x, y));
        byId("cell-code").hidden = byId("cell-race").hidden = false;
        const shown = cells.value(this.value.value);
        const figure = source < 0
            ? "no run yet"
            : `${shown.title} ${short(cells.figures[shown.name]?.[source] ?? Number.NaN)}`;
        const [atX, atY] = [this.exact(map.x.values[x], 0), this.exact(map.y.values[y], 1)];
        return `${map.x.name} ${atX}, ${map.y.name} ${atY}: ${figure}`;
    }

    /**
     * A value of an axis in as many digits as tell it from its neighbours.
     * @param {number} value
     * @param {0 | 1} axis
     */
    exact(value, axis) {
        return short(value, 4 + Math.ceil((this.cells?.view.zoom[axis] ?? 0) * Math.log10(2)));
    }

    race() {
        const cell = this.cellOf(this.here);
        if (!cell || !this.cells) return;
        wire.send({
            do: "cell",
            flags: link.mapFlags(),
            view: this.cells.view,
            cell: cell.y * this.cells.columns + cell.x,
        });
    }

    /**
     * @param {1 | -1} by
     * @param {[number, number]} [around]
     */
    zoom(by, around = [0.5, 0.5]) {
        if (!this.window.scale(by, around)) return false;
        this.draw();
        this.askSoon();
        return true;
    }

    all() {
        this.window.take({ zoom: [0, 0], at: [0, 0] });
        this.draw();
        this.askSoon();
    }

    listen() {
        const { picture } = this;
        byId("map-in").addEventListener("click", () => this.zoom(1));
        byId("map-out").addEventListener("click", () => this.zoom(-1));
        byId("map-all").addEventListener("click", () => this.all());
        byId("map-stop").addEventListener("click", () => {
            wire.send({ do: "stop", what: "map" });
            byId("map-stop").hidden = true;
        });
        byId("cell-race").addEventListener("click", () => this.race());
        picture.addEventListener("pointerdown", (event) => {
            if (event.button !== 0) return;
            this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
            picture.setPointerCapture(event.pointerId);
            this.spread = this.distance();
            const isInside = this.onAxes(this.place(event)) !== null;
            this.drag = this.fingers.size === 1 && isInside
                ? { x: event.clientX, y: event.clientY, at: [...this.window.at], isMoved: false }
                : null;
        });
        picture.addEventListener("pointermove", (event) => this.pointed(event));
        picture.addEventListener("pointerup", (event) => {
            this.fingers.delete(event.pointerId);
            const { drag } = this;
            this.drag = null;
            if (!drag) return;
            if (drag.isMoved) {
                this.window.take(this.window.view());
                this.draw();
                this.askSoon();
                return;
            }
            this.here = this.onAxes(this.place(event));
            this.told();
            this.draw();
            // A finger cannot point without pressing: its figures come first, and a button opens the race.
            if (event.pointerType !== "touch") this.race();
        });
        picture.addEventListener("pointercancel", (event) => {
            this.fingers.delete(event.pointerId);
            this.drag = null;
        });
        addEventListener("scroll", () => (this.scrolled = performance.now()), { passive: true });
        picture.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
        picture.addEventListener("keydown", (event) => this.key(event));
    }

    distance() {
        const [a, b] = this.fingers.values();
        return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
    }

    /** @param {PointerEvent} event */
    pointed(event) {
        if (this.fingers.has(event.pointerId)) {
            this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
        }
        if (this.fingers.size === 2) {
            const ratio = this.distance() / Math.max(this.spread, 1);
            if (ratio < 1.5 && ratio > 0.67) return;
            const [a, b] = this.fingers.values();
            this.zoom(ratio > 1 ? 1 : -1, this.place({ clientX: (a.x + b.x) / 2, clientY: (a.y + b.y) / 2 }));
            this.spread = this.distance();
            return;
        }
        const { drag } = this;
        if (drag) {
            const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
            if (!drag.isMoved && Math.hypot(dx, dy) < STILL) return;
            drag.isMoved = true;
            const [columns, rows] = this.window.size;
            this.window.at = [...drag.at];
            this.window.move((-dx / this.frame.width) * columns, (dy / this.frame.height) * rows);
            this.draw();
            return;
        }
        const place = this.onAxes(this.place(event));
        if (!place) return;
        const [was, is] = [this.cellOf(this.here), this.cellOf(place)];
        if (!is || (was?.x === is.x && was.y === is.y)) return;
        this.here = place;
        this.told();
        this.draw();
    }

    /** @param {WheelEvent} event */
    wheel(event) {
        // A page that is being scrolled is not stopped by the map that comes by.
        const isPassing = performance.now() - this.scrolled < 300 && !event.ctrlKey;
        const isFarthest = event.deltaY > 0 && this.window.zoom.every((each) => each === 0);
        if (isPassing || isFarthest || event.deltaY === 0) return;
        event.preventDefault();
        // Wheels send steps of about a hundred, trackpads many small ones.
        if (Math.sign(event.deltaY) !== Math.sign(this.turned)) this.turned = 0;
        this.turned += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * 33;
        if (Math.abs(this.turned) < (event.ctrlKey ? 25 : 80)) return;
        this.zoom(this.turned < 0 ? 1 : -1, this.place(event));
        this.turned = 0;
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        const { cells } = this;
        if (!cells || event.ctrlKey || event.metaKey || event.altKey) return;
        const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
        const middle = this.here && this.inWindow(this.here);
        if (by) this.step(by);
        else if (event.key === "Enter" && this.here) this.race();
        else if (event.key === "+" || event.key === "=") this.zoom(1, middle ?? undefined);
        else if (event.key === "-") this.zoom(-1, middle ?? undefined);
        else if (event.key === "0" || event.key === "Home") this.all();
        else return;
        event.preventDefault();
    }

    /**
     * Where in the window a place of both axes is; none beside it.
     * @param {[number, number]} place
     * @returns {[number, number] | null}
     */
    inWindow(place) {
        const { at, size, zoom } = this.window;
        const inside = [0, 1].map((axis) => (place[axis] * size[axis] * 2 ** zoom[axis] - at[axis]) / size[axis]);
        return inside.some((each) => each < 0 || each > 1) ? null : [inside[0], inside[1]];
    }

    /** The next cell that way; the window goes along. @param {number[]} by */
    step(by) {
        const { size, zoom } = this.window;
        const from = this.here && this.inWindow(this.here) ? this.here : this.onAxes([0.5, 0.5]);
        if (!from) return;
        const next = (/** @type {0 | 1} */ axis) => {
            const cells = size[axis] * 2 ** zoom[axis];
            // Middles of cells.
            return (Math.min(Math.max(Math.floor(from[axis] * cells + 1e-9) + by[axis], 0), cells - 1) + 0.5) / cells;
        };
        this.here = [next(0), next(1)];
        if (!this.inWindow(this.here)) {
            this.window.move(by[0] * Math.ceil(size[0] / 4), by[1] * Math.ceil(size[1] / 4));
            this.askSoon();
        }
        say(this.told());
        this.draw();
    }

    forget() {
        this.begun = "";
    }
}
