// Draws what the JSON routes say, again and again. All words go in as text; only the report comes as HTML, from a renderer that
// lets no HTML through.
"use strict";

const asked = new URLSearchParams(location.search);
const dagId = asked.get("dag_id");
const runId = asked.get("run_id");
const isDoctor = asked.get("view") === "doctor";
const page = document.getElementById("page");
const BUSY = 2000;
const IDLE = 10000;

// ---- small pieces

function h(tag, attributes, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

function s(tag, attributes, ...children) {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const count = (n) => Math.round(n).toLocaleString("en");

function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) { n /= 1000; unit += 1; }
  return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "unknown";
  if (seconds === 0) return "0";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

const ms = (n) => (n === null || n === undefined ? "" : `${n < 10 ? n.toFixed(1) : count(n)} ms`);
const clock = (iso) => (iso ? new Date(iso).toLocaleString() : "");
const part = (done, whole) => (whole > 0 ? Math.min(done / whole, 1) : 0);

function bar(fraction, label, kind = fraction >= 1 ? "bar full" : "bar") {
  const rect = s("rect", { x: 0, y: 0, width: (fraction * 100).toFixed(2), height: 8 });
  const svg = s("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": label }, rect);
  return h("div", { class: kind }, svg, h("span", {}, `${Math.floor(fraction * 100)} %`));
}

function tile(value, words) {
  return h("div", { class: "tile" }, h("b", {}, value), h("span", {}, words));
}

function section(title, ...children) {
  return h("section", {}, h("h2", {}, title), children.flat());
}

function grid(heads, rows) {
  const cell = (tag, [value, kind]) => h(tag, { class: kind || null }, value);
  const head = h("tr", {}, heads.map((each) => cell("th", each)));
  return h("div", { class: "scroll" },
    h("table", {}, h("thead", {}, head), h("tbody", {}, rows.map((row) => h("tr", {}, row.map((each) => cell("td", each)))))));
}

function toDag(id, run, words) {
  const path = run ? `../dags/${encodeURIComponent(id)}/runs/${encodeURIComponent(run)}` : `../dags/${encodeURIComponent(id)}`;
  return leaving(h("a", { href: path }, words));
}

// Airflow's frame lets no link out of it, so the page around it is asked to follow the link.
function leaving(link, target) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const outer = window.parent.document;
    dressed(outer.createElement("a"), { href: link.href, target, rel: "noopener noreferrer" }, []).click();
  });
  return link;
}

// ---- one migration: parts of [name, what it shows, how it is drawn]

function migrationParts(found) {
  const parts = [["head", [found.name, found.source, found.target, found.now], () => heading(found)]];
  if (found.trouble) parts.push(["trouble", found.trouble, () => notice(found.trouble)]);
  if (!found.stages) return parts;
  if (!found.run.is_this) parts.push(["other run", found.run, () => otherRun(found.run)]);
  parts.push(
    ["stages", found.stages, () => section("Where it stands", stageList(found.stages))],
    ["tiles", [found.copy, found.carried], () => h("div", { class: "tiles" }, tiles(found))],
    ["controls", [found.speed.asked, found.speed.is_open, mayControl(found), told], () => section("Speed", controls(found))],
    ["speed", [found.speed.slowed, found.speed.lost], () => section("What slows it", speed(found.speed))],
    ["disks", [found.speed.log, found.speed.disk, found.speed.is_open], () => section("Disks", disks(found.speed))],
    ["tables", found.tables, () => section("Tables", tableGrid(found), moreTables(found.more_tables))],
    ["plot", [found.windows, page.clientWidth], () => section("Lag and windows", plot(found.windows))],
  );
  if (found.back) parts.push(["back", found.back, () => section("The way back", wayBack(found.back))]);
  if (found.comparison) parts.push(["comparison", found.comparison, () => section("Comparison of both sides", comparison(found.comparison))]);
  if (found.differences.length) parts.push(["differences", found.differences, () => section("Rows that differ", differences(found.differences))]);
  if (found.attempts.length) parts.push(["attempts", found.attempts, () => section("Attempts at the cutover", attempts(found.attempts))]);
  if (found.report) parts.push(["report", found.report, () => report(found.report)]);
  return parts;
}

const notice = (words) => h("p", { class: "notice" }, words);

