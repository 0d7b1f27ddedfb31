// All executions as a table that can be filtered, and three small charts over the last half hour.

import { $, clock, h, span, sync, text } from "./dom.js";
import { choose } from "./flow.js";
import { on, state, touch } from "./stack.js";
import { showTimeline } from "./timeline.js";

const MOST_ROWS = 100;
const AT_ONCE = 60;
const MINUTES = 30;
const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 6;
const colours = new Map();

const seconds = (one) => (one.stopped ? (new Date(one.stopped) - new Date(one.started)) / 1000 : null);
const what = (one) => (one.machine === "manager" ? one.action : "order");

// By what a column is sorted.
const COLUMNS = {
  what,
  order: (one) => (/^\d+$/.test(one.order ?? "") ? Number(one.order) : (one.order ?? "")),
  outcome: (one) => one.outcome,
  began: (one) => one.started,
  took: (one) => seconds(one) ?? Infinity,
};
const FILTERS = ["machine", "outcome", "began", "took", "order", "search"];
let sorted = "began";
let rising = false;

function compare(one, other) {
  const [a, b] = [COLUMNS[sorted](one), COLUMNS[sorted](other)];
  // Numbers come before words; what is equal stands as it began.
  const order = typeof a !== typeof b ? (typeof a === "number" ? -1 : 1) : a < b ? -1 : a > b ? 1 : 0;
  return (order || (one.started < other.started ? -1 : 1)) * (rising ? 1 : -1);
}

function fits(one, wanted) {
  if (wanted.machine && one.machine !== wanted.machine) return false;
  if (wanted.outcome && one.outcome !== wanted.outcome) return false;
  if (wanted.order && one.order !== wanted.order) return false;
  if (wanted.began && Date.now() - new Date(one.started) > 1000 * wanted.began) return false;
  const took = seconds(one);
  if (wanted.took === "running") return took === null;
  if (wanted.took && (took === null || (wanted.took === "<1" ? took >= 1 : took < Number(wanted.took)))) return false;
  return !wanted.search || [one.order, one.action, one.name, one.outcome, one.failure].some((part) => String(part ?? "").toLowerCase().includes(wanted.search.toLowerCase()));
}

function drawTable() {
  const outcome = $("executions-outcome");
  const outcomes = [...new Set([...state.executions.values()].map((one) => one.outcome))].sort();
  const mark = outcomes.join("\n");
  if (outcome.mark !== mark) {
    outcome.mark = mark;
    const chosen = outcome.value;
    outcome.replaceChildren(h("option", { value: "" }, "any"), ...outcomes.map((one) => h("option", { value: one }, one)));
    outcome.value = outcomes.includes(chosen) ? chosen : "";
  }
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, $(`executions-${name}`).value.trim()]));
  const all = [...state.executions.values()];
  const found = all.filter((one) => fits(one, wanted)).sort(compare);
  const listed = found.slice(0, MOST_ROWS);
  const count = found.length === all.length ? `${all.length}` : `${found.length} of ${all.length}`;
  text($("executions-says"), !all.length ? "" : listed.length < found.length ? `${count}; the first ${MOST_ROWS} are listed` : count);
  if (!sync($("executions"), listed, (one) => one.arn, row, (one) => JSON.stringify([one.status, one.outcome, one.stopped]), AT_ONCE)) touch("executions");
  $("executions-empty").hidden = found.length > 0;
  text($("executions-empty"), all.length ? "No execution fits." : "Nothing has run yet.");
}

/** Sorts by a column; once more turns it round. */
function sortBy(button) {
  const name = button.dataset.sort;
  // What took longest and what began last comes first.
  rising = name === sorted ? !rising : !["began", "took"].includes(name);
  sorted = name;
  for (const other of document.querySelectorAll(".executions [data-sort]")) {
    if (other === button) other.parentElement.setAttribute("aria-sort", rising ? "ascending" : "descending");
    else other.parentElement.removeAttribute("aria-sort");
  }
  touch("executions");
}

