"use strict";
/* data.js: what the page was given, made handy, and the few helpers that all parts use. Names come
   from a trace and may hold anything: they become text nodes, never markup. */

const $ = (id) => document.getElementById(id);
const report = JSON.parse($("report").textContent);
const past = JSON.parse($("history").textContent);

const KIND = { connection: 0, thread: 1, task: 2 };
const DOING = { opening: 0, idle: 1, flight: 2, busy: 3, waiting: 4, call: 5, wait: 6, parked: 7,
  asleep: 8 };
const COLOURS = 8;

/* An element with properties and children, which are elements or texts. */
function el(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function label(element, text) {
  element.setAttribute("aria-label", text);
  return element;
}

function seconds(value) {
  if (value >= 0.9995) return `${value.toFixed(2)} s`;
  if (value >= 0.0009995) return `${(value * 1e3).toFixed(value < 0.00995 ? 1 : 0)} ms`;
  if (value > 0) return `${(value * 1e6).toFixed(0)} \u00b5s`;
  return "0 s";
}

const percent = (share) => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;
const count = (number) => number.toLocaleString("en");
const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;
const ticksToSeconds = (ticks) => ticks * past.tick_s;

/* --- calls --- */

function baseName(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}

function frameText(frame) {
  const place = frame.file ? `${baseName(frame.file)}:${frame.line}` : frame.module;
  return place && !frame.function.startsWith(place) ? `${frame.function} (${place})`
    : frame.function;
}

report.calls.forEach((call, index) => {
  call.index = index;
  call.site = call.stack[past.call_sites[2 * index]];
  call.own = call.stack[past.call_sites[2 * index + 1]];
  call.where = frameText(call.site) + (call.own ? ` from ${frameText(call.own)}` : "");
});

/* A row for each function and line, whichever way the calls came there: the sums of them all. The worst
   call stands for the row: its index is the row's. */
const rows = [], rowBySite = new Map();
const SUMS = [...Object.keys(report.figures), "count", "blocked_s", "parked_s", "unfinished", "waits"];

for (const call of report.calls) {
  const site = JSON.stringify([call.call, call.site]);
  call.row = rowBySite.get(site);
  if (call.row) {
    for (const key of SUMS) call.row[key] += call[key];
    call.row.longest_s = Math.max(call.row.longest_s, call.longest_s);
    call.row.calls.push(call);
    continue;
  }
  call.row = { ...call, calls: [call] };
  rowBySite.set(site, call.row);
  rows.push(call.row);
}

rows.forEach((row, place) => {
  const weight = Math.max(row.serialized_s, row.blocked_s);
  row.colour = place < COLOURS && weight > 0.01 * report.wall_s ? place : -1;
  for (const call of row.calls) call.colour = row.colour;
});

const rowIndex = (call) => call < 0 ? call : report.calls[call].row.index;

const callName = (index) => {
  const call = report.calls[index];
  return call ? `${call.call} at ${call.where}` : "a call that is not known";
};

/* --- lanes: spans as columns of numbers, in ticks --- */

function decode(lane, index) {
  const rows = lane.spans.length / 5;
  const spans = { length: rows, begin: new Float64Array(rows), end: new Float64Array(rows),
    doing: new Uint8Array(rows), call: new Int32Array(rows), merged: new Uint8Array(rows) };
  let time = 0;
  for (let row = 0; row < rows; row++) {
    const [gap, length, doing, call, merged] = lane.spans.slice(5 * row, 5 * row + 5);
    spans.begin[row] = time + gap;
    spans.end[row] = time = time + gap + length;
    spans.doing[row] = doing;
    spans.call[row] = rowIndex(call);
    spans.merged[row] = merged;
  }
  lane.spans = spans;
  lane.index = index;
  lane.begin = lane.opened ?? (rows ? spans.begin[0] : 0);
  lane.end = lane.closed || (rows ? spans.end[rows - 1] : lane.begin);
  addUp(lane);
}

/* How long it waited or was in calls, and behind which call or in which one for longest. */
function addUp(lane) {
  const times = new Float64Array(9), byCall = new Map();
  for (let row = 0; row < lane.spans.length; row++) {
    const time = lane.spans.end[row] - lane.spans.begin[row], call = lane.spans.call[row];
    times[lane.spans.doing[row]] += time;
    if (call >= 0) byCall.set(call, (byCall.get(call) ?? 0) + time);
  }
  lane.times = times;
  lane.calls = byCall;
  lane.worst = -1;
  for (const [call, time] of byCall)
    if (lane.worst < 0 || time > byCall.get(lane.worst)) lane.worst = call;
}

const manyProcesses = report.processes.length > 1;

function laneName(lane) {
  const process = manyProcesses ? `${lane.pid} ` : "";
  if (lane.kind === KIND.connection) return `${lane.number} ${lane.name}`;
  if (lane.kind === KIND.task) return `${process}task ${lane.task}`;
  return `${process}thread ${lane.thread || "main"}${lane.name ? ` ${lane.name}` : ""}`;
}

past.lanes.forEach((lane, index) => {
  decode(lane, index);
  lane.title = laneName(lane);
});

/* The lane of the thread that a connection waits for: the one that opened it. */
const threadKey = (lane) => `${lane.process}/${lane.thread}`;
const threads = new Map(past.lanes.filter((lane) => lane.kind === KIND.thread).map(
  (lane) => [threadKey(lane), lane]));

/* What a span is, in words. */
function doingText(lane, row) {
  const call = lane.spans.call[row], mostly = lane.spans.merged[row] ? "mostly " : "";
  switch (lane.spans.doing[row]) {
    case DOING.opening: return `${mostly}opening`;
    case DOING.flight: return `${mostly}in flight`;
    case DOING.busy: return `${mostly}in flight, and a thread is blocked for it`;
    case DOING.waiting: return `${mostly}waiting for the program` +
      (call >= 0 ? `, held up by ${callName(call)}` : "");
    case DOING.call: return `${mostly}blocked in ${callName(call)}`;
    case DOING.wait: return `${mostly}waiting for many in ${callName(call)}`;
    case DOING.parked: return `${mostly}parked in ${callName(call)}`;
    case DOING.asleep: return "asleep: all tasks are parked";
    default: return "idle";
  }
}

/* A text in which `this` is code. */
function withCode(text) {
  return text.split("`").map((part, index) => index % 2 ? el("code", {}, part) : part);
}

/* --- tip --- */

function showTip(text, x, y) {
  const tip = $("tip");
  tip.textContent = text;
  tip.hidden = false;
  const width = tip.offsetWidth, height = tip.offsetHeight;
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
  tip.style.top = `${y + 18 + height > innerHeight ? y - height - 10 : y + 18}px`;
}

function hideTip() {
  $("tip").hidden = true;
}