function heading(found) {
  const way = found.source ? h("span", { class: "quiet" }, h("code", {}, found.source), " to ", h("code", {}, found.target)) : null;
  const other = isDoctor ? viewOf(found.dag_id, null, "its progress") : viewOf(found.dag_id, "doctor", "doctor");
  const links = runId ? h("span", {}, other)
    : h("span", {}, other, ", ", toDag(found.dag_id, null, "its DAG"), ", ", h("a", { href: "./" }, "all migrations"));
  const now = found.now ? h("span", { class: "quiet now" }, `as of ${clock(found.now)}`) : null;
  return h("header", {}, h("h1", {}, `Migration ${found.name}`), way, links, now);
}

function otherRun(run) {
  return h("p", { class: "notice" }, "The ledger speaks of another run of this migration: ", toDag(run.dag_id, run.run_id, run.run_id));
}

function moreTables(number) {
  return number ? h("p", { class: "quiet" }, `These are the largest. There are ${count(number)} more, which count above.`) : null;
}

function stageList(stages) {
  return h("ol", { class: "stages" },
    stages.map((stage) => h("li", { class: stage.state, "aria-current": stage.state === "now" ? "step" : null }, stage.words)));
}

function tiles(found) {
  const { copy, carried } = found;
  const left = copy.seconds_left === null ? null : tile(duration(copy.seconds_left), `to copy, at ${bytes(copy.bytes_per_second)}/s`);
  return [
    tile(count(copy.rows), "rows copied"),
    copy.is_done ? tile(bytes(copy.bytes), "copied") : tile(bytes(copy.bytes_done), `of ${bytes(copy.bytes)} copied so far`),
    left,
    ...(carried ? carriedTiles(carried) : []),
  ];
}

function carriedTiles(carried) {
  const which = carried.newest === carried.windows ? "all windows" : `the last ${count(carried.newest)} windows`;
  return [
    tile(duration(carried.lag_seconds), "lag after the last window"),
    tile(count(carried.windows), `windows, the last ${duration(carried.seconds_ago)} ago`),
    tile(count(carried.changes), `changes in ${which}`),
  ];
}

function wayBack(back) {
  const stuck = back.stands_still ? notice(`It stands still. ${back.stands_still}`) : null;
  const ago = back.seconds_ago === null ? "windows carried back so far" : `windows carried back, the last ${duration(back.seconds_ago)} ago`;
  const words = "Every change on the new side is carried to the old tables, until the contract is approved. To go back, trigger the DAG ";
  const name = new URLSearchParams(location.search).get("dag_id").replace(/^migrate_/, "roll_back_");
  return [
    stuck,
    h("div", { class: "tiles" }, tile(count(back.changes), "changes carried back"), tile(count(back.windows), ago)),
    h("p", { class: "quiet" }, words, h("code", {}, name), "."),
  ];
}

// ---- speed: what a person asks for, what slows it, and what that costs

const mayControl = (found) => found.may_control && found.speed.is_open && found.run.is_this;
let told = "";

function controls(found) {
  const { asked, is_open, is_back } = found.speed;
  const meanwhile = is_back ? "its changes wait to be carried back; a roll back does not wait for Resume, the contract does" : "its changes are noted; the cutover waits for Resume, too";
  const why = asked.reason ? `: ${asked.reason}` : "";
  const paused = asked.paused_at ? h("p", { class: "notice" }, `Paused by ${asked.paused_by} since ${clock(asked.paused_at)}${why}. The service goes on, and ${meanwhile}.`) : null;
  const pace = asked.pace ? `Pace ${Math.round(asked.pace * 100)} % of full speed, set by ${asked.pace_by}.` : "Nobody has set a pace here: it goes at that of the run's form.";
  const room = asked.log_room ? ` The change log may take ${bytes(asked.log_room)} of the ${is_back ? "target" : "source"}'s disk, says ${asked.log_room_by}.` : "";
  const disk = asked.target_room ? ` The migration may take ${bytes(asked.target_room)} of the target's disk in all, says ${asked.target_room_by}.` : "";
  const state = h("p", { class: "quiet" }, is_open ? pace + room + disk : "The contract is approved: nothing is slowed any more.");
  return [paused, state, told ? h("p", { class: "bad", role: "alert" }, told) : null, mayControl(found) ? commands(asked) : null];
}

