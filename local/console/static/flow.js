// The pictures of both workflows: how many executions are where, and the way of a chosen one.

import { at as address } from "./address.js";
import { $, clock, copies, countdown, h, left, phone, pretty, span, text } from "./dom.js";
import { on, read, state, touch } from "./stack.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST_LISTED = 60;
// As large as the frame takes the picture whole, whatever becomes of the frame.
const WHOLE = "whole";
const ENDS = { SUCCEEDED: "It succeeded", FAILED: "It failed", ABORTED: "It was stopped", TIMED_OUT: "It timed out" };
const machines = ["processor", "manager"];
const view = { machine: "processor", way: "", history: null, arn: "", visits: [], state: "", zoom: { processor: 0, manager: 0 }, asked: "", followed: "" };
const nodes = { processor: new Map(), manager: new Map() };

const svgOf = (machine) => $(`view-${machine}`).querySelector("svg");

/** Shows the way of one execution. */
export function choose(arn) {
  view.arn = arn;
  view.visits = [];
  view.asked = "";
  view.state = "";
  view.history = null;
  address({ execution: arn, state: "" });
  const execution = state.executions.get(arn);
  if (execution) show(execution.machine);
  touch("executions");
}

/** Brings the state into view in which a person is waited for. */
export function showsWait(person) {
  const name = state.stack.pauses?.[person];
  show("processor");
  const node = nodes.processor.get(name);
  if (!node) return;
  pick(name);
  centre(node.element);
  $("flow-title").scrollIntoView({ block: phone.matches ? "start" : "nearest" });
}

function centre(element) {
  const frame = $(`view-${view.machine}`);
  const [outer, inner] = [frame.getBoundingClientRect(), element.getBoundingClientRect()];
  frame.scrollTo({ left: frame.scrollLeft + inner.left - outer.left - (outer.width - inner.width) / 2, top: frame.scrollTop + inner.top - outer.top - (outer.height - inner.height) / 2 });
}

function show(machine) {
  lay(machine);
  touch("executions");
}

function lay(machine) {
  view.machine = machine;
  for (const name of machines) {
    $(`view-${name}`).hidden = name !== machine;
    $(`tab-${name}`).setAttribute("aria-selected", String(name === machine));
    $(`tab-${name}`).tabIndex = name === machine ? 0 : -1;
  }
  measure(machine);
  scale();
}

/** Learns where the states of a picture are: once, when it is shown, since what is hidden has no measures. */
function measure(machine) {
  for (const node of nodes[machine].values()) node.box ??= node.element.querySelector(".shape").getBBox();
}

function scale() {
  const svg = svgOf(view.machine);
  const frame = $(`view-${view.machine}`);
  const natural = svg.viewBox.baseVal.width;
  const fits = (frame.clientWidth - 2) / natural;
  // At first as large as fits, but never so small that its words can't be read.
  const whole = Math.min(fits, (frame.clientHeight - 2) / svg.viewBox.baseVal.height);
  const factor = view.zoom[view.machine] === WHOLE ? whole : view.zoom[view.machine] || Math.min(Math.max(fits, 0.68), 1);
  svg.style.width = `${Math.round(natural * factor)}px`;
  svg.removeAttribute("height");
  if (!frame.dataset.placed) {
    frame.dataset.placed = "yes";
    const first = svg.querySelector(".dot");
    if (first) frame.scrollLeft = first.cx.baseVal.value * factor - frame.clientWidth / 2;
  }
}

function zoom(by, about) {
  const svg = svgOf(view.machine);
  const now = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const frame = $(`view-${view.machine}`);
  if (by === WHOLE) {
    view.zoom[view.machine] = WHOLE;
    scale();
    return;
  }
  const factor = Math.min(Math.max(now * by, 0.1), 2);
  const spot = about ?? { x: frame.clientWidth / 2, y: frame.clientHeight / 2 };
  const [x, y] = [(frame.scrollLeft + spot.x) / now, (frame.scrollTop + spot.y) / now];
  view.zoom[view.machine] = factor;
  scale();
  // What was under the pointer stays there.
  frame.scrollTo({ left: x * factor - spot.x, top: y * factor - spot.y, behavior: "instant" });
}

/** The picture is moved with the mouse, and made larger and smaller with Ctrl and the wheel. */
function handle(machine) {
  const frame = $(`view-${machine}`);
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 400), { x: event.clientX - box.left, y: event.clientY - box.top });
  }, { passive: false });
  let from = null;
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0) from = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop, moved: false };
  });
  frame.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.moved && Math.hypot(x, y) < 5) return;
    if (!from.moved) frame.setPointerCapture(event.pointerId);
    from.moved = true;
    frame.classList.add("dragged");
    frame.scrollTo({ left: from.left - x, top: from.top - y, behavior: "instant" });
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    frame.addEventListener(kind, () => {
      frame.classList.remove("dragged");
      from = null;
    });
  }
}

