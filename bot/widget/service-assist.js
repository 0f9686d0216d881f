// <service-assist>: shows one assist card (wire format `schema: 1`) to the agent.
//
//   element.card = {…}       a new card            element.review = {…}   the state after an agent's line
//   element.pick(n, mode)    choose suggestion n   element.dismissAll()   element.settle(id)   it was sent
//   element.personality = {…}   set by hand, here or elsewhere
//   events: suggestion-selected {suggestion, mode: "use"|"edit"}, suggestion-dismissed {suggestion},
//           personality-selected {personality}
//
// The frame is built once and only filled afterwards: what varies in length has a fixed height or stands last,
// so nothing moves under the agent's pointer when a new card comes.

import { announce, el, nameOf, names, namesOf, percent, styledRoot } from "./dom.js";
import { alertsOf, factsOf, riskOf } from "./card-text.js";

const SLOTS = 3;
const COMPLAINT = ["accept", "calm", "clarify", "resolve", "act", "thank"];
const MOMENTS = ["explore", "offer", "action", "confirm"];
const TRENDS = { rising: "↗ 好转", falling: "↘ 变差", steady: "→ 平稳" };
const SOURCES = { inferred: "推断", agent: "人工设定", passport: "档案" };
const LEVELS = {
  LL: "伤人：会激化情绪", L: "只讲事，没回应感受", H: "看见了对方的感受", HH: "设身处地，并给出下一步",
};

class ServiceAssist extends HTMLElement {
  #card = null;
  #gone = new Set();