function commands(asked) {
  const reason = h("input", { type: "text", maxlength: 200, placeholder: "why (optional)", "aria-label": "why it is paused" });
  const pause = asked.paused_at
    ? [button("Resume", () => command({ is_paused: false }))]
    : [button("Pause", () => command({ is_paused: true, reason: reason.value })), reason];
  const percent = Math.round((asked.pace || 1) * 100);
  const slider = h("input", { type: "range", min: 1, max: 100, value: percent, "aria-label": "pace in per cent" });
  const shown = h("output", {}, `${percent} %`);
  slider.addEventListener("input", () => { shown.textContent = `${slider.value} %`; });
  slider.addEventListener("change", () => command({ pace: Number(slider.value) / 100 }));
  return h("div", { class: "commands" },
    h("span", {}, pause),
    h("label", {}, "Pace ", slider, shown),
    allowing("The migration may take ", "target_room", "of the target's disk", "room on the target's disk in GB"),
    allowing("The change log may take ", "log_room", "", "room for the change log in GB"));
}

function allowing(words, name, of, label) {
  const room = h("input", { type: "number", min: 0.001, step: "any", "aria-label": label });
  const allow = button("Allow", () => (room.value > 0 ? command({ [name]: Math.round(room.value * 1e9) }) : room.focus()));
  allow.setAttribute("aria-label", `Allow ${label}`);
  return h("span", {}, words, room, `GB${of ? ` ${of}` : ""} `, allow);
}

function button(words, act) {
  const made = h("button", { type: "button" }, words);
  made.addEventListener("click", async () => {
    made.disabled = true;
    await act();
    made.disabled = false;
  });
  return made;
}

async function command(body) {
  const answer = await fetch(`api/migrations/${encodeURIComponent(dagId)}/control`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  }).catch((error) => ({ ok: false, json: async () => ({ detail: error.message }) }));
  const said = answer.ok ? {} : await answer.json().catch(() => ({}));
  told = answer.ok ? "" : `That was not done: ${typeof said.detail === "string" ? said.detail : `Airflow answered ${answer.status}.`}`;
  await look();
}

function speed(found) {
  const slowed = found.slowed.map((one) => h("li", {}, h("code", {}, one.task), one.stream ? `, ${one.stream}` : "", `: ${one.now}`));
  const lost = found.lost.filter((one) => one.causes.length).map((one) => h("li", {}, h("code", {}, one.task), `: ${lostWords(one)}`));
  return [
    slowed.length ? h("ul", { class: "slowed" }, slowed) : h("p", { class: "quiet" }, "Nothing slows it at this moment."),
    lost.length ? [h("p", {}, "Time lost so far:"), h("ul", {}, lost)] : null,
  ].flat().filter(Boolean);
}

// From this part on a room is shown as one that fills: the tasks' logs tell of it, too.
const FILLS = 0.75;

function disks(found) {
  const { log, disk, is_back } = found;
  if (!log && !disk) return h("p", { class: "quiet" }, "Nothing is measured before the copy begins.");
  const stops = is_back ? "a pause of the windows back ends" : "copy, index builds and windows stop, until you say that there is more room";
  const unknown = found.is_open ? " Nobody knows how much room there is: say it above, so that it stops before the disk is full." : "";
  return [
    disk ? roomOf("Made on the target's disk", disk, `Before it is full, ${stops}.`, unknown) : null,
    log ? roomOf(`Change log on the ${is_back ? "target" : "source"}`, log, `Before it is full, ${is_back ? "" : "the copy stops, and "}a pause ends.`, "") : null,
  ].filter(Boolean).flat();
}

function roomOf(name, one, stops, unknown) {
  if (one.room === null) return [h("p", {}, `${name}: ${bytes(one.bytes)}.${unknown}`)];
  const taken = part(one.bytes, one.room);
  const words = `${name}: ${bytes(one.bytes)} of the ${bytes(one.room)} that it may take.`;
  return [h("p", { class: taken >= FILLS ? "bad" : null }, words + (taken >= FILLS ? ` ${stops}` : "")), bar(taken, name, taken >= FILLS ? "bar filling" : "bar")];
}

function lostWords(one) {
  const rested = one.causes.reduce((sum, each) => sum + each.seconds, 0);
  return `${duration(rested)} of ${duration(one.seconds)}: ${one.causes.map((each) => `${duration(each.seconds)} for ${each.cause}`).join(", ")}`;
}