function row(one) {
  const took = seconds(one);
  const kind = one.status === "RUNNING" ? "" : one.status !== "SUCCEEDED" ? "FAILED" : /^(handed over|accepted)$/.test(one.outcome) ? "SUCCEEDED" : "TIMED_OUT";
  return h(
    "tr",
    {},
    h("td", {}, h("button", { type: "button", class: "link", onclick: () => { choose(one.arn); $("flow-title").scrollIntoView({ block: "start" }); } }, what(one))),
    h("td", {}, one.order === null ? "–" : h("button", { type: "button", class: "link", onclick: () => showTimeline(one.order) }, one.order)),
    h("td", {}, h("span", { class: `state ${kind}` }, one.outcome)),
    h("td", {}, clock(one.started).slice(0, 8)),
    h("td", {}, took === null ? "running" : span(took)),
  );
}

/** By the minute: orders that came, orders under way, and requests that were refused, each reason in a colour of its own. */
function drawCharts() {
  const now = Math.floor(Date.now() / 60000);
  const first = now - MINUTES + 1;
  const minuteOf = (time) => Math.floor(new Date(time).getTime() / 60000);
  const came = new Array(MINUTES).fill(0);
  const waiting = new Array(MINUTES).fill(0);
  for (const order of state.orders.values()) {
    const begun = minuteOf(order.created);
    if (Number.isNaN(begun)) continue;
    const ended = order.over ? minuteOf(endOf(order)) : now + 1;
    if (begun >= first && begun <= now) came[begun - first] += 1;
    for (let minute = Math.max(begun, first); minute <= Math.min(ended - 1, now); minute++) waiting[minute - first] += 1;
  }
  const refused = new Map();
  for (const one of state.executions.values()) {
    const reason = one.refused || (one.outcome.startsWith("turned away") ? one.outcome : "");
    const minute = minuteOf(one.started);
    if (!reason || minute < first || minute > now) continue;
    if (!refused.has(reason)) refused.set(reason, new Array(MINUTES).fill(0));
    refused.get(reason)[minute - first] += 1;
  }
  chart("chart-came", [came], "orders a minute");
  chart("chart-waiting", [waiting], "orders under way");
  // A reason keeps its colour, whatever others come.
  const reasons = [...refused.keys()].sort();
  for (const reason of reasons) if (!colours.has(reason)) colours.set(reason, colours.size % COLOURS);
  chart("chart-refused", reasons.map((reason) => refused.get(reason)), "refusals a minute", reasons.map((reason) => colours.get(reason)));
  const sum = (values) => values.reduce((all, one) => all + one, 0);
  sync($("reasons"), reasons, (reason) => reason, (reason) => h("li", {}, h("span", { class: `swatch c${colours.get(reason)}` }), h("span", {}, reason), h("b", {}, String(sum(refused.get(reason))))), (reason) => `${sum(refused.get(reason))}`);
  $("chart-refused-none").hidden = refused.size > 0;
}

function endOf(order) {
  const run = state.executions.get(order.execution);
  return run?.stopped ? new Date(run.stopped).getTime() : (order.changed ?? new Date(order.created).getTime());
}

/** Draws a bar a minute: of each row of `rows` a piece, one upon another. */
function chart(id, rows, words, kinds = [0]) {
  const place = $(id);
  const mark = JSON.stringify([rows, kinds]);
  if (place.mark === mark) return;
  place.mark = mark;
  const sums = new Array(MINUTES).fill(0).map((_, at) => rows.reduce((sum, values) => sum + values[at], 0));
  const most = Math.max(...sums);
  const tops = new Array(MINUTES).fill(38);
  const bars = rows.flatMap((values, row) =>
    values.flatMap((value, at) => {
      if (!value) return [];
      const high = (value / most) * 36;
      tops[at] -= high;
      const bar = document.createElementNS(SVG, "rect");
      for (const [name, given] of Object.entries({ class: `c${kinds[row]}`, x: at * 8, y: tops[at], width: 6, height: high })) bar.setAttribute(name, given);
      return [bar];
    }),
  );
  place.replaceChildren(...bars);
  place.setAttribute("aria-label", `${words} over the last ${MINUTES} minutes: ${sums.at(-1)} now, ${most} at most`);
  text($(`${id}-says`), most ? `${sums.at(-1)} now, ${most} at most` : "");
}

export function start() {
  for (const name of FILTERS) for (const kind of ["input", "change"]) $(`executions-${name}`).addEventListener(kind, () => touch("executions"));
  for (const button of document.querySelectorAll(".executions [data-sort]")) button.addEventListener("click", () => sortBy(button));
  on(["executions", "minute"], drawTable);
  on(["orders", "executions", "minute"], drawCharts);
  setInterval(() => touch("minute"), 20_000);
}
