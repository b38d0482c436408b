/* requests.js: the requests: by host, and the slowest ones, with what their time was made of. */

const PARTS = [["lookup_s", "Look-up"], ["backlog_s", "Backlog"], ["connect_s", "Connect"],
  ["tls_s", "TLS"], ["send_s", "Send"], ["wait_s", "Wait"], ["receive_s", "Receive"],
  ["total_s", "Total"]];
const REQUEST_ROWS_AT_FIRST = 20;

function requestName(entry) {
  const host = entry.served ? "served"
    : entry.name ? `${entry.name} (${entry.address ?? "not found"})` : entry.address ?? "others";
  return entry.label ? `${host} ${entry.label}` : host;
}

function requestHead(parts, ...titles) {
  const cells = [...titles, ...parts.map(([, title]) => title)].map((title, index) =>
    el("th", { scope: "col", className: index ? "number" : "" }, title));
  return el("thead", {}, el("tr", {}, ...cells));
}

const number = (text) => el("td", { className: "number" }, text);

/* A spread in one cell: the median, and the longest below it. */
function spreadCell(spread) {
  if (!spread) return number("");
  const cell = number(seconds(spread.median_s));
  cell.append(el("br"), el("span", { className: "dim" }, seconds(spread.longest_s)));
  cell.title = `p95 ${seconds(spread.p95_s)}, p99 ${seconds(spread.p99_s)}`;
  return cell;
}

function hostTable(rows, parts) {
  const lines = rows.map((entry) => el("tr", {}, el("td", { className: "code" }, requestName(entry)),
    number(count(entry.count)), number(entry.failed ? count(entry.failed) : ""),
    ...parts.map(([key]) => spreadCell(entry[key]))));
  return el("table", { id: "request-table" }, requestHead(parts, "Host", "Count", "Failed"),
    el("tbody", {}, ...lines));
}

function slowestTable(parts) {
  const lines = report.slowest_requests.map((entry) => el("tr", {},
    el("td", { className: "code" }, requestName(entry)), number(seconds(entry.begun_s)),
    number(entry.failed ? "failed" : entry.status ? String(entry.status) : ""),
    ...parts.map(([key]) => number(entry[key] === undefined ? "" : seconds(entry[key])))));
  return el("table", { id: "slowest-table" }, requestHead(parts, "Slowest", "Began at", "Status"),
    el("tbody", {}, ...lines));
}

function inScroll(table, name) {
  const region = label(el("div", { className: "scroll", tabIndex: 0 }, table), name);
  region.setAttribute("role", "region");
  return region;
}

function showRequests() {
  const body = $("requests-body"), rows = [...report.request_table];
  const parts = PARTS.filter(([key]) => rows.some((entry) => entry[key]));
  rows.sort((a, b) => (b.total_s?.sum_s ?? 0) - (a.total_s?.sum_s ?? 0));
  if (!rows.length) body.append(el("p", {}, "No requests were seen."));
  else body.append(inScroll(hostTable(rows.slice(0, REQUEST_ROWS_AT_FIRST), parts), "By host"));
  const left = rows.length - REQUEST_ROWS_AT_FIRST;
  if (left > 0) body.append(el("p", {}, `And ${plural(left, "more row")} in the JSON report.`));
  if (report.slowest_requests.length > 1)
    body.append(inScroll(slowestTable(parts), "The slowest requests"));
  if (report.uncounted_connections)
    body.append(el("p", { className: "note" },
      `Requests on ${plural(report.uncounted_connections, "connection")} are not counted: HTTP/2, ` +
      "or both sides talked at once."));
}