function tableGrid(found) {
  const heads = [["table"], ["becomes"], ["copied"], ["rows", "number"], ["size", "number"], ["compared"], ["read again", "number"]];
  const rows = found.tables.map((table) => [
    [h("code", {}, table.source)],
    [table.target === table.source ? h("span", { class: "quiet" }, "same name") : h("code", {}, table.target)],
    [table.ranges ? bar(part(table.ranges_done, table.ranges), `${table.source} copied`) : h("span", { class: "quiet" }, "not planned yet")],
    [count(table.rows), "number"],
    [bytes(table.bytes), "number"],
    [table.checks ? bar(part(table.checks_done, table.checks), `${table.source} compared`) : h("span", { class: "quiet" }, "not yet")],
    [count(table.suspects), "number"],
  ]);
  return grid(heads, rows);
}

function comparison(pass) {
  const state = pass.finished_at ? `finished ${clock(pass.finished_at)}` : `begun ${clock(pass.started_at)}`;
  const looked = pass.suspects
    ? `${count(pass.suspects)} keys changed while they were read, or differ; a window reads them again, and the report has the verdict`
    : h("span", { class: pass.finished_at ? "good" : "quiet" }, "no difference found");
  return [
    h("p", {}, `Pass ${pass.no}, ${state}: ${count(pass.rows_compared)} rows in ${count(pass.checks_done)} of ${count(pass.checks)} ranges; `, looked, "."),
    bar(part(pass.checks_done, pass.checks), "ranges compared"),
  ];
}

function differences(all) {
  const words = { source: "only the old side has this row", target: "only the new side has this row" };
  const value = (one) => (one === null || one === undefined ? h("span", { class: "quiet" }, "NULL") : h("code", {}, one));
  const rows = all.flatMap((one) => {
    const name = [h("span", {}, h("code", {}, one.table), ": ", h("code", {}, one.key))];
    if (one.only_on) return [[name, [words[one.only_on], "bad"], [""], [""]]];
    if (!one.columns.length) return [[name, ["in bytes that their text does not show", "bad"], [""], [""]]];
    return one.columns.map((column, index) => [index ? [""] : name, [h("code", {}, column.name)], [value(column.source), "lines"], [value(column.target), "lines"]]);
  });
  return [
    h("p", { class: "quiet" }, "The first of each table, as they were when the report was made. The keys of all are in our tables on the target."),
    grid([["key"], ["column"], ["old side"], ["new side"]], rows),
  ];
}

function attempts(all) {
  const heads = [["no", "number"], ["begun"], ["state"], ["pause", "number"], ["outage", "number"], ["what happened"]];
  return grid(heads, all.slice().reverse().map((one) => [
    [String(one.no), "number"], [clock(one.started_at)], [one.is_back ? `${one.state} (roll back)` : one.state], [ms(one.pause_ms), "number"], [ms(one.outage_ms), "number"], [one.detail || ""],
  ]));
}

function report(found) {
  const body = h("div", { class: "report" });
  body.innerHTML = found.html;
  for (const link of body.querySelectorAll("a")) leaving(link, "_blank");
  return section(`Report of ${found.task}, ${clock(found.made_at)}`, body);
}

// ---- the doctor

function viewOf(id, view, words) {
  const wanted = new URLSearchParams({ dag_id: id });
  if (runId) wanted.set("run_id", runId);
  if (view) wanted.set("view", view);
  return h("a", { href: `?${wanted}` }, words);
}

function doctorParts(found) {
  const parts = [["head", [found.name, found.source, found.target], () => heading(found)]];
  if (found.trouble) return [...parts, ["trouble", found.trouble, () => notice(found.trouble)]];
  const { verdict, is_healthy, findings, next, sections } = found.diagnosis;
  const steps = () => section("What to do next", h("ol", {}, next.map((step) => h("li", {}, step))));
  parts.push(["verdict", verdict, () => (is_healthy ? h("p", { class: "good" }, verdict) : notice(verdict))]);
  if (findings.length) parts.push(["findings", findings, () => section("Findings", findingGrid(findings))]);
  parts.push(["next", next, steps]);
  return [...parts, ...sections.map((one) => [one.title, one, () => section(one.title, plainGrid(one.heads || [], one.rows))])];
}

function plainGrid(heads, rows) {
  return grid(heads.map((head) => [head]), rows.map((row) => row.map((cell) => [cell])));
}

