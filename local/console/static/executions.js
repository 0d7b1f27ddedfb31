// All executions as a table that can be filtered, and three small charts over the last half hour.

import { $, clock, h, span, sync, text } from "./dom.js";
import { choose } from "./flow.js";
import { on, state, touch } from "./stack.js";
import { tellStory } from "./story.js";

const MOST_ROWS = 100;
const AT_ONCE = 60;
const MINUTES = 30;
const SVG = "http://www.w3.org/2000/svg";

const seconds = (one) => (one.stopped ? (new Date(one.stopped) - new Date(one.started)) / 1000 : null);

const SORTS = {
  newest: (a, b) => (a.started < b.started ? 1 : -1),
  oldest: (a, b) => (a.started < b.started ? -1 : 1),
  longest: (a, b) => (seconds(b) ?? Infinity) - (seconds(a) ?? Infinity),
};

function drawTable() {
  const outcome = $("executions-outcome");
  const outcomes = [...new Set([...state.executions.values()].map((one) => one.outcome))].sort();
  const mark = outcomes.join("\n");
  if (outcome.mark !== mark) {
    outcome.mark = mark;
    const wanted = outcome.value;
    outcome.replaceChildren(h("option", { value: "" }, "any outcome"), ...outcomes.map((one) => h("option", { value: one }, one)));
    outcome.value = outcomes.includes(wanted) ? wanted : "";
  }
  const machine = $("executions-machine").value;
  const words = $("executions-search").value.trim().toLowerCase();
  const all = [...state.executions.values()];
  const found = all
    .filter((one) => (!machine || one.machine === machine) && (!outcome.value || one.outcome === outcome.value))
    .filter((one) => !words || [one.order, one.action, one.name, one.failure].some((part) => String(part ?? "").toLowerCase().includes(words)))
    .sort(SORTS[$("executions-sort").value]);
  text($("executions-says"), !all.length ? "" : found.length === all.length ? `${all.length}` : `${found.length} of ${all.length}`);
  const most = $("executions").shown ? AT_ONCE : Infinity;
  if (!sync($("executions"), found.slice(0, MOST_ROWS), (one) => one.arn, row, (one) => JSON.stringify([one.status, one.outcome, one.stopped]), most)) touch("executions");
  $("executions-empty").hidden = found.length > 0;
  text($("executions-empty"), all.length ? "No execution fits." : "Nothing has run yet.");
}

function row(one) {
  const took = seconds(one);
  const kind = one.status === "RUNNING" ? "" : one.status !== "SUCCEEDED" ? "FAILED" : /^(handed over|accepted)$/.test(one.outcome) ? "SUCCEEDED" : "TIMED_OUT";
  return h(
    "tr",
    {},
    h("td", {}, h("button", { type: "button", class: "link", onclick: () => { choose(one.arn); $("flow-title").scrollIntoView({ block: "start" }); } }, one.machine === "manager" ? one.action : "order")),
    h("td", {}, one.order === null ? "–" : h("button", { type: "button", class: "link", onclick: () => tellStory(one.order) }, one.order)),
    h("td", {}, h("span", { class: `state ${kind}` }, one.outcome)),
    h("td", {}, clock(one.started).slice(0, 8)),
    h("td", {}, took === null ? "running" : span(took)),
  );
}

/** Orders a minute and people waiting, by the minute; and how often each reason was given for a refusal. */
function drawCharts() {
  const now = Math.floor(Date.now() / 60000);
  const came = new Array(MINUTES).fill(0);
  const waiting = new Array(MINUTES).fill(0);
  for (const order of state.orders.values()) {
    const begun = Math.floor(new Date(order.created).getTime() / 60000);
    if (Number.isNaN(begun)) continue;
    const ended = order.over ? Math.floor(endOf(order) / 60000) : now;
    if (now - begun < MINUTES && begun <= now) came[MINUTES - 1 - (now - begun)] += 1;
    for (let minute = Math.max(begun, now - MINUTES + 1); minute <= Math.min(ended, now); minute++) waiting[MINUTES - 1 - (now - minute)] += order.over && minute === ended ? 0 : 1;
  }
  chart("chart-came", came, "orders a minute");
  chart("chart-waiting", waiting, "orders under way");
  const refused = new Map();
  for (const one of state.executions.values()) {
    const reason = one.refused || (one.outcome.startsWith("turned away") ? one.outcome : "");
    if (reason) refused.set(reason, (refused.get(reason) ?? 0) + 1);
  }
  const most = Math.max(1, ...refused.values());
  sync($("chart-refused"), [...refused].sort((a, b) => b[1] - a[1]), ([reason]) => reason, ([reason, count]) => h("li", {}, h("span", {}, reason), h("meter", { min: 0, max: most, value: count, "aria-label": `${reason}: ${count}` }), h("b", {}, String(count))), ([, count]) => `${count}/${most}`);
  $("chart-refused-none").hidden = refused.size > 0;
}

function endOf(order) {
  const run = state.executions.get(order.execution);
  return run?.stopped ? new Date(run.stopped).getTime() : (order.changed ?? new Date(order.created).getTime());
}

function chart(id, values, words) {
  const place = $(id);
  const mark = values.join(",");
  if (place.mark === mark) return;
  place.mark = mark;
  const most = Math.max(1, ...values);
  const bars = values.map((value, at) => {
    const bar = document.createElementNS(SVG, "rect");
    const high = (value / most) * 36;
    for (const [name, given] of Object.entries({ x: at * 8, y: 38 - high, width: 6, height: high + 1, rx: 1 })) bar.setAttribute(name, given);
    return bar;
  });
  place.replaceChildren(...bars);
  place.setAttribute("aria-label", `${words} over the last ${MINUTES} minutes: ${values.at(-1)} now, ${most} at most`);
  text($(`${id}-says`), `${values.at(-1)} now, ${Math.max(...values)} at most`);
}

export function start() {
  for (const id of ["executions-search"]) $(id).addEventListener("input", () => touch("executions"));
  for (const id of ["executions-outcome", "executions-machine", "executions-sort"]) $(id).addEventListener("change", () => touch("executions"));
  on(["executions"], drawTable);
  on(["orders", "executions", "minute"], drawCharts);
  setInterval(() => touch("minute"), 20_000);
}
