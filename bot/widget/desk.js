// The demo desk: one page plays the customer (left) and the agent (reply box), the card stands on the right.

import { composing, el, names } from "./dom.js";
import "./service-assist.js";
import "./assist-draft.js";

const CASES = [
  "我这个手机又断线了，这已经是第三次！前两次你们都说信号没问题，能不能给我说清楚到底怎么回事？",
  "我排队等了二十多分钟还没轮到，你们就开两个窗口？马上给我一个说法！",
  "账单有问题吧？我自己算才两百多，你们扣了五百多，今天不说清楚我就去消协投诉。",
  "这完全是你的责任！叫你们经理出来，我要让他把你开除！",
];

const TROUBLES = {
  unauthorized: "令牌无效或已过期", forbidden: "没有权限看这个会话", unknown_conversation: "没有这个会话",
  unknown_suggestion: "这条建议已经不在了", too_long: "太长了，最多一万字", unavailable: "服务暂时不可用，请再试一次",
  internal: "服务出了错",
};

const $ = (id) => document.getElementById(id);
const assist = $("assist");
const draft = $("draft");
const lines = $("lines");
const seen = new Map();
let conversation = "";
let lastSeq = 0;
let socket = null;

function status(state, text) {
  $("status").dataset.state = state;
  $("status").textContent = text;
}

async function token() {
  const wanted = location.hash.slice(1);
  const query = wanted ? `?conversation=${encodeURIComponent(wanted)}` : "";
  const answer = await fetch(`demo-token${query}`);
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.error?.message ?? answer.status);
  conversation = data.conversation_id;
  history.replaceState(null, "", `#${conversation}`);
  return data.token;
}

/** Ask the server; an error comes back as { error }, and is shown. */
async function ask(event, payload) {
  let answer;
  try {
    answer = await socket.timeout(15000).emitWithAck(event, { conversation_id: conversation, ...payload });
  } catch {
    answer = { error: { code: "silent", message: "没有收到答复" } };
  }
  if (answer?.error) status("error", `没有成功：${TROUBLES[answer.error.code] ?? answer.error.message}`);
  else if (socket.connected) status("on", "已连接");
  return answer;
}

function showLine({ message_id: id, sender, text, at, seq }) {
  lastSeq = Math.max(lastSeq, seq ?? 0);
  if (seen.has(id)) return;
  lines.querySelector(".empty")?.remove();
  const time = at ? new Date(at) : new Date();
  const stamp = Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  const who = sender === "customer" ? "客户" : "客服";
  const line = el("div", { class: `line from-${sender}` }, el("span", { class: "muted", text: `${who} ${stamp}` }),
    el("p", { text }), ...(sender === "agent" ? [el("p", { class: "after" })] : []));
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60;
  seen.set(id, line);
  lines.append(line);
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}

function showReview({ reply_review: review }) {
  assist.review = review;
  const after = seen.get(review.message_id)?.querySelector(".after");
  if (!after) return;
  const notes = (review.findings ?? []).map(({ text, why }) => `“${text}” ${why}`);
  after.textContent = [`共情 ${review.empathy_level}`, ...notes].join("　");
  after.dataset.level = review.empathy_level;
}

async function join() {
  let found;
  do {
    found = await ask("join", { after_seq: lastSeq });
    if (found.error) return;
    found.messages.forEach(showLine);
  } while (found.messages.length >= 200);
  const card = found.cards.at(-1);
  if (card && card.message_id !== assist.card?.message_id) assist.card = card;
}

function connect() {
  const path = new URL("socket.io", location.href).pathname;
  socket = window.io({
    path,
    auth: (send) => token().then((value) => send({ token: value }), (error) => status("error", `没有令牌：${error.message}`)),
  });
  socket.on("connect", () => { status("on", "已连接"); join(); });
  socket.on("connect_error", () => status("wait", "连接不上，正在重试"));
  socket.on("disconnect", (reason) => {
    status("wait", "断开了，正在重连");
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), 500);
  });
  const mine = (show) => (data) => {
    if ((data.conversation_id ?? data.reply_review?.conversation_id) === conversation) show(data);
  };
  socket.on("message", mine(showLine));
  socket.on("card", mine((card) => { assist.card = card; }));
  socket.on("personality", mine(({ personality }) => { assist.personality = personality; }));
  socket.on("reply_review", mine(showReview));
}

async function customerSays(text) {
  if (!text.trim()) return;
  $("customer-text").value = "";
  const answer = await ask("message", { sender: "customer", text });
  if (answer.error && !$("customer-text").value) $("customer-text").value = text;
}

async function agentSays({ text, suggestionId, edited }) {
  const answer = await ask("message", { sender: "agent", text, suggestion_id: suggestionId });
  if (answer.error) {
    if (!draft.value) draft.value = text;
  } else if (suggestionId) {
    assist.settle(suggestionId);
    await ask("feedback", { suggestion_id: suggestionId, kind: edited ? "edited" : "used", text });
  }
}

function keys(event) {
  if (composing(event) || event.ctrlKey || event.metaKey) return;
  const target = event.composedPath()[0];
  const typing = target instanceof HTMLElement && target.matches("input, textarea, select");
  const digit = /^(?:Digit|Numpad)([123])$/.exec(event.code);
  if (digit && (event.altKey || !typing)) {
    if (assist.pick(Number(digit[1]) - 1, "use")) event.preventDefault();
  } else if (event.key === "Escape") {
    assist.dismissAll();
  }
}

$("customer").addEventListener("submit", (event) => { event.preventDefault(); customerSays($("customer-text").value); });
$("customer-text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && composing(event)) event.preventDefault();
});
document.querySelectorAll("[data-case]").forEach((button) => {
  button.addEventListener("click", () => customerSays(CASES[Number(button.dataset.case)]));
});
$("fresh").addEventListener("click", () => { history.replaceState(null, "", location.pathname); location.reload(); });
window.addEventListener("hashchange", () => { if (location.hash.slice(1) !== conversation) location.reload(); });
document.addEventListener("keydown", keys);
draft.check = (text) => ask("draft", { text });
draft.addEventListener("draft-sent", ({ detail }) => agentSays(detail));
assist.addEventListener("suggestion-selected", ({ detail: { suggestion, mode } }) => {
  draft.insert(suggestion.text, suggestion.id, mode);
});
assist.addEventListener("suggestion-dismissed", ({ detail: { suggestion } }) => {
  ask("feedback", { suggestion_id: suggestion.id, kind: "dismissed" });
});
assist.addEventListener("personality-selected", ({ detail }) => ask("personality", detail));

await names;
connect();
