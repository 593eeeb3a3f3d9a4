/* What scripts add to a page: charts in place of pictures, controls, sorting. Without it the page stands as it is. */
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\$/g, "&#36;"); // Plotly takes $ for TeX
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const preferred = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : preferred.matches);
  const state = { problem: "", hidden: new Set() };
  let styles = {};
  const panels = []; // every panel of every chart: {element, draw, drawn}

  /* ---- tables: sorted by their headers */

  const value = (row, column) => {
    const text = row.cells[column].textContent.replace("≈", "").replace("∞", "Infinity").replace("−", "-").trim();
    const number = parseFloat(text.replace(/,/g, ""));
    return Number.isNaN(number) ? text.toLowerCase() : number;
  };
  const order = (a, b) => {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  };
  for (const table of all("table")) {
    all("thead th", table).forEach((head, column) => {
      head.dataset.sort = "";
      head.tabIndex = 0;
      const sort = () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows];
        rows.forEach((row) => row.classList.remove("group"));
        rows.sort((a, b) => (down ? -1 : 1) * order(value(a, column), value(b, column)));
        table.tBodies[0].append(...rows);
      };
      head.addEventListener("click", sort);
      head.addEventListener("keydown", (event) => event.key === "Enter" && sort());
    });
  }
  const filterRows = () => {
    for (const row of all("tr[data-problem], tr[data-solver]")) {
      const { problem, solver } = row.dataset;
      const other = state.problem && problem !== undefined && problem !== state.problem;
      row.hidden = Boolean(other || (solver !== undefined && state.hidden.has(solver)));
    }
  };

  /* ---- contents: where the reader is */

  const links = new Map(all("nav.contents a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const here = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((found) => found.isIntersecting)) {
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-15% 0px -75% 0px" },
  );
  all("main > section").forEach((section) => here.observe(section));

  /* ---- light and dark: as the system has it, until the reader chooses */

  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
  });

  /* ---- charts */

  const style = (label) => styles[label] ?? { light: "#555555", dark: "#bbbbbb", dash: "solid" };
  const color = (label) => style(label)[isDark() ? "dark" : "light"];
  const faded = (hex, alpha) => `rgba(${[1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(",")},${alpha})`;
  const shown = (label) => !state.hidden.has(label);
  const short = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}…` : text);
  const format = (number) => (number === null ? "–" : String(Number(number.toPrecision(4))));

  const axis = (title, log, more = {}) => ({
    title: { text: plain(title), standoff: 8, font: { size: 12 } },
    type: log ? "log" : "linear",
    gridcolor: css("--hair"), linecolor: css("--line"), tickcolor: css("--line"), zerolinecolor: css("--line"),
    showline: true, zeroline: false, ticks: "outside", ticklen: 4, tickfont: { size: 11 }, automargin: true,
    ...(log ? { dtick: null, exponentformat: "power", minor: { showgrid: false } } : { exponentformat: "power" }),
    ...more,
  });
  const layout = (height, more) => ({
    height, autosize: true, margin: { l: 56, r: 18, t: 12, b: 46 }, showlegend: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: css("--sans"), color: css("--ink"), size: 12 },
    hoverlabel: { bgcolor: css("--card"), bordercolor: css("--line"), font: { color: css("--ink"), size: 12 }, align: "left", namelength: 40 },
    ...more,
  });
  const config = { responsive: true, displayModeBar: false, scrollZoom: false, showTips: false };

  /* Zeros have a line of their own below the smallest positive value of a logarithmic axis. */
  const floorOf = (values) => {
    let low = Infinity, high = 0, below = false;
    for (const number of values) {
      if (number === null) continue;
      if (number > 0) { low = Math.min(low, number); high = Math.max(high, number); } else below = true;
    }
    if (!high) return null;
    return { floor: below ? low / Math.max(1.5, (high / low) ** 0.08) : low, below, low, high };
  };
  const tickText = (tick) => {
    if (tick < 1e-4 || tick >= 1e12) return tick.toExponential().replace("e+", "e");
    const unit = [[1e9, "G"], [1e6, "M"], [1e3, "k"]].find(([size]) => tick >= size && tick >= 1e4);
    return unit ? `${Number((tick / unit[0]).toPrecision(3))}${unit[1]}` : String(tick);
  };
  /* Side by side, labels also need room: so many characters fit along the axis. */
  const ticks = ({ floor, below, low, high }, most, room = Infinity) => {
    const apart = (a, b) => (Math.log(b / a) / Math.log(high / floor)) * room >= (tickText(a).length + tickText(b).length) / 2 + 1;
    const choices = [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];
    let kept = [];
    for (const steps of choices) {
      kept = [];
      for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)); power += 1) {
        kept.push(...steps.map((step) => Number((step * 10 ** power).toPrecision(3))));
      }
      kept = kept.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
      if (kept.length <= most && kept.every((tick, i) => !i || apart(kept[i - 1], tick))) break;
    }
    const every = Math.ceil(kept.length / most);
    kept = kept.filter((_, i) => i % every === 0);
    const text = kept.map(tickText);
    const found = below ? { tickvals: [floor, ...kept], ticktext: ["0", ...text] } : { tickvals: kept, ticktext: text };
    return kept.length || below ? { ...found, tickangle: 0 } : {};
  };

  const lines = (panel, options) => {
    const curves = panel.curves.filter((curve) => shown(curve.label));
    const values = curves.flatMap((curve) => [...curve.y, ...(curve.lower ?? []), ...(curve.upper ?? [])]);
    const scale = options.y ? floorOf(values) : null;
    const raised = (numbers) => (scale ? numbers.map((y) => (y === null ? null : Math.max(y, scale.floor))) : numbers);
    const traces = [];
    if (options.bands) {
      for (const curve of curves.filter((found) => found.lower)) {
        const common = { x: curve.x, mode: "lines", line: { width: 0, shape: "hv" }, hoverinfo: "skip" };
        traces.push({ ...common, y: raised(curve.lower) });
        traces.push({ ...common, y: raised(curve.upper), fill: "tonexty", fillcolor: faded(color(curve.label), curves.length > 6 ? 0.09 : 0.15) });
      }
    }
    for (const curve of curves) {
      const text = curve.y.map((y, i) => (curve.lower ? `${format(y)}  [${format(curve.lower[i])}, ${format(curve.upper[i])}]` : format(y)));
      traces.push({
        x: curve.x, y: raised(curve.y), text, name: plain(short(curve.label, 36)), mode: curve.x.length === 1 ? "markers" : "lines",
        line: { color: color(curve.label), width: 2.2, dash: style(curve.label).dash, shape: "hv" },
        marker: { color: color(curve.label), size: 8 }, hovertemplate: "%{text}",
      });
    }
    const xs = floorOf(curves.flatMap((curve) => [curve.x[0], curve.x[curve.x.length - 1]]));
    const x = options.x && xs ? ticks(xs, options.wide ? 12 : 8, options.wide ? 110 : 50) : {};
    const y = options.y && scale ? ticks(scale, 8) : {};
    if (panel.range) y.range = panel.range;
    const line = { type: "line", xref: "paper", x0: 0, x1: 1, y0: scale?.floor, y1: scale?.floor, line: { color: css("--soft"), width: 1, dash: "dot" } };
    return {
      traces,
      layout: layout(options.height, {
        xaxis: axis(panel.x_label, options.x && xs !== null, { ...x, unifiedhovertitle: { text: `%{x:.4~g} ${plain(panel.x_label.split(" (")[0])}` } }),
        yaxis: axis(panel.y_label, options.y && scale !== null, y),
        hovermode: curves.length > 12 ? "closest" : "x unified",
        shapes: scale?.below ? [line] : [],
      }),
    };
  };

  const boxes = (panel, options) => {
    const groups = panel.groups.filter((group) => shown(group.label)).reverse();
    const scale = options.y ? floorOf(groups.flatMap((group) => group.values)) : null;
    const raised = (numbers) => (scale ? numbers.map((x) => (x === null ? null : Math.max(x, scale.floor))) : numbers);
    const traces = groups.map((group) => ({
      type: "box", orientation: "h", name: plain(group.label), y: [plain(group.label)], x: [raised(group.values)],
      ...Object.fromEntries(["lowerfence", "q1", "median", "q3", "upperfence"].map((name, i) => [name, [raised(group.box)[i]]])),
      text: [group.values.map(format)], hovertemplate: "%{text}<extra>%{fullData.name}</extra>", hoveron: "points",
      boxpoints: "all", jitter: 0.55, pointpos: 0, whiskerwidth: 0.4, fillcolor: faded(color(group.label), 0.16),
      marker: { color: faded(color(group.label), 0.62), size: group.values.length > 60 ? 3.5 : 5 }, line: { color: color(group.label), width: 1.6 },
    }));
    const names = groups.map((group) => plain(group.label));
    return {
      traces,
      layout: layout(Math.max(190, 78 + 34 * groups.length), {
        xaxis: axis(panel.label, options.y && scale !== null, scale ? ticks(scale, options.wide ? 12 : 6, options.wide ? 90 : 40) : {}),
        yaxis: axis("", false, { type: "category", showgrid: false, tickvals: names, ticktext: groups.map((group) => plain(short(group.label, 28))) }),
      }),
    };
  };

  const heat = (panel) => {
    const kept = panel.columns.map((name, i) => [name, i]).filter(([name]) => shown(name));
    const z = panel.rows.map((_, i) => kept.map(([, j]) => panel.values[i][j]));
    const cells = kept.length <= 10;
    const slanted = kept.length * Math.max(...kept.map(([name]) => short(name, 22).length)) > 26;
    return {
      traces: [{
        type: "heatmap", z, x: kept.map((_, j) => j), y: panel.rows.map((_, i) => i), zmin: 0, zmax: 1, xgap: 2, ygap: 1,
        colorscale: [[0, css("--hair")], [1, css("--accent")]], showscale: false,
        text: z.map((row) => row.map((share) => (cells && share !== null && share >= 0.005 ? `${Math.round(100 * share)}` : ""))),
        texttemplate: "%{text}", textfont: { size: 10.5 },
        customdata: panel.rows.map((row) => kept.map(([name]) => `${plain(name)}<br>${plain(row)}`)),
        hovertemplate: "%{customdata}<br>%{z:.0%} of runs<extra></extra>", hoverongaps: false,
      }],
      layout: layout(90 + 19 * panel.rows.length + 60, {
        xaxis: axis("", false, { side: "top", showgrid: false, showline: false, ticks: "", tickvals: kept.map((_, j) => j), ticktext: kept.map(([name]) => plain(short(name, 22))), tickangle: slanted ? -40 : 0 }),
        yaxis: axis("", false, { autorange: "reversed", showgrid: false, showline: false, ticks: "", tickvals: panel.rows.map((_, i) => i), ticktext: panel.rows.map((row) => plain(short(row, 40))) }),
        margin: { l: 60, r: slanted ? 64 : 16, t: 20, b: 12 },
      }),
    };
  };

  const ranks = (panel) => {
    const solvers = panel.solvers.filter((solver) => shown(solver.label));
    const row = new Map(solvers.map((solver, i) => [solver.label, i]));
    const dots = (solver, i) => {
      const counts = new Map();
      solver.ranks.forEach((rank) => counts.set(rank, (counts.get(rank) ?? 0) + 1));
      const most = Math.max(1, solver.ranks.length - 1);
      const sizes = [...counts.values()].map((n) => Math.sqrt(50 + (450 * (n - 1)) / most)); // by area: what is tied does not hide
      return {
        x: [...counts.keys()], y: [...counts.keys()].map(() => i), mode: "markers", name: plain(solver.label),
        text: [...counts.values()].map(String), hovertemplate: "rank %{x:.3~g}: %{text}<extra>%{fullData.name}</extra>",
        marker: { color: faded(color(solver.label), 0.33), size: sizes },
      };
    };
    const traces = solvers.flatMap((solver, i) => [
      dots(solver, i),
      { x: [solver.mean], y: [i], mode: "markers", name: plain(solver.label), hovertemplate: "mean rank %{x:.3~g}",
        marker: { color: color(solver.label), size: 14, symbol: "diamond", line: { color: css("--card"), width: 1.5 } } },
    ]);
    const last = Math.max(...panel.solvers.map((solver) => Math.max(...solver.ranks)), 2);
    const shapes = [];
    let lane = 0;
    for (const clique of panel.cliques) {
      const at = clique.filter((name) => row.has(name)).map((name) => row.get(name));
      if (at.length < 2) continue;
      const x = last + 0.35 + 0.16 * (lane++ % 12);
      shapes.push({ type: "line", x0: x, x1: x, y0: Math.min(...at) - 0.22, y1: Math.max(...at) + 0.22, line: { color: css("--soft"), width: 4 } });
    }
    return {
      traces,
      layout: layout(80 + 30 * Math.max(solvers.length, 2), {
        xaxis: axis(`rank (1: best)${panel.meaning ? `; ${panel.meaning}` : ""}`, false, { range: [0.7, last + 0.5 + 0.16 * Math.min(lane, 12)], dtick: last > 12 ? 5 : 1, tick0: last > 12 ? 0 : 1 }),
        yaxis: axis("", false, { range: [solvers.length - 0.4, -0.6], tickvals: solvers.map((_, i) => i), ticktext: solvers.map((solver) => plain(short(solver.label, 36))) }),
        shapes,
      }),
    };
  };

  const kinds = { lines, boxes, heat, ranks };

  const build = (figure, chart, problems) => {
    const options = { x: chart.panels.every((panel) => panel.x_log ?? true), y: chart.panels.some((panel) => panel.log), bands: true, height: 330 };
    const own = chart.panels.map((panel) => {
      const plot = make("div", { className: "plot" });
      const wide = problems.length > 1 && panel.title && !problems.includes(panel.title) ? "panel wide" : "panel";
      const element = make("div", { className: wide }, ...(panel.title ? [make("h3", { textContent: panel.title })] : []), plot);
      const entry = { element, title: panel.title, near: false };
      entry.draw = () => {
        const one = chart.panels.length === 1 || (state.problem !== "" && panel.title !== "");
        const wide = one || element.classList.contains("wide");
        const drawn = kinds[chart.kind](panel, { ...options, wide, height: wide ? 420 : 320 });
        return window.Plotly.react(plot, drawn.traces, drawn.layout, config).then(() => {
          element.dataset.drawn = "";
        });
      };
      panels.push(entry);
      return entry;
    });
    figure.querySelector(".live").append(...own.map((entry) => entry.element));
    const tools = figure.querySelector(".tools");
    const redraw = () => own.filter((entry) => entry.near).forEach((entry) => entry.draw());
    const toggle = (key, on, off) => {
      const button = make("button", { type: "button", textContent: options[key] ? on : off });
      button.dataset.option = key;
      button.setAttribute("aria-pressed", options[key]);
      button.addEventListener("click", () => {
        options[key] = !options[key];
        button.textContent = options[key] ? on : off;
        button.setAttribute("aria-pressed", options[key]);
        redraw();
      });
      tools.append(button);
    };
    if (chart.kind === "lines") {
      toggle("x", "x: log", "x: linear");
      if (!chart.panels[0]?.range) toggle("y", "y: log", "y: linear");
      if (chart.panels.some((panel) => panel.curves.some((curve) => curve.lower))) toggle("bands", "bands: on", "bands: off");
    }
    if (chart.kind === "boxes") toggle("y", "values: log", "values: linear");
  };

  const near = new IntersectionObserver(
    (entries) => {
      for (const found of entries.filter((entry) => entry.isIntersecting)) {
        const panel = panels.find((entry) => entry.element === found.target);
        near.unobserve(found.target);
        panel.near = true;
        panel.draw();
      }
    },
    { rootMargin: "600px 0px" },
  );

  const refresh = () => {
    filterRows();
    for (const panel of panels) {
      panel.element.hidden = Boolean(state.problem && panel.title && titles.has(panel.title) && panel.title !== state.problem);
    }
    for (const live of all(".live")) {
      const n = all(".panel:not([hidden], .wide)", live).length;
      live.classList.toggle("one", all(".panel:not([hidden])", live).length === 1);
      live.classList.toggle("two", n === 2 || n === 4); // rather two and two than three and one
    }
    panels.filter((panel) => panel.near && !panel.element.hidden).forEach((panel) => panel.draw());
  };
  const titles = new Set();

  const sample = (label) => {
    const dash = { solid: "", dash: "6 3", dashdot: "6 2 1.5 2", dot: "1.5 2.5" }[style(label).dash];
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, text] of Object.entries({ width: 22, height: 8, "aria-hidden": "true" })) picture.setAttribute(name, text);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    for (const [name, text] of Object.entries({ x1: 0, x2: 22, y1: 4, y2: 4, stroke: color(label), "stroke-width": 3, "stroke-dasharray": dash })) line.setAttribute(name, text);
    picture.append(line);
    return picture;
  };

  const control = (problems) => {
    const bar = document.querySelector(".controls");
    const select = bar.querySelector("#problem");
    problems.forEach((title) => titles.add(title));
    select.append(make("option", { value: "", textContent: `all ${titles.size}` }));
    [...titles].forEach((title) => select.append(make("option", { value: title, textContent: title })));
    bar.querySelector(".pick").hidden = titles.size < 2;
    if (titles.size > 12) state.problem = select.value = problems[0];
    select.addEventListener("change", () => {
      state.problem = select.value;
      refresh();
    });
    const group = bar.querySelector("#solvers");
    const press = () => all("button", group).forEach((button) => button.setAttribute("aria-pressed", shown(button.dataset.solver)));
    for (const label of Object.keys(styles)) {
      const button = make("button", { type: "button", className: "solver", title: label }, sample(label), make("span", { textContent: label }));
      button.dataset.solver = label;
      button.addEventListener("click", () => {
        if (!state.hidden.delete(label)) state.hidden.add(label);
        press();
        refresh();
      });
      group.append(button);
    }
    const set = (labels) => () => {
      state.hidden = new Set(labels);
      press();
      refresh();
    };
    bar.querySelector("#all").addEventListener("click", set([]));
    bar.querySelector("#none").addEventListener("click", set(Object.keys(styles)));
    const recolor = () => {
      all("button.solver", group).forEach((button) => button.querySelector("svg").replaceWith(sample(button.dataset.solver)));
      refresh();
    };
    document.getElementById("theme").addEventListener("click", recolor);
    preferred.addEventListener("change", recolor);
    press();
    bar.hidden = false;
    const clear = () => {
      const covered = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
      root.style.scrollPaddingTop = `${document.querySelector("nav.contents").offsetHeight + covered + 12}px`;
    };
    new ResizeObserver(clear).observe(bar);
  };

  const unpack = async (id) => {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  const start = async () => {
    const [text, library] = await Promise.all([unpack("packed-data"), unpack("packed-library")]);
    const data = JSON.parse(text);
    styles = data.styles;
    document.head.append(make("script", { textContent: library }));
    for (const figure of all("figure.chart")) build(figure, data.charts[figure.dataset.chart], data.problems);
    control(data.problems);
    root.classList.add("ready");
    refresh();
    panels.forEach((panel) => near.observe(panel.element));
  };
  if (document.getElementById("packed-data") && "DecompressionStream" in window) start();
})();
