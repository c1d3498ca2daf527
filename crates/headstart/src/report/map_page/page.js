"use strict";
(() => {
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

  const axis = (of) => ({
    title: { text: of.name },
    range: [-0.5, of.values.length - 0.5],
    tickvals: of.ticks.map(([at]) => at - 0.5),
    ticktext: of.ticks.map(([, text]) => text),
    showgrid: false,
    zeroline: false,
  });

  const drawMap = () => {
    const value = data.values.find((each) => each.name === byId("value").value);
    const figure = figures[value.name];
    const isLog = value.colours === "logarithmic";
    const along = (x) => (isLog ? Math.log10(x) : x);
    const [low, high] = value.range.map(along);
    const cell = (i) => {
      const source = sourceOf(i);
      if (source < 0 || Number.isNaN(figure[source])) return null;
      // Infinity has no colour of its own: it is as large as the largest.
      return Math.min(Math.max(along(figure[source]), low), high);
    };
    const z = Array.from({ length: rows }, (_, y) => Array.from({ length: columns }, (_, x) => cell(y * columns + x)));
    const bar = { title: { text: value.title, side: "right" } };
    if (isLog) {
      const at = Array.from({ length: 6 }, (_, i) => low + ((high - low) * i) / 5);
      Object.assign(bar, { tickvals: at, ticktext: at.map((each) => Number((10 ** each).toPrecision(2)).toString()) });
    }
    const heat = {
      type: "heatmap",
      z,
      zmin: low,
      zmax: high,
      colorscale: value.colours === "divergent" ? "RdBu" : "Viridis",
      hoverinfo: "none",
      colorbar: bar,
    };
    const path = (piece) => "M" + piece.map(([x, y]) => `${x - 0.5},${y - 0.5}`).join("L");
    const stroke = (path, color, width, dash) => ({ type: "path", path, line: { color, width, dash } });
    const shapes = data.lines.flatMap((line) =>
      line.pieces.flatMap((piece) => [stroke(path(piece), "black", 4), stroke(path(piece), "white", 2, "dash")]),
    );
    const annotations = data.lines
      .filter((line) => line.pieces.length > 0)
      .map((line) => {
        const [x, y] = line.pieces.at(-1).at(-1);
        const place = { x: x - 0.5, y: y - 0.5, xanchor: "right", showarrow: false };
        return { ...place, text: line.name, bgcolor: "white" };
      });
    const layout = {
      xaxis: axis(data.x),
      yaxis: axis(data.y),
      shapes,
      annotations,
      margin: { t: 40, r: 10 },
      plot_bgcolor: "#c8c8c8",
    };
    Plotly.react("map", [heat], layout, { responsive: true, displaylogo: false });
  };

  const command = (x, y) => {
    const { base, both, ofX, ofY } = data.command;
    return base + (both ? both[y * columns + x] : ofX[x] + ofY[y]);
  };

  let pinned = false;

  const tell = (x, y) => {
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
      for (const text of [name, value]) tr.appendChild(document.createElement("td")).textContent = text;
      return tr;
    };
    byId("figures").replaceChildren(...lines.map(row));
    byId("command").textContent = command(x, y);
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
    const loss = (code) =>
      code === 0 ? null : 10 ** (decades[0] + ((decades[1] - decades[0]) * (code - 1)) / 65534);
    const steps = data.steps[source] ?? data.steps[0];
    const lines = [];
    for (let k = 0; source >= 0 && k < seeds; k++) {
      const losses = Array.from(of(k), loss);
      if (losses.some((each) => each !== null)) {
        lines.push({
          x: losses.map((_, i) => Math.round((steps * i) / (points - 1))),
          y: losses,
          mode: "lines",
          name: `seed ${data.seed + k}`,
        });
      }
    }
    byId("no-traces").hidden = lines.length > 0;
    byId("traces").hidden = lines.length === 0;
    if (lines.length === 0) return;
    const layout = {
      xaxis: { title: { text: "step" } },
      yaxis: { title: { text: "training loss" }, type: "log", exponentformat: "power" },
      margin: { t: 10, r: 10 },
      showlegend: lines.length > 1,
    };
    Plotly.react("traces", lines, layout, { responsive: true, displaylogo: false });
  };

  for (const value of data.values) byId("value").add(new Option(value.title, value.name));
  byId("value").value = data.value;
  byId("value").addEventListener("change", drawMap);
  drawMap();

  const at = (event) => [event.points[0].x, event.points[0].y];
  byId("map").on("plotly_hover", (event) => {
    if (!pinned) tell(...at(event));
  });
  byId("map").on("plotly_click", (event) => {
    pinned = true;
    byId("unpin").hidden = false;
    tell(...at(event));
    drawTraces(...at(event));
  });
  byId("unpin").addEventListener("click", () => {
    pinned = false;
    byId("unpin").hidden = true;
  });
  byId("copy").addEventListener("click", () => {
    getSelection().selectAllChildren(byId("command"));
    navigator.clipboard?.writeText(byId("command").textContent);
  });
})();
