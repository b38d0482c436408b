/* marks.js: the parts that the program has named, worst first. Without any there is no section. */

const MARKS_AT_FIRST = 50;
const MARK_COLUMNS = [["count", "Times", count], ["wall_s", "Time", seconds], ["longest_s", "Longest", seconds],
  ["serialized_s", "Serialized", seconds], ["blocked_s", "Blocked", seconds],
  ["computing_s", "Computing", seconds], ["loop_blocked_s", "Loop blocked", seconds]];

function showMarks() {
  const marks = report.marks, shown = marks.slice(0, MARKS_AT_FIRST);
  if (!marks.length) return;
  $("marks").hidden = $("marks-link").hidden = false;
  const columns = MARK_COLUMNS.filter(([key]) => marks.some((entry) => entry[key]));
  const lines = shown.map((entry) => el("tr", {}, el("td", { className: "code" }, entry.mark),
    ...columns.map(([key, , format]) => number(entry[key] ? format(entry[key]) : ""))));
  const head = requestHead(columns, "Part");
  $("marks-body").append(inScroll(el("table", { id: "mark-table" }, head, el("tbody", {}, ...lines)),
    "Parts of the program"));
  if (shown.length < marks.length)
    $("marks-body").append(el("p", {}, `And ${plural(marks.length - shown.length, "more part")} in the JSON report.`));
}
