/** What a network answers over the plane, and the samples over it. */

/** @import { Plane, StartFrame } from "./messages.js" */
/** @import { Rgb } from "./theme.js" */

import { bytes } from "./dom.js";
import { Sheet } from "./sheet.js";
import { classColour, colours, mix, onTheme, packed, rgb } from "./theme.js";

/** From the first class to the second, over the paper's colour: 256 colours. */
function ramp() {
    const paper = rgb(colours.paper);
    const ends = [rgb(classColour(0)), rgb(classColour(1))];
    const table = new Uint32Array(256);
    for (let i = 0; i < 256; i++) {
        const along = (i / 255) * 2 - 1;
        table[i] = packed(mix(paper, ends[along < 0 ? 0 : 1], 0.62 * Math.abs(along) ** 0.8));
    }
    return table;
}

export class Boundary {
    /** @type {Plane | null} */
    plane = null;
    /** @type {Uint8Array | null} */
    answers = null;
    /** @type {Uint8Array | null} */
    sure = null;
    isOld = true;
    table = ramp();

    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
        this.grid = document.createElement("canvas");
        this.points = document.createElement("canvas");
        this.picture = new ImageData(1, 1);
        this.dots = new Uint32Array(this.picture.data.buffer);
        this.sheet = new Sheet(canvas, (pen, sheet) => this.paint(pen, sheet));
        onTheme(() => {
            this.table = ramp();
            this.isOld = true;
            this.points.width = 0;
        });
    }

    /**
     * @param {Plane} plane
     * @param {string} name
     */
    begin(plane, name) {
        this.plane = plane;
        this.points.width = 0;
        if (this.picture.width !== plane.side) {
            this.picture = new ImageData(plane.side, plane.side);
            this.dots = new Uint32Array(this.picture.data.buffer);
            [this.grid.width, this.grid.height] = [plane.side, plane.side];
            this.answers = this.sure = null;
        }
        const [x, y] = plane.axes;
        const what = {
            probability: "the probability of the second class",
            class: "the likeliest class",
            value: "the output",
        }[plane.kind];
        this.sheet.label(`${name}: ${what} over ${x} and ${y}, with ${plane.points.length} samples`);
    }

    /** @param {StartFrame} frame */
    take({ boundary, sure }) {
        this.answers = bytes(boundary);
        this.sure = sure === null ? null : bytes(sure);
        this.isOld = true;
        this.sheet.draw();
    }

    colour() {
        const { plane, answers, sure, dots, table } = this;
        if (!plane || !answers) return;
        const { side } = plane;
        /** @type {Rgb} */
        const paper = rgb(colours.paper);
        // Of each class 16 colours, by how sure the network is.
        const shades = plane.kind === "class"
            ? Array.from(
                { length: plane.classes?.length ?? 2 },
                (_, k) =>
                    Array.from({ length: 16 }, (_, s) => packed(mix(paper, rgb(classColour(k)), 0.1 + 0.035 * s))),
            )
            : [];
        for (let row = 0; row < side; row++) {
            // The first row is the lowest one.
            const to = (side - 1 - row) * side;
            for (let column = 0; column < side; column++) {
                const at = row * side + column;
                dots[to + column] = plane.kind === "class"
                    ? shades[answers[at] % shades.length][sure ? sure[at] >> 4 : 15]
                    : table[answers[at]];
            }
        }
        /** @type {CanvasRenderingContext2D} */ (this.grid.getContext("2d")).putImageData(this.picture, 0, 0);
    }

    /**
     * The samples, drawn once for each size: circles were trained on, squares test.
     * @param {Plane} plane
     * @param {Sheet} sheet
     */
    scatter(plane, { width, height, density }) {
        [this.points.width, this.points.height] = [Math.round(width * density), Math.round(height * density)];
        const pen = /** @type {CanvasRenderingContext2D} */ (this.points.getContext("2d"));
        pen.scale(density, density);
        const size = Math.min(width, height) < 190 ? 1.6 : 2.1;
        const [low, high] = plane.range ?? [0, 1];
        for (const [x, y, label, isTest] of plane.points) {
            const px = ((x - plane.x[0]) / (plane.x[1] - plane.x[0])) * width;
            const py = (1 - (y - plane.y[0]) / (plane.y[1] - plane.y[0])) * height;
            const share = Math.min(Math.max((label - low) / (high - low || 1), 0), 1);
            const value = rgb(classColour(share < 0.5 ? 0 : 1)).map(Math.round).join(" ");
            pen.fillStyle = plane.kind === "value"
                ? `rgb(${value} / ${0.25 + 1.5 * Math.abs(share - 0.5)})`
                : classColour(label);
            pen.strokeStyle = isTest ? colours.ink : colours.paper;
            pen.lineWidth = isTest ? 0.6 : 0.4;
            pen.beginPath();
            if (isTest) pen.rect(px - size, py - size, 2 * size, 2 * size);
            else pen.arc(px, py, size, 0, 2 * Math.PI);
            pen.fill();
            pen.stroke();
        }
    }

    /**
     * @param {CanvasRenderingContext2D} pen
     * @param {Sheet} sheet
     */
    paint(pen, sheet) {
        const { width, height } = sheet;
        if (!this.plane) return;
        if (this.isOld) this.colour();
        this.isOld = false;
        if (this.answers) {
            pen.imageSmoothingEnabled = this.plane.kind !== "class";
            pen.drawImage(this.grid, 0, 0, width, height);
        }
        if (this.points.width !== sheet.canvas.width || this.points.height !== sheet.canvas.height) {
            this.scatter(this.plane, sheet);
        }
        pen.drawImage(this.points, 0, 0, width, height);
    }
}
