/* lane_moves.js: going through the timeline, by keys and by pointers. What has the focus is said. */

const laneMoves = (() => {
  const box = $("lanes");

  /* --- the focus --- */

  function say() {
    const { focus } = timeline.view(), lane = timeline.lane(focus.row);
    if (lane) $("lanes-now").textContent = focus.span < 0 ? `${laneText(lane)}.`
      : `${lane.title}: ${spanText(lane, focus.span)}.`;
  }

  function focusOn(row, span) {
    timeline.setFocus(row, span);
    timeline.reveal();
    say();
  }

  function focusRow(row) {
    const { lanes } = timeline.view();
    if (lanes) focusOn(Math.min(Math.max(row, 0), lanes - 1), -1);
  }

  function stepRow(step) {
    focusRow(timeline.view().focus.row + step);
  }

  function stepSpan(step) {
    const { focus, from } = timeline.view(), lane = timeline.lane(focus.row);
    if (!lane) return focusRow(0);
    const last = lane.spans.length - 1;
    const near = focus.span >= 0 ? focus.span + step
      : Math.min(timeline.firstAfter(lane.spans, from), last);
    focusOn(focus.row, Math.min(Math.max(near, last < 0 ? -1 : 0), last));
  }

  function zoomToFocus() {
    const { focus } = timeline.view(), lane = timeline.lane(focus.row);
    if (!lane || focus.span < 0) return;
    const begin = lane.spans.begin[focus.span], end = lane.spans.end[focus.span];
    timeline.show(begin - (end - begin) * 0.15, end + (end - begin) * 0.15);
  }

  const showAll = () => timeline.show(0, timeline.view().whole);

  const KEYS = {
    ArrowDown: () => stepRow(1),
    ArrowUp: () => stepRow(-1),
    PageDown: () => stepRow(15),
    PageUp: () => stepRow(-15),
    Home: () => focusRow(0),
    End: () => focusRow(timeline.view().lanes - 1),
    ArrowRight: (event) => event.shiftKey ? timeline.move(0.2) : stepSpan(1),
    ArrowLeft: (event) => event.shiftKey ? timeline.move(-0.2) : stepSpan(-1),
    Enter: zoomToFocus,
    "+": () => timeline.zoom(0.5),
    "=": () => timeline.zoom(0.5),
    "-": () => timeline.zoom(2),
    0: showAll,
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

  function hover(event) {
    const found = timeline.hit(event);
    if (!found) return hideTip();
    showTip(found.span < 0 ? laneText(found.lane)
      : `${found.lane.title}\n${spanText(found.lane, found.span)}`, event.clientX, event.clientY);
  }

  function drag(event) {
    const before = pointers.get(event.pointerId), { from, to } = timeline.view();
    pointers.set(event.pointerId, event);
    if (pointers.size === 2) return pinchTo();
    const shift = (before.clientX - event.clientX) / timeline.breadth() * (to - from);
    dragged ||= Math.hypot(event.clientX - before.startX, event.clientY - before.startY) > 4;
    event.startX = before.startX;
    event.startY = before.startY;
    if (!dragged) return;
    box.classList.add("dragging");
    hideTip();
    timeline.show(from + shift, to + shift);
    if (event.pointerType === "mouse") box.scrollTop += before.clientY - event.clientY;
  }

  function pinchTo() {
    const [a, b] = [...pointers.values()], apart = Math.max(Math.abs(a.clientX - b.clientX), 8);
    const middle = (a.clientX + b.clientX) / 2 - box.getBoundingClientRect().left;
    if (pinch) timeline.zoom(pinch / apart, middle);
    pinch = apart;
    dragged = true;
  }

  function release(event) {
    pointers.delete(event.pointerId);
    pinch = null;
    box.classList.remove("dragging");
  }

  function onClick(event) {
    const found = dragged ? null : timeline.hit(event);
    if (!found) return;
    timeline.setFocus(found.row, found.span);
    say();
  }

  function onWheel(event) {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      timeline.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 240))),
        event.clientX - box.getBoundingClientRect().left);
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      timeline.move(sideways / timeline.breadth());
    }
  }

  function begin(event) {
    if (event.button || event.offsetX > box.clientWidth) return;
    event.startX = event.clientX;
    event.startY = event.clientY;
    pointers.set(event.pointerId, event);
    dragged = false;
  }

  function start() {
    box.addEventListener("keydown", onKey);
    box.addEventListener("wheel", onWheel, { passive: false });
    box.addEventListener("click", onClick);
    box.addEventListener("focus", () => {
      if (timeline.view().focus.row < 0) focusRow(timeline.firstRow());
    });
    box.addEventListener("pointerdown", begin);
    box.addEventListener("pointermove", (event) => {
      if (pointers.has(event.pointerId)) drag(event);
      else hover(event);
    });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, release);
    box.addEventListener("pointerleave", hideTip);
    $("zoom-in").addEventListener("click", () => timeline.zoom(0.5));
    $("zoom-out").addEventListener("click", () => timeline.zoom(2));
    $("zoom-all").addEventListener("click", showAll);
  }

  return { start };
})();
