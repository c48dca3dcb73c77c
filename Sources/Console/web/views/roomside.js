// Beside the pictures: what always counts (who knocks, alarms), then patient, people or writing.

import { h } from "../app/dom.js";
import { personName, t, term, lasting, number, preciseTime } from "../app/words.js";
import { purposes, startForm, answered } from "../app/consents.js";
import { textLimit } from "../app/chat.js";
import { trendView } from "../app/trend.js";
import { state, age, changed, now, toast } from "../app/state.js";
import { alarmList } from "./alarms.js";
import { startChecklist } from "./checklist.js";
import { historyPart } from "./history.js";
import { outcomeForm } from "./outcome.js";
import { chosenSpan, provenance, spanSwitch } from "./patient.js";
import { button, explainProblem, icon, scoreBadge, signRows, whenText } from "./parts.js";

const tabs = ["patient", "people", "chat"];

export function roomSide(room) {
  const visible = tabs.filter((one) => (one === "chat" ? room.can("chat") : one === "patient" ? room.seesVitals : true));
  const shown = visible.includes(room.tab) ? room.tab : visible[0];
  const alarms = room.openAlarms();
  if (room.lobby) return h("section", { class: "room-side", "aria-label": t("room.beside") }, alarms.length ? alarmList(alarms, { showPatient: false }) : null);
  const open = (tab) => { room.tab = tab; room.chat.open(tab === "chat"); changed(); };
  return h("section", { class: "room-side", "aria-label": t("room.beside") },
    lobbyList(room),
    alarms.length ? alarmList(alarms, { showPatient: false, acknowledge: (alarm) => room.acknowledge(alarm) }) : null,
    tabRow(room, visible, shown, open),
    h("div", { key: shown, class: "tab-panel", role: "tabpanel", id: `panel-${shown}`, "aria-labelledby": `tab-${shown}` },
      shown === "people" ? peoplePart(room) : shown === "chat" ? chatPart(room) : patientPart(room)));
}

function tabRow(room, visible, shown, open) {
  const counts = { people: room.gathering.others.length + 1, chat: room.chat.unread };
  const move = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    open(visible[(visible.indexOf(shown) + by + visible.length) % visible.length]);
    setTimeout(() => document.querySelector(".room-tabs [aria-selected=true]")?.focus(), 30);
  };
  return h("div", { class: "segments room-tabs", role: "tablist", "aria-label": t("room.beside"), on: { keydown: move } },
    visible.map((one) => h("button", {
      key: one, type: "button", role: "tab", id: `tab-${one}`, class: `tab-${one}`, "aria-selected": String(shown === one),
      "aria-controls": `panel-${one}`, tabindex: shown === one ? 0 : -1, on: { click: () => open(one) },
    }, t(`roomTab.${one}`), counts[one] ? h("span", { class: "count" }, number(counts[one])) : null)));
}

// The patient

function patientPart(room) {
  const known = state.patients.get(room.patient);
  const latest = room.vitalsRefused === "consent_required" ? {} : known ? { ...known.latest, ...room.latest } : room.latest;
  const score = room.score ?? known?.score;
  return [
    room.isResponsible ? outcomeForm(room) : null,
    h("div", { key: "vitals", class: "card" },
      h("div", { class: "section-head" }, h("h2", {}, t("room.vitals")),
        room.status.state === "live" ? null : h("span", { class: "tag not-live" }, t("link.dead")), scoreBadge(score)),
      room.vitalsRefused ? h("p", { class: "problem" }, room.vitalsRefused === "consent_required" ? t("consent.noVitals") : explainProblem({ code: room.vitalsRefused }))
        : h("div", { class: "signs wide" }, signRows(latest, state.series.get(room.patient), { sparks: false }))),
    h("div", { key: "trend", class: "card" },
      h("div", { class: "section-head" }, h("h3", {}, t("trend.title")), spanSwitch()),
      trendView({ patient: room.patient, span: chosenSpan(), only: ["hr", "spo2", "rr", "sys", "dia"], height: 66 })),
    room.patient && !room.vitalsRefused ? h("div", { key: "history", class: "card" }, historyPart(room.patient)) : null,
    room.score?.inputs ? h("details", { key: "score", class: "card" }, h("summary", {}, t("score.made")), provenance(room.score)) : null,
  ];
}

