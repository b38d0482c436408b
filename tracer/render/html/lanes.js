/* lanes.js: the picture of the timeline: which lanes and which time are in view, on a canvas that
   shows the rows in view and draws no two spans on one pixel, so that ten thousand lanes cost as
   little as ten. Keys and pointers are in lane_moves.js, the lanes as text in lane_list.js. */

const timeline = (() => {
  const ROW = 20, AXIS = 24, BAR = 14, LEAST_SPAN = 4;
  const box = $("lanes"), canvas = $("lanes-canvas"), space = $("lanes-space");
  const pen = canvas.getContext("2d", { alpha: false });
  const whole = Math.max(past.ticks, ...past.lanes.map((lane) => lane.end), 1);
  let shown = [];            /* lanes, filtered and in order */
  let from = 0, to = whole;  /* what of the run is in view, in ticks */
  let focus = { row: -1, span: -1 };
  let marked = -1;           /* the chosen call */
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

  /* The row, lane and span (or -1) at a pointer, or null. */
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

  /* --- what others tell --- */

  /* The lanes to show, in their order. */
  function setLanes(lanes) {
    shown = lanes;
    focus = { row: -1, span: -1 };
    space.style.height = `${AXIS + shown.length * ROW + 4}px`;
    box.style.height = `min(max(60vh, 16rem), ${AXIS + Math.max(shown.length, 4) * ROW + 20}px)`;
    redraw();
  }

  /* Puts the focus on a span, or with -1 on the lane as a whole. */
  function setFocus(row, span) {
    focus = { row, span };
    redraw();
  }

  /* Moves what has the focus into view. */
  function reveal() {
    const lane = shown[focus.row], top = focus.row * ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + AXIS + ROW > box.scrollTop + box.clientHeight - 20)
      box.scrollTop = top + AXIS + ROW - box.clientHeight + 20;
    if (!lane || focus.span < 0) return;
    const begin = lane.spans.begin[focus.span], end = lane.spans.end[focus.span];
    const middle = (begin + end) / 2, half = (to - from) / 2;
    if (end < from || begin > to) show(middle - half, middle + half);
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
    box.addEventListener("scroll", redraw, { passive: true });
    new ResizeObserver(redraw).observe(box);
  }

  return { start, mark, setLanes, setFocus, reveal, show, zoom, move, hit, firstAfter, breadth,
    lane: (row) => shown[row], firstRow: () => Math.floor(box.scrollTop / ROW),
    view: () => ({ from, to, whole, lanes: shown.length, focus, marked }),
    recolour: () => { readColours(); redraw(); } };
})();
