/** Signal and gradient from layer to layer, on a small logarithmic chart. */

/** @import { Layer } from "./messages.js" */

import { logTicks, powerName } from "./scale.js";
import { FONT, Sheet } from "./sheet.js";
import { colours } from "./theme.js";

const ROOM = { left: 46, right: 12, top: 10, bottom: 20 };

export class Layers {
    /** @type {Layer[]} */
    layers = [];
    name = "";

    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
        this.sheet = new Sheet(canvas, (pen, sheet) => this.paint(pen, sheet));
    }

    /** @param {string} name */
    begin(name) {
        this.name = name;
        this.sheet.label(`${name}: signal and gradient by layer`);
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
    paint(pen, { width, height }) {
        const log = (/** @type {number | null} */ x) =>
            x === null || !(x > 0) ? Number.NaN : Math.max(Math.log10(x), -30);
        const lines = [
            { logs: this.layers.map(({ signal }) => log(signal)), colour: colours.c0, dash: [] },
            { logs: this.layers.map(({ gradient }) => log(gradient)), colour: colours.c1, dash: [5, 3] },
        ];
        const all = lines.flatMap(({ logs }) => logs).filter(Number.isFinite);
        if (all.length === 0) return;
        const [low, high] = [Math.floor(Math.min(...all) - 0.1), Math.ceil(Math.max(...all) + 0.1)];
        const bottom = height - ROOM.bottom;
        const count = this.layers.length;
        const px = (/** @type {number} */ i) =>
            ROOM.left + 8 + (count > 1 ? i / (count - 1) : 0.5) * (width - ROOM.left - ROOM.right - 16);
        const py = (/** @type {number} */ e) => ROOM.top + ((high - e) / (high - low)) * (bottom - ROOM.top);

        pen.font = FONT;
        pen.lineWidth = 1;
        pen.textBaseline = "middle";
        pen.textAlign = "right";
        pen.strokeStyle = colours.grid;
        pen.fillStyle = colours.quiet;
        for (
            const tick of logTicks(low, high, 4).filter((each) =>
                Number.isInteger(Math.round(Math.log10(each) * 1e6) / 1e6)
            )
        ) {
            const y = Math.round(py(Math.log10(tick))) + 0.5;
            pen.beginPath();
            pen.moveTo(ROOM.left, y);
            pen.lineTo(width - ROOM.right, y);
            pen.stroke();
            pen.fillText(powerName(tick), ROOM.left - 6, y);
        }
        pen.textAlign = "center";
        const every = Math.ceil(count / Math.max(Math.floor(width / 36), 1));
        for (let i = 0; i < count; i += every) pen.fillText(String(i + 1), px(i), height - 8);

        for (const { logs, colour, dash } of lines) {
            pen.strokeStyle = pen.fillStyle = colour;
            pen.lineWidth = 2;
            pen.setLineDash(dash);
            pen.beginPath();
            let isDown = false;
            logs.forEach((e, i) => {
                if (Number.isNaN(e)) isDown = false;
                else if (isDown) pen.lineTo(px(i), py(e));
                else {
                    pen.moveTo(px(i), py(e));
                    isDown = true;
                }
            });
            pen.stroke();
            pen.setLineDash([]);
            logs.forEach((e, i) => {
                if (Number.isNaN(e)) return;
                pen.beginPath();
                pen.arc(px(i), py(e), 2.5, 0, 2 * Math.PI);
                pen.fill();
            });
        }
    }
}
