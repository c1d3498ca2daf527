/** Axes: where a number stands, and which numbers are written. */

/**
 * Round numbers between two, about so many.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function roundTicks(low, high, count) {
    const rough = (high - low) / Math.max(count, 1) || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * (/** @type {number} */ ([1, 2, 5, 10].find((each) => each * power >= rough * 0.999)));
    const ticks = [];
    for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) ticks.push(at);
    return ticks;
}

/**
 * Numbers to write on a logarithmic axis between two exponents of ten: powers, and with few of these twos and fives.
 * @param {number} low
 * @param {number} high
 * @param {number} [most]
 */
export function logTicks(low, high, most = 6) {
    const every = Math.max(Math.ceil((high - low) / most), 1);
    const within = high - low > 2.5 ? [1] : high - low > 1.2 ? [1, 3] : [1, 2, 5];
    const ticks = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
        if (power % every !== 0) continue;
        for (const digit of within) {
            const e = power + Math.log10(digit);
            if (e >= low - 1e-9 && e <= high + 1e-9) ticks.push(Number((digit * 10 ** power).toPrecision(1)));
        }
    }
    return ticks;
}

/** @param {number} x */
export function powerName(x) {
    if (x >= 1e-3 && x < 1e6) return x.toLocaleString("en", { maximumFractionDigits: 3 });
    return `1e${Math.round(Math.log10(x))}`;
}
