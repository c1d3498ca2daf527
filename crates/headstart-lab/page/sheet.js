/** Canvases that are drawn when something changed, all in one frame, and never while they are folded away. */

import { onTheme } from "./theme.js";

/** @type {Set<() => void>} */
const wanted = new Set();
let isAsked = false;

const run = () => {
    isAsked = false;
    const now = [...wanted];
    wanted.clear();
    now.forEach((call) => call());
};

/**
 * Calls in the next frame, once however often it was asked for.
 * @param {() => void} call
 */
export function inFrame(call) {
    wanted.add(call);
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(run);
}

/** @type {WeakMap<Element, Sheet>} */
const sheets = new WeakMap();
const sizes = new ResizeObserver((seen) => {
    for (const { target, contentRect } of seen) sheets.get(target)?.resize(contentRect.width, contentRect.height);
});

/** A canvas as sharp as the screen, measured in pixels of the page. */
export class Sheet {
    width = 0;
    height = 0;

    /**
     * @param {HTMLCanvasElement} canvas
     * @param {(pen: CanvasRenderingContext2D, sheet: Sheet) => void} draw
     */
    constructor(canvas, draw) {
        this.canvas = canvas;
        this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        this.density = 1;
        this.now = () => {
            if (this.width === 0 || !canvas.isConnected) return;
            this.pen.setTransform(this.density, 0, 0, this.density, 0, 0);
            this.pen.clearRect(0, 0, this.width, this.height);
            draw(this.pen, this);
        };
        sheets.set(canvas, this);
        sizes.observe(canvas);
        onTheme(() => this.draw());
    }

    /** Asks for it to be drawn. What is folded away has no width, and is drawn when it is unfolded. */
    draw() {
        if (this.width > 0) inFrame(this.now);
    }

    /**
     * @param {number} width
     * @param {number} height
     */
    resize(width, height) {
        [this.width, this.height, this.density] = [width, height, Math.min(devicePixelRatio || 1, 2)];
        this.canvas.width = Math.round(width * this.density);
        this.canvas.height = Math.round(height * this.density);
        // At once: an empty canvas would be seen for a frame.
        this.now();
    }

    /** @param {string} text */
    label(text) {
        if (this.canvas.getAttribute("aria-label") !== text) this.canvas.setAttribute("aria-label", text);
    }
}

/** Letters on canvases. */
export const FONT = "12px system-ui, sans-serif";
