/* what_if.js: the sections in words: the headline and its figures, what the run would take otherwise,
   the patterns that were found, and what all of it is worth. */

/* --- headline --- */

const worst = report.calls[0];

/* The call of which there is most, or null when there is none of it. */
function mostOf(key) {
  return report.calls.reduce((most, call) => call[key] > (most?.[key] ?? 0) ? call : most, null);
}

function headlineText() {
  const wall = seconds(report.wall_s);
  if (report.serialized_s > 0 && worst.serialized_s > 0.99 * report.serialized_s)
    return `${worst.call} at ${worst.where} held up other connections: ` +
      `${seconds(report.serialized_s)} of ${wall} were serialized.`;
  if (report.serialized_s > 0)
    return `${worst.call} at ${worst.where} held up other connections for ` +
      `${seconds(worst.serialized_s)}; in all ${seconds(report.serialized_s)} of ${wall} were ` +
      "serialized.";
  const held = mostOf("held_tasks_s");
  if (held)
    return `${held.call} at ${held.where} was not cooperative: it blocked a thread that had other ` +
      `tasks for ${seconds(held.held_tasks_s)} of ${wall}.`;
  if (report.loop_blocked_s > 0) {
    const call = mostOf("loop_blocked_s");
    return `${call.call} at ${call.where} blocked a loop: for ` +
      `${seconds(call.loop_blocked_s)} of ${wall} it could not look after the others.`;
  }
  if (report.pattern.includes("serial"))
    return `${plural(report.requests, "request")} went one after another in ${wall}; ` +
      "nothing else was open that could have waited.";
  if (report.lock_wait_s > 0)
    return `Threads waited ${seconds(report.lock_wait_s)} for locks whose holders were in blocking ` +
      `calls, in ${wall}.`;
  return `Nothing was serialized in ${wall}.`;
}

function estimateText() {
  if (report.what_if_s < report.wall_s * 0.999)
    return `Had the blamed calls not blocked, the run would have taken about ` +
      `${seconds(report.what_if_s)} (an estimate by replay).`;
  const best = report.serial?.[0];
  if (best && report.pattern.includes("serial"))
    return `If the requests to ${best.host} are independent, all at once would take about ` +
      `${seconds(best.if_independent.at(-1).wall_s)} (an estimate).`;
  return "";
}

function figure(title, value, note, className) {
  const data = el("dd", { className: className ?? "" }, value);
  if (note) data.append(el("small", {}, note));
  return el("div", {}, el("dt", {}, title), data);
}

function showHeadline() {
  const program = report.processes[0]?.command_line ?? "";
  $("headline").textContent = headlineText();
  $("estimate").textContent = estimateText();
  const others = report.processes.length - 1;
  $("program").textContent = program +
    (others ? ` and ${count(others)} more process${others === 1 ? "" : "es"}` : "");
  document.title = `greq report: ${program || "a run"}`;
  $("figures").append(
    figure("Run", seconds(report.wall_s)),
    figure("Serialized", seconds(report.serialized_s),
      percent(report.wall_s ? report.serialized_s / report.wall_s : 0) + " of the run",
      report.serialized_s > 0 ? "bad" : "good"),
    figure("Waiting", `${report.waiting_conn_s.toFixed(2)}`, "connection-seconds"),
    figure("Otherwise", seconds(report.what_if_s), "estimate, with the blamed calls cooperative"),
    figure("In flight", report.effective_concurrency.toFixed(2),
      `on average; ${count(report.peak_in_flight)} at most`),
    figure("Requests", count(report.requests),
      `on ${plural(report.connection_count, "connection")}`));
}

/* --- what if --- */

function serialTable() {
  const widths = report.serial[0].if_independent.map((estimate) => estimate.in_flight);
  const head = ["Host", "Waited in", "Requests", "Waited", ...widths.map((width) =>
    width ? `${width} in flight` : "all in flight")];
  const rows = report.serial.map((serial) => el("tr", {},
    el("td", { className: "code" }, serial.host),
    el("td", { className: "code" }, serial.call === null ? "not known" : callName(serial.call)),
    el("td", { className: "number" }, count(serial.requests)),
    el("td", { className: "number" }, seconds(serial.waited_s)),
    ...serial.if_independent.map((estimate) =>
      el("td", { className: "number" }, seconds(estimate.wall_s)))));
  return el("table", {},
    el("caption", { className: "hidden" }, "The whole run with several requests in flight"),
    el("thead", {}, el("tr", {}, ...head.map((title, index) =>
      el("th", { scope: "col", className: index < 2 ? "" : "number" }, title)))),
    el("tbody", {}, ...rows));
}

