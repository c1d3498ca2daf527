/** Histograms of weights and of what units are given, a row for each layer. */

/** @import { Histogram, Layer } from "./messages.js" */

import { short } from "./dom.js";
import { FONT, Sheet } from "./sheet.js";
import { colours } from "./theme.js";

const ROW = 58;
const HEAD = 18;

export class Bars {
    /** @type {Layer[]} */
    layers = [];

    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
        this.sheet = new Sheet(canvas, (pen, sheet) => this.paint(pen, sheet));
    }

    /**
     * @param {string} name
     * @param {number} count
     */
    begin(name, count) {
        this.sheet.canvas.style.height = `${HEAD + ROW * count}px`;
        this.sheet.label(`${name}: histograms of the weights and of the inputs of units, by layer`);
    }

    /** @param {Layer[]} layers */
    take(layers) {
        this.layers = layers;
        this.sheet.draw();
    }

    /**
     * @param {CanvasRenderingContext2D} pen
     * @param {Sheet} sheet
     */
    paint(pen, { width }) {
        const left = 16;
        const wide = (width - left - 16) / 2;
        pen.font = FONT;
        pen.fillStyle = colours.ink;
        pen.textAlign = "left";
        pen.textBaseline = "alphabetic";
        pen.fillText("weights", left, 11);
        pen.fillText("inputs of units", left + wide + 16, 11);
        this.layers.forEach(({ weights, inputs }, i) => {
            const top = HEAD + ROW * i;
            pen.fillStyle = colours.quiet;
            pen.textAlign = "left";
            pen.fillText(String(i + 1), 0, top + 24);
            one(pen, weights, colours.c0, left, top, wide);
            one(pen, inputs, colours.c2, left + wide + 16, top, wide);
        });
    }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Histogram} histogram
 * @param {string} colour
 * @param {number} left
 * @param {number} top
 * @param {number} width
 */
function one(pen, { range: [low, high], counts }, colour, left, top, width) {
    const tall = ROW - 26;
    const most = Math.max(...counts, 1);
    const each = width / counts.length;
    pen.fillStyle = colour;
    counts.forEach((count, i) => {
        const height = (count / most) * tall;
        pen.fillRect(left + i * each, top + tall - height, Math.max(each - 1, 1), height);
    });
    pen.fillStyle = colours.quiet;
    pen.fillRect(left, top + tall, width, 1);
    pen.textAlign = "left";
    pen.fillText(short(Number(low.toPrecision(3))), left, top + tall + 14);
    pen.textAlign = "right";
    pen.fillText(short(Number(high.toPrecision(3))), left + width, top + tall + 14);
}