function prepare(machine) {
  const all = [...svgOf(machine).querySelectorAll("g[data-state]")];
  all.forEach((element, at) => {
    const name = element.dataset.state;
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", at === 0 ? "0" : "-1");
    // Who sees the picture and who hears it get the same words.
    const lines = [...element.querySelectorAll("text")];
    lines.forEach((line) => line.before(" "));
    const words = lines.map((line) => line.textContent).join(" ");
    element.setAttribute("aria-label", words);
    element.addEventListener("click", () => pick(name));
    element.addEventListener("keydown", (event) => {
      const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (event.key === "Enter" || event.key === " ") pick(name);
      else if (to !== undefined && all[to]) {
        element.setAttribute("tabindex", "-1");
        all[to].setAttribute("tabindex", "0");
        all[to].focus();
        centre(all[to]);
      } else return;
      event.preventDefault();
    });
    nodes[machine].set(name, { element, box: null, words, said: words, marks: [] });
  });
  const marks = document.createElementNS(SVG, "g");
  marks.setAttribute("class", "marks");
  marks.setAttribute("aria-hidden", "true");
  svgOf(machine).append(marks);
}

function pick(name) {
  view.state = view.state === name ? "" : name;
  address({ state: view.state });
  touch("executions");
}

/** Which executions are in which state now: what the rows say of the pauses comes first, it is the newest. */
function places(machine) {
  const here = new Map();
  const put = (name, what) => here.get(name)?.push(what) ?? here.set(name, [what]);
  const placed = new Set();
  if (machine === "processor") {
    for (const order of state.orders.values()) {
      if (order.waits?.state) {
        put(order.waits.state, { order: order.id, until: order.waits.until, arn: order.execution });
        placed.add(order.execution);
      } else if (order.over) placed.add(order.execution);
    }
  }
  for (const execution of state.executions.values()) {
    if (execution.machine === machine && execution.status === "RUNNING" && !placed.has(execution.arn) && execution.states.length) put(execution.states.at(-1), { order: execution.order, arn: execution.arn });
  }
  return here;
}

function draw() {
  const running = { processor: places("processor"), manager: places("manager") };
  for (const machine of machines) {
    const count = [...running[machine].values()].reduce((sum, list) => sum + list.length, 0);
    text($(`running-${machine}`), count || "");
    if (count) $(`running-${machine}`).setAttribute("title", `${count} running`);
  }
  drawList();
  const chosen = state.executions.get(view.arn);
  if (view.arn && !chosen && state.ready) view.arn = "";
  paint(view.machine, running[view.machine], chosen?.machine === view.machine ? chosen : null);
  drawWaits(running.processor, chosen);
  if (chosen) readVisits(chosen);
  drawInspector(chosen?.machine === view.machine ? chosen : null, running[view.machine]);
}

function drawList() {
  const select = $("execution");
  if (document.activeElement === select && select.matches(":open")) return;
  const all = [...state.executions.values()].filter((one) => one.machine === view.machine).sort((a, b) => (a.started < b.started ? 1 : -1));
  const listed = all.slice(0, MOST_LISTED);
  const chosen = state.executions.get(view.arn);
  if (chosen && chosen.machine === view.machine && !listed.includes(chosen)) listed.push(chosen);
  const words = (one) => `order ${one.order ?? "?"}${one.action ? ` · ${one.action}` : ""} · ${one.outcome} · ${clock(one.started).slice(0, 8)}`;
  const mark = listed.map((one) => one.arn + words(one)).join("\n") + view.arn + view.machine;
  if (select.mark === mark) return;
  select.mark = mark;
  select.replaceChildren(h("option", { value: "" }, all.length ? `all executions, as counts (${all.length})` : "all executions, as counts"), ...listed.map((one) => h("option", { value: one.arn }, words(one))));
  select.value = chosen?.machine === view.machine ? view.arn : "";
}

/** How many executions came to each state, and how many ended there other than well. */
function tally(machine) {
  const through = new Map();
  const ended = new Map();
  const count = (map, name) => map.set(name, (map.get(name) ?? 0) + 1);
  for (const one of state.executions.values()) {
    if (one.machine !== machine) continue;
    for (const name of new Set(one.states)) count(through, name);
    if (isFault(one)) count(ended, one.states.at(-1));
  }
  return { through, ended };
}