// The people

/** Who asks to be let in: shown whatever else is open. */
function lobbyList(room) {
  const waiting = room.isHost && !room.lobby ? room.waiting() : [];
  if (waiting.length === 0 || !room.can("admit")) return null;
  return h("div", { key: "lobby", class: "card lobby", role: "status" },
    h("h2", {}, t("lobby.who", { n: number(waiting.length) })),
    h("ul", { class: "people" }, waiting.map((one) => h("li", { key: one.participant, class: "person-line" },
      h("span", { class: "person-name" }, h("strong", {}, personName(one)),
        h("span", { class: "hint" }, [term("role", one.role), one.since ? t("lobby.since", { age: lasting(age(one.since)) }) : null].filter(Boolean).join(" · "))),
      button(t("lobby.admit"), () => room.ask("admit", { participant: one.participant }), { kind: "small primary", name: `admit-${one.participant}`, glyph: "check" }),
      button(t("lobby.deny"), () => room.ask("deny", { participant: one.participant }), { kind: "small", name: `deny-${one.participant}` })))));
}

function peoplePart(room) {
  return [
    room.role === "clinic" && !room.lobby ? startPart(room) : null,
    h("div", { key: "people", class: "card" },
      h("div", { class: "section-head" }, h("h2", {}, t("roomTab.people")), lockSwitch(room)),
      h("ul", { class: "people" },
        h("li", { key: "self", class: "person-line" },
          h("span", { class: "person-name" }, h("strong", {}, t("check.you")), h("span", { class: "hint" }, term("role", room.role ?? "")))),
        room.gathering.others.map((peer) => personLine(room, peer)))),
    consentPart(room),
  ];
}

function personLine(room, peer) {
  const words = peer.state === "away" ? t("room.isAway") : room.gathering.wayTo(peer) === "failing" ? t("room.healing") : term("participantState", peer.state);
  const act = (name, act) => button(t(`mod.${act}`), () => room.ask("mod", { participant: peer.participant, act }), { kind: "small", name: `${name}-${peer.participant}` });
  return h("li", { key: peer.participant, class: `person-line is-${peer.state}` },
    h("span", { class: "person-name" }, h("strong", {}, personName(peer)),
      h("span", { class: "hint" }, [term("role", peer.role), words, peer.level && peer.level !== "video" ? term("level", peer.level) : null].filter(Boolean).join(" · "))),
    h("span", { class: "person-acts" },
      room.isResponsible && room.can("handover") && ["doctor", "observer"].includes(peer.role) && !room.handover
        ? button(t("handover.offer"), async () => { await room.ask("handover", { to: peer.participant }); room.handover ??= { to: peer.participant, own: false }; }, { kind: "small", name: `handover-${peer.participant}` }) : null,
      room.canModerate && room.can("mod") ? act("mute", peer.muted ? "unmute" : "mute") : null,
      room.canModerate && room.can("mod") && peer.role !== "doctor" ? removeButton(room, peer) : null));
}

/** Two touches, so that nobody is sent out by accident. */
function removeButton(room, peer) {
  const name = `remove-${peer.participant}`;
  if (room.removing !== peer.participant) {
    return h("button", { key: name, type: "button", class: "button small", on: { click: () => { room.removing = peer.participant; changed(); } } }, t("mod.remove"));
  }
  return h("span", { key: `${name}-sure`, class: "confirm" },
    button(t("mod.removeSure"), async () => { room.removing = null; await room.ask("mod", { participant: peer.participant, act: "remove" }); }, { kind: "small danger", name }),
    button(t("no"), () => { room.removing = null; changed(); }, { kind: "small" }));
}

