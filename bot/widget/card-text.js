// What the lists of the card say: pure functions from the wire format to { label, text, tone }.

import { nameOf } from "./dom.js";

const RISKS = ["没有升级风险", "正在失去信任", "可能升级或离开"];
const KINDS = {
  wait: "等待", duration: "时长", amount: "金额", expected: "客户认为", actual: "实际", count: "次数", order: "单号",
  date: "日期", time: "时间", product: "商品", place: "地点", phone: "电话", competitor: "竞品", name: "称呼", person: "人", company: "公司",
  id_card: "证件号", bank_card: "卡号",
};
const NEEDS = { explicit: "显性需求", emotional: "情感需求", relational: "关系需求" };

/** Level 0–2, its title and the words that raised it; danger to people goes before everything. */
export function riskOf(risk, alerts = []) {
  const critical = alerts.find(({ severity }) => severity === "critical");
  if (critical) return { level: 2, title: critical.text, reasons: [] };
  const level = Math.min(2, Math.max(0, risk?.level ?? 0));
  return { level, title: RISKS[level], reasons: [...new Set((risk?.reasons ?? []).map((item) => item.text))] };
}

/** What must not be overlooked: alerts, order warnings on the last reply, a difficult customer, chances. */
export function alertsOf(card, review) {
  const alerts = (card.alerts ?? []).map(({ text, severity }) => ({ text, tone: severity }));
  const warnings = (review?.warnings ?? []).map(({ rule, why }) => ({
    text: why ?? nameOf("warning", rule), tone: "warning",
  }));
  const hard = card.analysis?.difficult_customer;
  const signals = [hard && { text: hard.text, next_move: hard.advice }, ...(card.analysis?.signals ?? [])]
    .filter(Boolean)
    .map(({ text, next_move: move }) => ({ label: text ? `“${text}”` : "", text: move ?? "", tone: "info" }));
  const seen = new Set();
  return [...warnings, ...alerts, ...signals].filter(({ text }) => text && !seen.has(text) && seen.add(text));
}

/** Facts the customer gave, what they need and expect, and what was promised. */
export function factsOf(card, review) {
  const { facts = {}, entities = [], needs, situation } = card.analysis ?? {};
  const known = new Set(Object.values(facts));
  const other = new Map(entities.filter(({ text }) => !known.has(text)).map(({ kind, text }) => [kind + text, { kind, text }]));
  const said = (label) => (item) => ({
    label, text: [item.text ?? item.what, item.when].filter(Boolean).join(" · "),
  });
  return [
    ...(situation ? [{ label: "情形", text: `${situation.name} · ${situation.need}` }] : []),
    ...Object.entries(facts).map(([kind, text]) => ({ label: KINDS[kind] ?? kind, text: String(text) })),
    ...[...other.values()].map(({ kind, text }) => ({ label: KINDS[kind] ?? nameOf("entity", kind), text })),
    ...(card.process?.expectations ?? []).map(said("期望")),
    ...(review?.promises ?? []).map(said("已承诺")),
    ...(situation?.never ?? []).slice(0, 1).map((text) => ({ label: "别说", text })),
    ...(needs ? [{ label: NEEDS[needs.layer] ?? "需求", text: needs.question ? `可以问：${needs.question}` : "" }] : []),
  ].filter(({ text }) => text);
}

/** A thing that is missing in a draft; the server sends { id, text }. */
export function missingText(item) {
  return typeof item === "string" ? nameOf("missing", item) : item.text ?? nameOf("missing", item.id);
}