const isFault = (execution) => execution.status !== "RUNNING" && execution.status !== "SUCCEEDED";

function paint(machine, here, chosen) {
  const svg = svgOf(machine);
  const { through, ended } = tally(machine);
  const took = new Map();
  if (chosen) for (const visit of view.visits) if (visit.left) took.set(visit.state, (took.get(visit.state) ?? 0) + (new Date(visit.left) - new Date(visit.at)) / 1000);
  const way = chosen ? [...chosen.states] : [];
  const waiting = chosen && state.orders.get(chosen.order);
  const at = chosen?.status === "RUNNING" ? (waiting?.execution === chosen.arn && waiting.waits?.state) || way.at(-1) : null;
  if (at && !way.includes(at)) way.push(at);
  view.way = at ?? way.at(-1) ?? "";
  const passed = new Set(way);
  const steps = new Set(way.slice(1).map((name, i) => `${way[i]}\u0000${name}`));
  svg.classList.toggle("chosen", Boolean(chosen));
  for (const [name, node] of nodes[machine]) {
    const list = (here.get(name) ?? []).filter((one) => !chosen || one.arn === chosen.arn);
    const failed = chosen ? isFault(chosen) && chosen.states.at(-1) === name : ended.has(name);
    // An error that the workflow catches is part of the ordinary course.
    const caught = Boolean(chosen && !failed && chosen.failures.includes(name));
    node.element.classList.toggle("here", chosen ? at === name : list.length > 0);
    node.element.classList.toggle("passed", passed.has(name));
    node.element.classList.toggle("failed", failed);
    node.element.classList.toggle("caught", caught);
    node.element.classList.toggle("picked", view.state === name);
    const until = list.reduce((first, one) => (one.until && (!first || one.until < first) ? one.until : first), "");
    badge(svg.querySelector(".marks"), node, { here: chosen ? 0 : list.length, below: chosen ? (took.has(name) ? span(took.get(name)) : "") : through.has(name) ? `${through.get(name)}×` : "", ended: chosen ? 0 : (ended.get(name) ?? 0), until });
    const words = [node.words, !chosen && list.length ? `${list.length} here now` : "", chosen && at === name ? "it is here now" : "", chosen && passed.has(name) ? "passed" : "", chosen && failed ? "failed" : "", !chosen && failed ? `${ended.get(name)} ended here without success` : "", caught ? "an error was caught" : ""].filter(Boolean).join(", ");
    if (node.said !== words) {
      node.element.setAttribute("aria-label", words);
      node.said = words;
    }
  }
  const mark = [...steps].join("\n");
  if (svg.mark === mark) return;
  svg.mark = mark;
  for (const edge of svg.querySelectorAll(".edge[data-from]")) {
    const on = steps.has(`${edge.dataset.from}\u0000${edge.dataset.to}`);
    edge.classList.toggle("passed", on);
    if (edge.nextElementSibling?.classList.contains("tip")) edge.nextElementSibling.classList.toggle("passed", on);
  }
  for (const label of svg.querySelectorAll(".label")) label.classList.toggle("passed", label.dataset.sources.split("\n").some((from) => steps.has(`${from}\u0000${label.dataset.target}`)));
}

/** At a state's corners: how many executions are in it, how many came to it (of a chosen one: how long it was there), how many failed in it, how long still. */
function badge(marks, node, shown) {
  const mark = JSON.stringify(shown);
  if (node.badge === mark) return;
  node.badge = mark;
  for (const old of node.marks.splice(0)) old.remove();
  const { x, y, width, height } = node.box;
  const make = (tag, attributes, words) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (words !== undefined) element.textContent = words;
    return element;
  };
  const pillAt = (kind, middle, line, words) => {
    const group = make("g", { class: `badge ${kind}` });
    const wide = 14 + 7 * String(words).length;
    group.append(make("rect", { x: middle - wide / 2, y: line - 10, width: wide, height: 20, rx: 10 }), make("text", { x: middle, y: line + 4.5 }, words));
    node.marks.push(group);
  };
  if (shown.below) pillAt("through", x + width - 6, y + height, shown.below);
  if (shown.here) pillAt("now", x + width - 6, y, shown.here);
  if (shown.ended) pillAt("ended", x + 6, y, shown.ended);
  if (shown.until) {
    const [words, late] = left(shown.until);
    const group = make("g", { class: "timer" });
    group.append(make("rect", { x: x + 8, y: y - 10, width: 46, height: 19, rx: 9.5 }), make("text", { class: late ? "late" : "", "data-until": shown.until, x: x + 31, y: y + 4 }, words));
    node.marks.push(group);
  }
  marks.append(...node.marks);
}

