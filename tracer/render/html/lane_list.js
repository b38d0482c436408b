/* lane_list.js: the lanes as text: what each and its spans come to in words, which are shown and in
   which order, the table of them, and the legend. */

function laneText(lane) {
  const parts = [`${["Connection", "Thread", "Task"][lane.kind]} lane ${lane.title}`];
  const add = (doing, text) => {
    if (lane.times[doing]) parts.push(`${text} ${seconds(ticksToSeconds(lane.times[doing]))}`);
  };
  add(DOING.waiting, "waited for the program");
  add(DOING.call, "blocked");
  add(DOING.parked, "parked");
  if (lane.requests) parts.push(plural(lane.requests, "request"));
  if (lane.worst >= 0) parts.push(`longest with ${callName(lane.worst)}`);
  return parts.join(", ");
}

function spanText(lane, row) {
  const begin = ticksToSeconds(lane.spans.begin[row]), end = ticksToSeconds(lane.spans.end[row]);
  return `${doingText(lane, row)}: ${seconds(end - begin)}, from ${seconds(begin)} to ` +
    `${seconds(end)}`;
}

const laneList = (() => {
  const PAGE = 50;
  let shown = []; /* lanes, filtered and in order */
  let page = 0;   /* of the table */

  /* --- which lanes, in which order --- */

  const ORDERS = {
    begin: (a, b) => a.kind - b.kind || a.begin - b.begin || a.index - b.index,
    waited: (a, b) => b.times[DOING.waiting] - a.times[DOING.waiting] ||
      b.times[DOING.call] - a.times[DOING.call] || a.index - b.index,
  };

  function choose() {
    const text = $("lane-filter").value.trim().toLowerCase();
    shown = past.lanes.filter((lane) => $(`show-${lane.kind}`).checked &&
      (!text || lane.title.toLowerCase().includes(text)));
    shown.sort(ORDERS[$("lane-order").value]);
    page = 0;
    timeline.setLanes(shown);
    $("lanes-now").textContent = `${plural(shown.length, "lane")}.`;
    fillTable();
  }

  /* --- the table --- */

  function turn(step) {
    page += step;
    fillTable();
  }

  function tableRow(lane) {
    const time = (doing) => lane.times[doing] ? seconds(ticksToSeconds(lane.times[doing])) : "";
    const worst = lane.worst < 0 ? "" : callName(lane.worst);
    const numbers = [seconds(ticksToSeconds(lane.begin)), seconds(ticksToSeconds(lane.end)),
      time(DOING.waiting), time(DOING.flight), time(DOING.busy), time(DOING.call),
      time(DOING.parked), lane.requests === undefined ? "" : count(lane.requests)];
    return el("tr", {}, el("th", { scope: "row" }, lane.title),
      ...numbers.map((text) => el("td", { className: "number" }, text)),
      el("td", { className: "code" }, worst));
  }

  function fillTable() {
    if (!$("lane-details").open) return;
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    const titles = ["Lane", "From", "To", "Waiting", "In flight", "Thread blocked for it", "Blocked",
      "Parked", "Requests", "Longest with"];
    const rows = shown.slice(page * PAGE, (page + 1) * PAGE).map(tableRow);
    $("lane-table").replaceChildren(
      el("caption", { className: "hidden" }, "Lanes, as chosen and ordered above"),
      el("thead", {}, el("tr", {}, ...titles.map((title, index) => el("th",
        { scope: "col", className: index && index < 9 ? "number" : "" }, title)))),
      el("tbody", {}, ...rows));
    $("lanes-page").textContent = `${count(page + 1)} of ${count(pages)}`;
    $("lanes-before").disabled = page === 0;
    $("lanes-after").disabled = page + 1 >= pages;
  }

  /* --- legend --- */

  function fillLegend() {
    const entries = [["var(--opening)", "opening"], ["var(--flight)", "in flight"],
      ["var(--busy)", "in flight, and a thread is blocked for it"],
      ["var(--quiet)", "thread or task: waiting for many, parked, asleep"]].map(
      ([colour, text]) => el("li", {}, swatch(colour), text));
    const used = new Set(past.lanes.flatMap((lane) => [...lane.calls.keys()]));
    for (const call of rows.filter((each) => each.colour >= 0 && used.has(each.index)))
      entries.push(el("li", {}, swatch(call.colour), `blocked in ${call.call} from ${(call.own ?? call.site).function}, `,
        swatch(call.colour, true), `waiting behind it`));
    entries.push(el("li", {}, swatch("var(--other)"), "blocked in another call, ",
      swatch("var(--other)", true), "waiting behind it, or for the program itself"));
    $("legend").replaceChildren(...entries);
  }

  function note() {
    const notes = [];
    if (past.grain_s) notes.push(`What is shorter than ${seconds(past.grain_s)} has been merged with ` +
      "its neighbours, for there was too much to show.");
    if (past.lanes_left_out) notes.push(`${plural(past.lanes_left_out, "lane")} more could not ` +
      "be shown; the figures count them all the same.");
    $("lanes-note").hidden = !notes.length;
    $("lanes-note").textContent = notes.join(" ");
  }

  function start() {
    fillLegend();
    note();
    choose();
    for (const id of ["show-0", "show-1", "show-2", "lane-order"])
      $(id).addEventListener("change", choose);
    $("lane-filter").addEventListener("input", choose);
    $("lanes-before").addEventListener("click", () => turn(-1));
    $("lanes-after").addEventListener("click", () => turn(1));
    $("lane-details").addEventListener("toggle", fillTable);
  }

  return { start };
})();
