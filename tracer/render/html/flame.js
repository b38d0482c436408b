/* flame.js: the calls as a flame graph, callers above. Its frames are buttons, of which those are
   there that are wide enough to be seen. */

const flame = (() => {
  const HEIGHT = 22, NARROW = 0.002;
  const WEIGHTS = [
    { name: "serialized time", value: (call) => call.serialized_s, format: seconds },
    { name: "waiting of connections", value: (call) => call.waiting_conn_s,
      format: (value) => `${value.toFixed(2)} connection-seconds` },
    { name: "blocked time", value: (call) => call.blocked_s, format: seconds },
  ].filter((weight) => report.calls.some((call) => weight.value(call) > 0));
  let weight = WEIGHTS[0], root = null, zoomed = null, current = null, search = "";
  const box = $("flame");

  function node(name, parent, frame) {
    return { name, parent, frame, value: 0, children: new Map(), depth: parent ? parent.depth + 1 : 0 };
  }

  function child(parent, name, frame) {
    if (!parent.children.has(name)) parent.children.set(name, node(name, parent, frame));
    return parent.children.get(name);
  }

  function build() {
    root = node("all", null, null);
    for (const call of report.calls) {
      const value = weight ? weight.value(call) : 0;
      if (value <= 0) continue;
      const path = [root];
      for (const frame of [...call.stack].reverse())
        path.push(child(path.at(-1), frame.function, frame));
      path.push(child(path.at(-1), call.call, null));
      for (const each of path) each.value += value;
    }
    zoomed = root;
  }

  function text(at) {
    const place = at.frame ? frameText(at.frame) : at.name;
    return `${place}: ${weight.format(at.value)}, ${percent(at.value / root.value)}`;
  }

  const matches = (at) => search !== "" && at.name.toLowerCase().includes(search);

  function put(at, left, width, above) {
    const button = el("button", { type: "button", tabIndex: -1 }, at.name);
    const called = !at.frame && at.parent;
    button.classList.toggle("called", Boolean(called));
    button.classList.toggle("runtime", Boolean(at.frame?.runtime));
    button.classList.toggle("above", above);
    button.classList.toggle("match", matches(at));
    button.style.left = `${left * 100}%`;
    button.style.width = `${width * 100}%`;
    button.style.top = `${at.depth * HEIGHT}px`;
    label(button, text(at));
    button.addEventListener("click", () => { current = at; zoomTo(at); });
    button.addEventListener("focus", () => { current = at; $("flame-now").textContent = text(at); });
    button.addEventListener("pointermove", (event) => showTip(text(at), event.clientX, event.clientY));
    button.addEventListener("pointerleave", hideTip);
    at.button = button;
    box.append(button);
    return at.depth;
  }

  const sorted = (at) => [...at.children.values()].sort((a, b) => b.value - a.value ||
    a.name.localeCompare(b.name));

  function putBelow(at, left, width) {
    let deepest = put(at, left, width, false);
    for (const each of sorted(at)) {
      const share = width * each.value / at.value;
      if (share >= NARROW) deepest = Math.max(deepest, putBelow(each, left, share));
      left += share;
    }
    return deepest;
  }

  function forget(at) {
    at.button = null;
    at.children.forEach(forget);
  }

  function draw() {
    hideTip();
    forget(root);
    box.replaceChildren();
    if (!root.value) {
      box.append(el("p", {}, "There is nothing to show: no call blocked or serialized anything."));
      box.style.height = "auto";
      return;
    }
    for (let at = zoomed.parent; at; at = at.parent) put(at, 0, 1, true);
    box.style.height = `${(putBelow(zoomed, 0, 1) + 1) * HEIGHT}px`;
    if (!current?.button) current = zoomed;
    current.button.tabIndex = 0;
  }

  function zoomTo(at) {
    const hadFocus = box.contains(document.activeElement);
    zoomed = at;
    draw();
    if (hadFocus) current.button.focus({ preventScroll: true });
  }

  function step(event) {
    const row = current?.parent ? sorted(current.parent).filter((at) => at.button) : [];
    const place = row.indexOf(current);
    const next = { ArrowUp: current?.parent, ArrowDown: sorted(current ?? root).find((at) => at.button),
      ArrowLeft: row[place - 1], ArrowRight: row[place + 1], Home: root }[event.key];
    if (event.key === "Escape") return zoomTo(zoomed.parent ?? root);
    if (!next?.button) return;
    event.preventDefault();
    current.button.tabIndex = -1;
    next.button.tabIndex = 0;
    next.button.focus();
  }

  /* The weight of all that matches; what lies below a match counts with it. */
  function found(at) {
    if (matches(at)) return at.value;
    return [...at.children.values()].reduce((sum, each) => sum + found(each), 0);
  }

  function find() {
    search = $("flame-search").value.trim().toLowerCase();
    draw();
    $("flame-found").textContent = search && root.value
      ? `${percent(found(root) / root.value)} matches` : "";
  }

  function start() {
    $("flame-weight").append(...WEIGHTS.map((each, index) =>
      el("option", { value: String(index) }, each.name)));
    $("flame-weight").disabled = WEIGHTS.length < 2;
    $("flame-weight").addEventListener("change", () => {
      weight = WEIGHTS[Number($("flame-weight").value)];
      build();
      find();
    });
    $("flame-search").addEventListener("input", find);
    $("flame-reset").addEventListener("click", () => zoomTo(root));
    box.addEventListener("keydown", step);
    build();
    draw();
  }

  return { start };
})();