function drawWaits(here, chosen) {
  const place = $("waits");
  const chips = [];
  for (const person of view.machine === "processor" ? ["customer", "barista"] : []) {
    const list = here.get(state.stack.pauses?.[person]) ?? [];
    const shown = chosen ? list.filter((one) => one.arn === chosen.arn) : list;
    if (!shown.length) continue;
    const first = shown.reduce((a, b) => ((a.until ?? "") <= (b.until ?? "") ? a : b));
    chips.push({ words: shown.length === 1 ? `order ${first.order} waits for the ${person}` : `${shown.length} orders wait for the ${person}, the first still`, until: first.until });
  }
  const ended = chosen && chosen.status !== "RUNNING" ? `${ENDS[chosen.status] ?? chosen.status}${chosen.failure ? `: ${chosen.failure}` : chosen.status === "SUCCEEDED" && chosen.outcome !== "succeeded" ? `: ${chosen.outcome}` : ""}` : "";
  const mark = JSON.stringify([chips, ended, state.stack.up, view.machine, view.way]);
  if (place.mark === mark) return;
  place.mark = mark;
  follow(here, chosen);
  if (ended) place.replaceChildren(h("span", { class: `chip ${isFault(chosen) ? "bad" : "good"}` }, ended));
  else if (chips.length) place.replaceChildren(...chips.map((chip) => h("span", { class: "chip" }, `${chip.words} `, chip.until ? countdown(chip.until) : "")));
  else place.textContent = !state.stack.up ? "" : view.machine === "processor" ? "Nobody is waited for." : "A request is answered at once: here nobody is waited for.";
}

/** Keeps in view where the chosen execution is, or the only pause there is, unless a person reads the picture. */
function follow(here, chosen) {
  const frame = $(`view-${view.machine}`);
  if (view.state || frame.contains(document.activeElement) || frame.classList.contains("dragged")) return;
  if (chosen?.machine === view.machine && view.way) {
    const key = `${chosen.arn}|${view.way}`;
    if (key === view.followed) return;
    view.followed = key;
    const node = nodes[view.machine].get(view.way);
    if (node) centre(node.element);
    return;
  }
  if (view.machine !== "processor") return;
  const names = ["customer", "barista"].map((person) => state.stack.pauses?.[person]).filter((name) => (here.get(name) ?? []).some((one) => !chosen || one.arn === chosen.arn));
  const key = `${chosen?.arn ?? ""}|${names.join("|")}`;
  if (key === view.followed) return;
  view.followed = key;
  if (names.length === 1) centre(nodes.processor.get(names[0])?.element ?? $("view-processor"));
}

/** Reads what went in and out of the states of an execution, once for each of its moves. */
async function readVisits(chosen) {
  const version = `${chosen.arn}|${chosen.status}|${chosen.states.length}`;
  if (view.asked === version) return;
  view.asked = version;
  try {
    const answer = await read("execution", { arn: chosen.arn });
    if (view.asked !== version) return;
    view.visits = answer.visits ?? [];
    touch("executions");
  } catch {
    view.asked = "";
  }
}

function drawInspector(chosen, here) {
  const place = $("inspector");
  place.hidden = !view.state || !state.stack.up;
  if (place.hidden) {
    place.mark = "";
    return;
  }
  const visits = chosen ? view.visits.filter((visit) => visit.state === view.state) : [];
  const list = chosen ? [] : (here.get(view.state) ?? []);
  const mark = JSON.stringify([view.state, view.arn, visits, list]);
  if (place.mark === mark) return;
  place.mark = mark;
  const close = h("button", { type: "button", class: "quiet", "aria-label": "Close the details", onclick: () => pick(view.state) }, "Close");
  const unfolded = place.querySelector(".raw")?.open;
  const parts = [h("h3", {}, view.state, close)];
  if (!chosen) {
    parts.push(h("p", { class: "sub" }, list.length ? "Here now. Choose an execution to see what went in and out." : "Nobody is here. Choose an execution above to see what went in and out."));
    parts.push(h("p", {}, ...list.slice(0, 40).flatMap((one) => [h("button", { type: "button", class: "link", onclick: () => keepState(one.arn) }, `order ${one.order}`), " "])));
  } else if (!visits.length) parts.push(h("p", { class: "sub" }, "This execution has not come here."));
  visits.forEach((visit, at) => parts.push(...visitParts(visit, at, visits.length)));
  if (chosen) parts.push(rawHistory(chosen, unfolded));
  place.replaceChildren(...parts);
}