  constructor() {
    super();
    styledRoot(this, this.#frame());
    names.then(() => { this.#fillTypes(); this.#show(this.#card ?? {}); });
  }

  get card() { return this.#card; }

  set card(card) {
    if (card?.message_id !== this.#card?.message_id) this.#gone.clear();
    this.#card = card;
    this.#show(card);
    this.live.textContent = "助手有了新的建议";
  }

  set review(review) {
    this.#showProcess(review.complaint, review.moment_of_truth);
    this.#showList(this.alerts, alertsOf(this.#card ?? {}, review), "没有提醒");
    this.#showList(this.facts, factsOf(this.#card ?? {}, review), "还没有");
  }

  set personality(personality) {
    if (this.#card?.analysis) this.#card = { ...this.#card, analysis: { ...this.#card.analysis, personality } };
    this.#showPersonality(personality);
  }

  /** Choose suggestion `number` (0–2); false when there is none. */
  pick(number, mode = "use") {
    const suggestion = this.#card?.suggestions?.[number];
    if (!suggestion || this.#gone.has(suggestion.id)) return false;
    announce(this, "suggestion-selected", { suggestion, mode });
    return true;
  }

  /** Dismiss suggestion `number`; false when there is none (any more). */
  dismiss(number) {
    const suggestion = this.#card?.suggestions?.[number];
    if (!suggestion || this.#gone.has(suggestion.id)) return false;
    this.settle(suggestion.id);
    announce(this, "suggestion-dismissed", { suggestion });
    return true;
  }

  /** A suggestion that was sent or dismissed is not offered again. */
  settle(id) {
    this.#gone.add(id);
    this.#showSuggestions(this.#card?.suggestions);
  }

  /** Dismiss the suggestion that has the focus, else all. */
  dismissAll() {
    const focused = this.slots.findIndex(({ box }) => box.contains(this.shadowRoot.activeElement));
    if (focused >= 0) this.dismiss(focused);
    else for (let number = 0; number < SLOTS; number += 1) this.dismiss(number);
  }

  /** Fill the frame; an empty card shows what the places are for. */
  #show(card) {
    this.#showAnalysis(card.analysis ?? {}, card.alerts);
    this.#showProcess(card.process?.complaint, card.process?.moment_of_truth);
    this.#showSuggestions(card.suggestions);
    this.#showList(this.alerts, alertsOf(card), "没有提醒");
    this.#showList(this.facts, factsOf(card), "还没有");
  }

  #frame() {
    this.intent = el("b");
    this.intentMore = el("span", { class: "muted" });
    this.emotion = el("b");
    this.fill = el("i");
    this.bar = el("span", { class: "bar", role: "meter", "aria-label": "情绪强度", "aria-valuemin": 0, "aria-valuemax": 3 }, this.fill);
    this.trend = el("span", { class: "muted trend" });
    this.type = el("b");
    this.typeMore = el("span", { class: "muted" });
    this.evidence = el("span", { class: "evidence" });
    this.typeSelect = el("select", { "aria-label": "人工设定客户性格", title: "人工设定客户性格" });
    this.typeSelect.addEventListener("change", () => {
      announce(this, "personality-selected", { personality: this.typeSelect.value });
      this.typeSelect.value = "";
    });
    this.risk = el("div", { class: "risk", "data-level": 0, role: "status" });
    this.complaint = el("ol", { class: "steps" });
    this.complaintNote = el("span", { class: "muted" });
    this.moments = el("ol", { class: "steps short" });
    this.score = el("span", { class: "muted" });
    this.slots = Array.from({ length: SLOTS }, (_, number) => this.#slot(number));
    this.alerts = el("ul", { class: "list alerts" });
    this.facts = el("ul", { class: "list chips" });
    this.live = el("p", { class: "unseen", "aria-live": "polite" });
    return el("section", { class: "card", "aria-label": "客服助手" },
      el("div", { class: "summary" },
        el("div", { class: "row" }, el("span", { class: "key", text: "意图" }), this.intent, this.intentMore),
        el("div", { class: "row" }, el("span", { class: "key", text: "情绪" }), this.emotion, this.bar, this.trend),
        el("div", { class: "row" }, el("span", { class: "key", text: "性格" }), this.type, this.typeMore, this.evidence, this.typeSelect)),
      this.risk,
      el("h2", { text: "建议回复" }), ...this.slots.map(({ box }) => box),
      el("h2", { text: "投诉六步 " }, this.complaintNote), this.complaint,
      el("h2", { text: "关键时刻 " }, this.score), this.moments,
      el("h2", { text: "提醒" }), this.alerts,
      el("h2", { text: "事实" }), this.facts, this.live);
  }

  #slot(number) {
    const approach = el("span", { class: "approach" });
    const level = el("span", { class: "level" });
    const use = el("button", { type: "button", text: "用", title: `放进回复框，回车即发（${number + 1}）` });
    const edit = el("button", { type: "button", class: "quiet", text: "改", title: "放进回复框再改" });
    const drop = el("button", { type: "button", class: "quiet drop", text: "✕", title: "不用（Esc）", "aria-label": "不用" });
    use.addEventListener("click", () => this.pick(number, "use"));
    edit.addEventListener("click", () => this.pick(number, "edit"));
    drop.addEventListener("click", () => this.dismiss(number));
    const text = el("p", { class: "reply", tabindex: -1 });
    const why = el("p", { class: "why" });
    const buttons = [use, edit, drop];
    for (const button of buttons) button.disabled = true;
    const head = el("header", {}, el("kbd", { text: number + 1 }), approach, level, el("span", { class: "spacer" }), ...buttons);
    const box = el("article", { class: "suggestion", "aria-label": `建议 ${number + 1}` }, head, text, why);
    return { box, approach, level, text, why, buttons };
  }

  #fillTypes() {
    const options = namesOf("personality").map(([key, name]) =>
      el("option", { value: key, text: key === "undetermined" ? "交还推断" : name }));
    this.typeSelect.replaceChildren(el("option", { value: "", text: "设定", hidden: "" }), ...options);
  }

  #showAnalysis({ intent = {}, emotion = {}, risk = {}, personality = {} }, alerts) {
    this.intent.textContent = nameOf("intent", intent.name);
    this.intentMore.textContent = intent.name ? `${nameOf("group", intent.group)} · ${percent(intent.confidence)}${intent.unsure ? " · 没把握" : ""}` : "";
    this.emotion.textContent = nameOf("emotion", emotion.name);
    this.bar.dataset.mood = emotion.name ?? "neutral";
    this.bar.setAttribute("aria-valuenow", emotion.intensity ?? 0);
    this.bar.title = `强度 ${(emotion.intensity ?? 0).toFixed(1)} / 3`;
    this.fill.style.width = percent((emotion.intensity ?? 0) / 3);
    this.trend.textContent = TRENDS[emotion.trend] ?? "";
    this.trend.dataset.trend = emotion.trend ?? "";
    this.#showPersonality(personality);
    const { level, title, reasons } = riskOf(risk, alerts);
    this.risk.dataset.level = level;
    this.risk.replaceChildren(el("b", { text: title }), ...reasons.map((word) => el("q", { text: word })));
  }

  #showPersonality(personality) {
    const known = personality.type && personality.type !== "undetermined";
    this.type.textContent = nameOf("personality", personality.type ?? "undetermined");
    this.typeMore.textContent = !personality.type ? "" : !known ? "线索不足"
      : personality.source === "inferred" ? percent(personality.confidence) : SOURCES[personality.source] ?? "";
    const mine = (personality.evidence ?? []).filter((item) => !known || item.type === personality.type);
    const words = [...new Set(mine.map((item) => item.text))];
    this.evidence.replaceChildren(...words.slice(-4).map((word) => el("q", { text: word })));
    this.evidence.title = words.join("、");
  }

  #showProcess(complaint, moment) {
    const open = complaint && complaint.step !== "none";
    const done = new Map((complaint?.done ?? []).map((item) => [item.step, item.evidence]));
    this.complaintNote.textContent = open ? nameOf("stage", complaint.stage) : complaint ? "不是投诉" : "";
    this.#showSteps(this.complaint, COMPLAINT, done, open ? complaint.step : null, open);
    const seen = new Map((moment?.evidence ?? []).map((item) => [item.step, item.text]));
    const score = moment?.score ?? 0;
    this.score.textContent = !moment ? "" : `评分 ${score > 0 ? "+" : score < 0 ? "−" : ""}${Math.abs(score)}（−3 到 +3）`;
    this.score.dataset.tone = score < 0 ? "bad" : score > 0 ? "good" : "";
    this.#showSteps(this.moments, MOMENTS, seen, moment?.step, Boolean(moment));
  }

  #showSteps(list, steps, done, current, open) {
    list.classList.toggle("idle", !open);
    list.replaceChildren(...steps.map((step) => {
      const state = done.has(step) ? "done" : step === current ? "now" : "todo";
      const word = { done: "已做到", now: "现在做", todo: "还没做" }[state];
      return el("li", { class: state, title: done.get(step) ?? word, "aria-label": `${nameOf("step", step)}：${word}` },
        el("span", { text: nameOf("step", step) }));
    }));
  }

  #showSuggestions(suggestions) {
    this.slots.forEach((slot, number) => {
      const suggestion = suggestions?.[number];
      const off = !suggestion || this.#gone.has(suggestion.id);
      slot.box.toggleAttribute("data-gone", off);
      for (const button of slot.buttons) button.disabled = off;
      const approach = suggestion?.approach ?? suggestion?.step;
      slot.approach.textContent = suggestion ? nameOf(suggestion.approach ? "approach" : "step", approach) : suggestions ? "没有更多建议" : "等客户来话";
      slot.level.textContent = suggestion ? `共情 ${suggestion.empathy_level}` : "";
      slot.level.dataset.level = suggestion?.empathy_level ?? "";
      slot.level.title = LEVELS[suggestion?.empathy_level] ?? "";
      slot.text.replaceChildren(...(suggestion?.parts ?? []).map((part) =>
        el("span", { class: "part", "data-kind": part.kind, title: nameOf("part", part.kind) },
          el("small", { text: nameOf("part", part.kind) }), part.text)));
      slot.text.scrollTop = 0;
      slot.why.textContent = suggestion?.why ?? "";
      slot.why.title = suggestion?.why ?? "";
    });
  }

  #showList(list, items, none) {
    const entries = items.length ? items : [{ text: none, tone: "none" }];
    list.replaceChildren(...entries.map(({ label, text, tone }) =>
      el("li", { "data-tone": tone ?? "" }, ...(label ? [el("span", { class: "key", text: label })] : []), text)));
  }
}

customElements.define("service-assist", ServiceAssist);
