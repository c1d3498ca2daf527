/** A network as a drawing: a circle for a unit, a line for a weight. */

/** @import { Link, StartFrame } from "./messages.js" */

import { bytes } from "./dom.js";
import { Sheet } from "./sheet.js";
import { colours } from "./theme.js";

/** More units of a layer than this are not drawn. */
const MOST = 12;
const DEAD = 255;
/** Lines of one thickness are drawn at once. */
const SIZES = 6;

export class Network {
    /** @type {number[]} */
    widths = [];
    /** The units of each layer that are drawn. @type {number[][]} */
    shown = [];
    /** Where in its column a unit stands; -1 is not drawn. @type {Int32Array[]} */
    places = [];
    /** @type {Link[][]} */
    links = [];
    /** @type {(Uint8Array | null)[]} */
    units = [];
    isChosen = false;

    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
        this.sheet = new Sheet(canvas, (pen, sheet) => this.paint(pen, sheet));
    }

    /**
     * @param {number[]} widths
     * @param {string} name
     * @returns {string} what is not drawn, in words
     */
    begin(widths, name) {
        const isSame = widths.join() === this.widths.join();
        this.widths = widths;
        this.isChosen = false;
        if (!isSame) {
            [this.links, this.units] = [[], []];
            this.choose([]);
        }
        this.sheet.label(`${name}: the network ${widths.join("-")}, its units and strongest weights`);
        return widths.some((width) => width > MOST)
            ? `Up to ${MOST} units of a layer are drawn: those with the largest weights.`
            : "";
    }

    /** @param {StartFrame} frame */
    take({ links, layers }) {
        this.links = links;
        // Chosen once: units that come and go cannot be followed.
        if (!this.isChosen) this.choose(links);
        this.isChosen = true;
        this.units = layers.map(({ units }) => units === null ? null : bytes(units));
        this.sheet.draw();
    }

    /** @param {Link[][]} links */
    choose(links) {
        this.shown = this.widths.map((width, layer) => {
            const all = Array.from({ length: width }, (_, unit) => unit);
            if (width <= MOST) return all;
            const weight = new Float64Array(width);
            for (const [, to, size] of links[layer - 1] ?? []) weight[to] += Math.abs(size);
            for (const [from, , size] of links[layer] ?? []) weight[from] += Math.abs(size);
            return all.sort((a, b) => weight[b] - weight[a]).slice(0, MOST).sort((a, b) => a - b);
        });
        this.places = this.shown.map((units, layer) => {
            const places = new Int32Array(this.widths[layer]).fill(-1);
            units.forEach((unit, i) => (places[unit] = i));
            return places;
        });
    }

    /**
     * @param {CanvasRenderingContext2D} pen
     * @param {Sheet} sheet
     */
    paint(pen, { width, height }) {
        const columns = this.shown.length;
        if (columns === 0) return;
        const most = Math.max(...this.shown.map((units) => units.length));
        const radius = Math.max(Math.min(7, (height / most) * 0.36, (width / columns) * 0.22), 2);
        const x = (/** @type {number} */ layer) =>
            radius + 3 + (layer / Math.max(columns - 1, 1)) * (width - 2 * radius - 6);
        const y = (/** @type {number} */ layer, /** @type {number} */ place) =>
            height / 2 + (place - (this.shown[layer].length - 1) / 2) * Math.min(height / this.shown[layer].length, 30);

        this.links.forEach((links, layer) => {
            if (layer + 1 >= columns) return;
            let largest = 0;
            for (const [, , weight] of links) largest = Math.max(largest, Math.abs(weight));
            if (largest === 0) return;
            const paths = Array.from({ length: 2 * SIZES }, () => new Path2D());
            for (const [from, to, weight] of links) {
                const [a, b] = [this.places[layer][from], this.places[layer + 1][to]];
                if (a === undefined || b === undefined || a < 0 || b < 0) continue;
                const size = Math.min(Math.floor((Math.abs(weight) / largest) * SIZES), SIZES - 1);
                const path = paths[size + (weight < 0 ? SIZES : 0)];
                path.moveTo(x(layer), y(layer, a));
                path.lineTo(x(layer + 1), y(layer + 1, b));
            }
            paths.forEach((path, i) => {
                const size = i % SIZES;
                pen.strokeStyle = i < SIZES ? colours.c0 : colours.c1;
                pen.lineWidth = 0.5 + 0.45 * size;
                pen.globalAlpha = 0.22 + 0.12 * size;
                pen.stroke(path);
            });
        });
        pen.globalAlpha = 1;

        this.shown.forEach((units, layer) => {
            const states = layer > 0 ? this.units[layer - 1] : null;
            units.forEach((unit, place) => {
                const [cx, cy] = [x(layer), y(layer, place)];
                const state = states?.[unit] ?? 0;
                pen.lineWidth = 1.5;
                pen.fillStyle = colours.paper;
                pen.strokeStyle = state === DEAD ? colours.warn : colours.quiet;
                pen.beginPath();
                pen.arc(cx, cy, radius, 0, 2 * Math.PI);
                pen.fill();
                if (state !== DEAD && state > 0) {
                    // Lit, as much as it is saturated.
                    pen.globalAlpha = state / 200;
                    pen.fillStyle = colours.c5;
                    pen.fill();
                    pen.globalAlpha = 1;
                } else if (state !== DEAD) {
                    pen.fillStyle = colours.wash;
                    pen.fill();
                }
                pen.stroke();
                if (state !== DEAD) return;
                const arm = radius * 0.55;
                pen.beginPath();
                pen.moveTo(cx - arm, cy - arm);
                pen.lineTo(cx + arm, cy + arm);
                pen.moveTo(cx + arm, cy - arm);
                pen.lineTo(cx - arm, cy + arm);
                pen.stroke();
            });
        });
    }
}
