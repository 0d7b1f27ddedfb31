// Elements, made and renewed without ever parsing text as HTML: all that comes from an order stays text.

export const $ = (id) => document.getElementById(id);

/** An element. Properties named `data…` and `aria…`, `class` and `role` are attributes, `on…` are listeners. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.startsWith("aria")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function text(element, words) {
  const said = String(words ?? "");
  if (element.textContent !== said) element.textContent = said;
}

/**
 * Makes the children of `parent` those of `items`: unchanged ones stay (and keep the focus), others are made anew.
 * Makes at most `most` of them; returns whether that was enough, else it is to be called again. The first time makes
 * them all: nobody works with the page yet.
 */
export function sync(parent, items, key, make, mark = (item) => item, most = Infinity) {
  let made = 0;
  let enough = true;
  const limit = parent.shown ? most : Infinity;
  const old = parent.shown ?? new Map();
  const shown = new Map();
  let at = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const before = old.get(name);
    let state = mark(item);
    let element = before?.element;
    if ((!before || before.state !== state) && made >= limit) {
      enough = false;
      if (!before) continue;
      state = before.state;
    } else if (!before || before.state !== state) {
      made += 1;
      element = make(item);
      if (before) {
        const focused = before.element.contains(document.activeElement) ? document.activeElement.dataset.does ?? "" : null;
        if (at === before.element) at = element;
        before.element.replaceWith(element);
        if (focused !== null) refocus(element, focused);
      }
    }
    shown.set(name, { element, state });
    if (at === element) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  for (const [name, { element }] of old) {
    if (shown.get(name)) continue;
    const held = element.contains(document.activeElement);
    element.remove();
    if (held && parent.tabIndex >= 0) parent.focus();
  }
  parent.shown = shown;
  return enough;
}

function refocus(element, does) {
  const buttons = [...element.querySelectorAll("button:not(:disabled)")];
  (buttons.find((button) => does && button.dataset.does === does) ?? buttons[0])?.focus();
}

export const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

const two = (number) => String(number).padStart(2, "0");

export function clock(iso) {
  const when = new Date(iso);
  if (Number.isNaN(when.getTime())) return "";
  return `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}.${String(when.getMilliseconds()).padStart(3, "0")}`;
}

export function span(seconds) {
  if (seconds < 0.0005) return "<1 ms";
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

let ahead = 0;
export function serverTime(iso) {
  ahead = new Date(iso).getTime() - Date.now();
}

/** The words of a time that runs down, and whether it is nearly over. */
export function left(until) {
  const seconds = Math.round((new Date(until).getTime() - Date.now() - ahead) / 1000);
  return [seconds < 0 ? "time is up" : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`, seconds < 60];
}

const seen = new Set();
// Of hundreds of countdowns a page shows a dozen: only these are renewed.
const watcher = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    if (isIntersecting) {
      seen.add(target);
      renew(target);
    } else {
      seen.delete(target);
      if (!target.isConnected) watcher.unobserve(target);
    }
  }
});

function renew(element) {
  const [words, late] = left(element.dataset.until);
  text(element, words);
  element.classList.toggle("late", late);
}

/** A time that runs down. All that are in view are renewed together, see `tick`. */
export function countdown(until) {
  const [words, late] = left(until);
  const element = h("span", { class: late ? "count late" : "count", "data-until": until }, words);
  watcher.observe(element);
  return element;
}

export function tick() {
  seen.forEach(renew);
  document.querySelectorAll(".timer [data-until]").forEach(renew);
}

export const stateWords = { CREATED: "choosing", WAITING_COMPLETION: "in the queue", COMPLETED: "handed over", CANCELLED: "cancelled", TIMED_OUT: "timed out", REJECTED: "turned away" };

export const pill = (state) => h("span", { class: `state ${/^[A-Z_]+$/.test(state) ? state : ""}`, title: state }, stateWords[state] ?? state.toLowerCase().replaceAll("_", " "));

/** A button for what can't be undone: the first press makes it ask, a second one within five seconds does it. */
export function sure(button, question, run) {
  const words = [...button.childNodes];
  const label = button.getAttribute("aria-label");
  let asks = 0;
  const rest = () => {
    clearTimeout(asks);
    asks = 0;
    button.classList.remove("asks");
    button.replaceChildren(...words);
    if (label === null) button.removeAttribute("aria-label");
    else button.setAttribute("aria-label", label);
  };
  button.addEventListener("click", () => {
    if (asks) {
      rest();
      run();
      return;
    }
    button.classList.add("asks");
    button.textContent = question;
    button.setAttribute("aria-label", `${label ?? ""}: ${question}`.replace(/^: /, ""));
    asks = setTimeout(rest, 5000);
  });
  button.addEventListener("keydown", (event) => { if (event.key === "Escape" && asks) rest(); });
  return button;
}

/** Puts a text where the next Ctrl-V finds it, and says so on the button. */
export function copies(words, value) {
  const button = h("button", { type: "button", class: "quiet small", "aria-label": `Copy ${words}`, onclick: async () => {
    try {
      await navigator.clipboard.writeText(value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "The browser forbids it";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
  return button;
}

export const phone = matchMedia("(max-width: 719px)");

export const drinkName = (drink) => (drink && typeof drink === "object" ? String(drink.drink ?? "") : drink ? String(drink) : "");

export function modifiers(drink) {
  const list = drink && typeof drink === "object" && Array.isArray(drink.modifiers) ? drink.modifiers : [];
  return list.map((item) => (item && typeof item === "object" ? `${item.Name ?? ""}: ${item.Option ?? ""}` : String(item))).join(", ");
}