function findingGrid(findings) {
  const mended = (one) => (one.is_repairable ? "airlift doctor --repair" : "a person");
  return grid([["what"], ["is"], ["what helps"], ["mended by"]], findings.map((one) => [[one.object], [one.fact], [one.remedy], [mended(one)]]));
}

// ---- the plot: lag as a line, changes as bars, one column a window

const PLOT = { left: 64, right: 12, lag: { top: 26, height: 120 }, changes: { top: 190, height: 80 }, height: 300 };

function plot(windows) {
  if (!windows.length) return h("p", { class: "quiet" }, "No window yet. The first one comes after the copy.");
  const width = Math.max(page.clientWidth - 74, 320);
  const column = (width - PLOT.left - PLOT.right) / windows.length;
  const x = (index) => PLOT.left + (index + 0.5) * column;
  const lag = lagScale(windows.map((one) => one.lag_seconds));
  const most = niceTop(Math.max(...windows.map((one) => one.changes), 1));
  const changesY = (n) => PLOT.changes.top + PLOT.changes.height * (1 - n / most);
  const svg = s("svg", { class: "plot", viewBox: `0 0 ${width} ${PLOT.height}`, role: "img", "aria-label": "lag and changes of each window" });
  svg.append(...axis(PLOT.lag.top - 12, `lag after the window${lag.isLog ? " (logarithmic)" : ""}`, lag.ticks.map((tick) => [lag.y(tick), duration(tick)]), width));
  svg.append(...axis(PLOT.changes.top - 12, "changes in the window", [0, most / 2, most].map((n) => [changesY(n), count(n)]), width));
  svg.append(...windows.map((one, index) => s("rect", {
    class: "changes", x: x(index) - Math.min(column * 0.35, 12), width: Math.min(column * 0.7, 24), y: changesY(one.changes),
    height: PLOT.changes.top + PLOT.changes.height - changesY(one.changes),
  })));
  const points = windows.map((one, index) => `${x(index).toFixed(1)},${lag.y(one.lag_seconds).toFixed(1)}`);
  svg.append(s("polyline", { class: "lag", points: points.join(" ") }));
  if (windows.length <= 60) {
    svg.append(...windows.map((one, index) => s("circle", { class: "dot", r: 3, cx: x(index), cy: lag.y(one.lag_seconds) })));
  }
  svg.append(...ends(windows, x), ...windows.map((one, index) => hover(one, x(index) - column / 2, column)));
  return svg;
}

function lagScale(values) {
  const top = Math.max(...values, 0.1);
  const low = Math.max(Math.min(...values), 0.01);
  const { top: start, height } = PLOT.lag;
  if (top / low <= 30) {
    const most = niceTop(top);
    return { isLog: false, ticks: [0, most / 2, most], y: (v) => start + height * (1 - Math.min(v / most, 1)) };
  }
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(top));
  const y = (v) => start + height * (1 - (Math.log10(Math.max(v, 10 ** from)) - from) / (to - from));
  return { isLog: true, ticks: Array.from({ length: to - from + 1 }, (_, step) => 10 ** (from + step)), y };
}

function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((factor) => factor * power).find((top) => top >= value);
}

function axis(titleY, title, ticks, width) {
  const lines = ticks.flatMap(([y, words]) => [
    s("line", { class: "grid", x1: PLOT.left, x2: width - PLOT.right, y1: y, y2: y }),
    s("text", { x: PLOT.left - 8, y: y + 4, "text-anchor": "end" }, words),
  ]);
  return [s("text", { class: "title", x: PLOT.left, y: titleY }, title), ...lines];
}

function ends(windows, x) {
  const words = (one) => `window ${one.no}, ${new Date(one.committed_at).toLocaleTimeString()}`;
  const last = windows.length - 1;
  const y = PLOT.height - 10;
  const first = s("text", { x: PLOT.left, y }, words(windows[0]));
  return last ? [first, s("text", { x: x(last), y, "text-anchor": "end" }, words(windows[last]))] : [first];
}

function hover(one, left, width) {
  const words = `window ${one.no}: ${count(one.changes)} changes in ${duration(one.seconds)}, lag ${duration(one.lag_seconds)}`;
  const area = { class: "hover", x: left, width, y: PLOT.lag.top, height: PLOT.changes.top + PLOT.changes.height - PLOT.lag.top };
  return s("rect", area, s("title", {}, words));
}