function lockSwitch(room) {
  if (!room.canModerate || !room.can("mod")) return null;
  return button(t(room.isLocked ? "mod.unlock" : "mod.lock"), async () => {
    await room.ask("mod", { act: room.isLocked ? "unlock" : "lock" });
    room.refresh();
  }, { kind: "small", name: "lock" });
}

/** The start of the consult, until it is recorded here: the request's word is not the patient's. */
function startPart(room) {
  const open = room.openSteps;
  if (open.length === 0) return null;
  const form = room.startForm ??= startForm();
  return h("div", { key: "start", class: "card" },
    startChecklist(form, room.booking.urgency),
    h("div", { class: "step-foot" }, button(t("start.record"), async () => {
      await room.tellSteps(form);
      toast(t("start.recorded"), "good");
    }, { kind: "primary", name: "steps", disabled: answered(form) === 0 })));
}

function consentPart(room) {
  if (!room.can("consent")) return null;
  return h("div", { key: "consents", class: "card" },
    h("h2", {}, t("consent.title")),
    h("ul", { class: "people" }, purposes.map((purpose) => {
      const one = room.consents.get(purpose);
      const given = one?.granted === true;
      const words = !one ? t("consent.unasked") : [t(given ? "consent.given" : "consent.refused"), one.basis ? term("basis", one.basis) : null,
        one.at ? whenText(one.at) : null].filter(Boolean).join(" · ");
      const set = (grant) => room.ask("consent", { purpose, grant }).then(() => room.consents.set(purpose, { purpose, granted: grant, at: new Date(now()).toISOString() }));
      return h("li", { key: purpose, class: `person-line consent-${purpose} ${given ? "given" : "not-given"}` },
        icon(given ? "check" : one ? "close" : "level"),
        h("span", { class: "person-name" }, h("strong", {}, term("purpose", purpose)), h("span", { class: "hint" }, words)),
        room.canConsent ? h("span", { class: "person-acts" },
          given ? null : button(t("consent.give"), () => set(true), { kind: "small", name: `give-${purpose}` }),
          given || !one ? button(t(given ? "consent.revoke" : "consent.refuse"), () => set(false), { kind: given ? "small danger" : "small", name: `revoke-${purpose}` }) : null) : null);
    })));
}

// What is written

function chatPart(room) {
  const { chat } = room;
  const send = () => {
    const text = chat.draft.trim();
    if (!text) return;
    chat.draft = "";
    chat.say(text, new Date(now()).toISOString());
    changed();
  };
  return h("div", { key: "chat", class: "card chat" },
    h("ol", { class: "messages", "aria-label": t("roomTab.chat"), tabindex: 0, update: follow, mount: follow },
      chat.messages.length === 0 ? h("li", { class: "hint" }, t("chat.none")) : null,
      chat.messages.map((one) => h("li", { key: one.message, class: `message${one.own ? " own" : ""} ${one.state}` },
        h("span", { class: "hint" }, `${one.own ? t("check.you") : room.nameOf(one.from)} · ${preciseTime(one.at)}`),
        h("p", { class: "prewrap" }, one.text),
        one.state === "sending" ? h("span", { class: "hint" }, t(room.status.state === "live" ? "chat.sending" : "chat.waits"))
          : one.state === "failed" ? h("span", { class: "problem" }, t("chat.failed"), " ", button(t("chat.again"), () => chat.try(one), { kind: "small" })) : null))),
    h("form", { class: "chat-form", on: { submit: (event) => { event.preventDefault(); send(); } } },
      h("label", { for: "chat-text", class: "unseen" }, t("chat.write")),
      h("textarea", {
        id: "chat-text", rows: 2, maxlength: textLimit, value: chat.draft, placeholder: t("chat.write"),
        on: {
          input: (event) => { chat.draft = event.target.value; },
          keydown: (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); } },
        },
      }),
      button(t("chat.send"), send, { kind: "primary chat-send" })));
}

/** The newest message stays in sight, unless the reader looks back. */
function follow(el) {
  const length = el.children.length;
  if (el.shownLength === length) return;
  el.shownLength = length;
  el.scrollTop = el.scrollHeight;
}
