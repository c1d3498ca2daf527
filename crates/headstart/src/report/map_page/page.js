(() => {
  const { say, readable, words } = globalThis.headstart;
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const columns = data.x.values.length;
  const rows = data.y.values.length;

  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const figures = Object.fromEntries(
    Object.entries(data.figures).map(([name, text]) => [name, new Float32Array(bytes(text))]),
  );
  const sources = data.sources && new Int32Array(bytes(data.sources));
  const codes = data.traces && new Uint16Array(bytes(data.traces.codes));

  /** The cell whose figures a cell is shown with; -1 where nothing was run. */
  const sourceOf = (cell) => (sources ? sources[cell] : Number.isNaN(figures.runs[cell]) ? -1 : cell);

  /** A number in the digits that say enough. */
  const short = (x) => {
    if (Number.isNaN(x)) return "–";
    if (!Number.isFinite(x)) return "inf";
    if (Number.isInteger(x) && Math.abs(x) < 1e7) return x.toLocaleString("en");
    return Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6 ? x.toExponential(2) : Number(x.toPrecision(4)).toString();
  };

  const SVG = "http://www.w3.org/2000/svg";
  const svg = (tag, attributes = {}, ...children) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  // The map: its cells on a canvas, a dot each, and everything else above it.
  const MARGIN = { left: 62, right: 14, top: 26, bottom: 46 };
  const cells = document.createElement("canvas");
  [cells.width, cells.height] = [columns, rows];
  const whole = { left: 0, right: columns, bottom: 0, top: rows };
  let view = { ...whole };
  let here = null;
  let frame = { width: 1, height: 1 };

  const value = () => data.values.find((each) => each.name === byId("value").value);
  const colourOf = ({ palette, colours, range }) => {
    const along = (x) => (colours === "logarithmic" ? Math.log(Math.max(x, 0)) : x);
    const [low, high] = range.map(along);
    const count = palette.length / 6;
    const all = Array.from({ length: count }, (_, i) => Number.parseInt(palette.slice(6 * i, 6 * i + 6), 16));
    // Infinity has no colour of its own: it is as large as the largest.
    return (x) => {
      const share = Math.min(Math.max((along(x) - low) / (high - low || 1), 0), 1);
      return all[Math.round(share * (count - 1))];
    };
  };
  const NOTHING = 0xc8c8c8;
  const paint = () => {
    const shown = value();
    const figure = figures[shown.name];
    const colour = colourOf(shown);
    const dots = cells.getContext("2d").createImageData(columns, rows);
    for (let cell = 0; cell < columns * rows; cell++) {
      const source = sourceOf(cell);
      const rgb = source < 0 || Number.isNaN(figure[source]) ? NOTHING : colour(figure[source]);
      // The first row is the lowest one.
      const at = 4 * ((rows - 1 - Math.floor(cell / columns)) * columns + (cell % columns));
      dots.data.set([rgb >> 16, (rgb >> 8) & 255, rgb & 255, 255], at);
    }
    cells.getContext("2d").putImageData(dots, 0, 0);
    const bar = byId("bar");
    [bar.width, bar.height] = [shown.palette.length / 6, 1];
    const strip = bar.getContext("2d");
    for (let i = 0; i < bar.width; i++) {
      strip.fillStyle = `#${shown.palette.slice(6 * i, 6 * i + 6)}`;
      strip.fillRect(i, 0, 1, 1);
    }
    [byId("least").textContent, byId("most").textContent] = shown.range.map(short);
  };

  const screen = {
    x: (x) => MARGIN.left + ((x - view.left) / (view.right - view.left)) * frame.width,
    y: (y) => MARGIN.top + (1 - (y - view.bottom) / (view.top - view.bottom)) * frame.height,
  };
  const cellAt = (event) => {
    const box = byId("map").getBoundingClientRect();
    const x = view.left + ((event.clientX - box.left - MARGIN.left) / frame.width) * (view.right - view.left);
    const y = view.bottom + (1 - (event.clientY - box.top - MARGIN.top) / frame.height) * (view.top - view.bottom);
    return { x, y, isInside: x >= view.left && x < view.right && y >= view.bottom && y < view.top };
  };

  /** Ticks that are in view: those of the whole axis, or of every cell where few are seen. */
  const ticks = (of, from, to) => {
    const seen = of.ticks.filter(([at]) => at >= from && at <= to);
    if (seen.length >= 3 || to - from >= of.values.length) return seen;
    const every = Math.ceil((to - from) / 8);
    return of.values.map((x, i) => [i + 0.5, short(x)]).filter(([at], i) => at >= from && at <= to && i % every === 0);
  };

  const draw = () => {
    const box = byId("map");
    const width = box.clientWidth;
    const height = Math.round(Math.min(Math.max(width * 0.72, 260), 560));
    frame = { width: Math.max(width - MARGIN.left - MARGIN.right, 40), height: height - MARGIN.top - MARGIN.bottom };
    const canvas = byId("cells");
    const density = globalThis.devicePixelRatio || 1;
    // In shares of the whole: a page that is printed is narrower than the screen it was drawn for.
    const share = (part, all) => `${(100 * part) / all}%`;
    Object.assign(canvas.style, {
      left: share(MARGIN.left, width),
      top: share(MARGIN.top, height),
      width: share(frame.width, width),
      height: share(frame.height, height),
    });
    [canvas.width, canvas.height] = [Math.round(frame.width * density), Math.round(frame.height * density)];
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(cells, view.left, rows - view.top, view.right - view.left, view.top - view.bottom, 0, 0, canvas.width, canvas.height);

    const over = byId("over");
    over.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const parts = [];
    const [bottom, left] = [MARGIN.top + frame.height, MARGIN.left];
    let last = -Infinity;
    for (const [at, text] of ticks(data.x, view.left, view.right)) {
      const x = screen.x(at);
      parts.push(svg("path", { class: "tick", d: `M${x} ${bottom}v5` }));
      // Names that would touch are left out.
      const half = text.length * 3.6;
      if (x - half < last + 6) continue;
      last = x + half;
      parts.push(svg("text", { x, y: bottom + 18, "text-anchor": "middle" }, text));
    }
    last = Infinity;
    for (const [at, text] of ticks(data.y, view.bottom, view.top)) {
      const y = screen.y(at);
      parts.push(svg("path", { class: "tick", d: `M${left} ${y}h-5` }));
      if (y > last - 14) continue;
      last = y;
      parts.push(svg("text", { x: left - 9, y: y + 4, "text-anchor": "end" }, text));
    }
    parts.push(svg("text", { class: "name", x: left + frame.width / 2, y: bottom + 38, "text-anchor": "middle" }, data.x.name));
    parts.push(svg("text", { class: "name", x: 0, y: 14 }, `${data.y.name} \u2191`));
    const inside = svg("g", { "clip-path": "url(#frame)" });
    const clip = svg("rect", { x: left, y: MARGIN.top, width: frame.width, height: frame.height });
    parts.push(svg("clipPath", { id: "frame" }, clip), inside);
    const path = (piece) => `M${piece.map(([x, y]) => `${screen.x(x)} ${screen.y(y)}`).join("L")}`;
    for (const line of data.lines) {
      for (const piece of line.pieces) {
        inside.append(svg("path", { class: "below", d: path(piece) }), svg("path", { class: "above", d: path(piece) }));
      }
      const seen = line.pieces.flat().filter(([x, y]) => x >= view.left && x <= view.right && y >= view.bottom && y <= view.top);
      if (seen.length === 0 || line.name === "") continue;
      const [x, y] = [screen.x(seen.at(-1)[0]), screen.y(seen.at(-1)[1])];
      const wide = line.name.length * 6.4 + 10;
      const right = Math.min(Math.max(x, left + wide + 2), left + frame.width - 2);
      const top = Math.min(Math.max(y - 9, MARGIN.top + 2), bottom - 20);
      const label = svg("g", { class: "label" });
      label.append(svg("rect", { x: right - wide, y: top, width: wide, height: 18, rx: 4 }), svg("text", { x: right - 5, y: top + 13, "text-anchor": "end" }, line.name));
      parts.push(label);
    }
    if (here) {
      const [x, y] = [screen.x(here.x), screen.y(here.y + 1)];
      const size = { x, y, width: screen.x(here.x + 1) - x, height: screen.y(here.y) - y };
      inside.append(svg("rect", { class: "here-below", ...size }), svg("rect", { class: "here", ...size }));
    }
    if (zone) {
      const [x, y] = [Math.min(zone.x, zone.toX), Math.max(zone.y, zone.toY)];
      inside.append(svg("rect", { class: "zone", x: screen.x(x), y: screen.y(y), width: Math.abs(screen.x(zone.toX) - screen.x(zone.x)), height: Math.abs(screen.y(zone.toY) - screen.y(zone.y)) }));
    }
    over.replaceChildren(...parts);
    byId("all").disabled = view.right - view.left >= columns && view.top - view.bottom >= rows;
  };

  /** Shows another part of the map: at least a few cells, and nothing beyond its edges. */
  const look = (left, right, bottom, top) => {
    const within = (low, high, most) => {
      const size = Math.min(Math.max(high - low, Math.min(4, most)), most);
      const from = Math.min(Math.max((low + high - size) / 2, 0), most - size);
      return [from, from + size];
    };
    [view.left, view.right] = within(left, right, columns);
    [view.bottom, view.top] = within(bottom, top, rows);
    draw();
  };
  const zoom = (factor, x = (view.left + view.right) / 2, y = (view.bottom + view.top) / 2) =>
    look(x + (view.left - x) * factor, x + (view.right - x) * factor, y + (view.bottom - y) * factor, y + (view.top - y) * factor);

  const command = (x, y) => {
    const { base, both, ofX, ofY } = data.command;
    return base + (both ? both[y * columns + x] : ofX[x] + ofY[y]);
  };

  let pinned = false;
  let zone = null;

  const tell = (x, y) => {
    here = { x, y };
    const cell = y * columns + x;
    const source = sourceOf(cell);
    const lines = [
      [data.x.name, short(data.x.values[x])],
      [data.y.name, short(data.y.values[y])],
    ];
    if (source < 0) {
      lines.push(["runs", "none yet"]);
    } else {
      if (source !== cell) {
        const [i, j] = [source % columns, Math.floor(source / columns)];
        lines.push(["not run, shown as", `${short(data.x.values[i])}, ${short(data.y.values[j])}`]);
      }
      for (const [name, title] of data.told) {
        if (figures[name]) lines.push([title, short(figures[name][source])]);
      }
    }
    const row = ([name, value]) => {
      const tr = document.createElement("tr");
      const th = document.createElement("th");
      th.scope = "row";
      th.textContent = name;
      tr.append(th);
      tr.appendChild(document.createElement("td")).textContent = value;
      return tr;
    };
    byId("figures").replaceChildren(...lines.map(row));
    byId("command").replaceChildren(...words(command(x, y)));
    byId("rerun").hidden = false;
    draw();
  };

  const drawTraces = (x, y) => {
    const cell = y * columns + x;
    const source = sourceOf(cell);
    byId("traces-title").textContent =
      `Training loss at ${data.x.name} ${short(data.x.values[x])}, ${data.y.name} ${short(data.y.values[y])}`;
    const { seeds, points, decades } = data.traces ?? { seeds: 0 };
    const of = (k) => {
      const first = (source * seeds + k) * points;
      return codes.subarray(first, first + points);
    };
    const exponent = (code) => (code === 0 ? null : decades[0] + ((decades[1] - decades[0]) * (code - 1)) / 65534);
    const steps = data.steps[source] ?? data.steps[0];
    const lines = [];
    for (let k = 0; source >= 0 && k < seeds; k++) {
      const losses = Array.from(of(k), exponent);
      if (losses.some((each) => each !== null)) lines.push({ name: `seed ${data.seed + k}`, colour: `var(--c${k % 7})`, losses });
    }
    byId("no-traces").hidden = lines.length > 0;
    byId("traces").hidden = lines.length === 0;
    if (lines.length === 0) return;
    const [width, height] = [Math.min(byId("traces").clientWidth, 736), 300];
    const room = { left: 62, right: 14, top: 26, bottom: 46 };
    const all = lines.flatMap(({ losses }) => losses).filter((each) => each !== null);
    let [low, high] = [Math.min(...all), Math.max(...all)];
    const edge = Math.max((high - low) * 0.06, 0.02);
    [low, high] = [low - edge, high + edge];
    const px = (i) => room.left + (i / Math.max(points - 1, 1)) * (width - room.left - room.right);
    const py = (e) => room.top + ((high - e) / (high - low)) * (height - room.top - room.bottom);
    const bottom = height - room.bottom;
    const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": byId("traces-title").textContent });
    const every = Math.ceil((high - low) / 6);
    let marks = [];
    for (let e = Math.ceil(low); e <= high; e++) if (e % every === 0) marks.push([e, e > -4 && e < 6 ? String(Number((10 ** e).toPrecision(1))) : `1e${e}`]);
    if (marks.length < 2) marks = [0.1, 0.5, 0.9].map((share) => low + share * (high - low)).map((e) => [e, short(Number((10 ** e).toPrecision(3)))]);
    for (const [e, text] of marks) {
      chart.append(svg("path", { class: "gridline", d: `M${room.left} ${py(e)}H${width - room.right}` }), svg("text", { x: room.left - 9, y: py(e) + 4, "text-anchor": "end" }, text));
    }
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const at = px(share * (points - 1));
      const anchor = share === 1 ? "end" : "middle";
      chart.append(svg("text", { x: at, y: bottom + 18, "text-anchor": anchor }, Math.round(steps * share).toLocaleString("en")));
    }
    chart.append(svg("text", { class: "name", x: (room.left + width - room.right) / 2, y: bottom + 38, "text-anchor": "middle" }, "step"));
    chart.append(svg("text", { class: "name", x: 0, y: 14 }, "training loss"));
    for (const { name, colour, losses } of lines) {
      let [d, isDown] = ["", false];
      const told = [];
      losses.forEach((loss, i) => {
        if (loss !== null) {
          d += `${isDown ? "L" : "M"}${px(i).toFixed(1)} ${py(loss).toFixed(1)}`;
          told.push(`${px(i).toFixed(1)} ${py(loss).toFixed(1)} step ${Math.round((steps * i) / (points - 1)).toLocaleString("en")}, ${short(10 ** loss)}`);
        }
        isDown = loss !== null;
      });
      chart.append(svg("path", { class: "line", d, fill: "none", "stroke-width": 2, style: `stroke: ${colour}` }));
      chart.append(svg("g", { class: "readings", "data-name": name, "data-points": told.join("|") }));
    }
    const key = document.createElement("ul");
    key.className = "key";
    for (const { name, colour } of lines) {
      const item = key.appendChild(document.createElement("li"));
      item.appendChild(document.createElement("i")).style.background = colour;
      item.append(name);
    }
    const figure = document.createElement("figure");
    figure.append(chart);
    byId("traces").replaceChildren(...(lines.length > 1 ? [key] : []), figure);
    readable(chart);
  };

  const pin = (x, y) => {
    pinned = true;
    byId("unpin").hidden = false;
    tell(x, y);
    drawTraces(x, y);
  };

  for (const each of data.values) byId("value").add(new Option(each.title, each.name));
  byId("value").value = data.value;
  byId("value").addEventListener("change", () => {
    paint();
    draw();
  });

  const map = byId("map");
  map.addEventListener("pointermove", (event) => {
    const { x, y, isInside } = cellAt(event);
    if (zone) {
      [zone.toX, zone.toY] = [x, y];
      draw();
    } else if (isInside && !pinned) tell(Math.floor(x), Math.floor(y));
  });
  map.addEventListener("pointerdown", (event) => {
    const { x, y, isInside } = cellAt(event);
    if (event.button !== 0 || event.pointerType === "touch" || !isInside) return;
    zone = { x, y, toX: x, toY: y, fromX: event.clientX, fromY: event.clientY };
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointerup", (event) => {
    const was = zone;
    zone = null;
    const isDrag = was && Math.hypot(event.clientX - was.fromX, event.clientY - was.fromY) > 6;
    if (isDrag) look(Math.min(was.x, was.toX), Math.max(was.x, was.toX), Math.min(was.y, was.toY), Math.max(was.y, was.toY));
    else {
      const { x, y, isInside } = cellAt(event);
      if (isInside) pin(Math.floor(x), Math.floor(y));
    }
  });
  map.addEventListener("pointercancel", () => {
    zone = null;
    draw();
  });
  map.addEventListener("dblclick", () => look(0, columns, 0, rows));
  // The wheel alone moves the page.
  map.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y } = cellAt(event);
      zoom(event.deltaY > 0 ? 1.25 : 0.8, x, y);
    },
    { passive: false },
  );
  map.addEventListener("keydown", (event) => {
    const to = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const at = here ?? { x: 0, y: 0 };
    if (to) {
      const x = Math.min(Math.max(at.x + (here ? to[0] : 0), 0), columns - 1);
      const y = Math.min(Math.max(at.y + (here ? to[1] : 0), 0), rows - 1);
      pinned = true;
      byId("unpin").hidden = false;
      tell(x, y);
      const source = sourceOf(y * columns + x);
      say(`${data.x.name} ${short(data.x.values[x])}, ${data.y.name} ${short(data.y.values[y])}: ${source < 0 ? "no run" : `${value().title} ${short(figures[value().name][source])}`}`);
    } else if (event.key === "Enter" && here) pin(here.x, here.y);
    else if (event.key === "+" || event.key === "=") zoom(0.8, at.x, at.y);
    else if (event.key === "-") zoom(1.25, at.x, at.y);
    else return;
    event.preventDefault();
  });
  byId("in").addEventListener("click", () => zoom(0.6));
  byId("out").addEventListener("click", () => zoom(1 / 0.6));
  byId("all").addEventListener("click", () => look(0, columns, 0, rows));
  byId("unpin").addEventListener("click", () => {
    pinned = false;
    byId("unpin").hidden = true;
  });
  paint();
  new ResizeObserver(() => {
    draw();
    if (pinned && here) drawTraces(here.x, here.y);
  }).observe(map);
})();
