/* what_if.js: the sections in words: the headline and its figures, what the run would take otherwise,
   what was found, and what all of it is worth. The words are the report's, as in all its formats. */

/* --- headline --- */

/* Those that are about a line that no worse one is about. */
const findings = report.findings.filter((finding, index) => finding.first === index);

function figure(title, value, note, className) {
  const data = el("dd", { className: className ?? "" }, value);
  if (note) data.append(el("small", {}, note));
  return el("div", {}, el("dt", {}, title), data);
}

/* The worst that was found. Nothing is good where too little was seen. */
function verdictFigure() {
  const worst = findings[0];
  if (worst) return figure("Worst finding", seconds(worst.seconds + worst.elsewhere_s), worst.pattern, "bad");
  const seen = past.coverage_known && report.coverage >= 0.95 && !report.lost && !report.cut;
  return figure("Findings", "none", seen ? "" : "but not all was seen", seen ? "good" : "");
}

function showHeadline() {
  const excused = report.excused.serialized_s ?? 0;
  const program = report.processes[0]?.command_line ?? "";
  $("headline").textContent = report.headline;
  $("estimate").textContent = report.estimate;
  const others = report.processes.length - 1;
  $("program").textContent = program +
    (others ? ` and ${count(others)} more process${others === 1 ? "" : "es"}` : "");
  document.title = `greq report: ${program || "a run"}`;
  $("figures").append(
    figure("Run", seconds(report.wall_s), others ? `${count(others + 1)} processes` : ""),
    verdictFigure(),
    figure("Serialized", seconds(report.serialized_s),
      percent(report.wall_s ? report.serialized_s / report.wall_s : 0) + " of the run" +
        (excused ? `, ${seconds(excused)} of it excused` : ""),
      report.serialized_s > excused ? "bad" : ""),
    figure("Waiting", `${report.waiting_conn_s.toFixed(2)}`, "connection-seconds"),
    ...(report.estimate ? [figure("Estimate", seconds(report.what_if_s),
      "with the blamed calls cooperative")] : []),
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
  body.append(el("p", {}, report.estimate ? `${report.estimate}. ` : "", report.server
    ? "The run is a server's: it takes as long as the server is wanted, so no estimate is made."
    : "For an estimate the run is replayed with one queue for each thread's own work, and answers " +
      "that take as long as they did."));
  if (!report.serial?.length) return;
  const frame = label(el("div", { className: "scroll", tabIndex: 0 }, serialTable()),
    "The whole run with several requests in flight");
  frame.setAttribute("role", "region");
  body.append(el("h3", {}, "Requests that went one after another: the whole run, if they are independent"),
    frame, el("p", { className: "hint" }, "No trace can tell whether they are independent. " +
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
  const body = $("patterns-body"), told = new Set(findings.map((item) => item.pattern));
  body.append(...findings.map(finding));
  for (const pattern of report.pattern)
    if (!told.has(pattern))
      body.append(el("p", {}, el("span", { className: "tag" }, pattern), " ", report.patterns[pattern]));
  if (report.loops.length)
    body.append(el("h3", {}, "Loops"), el("ul", {}, ...report.loops.map((loop) =>
      el("li", {}, `thread ${loop.thread} ${loop.name} of process ${loop.pid} waited for many ` +
        `${plural(loop.waits, "time")}, and was blocked in between for ${seconds(loop.blocked_s)}`))));
  if (!body.childNodes.length) body.append(el("p", {}, "None was found."));
}

/* --- trust --- */

function showTrust() {
  $("trust-body").append(el("ul", {}, ...report.trust.lines.map((line) => el("li", {}, line))));
}
