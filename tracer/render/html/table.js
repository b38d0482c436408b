/* table.js: who did it: the calls, worst first, or as the reader sorts them; the chosen one in
   detail. */

const CALLS_AT_FIRST = 50;

const callTable = (() => {
  const columns = [
    { title: "Call", text: (call) => call.call },
    { title: "Where", text: (call) => call.where },
    { title: "Serialized", value: (call) => call.serialized_s, format: seconds },
    { title: "Share", value: (call) => report.wall_s ? call.serialized_s / report.wall_s : 0,
      format: percent },
    { title: "Waiting", value: (call) => call.waiting_conn_s,
      format: (value) => value ? `${value.toFixed(2)} conn-s` : "0" },
    { title: "Blocked", value: (call) => call.blocked_s, format: seconds },
    { title: "Longest", value: (call) => call.longest_s, format: seconds },
    { title: "Calls", value: (call) => call.count, format: count },
  ];
  let order = rows, sorted = -1, descending = true, whole = false, chosen = -1;
  const listeners = [];

  function compare(column, a, b) {
    if (column.value) return column.value(a) - column.value(b);
    return column.text(a).localeCompare(column.text(b));
  }

  function sort(index) {
    const column = columns[index];
    descending = sorted === index ? !descending : Boolean(column.value);
    sorted = index;
    const sign = descending ? -1 : 1;
    order = [...rows].sort((a, b) => sign * compare(column, a, b) || a.index - b.index);
    fill();
  }

  function head() {
    const cells = columns.map((column, index) => {
      const button = el("button", { type: "button", onclick: () => sort(index) }, column.title);
      return el("th", { scope: "col", className: column.value ? "number" : "" }, button);
    });
    return el("thead", {}, el("tr", {}, ...cells));
  }

  function nameCell(call) {
    const button = el("button", { type: "button", className: "code" }, call.call);
    button.setAttribute("aria-pressed", String(call.index === chosen));
    button.setAttribute("aria-controls", "call-detail");
    const cell = el("td", {});
    if (call.colour >= 0) cell.append(swatch(call.colour));
    cell.append(button);
    return cell;
  }

  function shareCell(call, column) {
    const share = column.value(call);
    const bar = el("span", { className: "share" });
    bar.style.width = `${(Math.min(share, 1) * 3).toFixed(2)}rem`;
    bar.style.background = callColour(call.index);
    return el("td", { className: "number" }, ...(share > 0 ? [bar] : []), column.format(share));
  }

  function row(call) {
    const cells = columns.map((column, index) => {
      if (index === 0) return nameCell(call);
      if (column.title === "Share") return shareCell(call, column);
      if (!column.value) return el("td", { className: "where code" }, column.text(call));
      return el("td", { className: "number" }, column.format(column.value(call)));
    });
    const line = el("tr", { onclick: () => choose(call.index) }, ...cells);
    line.classList.toggle("chosen", call.index === chosen);
    line.dataset.call = call.index;
    return line;
  }

  function more(shown) {
    const place = $("calls-more");
    place.replaceChildren();
    if (shown < order.length)
      place.append(el("button", { type: "button", onclick: () => { whole = true; fill(); } },
        `Show all ${count(order.length)} calls`));
  }

  function fill() {
    const table = $("calls"), shown = whole ? order : order.slice(0, CALLS_AT_FIRST);
    table.tBodies[0].replaceChildren(...shown.map(row));
    [...table.tHead.rows[0].cells].forEach((cell, index) => {
      if (index === sorted) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    more(shown.length);
  }

  /* Of each way that leads to the call, the worst first. */
  function stacks(row) {
    return row.calls.flatMap((call) => [
      el("h3", {}, row.calls.length > 1 ? `Called from, ${plural(call.count, "time")}` : "Called from"),
      stack(call)]);
  }

  function stack(call) {
    const frames = call.stack.map((frame) => {
      const item = el("li", { className: "code" }, frame.function);
      const place = frame.file ? `${frame.file}:${frame.line}` : frame.module;
      if (place) item.append(el("span", { className: "dim" }, `  ${place}`));
      if (frame === call.site || frame === call.own) item.prepend(el("strong", {}, "\u2192 "));
      return item;
    });
    return el("ol", {}, ...frames);
  }

  function victims(call) {
    if (!call.victims?.length) return [];
    const items = call.victims.map((victim) => el("li", {}, `connection ${victim.connection} to ` +
      `${victim.peer}: ${seconds(victim.waited_s)}`));
    const left = call.waits - call.victims.length;
    if (left > 0) items.push(el("li", {}, `and ${plural(left, "more wait")}`));
    return [el("h3", {}, "Who waited behind it"), el("ul", {}, ...items)];
  }

  /* Of a row that is of several calls the first reason stands for those of them that have one. */
  function excuse(row, name) {
    const excused = row.calls.filter((call) => call.excused?.[name]);
    if (!excused.length) return "";
    const sum = excused.reduce((all, call) => all + call[name], 0);
    const part = excused.length < row.calls.length ? `${seconds(sum)} of it ` : "";
    return ` (${part}excused: ${excused[0].excused[name]})`;
  }

  function detail(call) {
    const facts = [];
    for (const [name, cost] of Object.entries(report.figures))
      if (cost && call[name]) facts.push(`${cost} ${seconds(call[name])}${excuse(call, name)}`);
    if (call.parked_s) facts.push(`parked for ${seconds(call.parked_s)}`);
    if (call.unfinished) facts.push(`${plural(call.unfinished, "call")} had not returned`);
    if (call.descriptor) facts.push(`on ${call.descriptor}`);
    return [el("h3", {}, el("span", { className: "code" }, callName(call.index))),
      ...(facts.length ? [el("p", {}, `${facts.join("; ")}.`)] : []),
      ...victims(call), ...stacks(call)];
  }

  /* Chooses a call, or none when it is the chosen one. */
  function choose(index) {
    chosen = chosen === index ? -1 : index;
    const panel = $("call-detail");
    panel.hidden = chosen < 0;
    panel.replaceChildren(...(chosen < 0 ? [] : detail(report.calls[chosen].row)));
    for (const line of $("calls").tBodies[0].rows) {
      const own = Number(line.dataset.call) === chosen;
      line.classList.toggle("chosen", own);
      line.querySelector("button").setAttribute("aria-pressed", String(own));
    }
    listeners.forEach((listen) => listen(chosen));
  }

  function start() {
    const table = $("calls");
    table.append(el("caption", { className: "hidden" },
      "Calls by function and place, worst first; the head's buttons sort"), head(), el("tbody"));
    fill();
    if (!report.calls.length) $("calls-more").textContent = "No calls were recorded.";
  }

  return { start, fill, onChoice: (listen) => listeners.push(listen) };
})();

/* --- colours of calls --- */

function callColour(index) {
  const call = report.calls[index];
  return call && call.colour >= 0 ? `var(--call-${call.colour})` : "var(--other)";
}

function swatch(colour, hatched) {
  const mark = el("span", { className: hatched ? "swatch hatched" : "swatch" });
  mark.style.backgroundColor = typeof colour === "number" ? `var(--call-${colour})` : colour;
  return mark;
}
