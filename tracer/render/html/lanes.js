/* lanes.js: the timeline: lanes of connections, threads and tasks on a canvas that shows the rows in
   view and draws no two spans on one pixel, so that ten thousand lanes cost as little as ten. The
   same is there as text: what has the focus is said, and a table lists the lanes. */

const timeline = (() => {
  const ROW = 20, AXIS = 24, BAR = 14, PAGE = 50, LEAST_SPAN = 4;
  const box = $("lanes"), canvas = $("lanes-canvas"), space = $("lanes-space");
  const pen = canvas.getContext("2d", { alpha: false });
  const whole = Math.max(past.ticks, ...past.lanes.map((lane) => lane.end), 1);
  let shown = [];            /* lanes, filtered and in order */
  let from = 0, to = whole;  /* what of the run is in view, in ticks */
  let focus = { row: -1, span: -1 };
  let marked = -1;           /* the chosen call */
  let page = 0;              /* of the table */
  let colours = {}, hatches = new Map(), strips = new Map(), drawing = 0;

  /* --- colours --- */

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    const get = (name) => style.getPropertyValue(name).trim();
    colours = { card: get("--card"), ink: get("--ink"), dim: get("--dim"), line: get("--line"),
      soft: get("--soft"), opening: get("--opening"), flight: get("--flight"), busy: get("--busy"),
      quiet: get("--quiet"), other: get("--other"), hatch: get("--hatch"), focus: get("--focus"),
      calls: Array.from({ length: COLOURS }, (_, index) => get(`--call-${index}`)) };
    hatches = new Map();
  }

  function hatched(colour) {
    if (!hatches.has(colour)) {
      const tile = el("canvas", { width: 8, height: 8 }), brush = tile.getContext("2d");
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 8, 8);
      brush.strokeStyle = colours.hatch;
      brush.lineWidth = 2;
      for (const shift of [-8, 0, 8]) {
        brush.beginPath();
        brush.moveTo(shift, 8);
        brush.lineTo(shift + 8, 0);
        brush.stroke();
      }
      hatches.set(colour, pen.createPattern(tile, "repeat"));
    }
    return hatches.get(colour);
  }

  function callPaint(index) {
    const call = report.calls[index];
    return call && call.colour >= 0 ? colours.calls[call.colour] : colours.other;
  }

  function paint(lane, row) {
    switch (lane.spans.doing[row]) {
      case DOING.opening: return colours.opening;
      case DOING.flight: return colours.flight;
      case DOING.busy: return colours.busy;
      case DOING.call: return callPaint(lane.spans.call[row]);
      default: return colours.quiet;
    }
  }

  /* --- from times to places and back --- */

  const gutter = () => Math.min(190, Math.floor(box.clientWidth * 0.32));
  const breadth = () => Math.max(box.clientWidth - gutter(), 1);
  const place = (time) => gutter() + (time - from) / (to - from) * breadth();
  const timeAt = (x) => from + (x - gutter()) / breadth() * (to - from);

  /* The first span that ends after a time. */
  function firstAfter(spans, time) {
    let low = 0, high = spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spans.end[middle] > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /* --- drawing --- */

  function niceStep(span) {
    const rough = span / Math.max(2, breadth() / 110), power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= rough);
  }

  /* With as many digits as tell two marks apart. */
  function axisText(value, step) {
    const [unit, scale] = step >= 0.1 ? ["s", 1] : step >= 1e-4 ? ["ms", 1e3] : ["\u00b5s", 1e6];
    const digits = Math.max(0, -Math.floor(Math.log10(step * scale) + 1e-9));
    return `${(value * scale).toFixed(Math.min(digits, 6))} ${unit}`;
  }

  function drawAxis(height) {
    const begin = ticksToSeconds(from), end = ticksToSeconds(to), step = niceStep(end - begin);
    pen.fillStyle = colours.card;
    pen.fillRect(0, 0, canvas.width, AXIS);
    pen.font = "11px system-ui, sans-serif";
    for (let time = Math.ceil(begin / step) * step; time <= end; time += step) {
      const x = Math.round(place(time / past.tick_s)) + 0.5;
      pen.fillStyle = colours.line;
      pen.fillRect(x - 0.5, AXIS - 6, 1, height);
      pen.fillStyle = colours.dim;
      pen.fillText(axisText(time, step), Math.min(x + 4, box.clientWidth - 40), AXIS - 10);
    }
  }

  /* Draws the spans of a lane between two times. Those that fall on a pixel which is taken already
     are jumped over. */
  function eachSpan(lane, begin, end, draw) {
    const { spans } = lane, perPixel = (to - from) / breadth();
    for (let row = firstAfter(spans, begin); row < spans.length && spans.begin[row] < end;) {
      const left = Math.max(place(spans.begin[row]), place(begin));
      const width = Math.max(Math.min(place(spans.end[row]), place(end)) - left, 1);
      draw(row, left, width);
      row = width > 1 ? row + 1 : Math.max(row + 1, firstAfter(spans, spans.begin[row] + perPixel));
    }
  }

  function bar(brush, style, call, left, width, top) {
    brush.globalAlpha = marked < 0 || call === marked ? 1 : 0.22;
    brush.fillStyle = style;
    brush.fillRect(left, top, width, BAR);
    brush.globalAlpha = 1;
  }

  /* What waiting for a thread looks like over all that is in view: the calls that it is blocked in,
     or else the program itself. Every connection that waits is shown a piece of it. */
  function drawStrip(key) {
    const scale = devicePixelRatio || 1, thread = threads.get(key);
    const strip = el("canvas", { width: Math.ceil(box.clientWidth * scale), height: BAR * scale });
    const brush = strip.getContext("2d");
    brush.setTransform(scale, 0, 0, scale, 0, 0);
    bar(brush, colours.card, marked, 0, box.clientWidth, 0);
    bar(brush, hatched(colours.other), -1, 0, box.clientWidth, 0);
    if (thread)
      eachSpan(thread, from, to, (row, left, width) => {
        if (thread.spans.doing[row] !== DOING.call) return;
        bar(brush, colours.card, marked, left, width, 0);
        bar(brush, hatched(callPaint(thread.spans.call[row])), thread.spans.call[row], left, width, 0);
      });
    return strip;
  }

  function drawWaiting(lane, left, width, top) {
    const scale = devicePixelRatio || 1, key = threadKey(lane);
    if (!strips.has(key)) strips.set(key, drawStrip(key));
    pen.drawImage(strips.get(key), left * scale, 0, width * scale, BAR * scale, left, top, width, BAR);
  }

  function drawSpans(lane, y) {
    const top = y + (ROW - BAR) / 2;
    eachSpan(lane, from, to, (row, left, width) => {
      if (lane.spans.doing[row] === DOING.waiting) drawWaiting(lane, left, width, top);
      else bar(pen, paint(lane, row), lane.spans.call[row], left, width, top);
    });
  }

  /* The time from its opening to its end. */
  function drawLife(lane, y) {
    if (lane.kind !== KIND.connection) return;
    const begin = Math.max(place(lane.begin), gutter());
    const end = Math.min(place(lane.end), gutter() + breadth());
    pen.fillStyle = colours.line;
    if (end > begin) pen.fillRect(begin, y + ROW / 2 - 1, end - begin, 2);
  }

  function drawTitle(lane, y, row) {
    pen.fillStyle = colours.card;
    pen.fillRect(0, y, gutter() - 1, ROW);
    pen.fillStyle = marked >= 0 && !lane.calls.has(marked) ? colours.dim : colours.ink;
    pen.font = `${row === focus.row ? "bold " : ""}12px system-ui, sans-serif`;
    pen.save();
    pen.beginPath();
    pen.rect(0, y, gutter() - 8, ROW);
    pen.clip();
    pen.fillText(lane.title, 8, y + ROW / 2 + 4);
    pen.restore();
  }

  function drawFocus() {
    const lane = shown[focus.row];
    if (!lane) return;
    const y = rowTop(focus.row), { spans } = lane;
    pen.strokeStyle = colours.focus;
    pen.lineWidth = 2;
    if (focus.span >= 0) {
      const begin = Math.max(place(spans.begin[focus.span]), gutter());
      const end = Math.min(place(spans.end[focus.span]), gutter() + breadth());
      pen.strokeRect(begin - 1, y + 1, Math.max(end - begin, 2) + 2, ROW - 2);
    } else {
      pen.strokeRect(2, y + 1, gutter() - 6, ROW - 2);
    }
  }

  const rowTop = (row) => AXIS + row * ROW - box.scrollTop;

  function draw() {
    drawing = 0;
    const scale = devicePixelRatio || 1, width = box.clientWidth, height = box.clientHeight;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = colours.card;
    pen.fillRect(0, 0, width, height);
    drawAxis(height);
    strips = new Map();
    const first = Math.floor(box.scrollTop / ROW);
    const last = Math.min(shown.length, first + Math.ceil(height / ROW) + 1);
    for (let row = first; row < last; row++) {
      drawLife(shown[row], rowTop(row));
      drawSpans(shown[row], rowTop(row));
      drawTitle(shown[row], rowTop(row), row);
    }
    drawFocus();
    pen.fillStyle = colours.card;
    pen.fillRect(0, 0, gutter(), AXIS - 2);
  }

  function redraw() {
    drawing ||= requestAnimationFrame(draw);
  }

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
    focus = { row: -1, span: -1 };
    page = 0;
    space.style.height = `${AXIS + shown.length * ROW + 4}px`;
    box.style.height = `min(max(60vh, 16rem), ${AXIS + Math.max(shown.length, 4) * ROW + 20}px)`;
    $("lanes-now").textContent = `${plural(shown.length, "lane")}.`;
    fillTable();
    redraw();
  }

  /* --- zoom and move --- */

  function show(begin, end) {
    const span = Math.min(Math.max(end - begin, LEAST_SPAN), whole);
    from = Math.min(Math.max(begin, 0), whole - span);
    to = from + span;
    redraw();
  }

  function zoom(factor, x) {
    const middle = x === undefined ? (from + to) / 2 : timeAt(Math.max(x, gutter()));
    show(middle - (middle - from) * factor, middle + (to - middle) * factor);
  }

  const move = (share) => show(from + share * (to - from), to + share * (to - from));

  /* --- what has the focus --- */

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

  function say() {
    const lane = shown[focus.row];
    if (lane) $("lanes-now").textContent = focus.span < 0 ? `${laneText(lane)}.`
      : `${lane.title}: ${spanText(lane, focus.span)}.`;
  }

  function reveal() {
    const lane = shown[focus.row], top = focus.row * ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + AXIS + ROW > box.scrollTop + box.clientHeight - 20)
      box.scrollTop = top + AXIS + ROW - box.clientHeight + 20;
    if (lane && focus.span >= 0) {
      const begin = lane.spans.begin[focus.span], end = lane.spans.end[focus.span];
      if (end < from || begin > to) show((begin + end - (to - from)) / 2, (begin + end + (to - from)) / 2);
    }
    say();
    redraw();
  }

  function focusRow(row) {
    if (!shown.length) return;
    focus = { row: Math.min(Math.max(row, 0), shown.length - 1), span: -1 };
    reveal();
  }

  function focusSpan(step) {
    const lane = shown[focus.row];
    if (!lane) return focusRow(0);
    const last = lane.spans.length - 1;
    const near = focus.span >= 0 ? focus.span + step
      : Math.min(firstAfter(lane.spans, from), last);
    focus.span = Math.min(Math.max(near, last < 0 ? -1 : 0), last);
    reveal();
  }

  function zoomToFocus() {
    const lane = shown[focus.row];
    if (!lane || focus.span < 0) return;
    const begin = lane.spans.begin[focus.span], end = lane.spans.end[focus.span];
    show(begin - (end - begin) * 0.15, end + (end - begin) * 0.15);
  }

  const KEYS = {
    ArrowDown: () => focusRow(focus.row + 1),
    ArrowUp: () => focusRow(focus.row - 1),
    PageDown: () => focusRow(focus.row + 15),
    PageUp: () => focusRow(focus.row - 15),
    Home: () => focusRow(0),
    End: () => focusRow(shown.length - 1),
    ArrowRight: (event) => event.shiftKey ? move(0.2) : focusSpan(1),
    ArrowLeft: (event) => event.shiftKey ? move(-0.2) : focusSpan(-1),
    Enter: zoomToFocus,
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    0: () => show(0, whole),
  };

  function onKey(event) {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(event);
  }

  /* --- pointers --- */

  const pointers = new Map();
  let pinch = null, dragged = false;

  function hit(event) {
    const area = box.getBoundingClientRect();
    const x = event.clientX - area.left - box.clientLeft, y = event.clientY - area.top - box.clientTop;
    const row = Math.floor((y - AXIS + box.scrollTop) / ROW), lane = shown[row];
    if (y < AXIS || !lane || x > box.clientWidth) return null;
    if (x < gutter()) return { row, lane, span: -1 };
    const near = (to - from) / breadth() * 2, time = timeAt(x);
    const span = firstAfter(lane.spans, time - near);
    const found = span < lane.spans.length && lane.spans.begin[span] <= time + near;
    return { row, lane, span: found ? span : -1 };
  }

  function hover(event) {
    const found = hit(event);
    if (!found) return hideTip();
    showTip(found.span < 0 ? laneText(found.lane)
      : `${found.lane.title}\n${spanText(found.lane, found.span)}`, event.clientX, event.clientY);
  }

  function drag(event) {
    const before = pointers.get(event.pointerId);
    pointers.set(event.pointerId, event);
    if (pointers.size === 2) return pinchTo();
    const shift = (before.clientX - event.clientX) / breadth() * (to - from);
    dragged ||= Math.hypot(event.clientX - before.startX, event.clientY - before.startY) > 4;
    event.startX = before.startX;
    event.startY = before.startY;
    if (!dragged) return;
    box.classList.add("dragging");
    hideTip();
    show(from + shift, to + shift);
    if (event.pointerType === "mouse") box.scrollTop += before.clientY - event.clientY;
  }

  function pinchTo() {
    const [a, b] = [...pointers.values()], apart = Math.max(Math.abs(a.clientX - b.clientX), 8);
    const middle = (a.clientX + b.clientX) / 2 - box.getBoundingClientRect().left;
    if (pinch) zoom(pinch / apart, middle);
    pinch = apart;
    dragged = true;
  }

  function release(event) {
    pointers.delete(event.pointerId);
    pinch = null;
    box.classList.remove("dragging");
  }

  function onClick(event) {
    const found = dragged ? null : hit(event);
    if (!found) return;
    focus = { row: found.row, span: found.span };
    say();
    redraw();
  }

  function onWheel(event) {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 240))),
        event.clientX - box.getBoundingClientRect().left);
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      move(sideways / breadth());
    }
  }

  function listen() {
    box.addEventListener("keydown", onKey);
    box.addEventListener("scroll", redraw, { passive: true });
    box.addEventListener("wheel", onWheel, { passive: false });
    box.addEventListener("click", onClick);
    box.addEventListener("focus", () => { if (focus.row < 0) focusRow(Math.floor(box.scrollTop / ROW)); });
    box.addEventListener("pointerdown", (event) => {
      if (event.button || event.offsetX > box.clientWidth) return;
      event.startX = event.clientX;
      event.startY = event.clientY;
      pointers.set(event.pointerId, event);
      dragged = false;
    });
    box.addEventListener("pointermove", (event) => {
      if (pointers.has(event.pointerId)) drag(event);
      else hover(event);
    });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, release);
    box.addEventListener("pointerleave", hideTip);
    $("zoom-in").addEventListener("click", () => zoom(0.5));
    $("zoom-out").addEventListener("click", () => zoom(2));
    $("zoom-all").addEventListener("click", () => show(0, whole));
    for (const id of ["show-0", "show-1", "show-2", "lane-order"])
      $(id).addEventListener("change", choose);
    $("lane-filter").addEventListener("input", choose);
    $("lanes-before").addEventListener("click", () => turn(-1));
    $("lanes-after").addEventListener("click", () => turn(1));
    $("lane-details").addEventListener("toggle", fillTable);
    new ResizeObserver(redraw).observe(box);
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
    for (const call of report.calls.filter((each) => each.colour >= 0 && used.has(each.index)))
      entries.push(el("li", {}, swatch(call.colour), `blocked in ${call.call} from ${call.site.function}, `,
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

  /* Marks the spans of a call, or with -1 of none, and goes to the first lane that has one. */
  function mark(call) {
    marked = call;
    const first = call < 0 ? -1 : shown.findIndex((lane) => lane.calls.has(call));
    if (first >= 0) box.scrollTop = Math.max(0, (first - 2) * ROW);
    redraw();
  }

  function start() {
    readColours();
    fillLegend();
    note();
    choose();
    listen();
  }

  return { start, mark, view: () => ({ from, to, whole, lanes: shown.length, focus, marked }),
    recolour: () => { readColours(); redraw(); } };
})();