/** The events of the execution as Step Functions tells them, read when somebody unfolds them. */
function rawHistory(chosen, open) {
  const place = h("pre", { tabIndex: 0, role: "group", "aria-label": "The history as Step Functions tells it" });
  const fill = async () => {
    text(place, view.history ?? "Reading …");
    if (view.history) return;
    const arn = chosen.arn;
    const answer = await read("history", { arn }).catch(() => ({ message: "The console does not answer." }));
    if (view.arn !== arn) return;
    view.history = answer.events ? pretty(answer.events) : answer.message;
    text(place, view.history);
  };
  const details = h("details", { class: "raw", open: Boolean(open) }, h("summary", {}, "The raw history"), place);
  details.addEventListener("toggle", () => details.open && fill());
  return details;
}

/** What a state changed: the fields of its output that its input had not, had otherwise, or lost. */
function difference(input, output) {
  if (!input || !output || typeof input !== "object" || typeof output !== "object") return [];
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const names = [...new Set([...Object.keys(input), ...Object.keys(output)])];
  return names.flatMap((name) => {
    if (!(name in input)) return [["added", name, output[name]]];
    if (!(name in output)) return [["removed", name, input[name]]];
    return same(input[name], output[name]) ? [] : [["changed", name, output[name]]];
  });
}

/** Opens the details of a state by its name. */
export function showState(name) {
  if (!nodes[view.machine].has(name)) {
    const other = machines.find((machine) => nodes[machine].has(name));
    if (!other) return;
    show(other);
  }
  view.state = "";
  pick(name);
  centre(nodes[view.machine].get(name).element);
}

function keepState(arn) {
  const name = view.state;
  choose(arn);
  view.state = name;
}

function visitParts(visit, at, count) {
  const found = visit.output === null ? [] : difference(visit.input, visit.output);
  const changes = found.length ? [h("dt", {}, "Changed"), h("dd", {}, h("ul", { class: "difference" }, ...found.map(([kind, name, value]) => h("li", { class: kind }, h("b", {}, name), ` ${kind}`, kind === "removed" ? "" : h("code", {}, ` ${JSON.stringify(value).slice(0, 300)}`)))))] : [];
  const took = visit.left ? span((new Date(visit.left) - new Date(visit.at)) / 1000) : "still here";
  return [
    h("dl", {}, ...(count > 1 ? [h("dt", {}, "Visit"), h("dd", {}, String(at + 1))] : []), h("dt", {}, "Came"), h("dd", {}, clock(visit.at)), h("dt", {}, "Took"), h("dd", {}, took), ...(visit.error ? [h("dt", {}, "Error"), h("dd", {}, visit.attempts > 1 ? `${visit.attempts} attempts failed (${visit.errors.join(", ")}); the last: ` : "", visit.error)] : []), ...changes),
    h("div", { class: "docs" }, h("div", {}, "Input ", copies("the input", pretty(visit.input) ?? ""), h("pre", { tabIndex: 0, role: "group", "aria-label": `Input of ${visit.state}, visit ${at + 1}` }, pretty(visit.input) ?? "")), h("div", {}, "Output ", copies("the output", pretty(visit.output) ?? ""), h("pre", { tabIndex: 0, role: "group", "aria-label": `Output of ${visit.state}, visit ${at + 1}` }, visit.output === null ? "none yet" : pretty(visit.output)))),
  ];
}

export function start() {
  for (const machine of machines) {
    prepare(machine);
    handle(machine);
    $(`tab-${machine}`).addEventListener("click", () => show(machine));
    $(`tab-${machine}`).addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const other = machines.find((name) => name !== machine);
      show(other);
      $(`tab-${other}`).focus();
    });
  }
  $("execution").addEventListener("change", (event) => {
    const name = view.state;
    choose(event.target.value);
    view.state = name;
  });
  // Escape closes the details, wherever in this part somebody is.
  document.querySelector(".flow").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && view.state && !event.defaultPrevented) pick(view.state);
  });
  on(["fresh"], () => choose(""));
  $("zoom-in").addEventListener("click", () => zoom(1.25));
  $("zoom-out").addEventListener("click", () => zoom(0.8));
  $("zoom-fit").addEventListener("click", () => zoom(WHOLE));
  new ResizeObserver(scale).observe($("view-processor").parentElement);
  lay("processor");
  on(["executions", "orders", "stack"], draw);
}
