// Small helpers shared by the elements. Text only ever goes in by textContent.

/** An element: `el("p", { class: "why", text: "…", title: "…" }, child, child)`. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** A shadow root with the shared style sheet; shown once the sheet is there, so nothing flashes unstyled. */
export function styledRoot(host, content) {
  const root = host.attachShadow({ mode: "open" });
  const sheet = el("link", { rel: "stylesheet", href: new URL("style.css", import.meta.url).href });
  content.hidden = true;
  const show = () => { content.hidden = false; };
  sheet.addEventListener("load", show);
  sheet.addEventListener("error", show);
  root.append(sheet, content);
  return root;
}

/** An event that leaves the shadow root. */
export function announce(node, name, detail) {
  node.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
}

/** Whether Enter or Esc belongs to the input method that is composing Chinese right now. */
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}

let table = {};

/** Chinese names of the labels, once (`names.yml` is the only place that has them). */
export const names = fetch(new URL("names.json", import.meta.url))
  .then((answer) => (answer.ok ? answer.json() : {}))
  .catch(() => ({}))
  .then((data) => { table = data.names ?? {}; });

/** Display name of a label, or the label itself. */
export function nameOf(kind, key) {
  return table[kind]?.[key] ?? key ?? "";
}

/** All names of one kind, as [key, name] pairs. */
export function namesOf(kind) {
  return Object.entries(table[kind] ?? {});
}

export function percent(value) {
  return `${Math.round((value ?? 0) * 100)}%`;
}
