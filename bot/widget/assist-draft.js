// <assist-draft>: the agent's reply box, checked while it is typed.
//
//   element.check = async (text) => ({ findings, empathy_level, missing })
//   element.insert(text, suggestionId, mode)      element.value
//   event: draft-sent { text, suggestionId, edited }
//
// A layer below the text area holds the same text and draws the underlines; offsets of findings count code points.

import { missingText } from "./card-text.js";
import { announce, composing, el, names, styledRoot } from "./dom.js";

const WAIT_MS = 200;

class AssistDraft extends HTMLElement {
  /** Set by the page: asks the server about a draft. */
  check = null;

  #from = null;
  #timer = 0;
  #last = null;

  constructor() {
    super();
    this.mirror = el("div", { class: "mirror", "aria-hidden": "true" });
    this.box = el("textarea", { rows: 3, maxlength: 10000, "aria-label": "回复客户", enterkeyhint: "send",
      placeholder: "回复客户…　按 1 / 2 / 3 放入建议（在输入框里按 Alt+数字）" });
    this.level = el("span", { class: "level", text: "共情 –" });
    this.missing = el("span", { class: "muted missing" });
    this.send = el("button", { type: "button", text: "发送" });
    this.findings = el("ul", { class: "findings", "aria-live": "polite", "aria-label": "用词提醒" });
    this.box.addEventListener("input", () => this.#changed());
    this.box.addEventListener("scroll", () => { this.mirror.scrollTop = this.box.scrollTop; });
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.send.addEventListener("click", () => this.#sent());
    styledRoot(this, el("section", { class: "draft", "aria-label": "回复" },
      el("div", { class: "editor" }, this.mirror, this.box),
      el("div", { class: "draft-bar" }, this.level, this.missing, el("span", { class: "spacer" }),
        el("span", { class: "hint", text: "Enter 发送 · Shift+Enter 换行" }), this.send),
      this.findings));
    names.then(() => this.#show(this.#last));
  }

  get value() { return this.box.value; }

  set value(text) {
    this.box.value = text;
    this.#from = null;
    this.#changed();
  }

  /** Put a suggestion into the box; "use" leaves Enter ready to send it, "edit" the caret in the text. */
  insert(text, suggestionId, mode) {
    this.value = text;
    this.#from = { id: suggestionId, text };
    this.box.focus();
    if (mode === "use") this.send.focus();
    this.box.setSelectionRange(text.length, text.length);
  }

  focus() { this.box.focus(); }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
    event.preventDefault();
    this.#sent();
  }

  #sent() {
    const text = this.box.value;
    if (!text.trim()) return;
    const from = this.#from;
    this.value = "";
    this.box.focus();
    announce(this, "draft-sent", { text, suggestionId: from?.id ?? null, edited: Boolean(from) && from.text !== text });
  }

  #changed() {
    if (!this.box.value.trim()) this.#from = null;
    this.#show(null);
    clearTimeout(this.#timer);
    if (this.check && this.box.value.trim()) this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  async #ask() {
    const text = this.box.value;
    const result = await this.check(text).catch(() => null);
    if (text === this.box.value && result && !result.error) this.#show(result);
  }

  #show(result) {
    this.#last = result;
    const findings = [...(result?.findings ?? [])].sort((a, b) => a.start - b.start);
    this.#underline(findings);
    this.level.textContent = `共情 ${result?.empathy_level ?? "–"}`;
    this.level.dataset.level = result?.empathy_level ?? "";
    this.missing.textContent = (result?.missing ?? []).map(missingText).join("，");
    this.missing.title = this.missing.textContent;
    this.findings.replaceChildren(...findings.map((finding) =>
      el("li", { "data-severity": finding.severity ?? "" }, el("mark", { text: finding.text }), finding.why,
        ...(finding.suggestion ? [el("span", { class: "better", text: `可以说：${finding.suggestion}` })] : []))));
  }

  #underline(findings) {
    const letters = Array.from(this.box.value);
    const pieces = [];
    let at = 0;
    for (const { start, end, severity } of findings) {
      if (start < at || end <= start || end > letters.length) continue;
      pieces.push(letters.slice(at, start).join(""));
      pieces.push(el("mark", { text: letters.slice(start, end).join(""), "data-severity": severity ?? "" }));
      at = end;
    }
    pieces.push(letters.slice(at).join(""), "\n");
    this.mirror.replaceChildren(...pieces);
    this.mirror.scrollTop = this.box.scrollTop;
  }
}

customElements.define("assist-draft", AssistDraft);
