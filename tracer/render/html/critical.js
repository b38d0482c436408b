/* critical.js: the critical path: what the run waited for, one after another. */

const PIECES = { unrecorded: "before its first record", own: "the program itself, with calls of less than 1 ms",
  events: "waiting for events", rest: "all else" };

function segmentName(segment) {
  const name = segment.call === null ? PIECES[segment.kind] : callName(segment.call);
  return segment.peer ? `${name}, for ${segment.peer}` : name;
}

function showCritical() {
  const share = (segment) => report.wall_s ? segment.seconds / report.wall_s : 0;
  const lines = report.critical_path.map((segment) => {
    const bar = el("span", { className: "share" });
    bar.style.width = `${(share(segment) * 6).toFixed(2)}rem`;
    bar.style.background = segment.call === null ? "var(--other)" : callColour(segment.call);
    return el("tr", {}, number(seconds(segment.seconds)),
      el("td", { className: "number" }, bar, percent(share(segment))),
      number(count(segment.count)), el("td", { className: "code" }, segmentName(segment)));
  });
  const titles = ["Time", "Share", "Times", "What the run waited for"];
  const cells = titles.map((title, index) =>
    el("th", { scope: "col", className: index < 3 ? "number" : "" }, title));
  const table = el("table", { id: "critical-table" }, el("thead", {}, el("tr", {}, ...cells)),
    el("tbody", {}, ...lines));
  $("critical-body").append(lines.length ? inScroll(table, "The critical path")
    : el("p", {}, "It is not known."));
}