function showWhatIf() {
  const body = $("what-if-body");
  const saved = report.wall_s - report.what_if_s;
  body.append(el("p", {}, `The run took ${seconds(report.wall_s)}. `, saved > report.wall_s * 0.001
    ? `With the blamed calls cooperative it would have taken about ${seconds(report.what_if_s)}, ` +
      `${percent(saved / report.wall_s)} less. This is an estimate: the run is replayed with one ` +
      "queue for each thread's own work, and answers that take as long as they did."
    : "Making the blamed calls cooperative alone would not have made it shorter (an estimate)."));
  if (!report.serial?.length) return;
  const frame = label(el("div", { className: "scroll", tabIndex: 0 }, serialTable()),
    "The whole run with several requests in flight");
  frame.setAttribute("role", "region");
  body.append(el("h3", {}, "Requests that went one after another: the whole run, if they are independent"),
    frame, el("p", { className: "hint" }, "Whether they are independent no trace can tell. " +
      "These are estimates, and hold for one row at a time."));
}

/* --- patterns --- */

function finding(item) {
  const box = el("div", { className: "finding" },
    el("p", {}, el("span", { className: "tag" }, item.pattern), " ", report.patterns[item.pattern] ?? ""),
    el("p", {}, ...withCode(item.evidence)),
    ...(item.call === null ? [] : [el("p", { className: "code dim" }, callName(item.call))]),
    el("p", {}, el("strong", {}, "What to do: "), ...withCode(item.remedy)));
  if (item.call !== null && report.calls[item.call]?.colour >= 0)
    box.style.borderColor = callColour(item.call);
  return box;
}

function showPatterns() {
  const body = $("patterns-body"), findings = report.findings ?? [];
  const told = new Set(findings.map((item) => item.pattern));
  body.append(...findings.map(finding));
  for (const pattern of report.pattern)
    if (!told.has(pattern))
      body.append(el("p", {}, el("span", { className: "tag" }, pattern), " ", report.patterns[pattern]));
  if (report.loops?.length)
    body.append(el("h3", {}, "Loops"), el("ul", {}, ...report.loops.map((loop) =>
      el("li", {}, `thread ${loop.thread} ${loop.name} of process ${loop.pid} waited for many ` +
        `${plural(loop.waits, "time")}, and was blocked in between for ${seconds(loop.blocked_s)}`))));
  if (report.convoys?.length)
    body.append(el("h3", {}, "Locks"), el("ul", {}, ...report.convoys.map(convoy)));
  if (!body.childNodes.length) body.append(el("p", {}, "None was found."));
}

function convoy(item) {
  const who = (call) => call === null ? "a call that is not known" : callName(call);
  return el("li", {}, `${who(item.waiter)} waited ${seconds(item.seconds)} in ` +
    `${plural(item.waits, "call")} for a lock (${item.lock}); meanwhile its holder was in ` +
    `${who(item.holder)}${item.knot ? "; threads wait for each other in a circle" : ""}`);
}

/* --- trust --- */

function trustLines() {
  const trust = report.trust, lines = [];
  lines.push(past.coverage_known
    ? `${report.cut ? "At most " : ""}${percent(report.coverage)} of the time off the CPU was in ` +
      "calls that were seen" + (report.coverage < 0.95 ? ": too little to rely on." : ".")
    : "Recording stopped before the end, so the time that was not seen is not known.");
  lines.push(`${plural(report.events, "record")} were read, ${count(report.lost)} were lost.`);
  if (report.cut)
    lines.push(`${count(report.cut)} of the processes were not recorded to their end.`);
  if (trust) {
    lines.push(`Threads were off the CPU for ${seconds(trust.off_cpu_s)}: ` +
      `${seconds(trust.seen_s)} seen, ${seconds(trust.unseen_s)} not.` +
      (trust.run_queue_known ? ` Ready to run, they waited ${seconds(trust.run_queue_s)} more for ` +
        "a processor." : ""));
    lines.push(`Of ${plural(trust.arrivals, "read")} that got data, ${count(trust.arrivals_early)} ` +
      `found them there; of ${count(trust.arrivals_unknown)} of these it is not known since when.` +
      (trust.arrival_precision_s ? ` Arrivals are known to ${seconds(trust.arrival_precision_s)}.`
        : ""));
    for (const fall of trust.fall_throughs ?? [])
      lines.push(`A patched call was made as it is ${plural(fall.count, "time")}: ${fall.reason}.`);
  }
  if (report.idle_rule) lines.push(`The rule for connections opened ahead: ${report.idle_rule}.`);
  return lines;
}

function showTrust() {
  $("trust-body").append(el("ul", {}, ...trustLines().map((line) => el("li", {}, line))));
}