// ---- all migrations

function overviewParts(all) {
  return [
    ["head", "", () => h("header", {}, h("h1", {}, "Airlift"), h("span", { class: "quiet" }, "all migrations"))],
    ["all", all, () => (all.length ? section("Migrations", overview(all)) : notice(NONE))],
  ];
}

const NONE = "There is no migration yet. Write a spec into the folder of migrations, for example include/migrations/shop.yaml.";

function overview(all) {
  return grid([["migration"], ["from"], ["to"], ["stands at"], ["lag", "number"], ["run"]], all.map(overviewRow));
}

function overviewRow(one) {
  const found = one.standing || {};
  const now = found.stages && found.stages.find((stage) => stage.state === "now");
  const words = found.stages ? (now ? now.words : found.stages.at(-1).words) : found.trouble || "reading ...";
  const name = h("a", { href: `?dag_id=${encodeURIComponent(one.dag_id)}` }, one.name);
  return [
    [h("span", {}, name, one.description ? h("div", { class: "quiet" }, one.description) : null)],
    [one.source ? h("code", {}, one.source) : ""],
    [one.target ? h("code", {}, one.target) : ""],
    [words, one.is_valid ? "lines" : "lines bad"],
    [found.carried ? duration(found.carried.lag_seconds) : "", "number"],
    [found.run ? toDag(found.run.dag_id, found.run.run_id, found.run.run_id) : toDag(one.dag_id, null, "its DAG")],
  ];
}

// ---- asking, and drawing again

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (answer.ok) return answer.json();
  const words = { 401: "Please log in again.", 403: "You may not see this DAG.", 404: "This DAG is no migration of Airlift's." };
  throw new Error(words[answer.status] || `Airflow answered ${answer.status}.`);
}

const migrationPath = (id, run) => `api/migrations/${encodeURIComponent(id)}${run ? `?run_id=${encodeURIComponent(run)}` : ""}`;

async function look() {
  if (dagId && isDoctor) {
    show(doctorParts(await ask(`api/migrations/${encodeURIComponent(dagId)}/doctor`)));
    return IDLE;
  }
  if (dagId) {
    const found = await ask(migrationPath(dagId, runId));
    show(migrationParts(found));
    return found.stages && found.stages.some((stage) => stage.state === "now") ? BUSY : IDLE;
  }
  const all = await ask("api/migrations");
  if (!drawn.size) show(overviewParts(all));
  const standings = await Promise.all(all.map((one) => ask(migrationPath(one.dag_id)).catch((error) => ({ trouble: error.message }))));
  show(overviewParts(all.map((one, index) => ({ ...one, standing: standings[index] }))));
  return IDLE;
}

// What did not change stays as it is: a person may be reading it, or have marked a line to copy it.
const drawn = new Map();

function show(parts) {
  const kept = new Map(drawn);
  drawn.clear();
  for (const [name, state, draw] of parts) {
    const text = JSON.stringify(state);
    const before = kept.get(name);
    drawn.set(name, before && before.text === text ? before : { text, element: draw() });
  }
  const wanted = [...drawn.values()].map((one) => one.element);
  if (wanted.length !== page.children.length || wanted.some((element, index) => element !== page.children[index])) {
    replaceChanged(wanted);
  }
  page.setAttribute("aria-busy", "false");
}

function replaceChanged(wanted) {
  for (const child of [...page.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((element, index) => {
    if (page.children[index] !== element) page.insertBefore(element, page.children[index] || null);
  });
}

async function run() {
  let wait = IDLE;
  if (!document.hidden) {
    try {
      wait = await look();
    } catch (error) {
      show([["error", error.message, () => notice(error.message)]]);
    }
  }
  setTimeout(run, wait);
}

// Airflow's own pages say light or dark on their root element; by itself this page follows the system.
function followTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const outer = window.parent === window ? null : window.parent.document.documentElement;
  document.documentElement.classList.toggle("inside", Boolean(outer));
  const apply = () => {
    const said = outer && ["dark", "light"].find((theme) => outer.classList.contains(theme));
    document.documentElement.classList.toggle("dark", said ? said === "dark" : system.matches);
  };
  apply();
  system.addEventListener("change", apply);
  if (outer) new MutationObserver(apply).observe(outer, { attributes: true, attributeFilter: ["class"] });
}

followTheme();
run();
