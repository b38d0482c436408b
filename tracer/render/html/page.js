/* page.js: the page as a whole: light or dark, and the parts in their order. */

const theme = (() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = false;

  function set(isDark) {
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    $("theme").setAttribute("aria-pressed", String(isDark));
  }

  function start() {
    set(dark.matches);
    dark.addEventListener("change", () => {
      if (chosen) return;
      set(dark.matches);
      timeline.recolour();
    });
    $("theme").addEventListener("click", () => {
      chosen = true;
      set(document.documentElement.dataset.theme !== "dark");
      timeline.recolour();
    });
  }

  return { start };
})();

theme.start();
showHeadline();
callTable.start();
showCritical();
showRequests();
showMarks();
timeline.start();
laneList.start();
laneMoves.start();
flame.start();
showWhatIf();
showPatterns();
showTrust();
callTable.onChoice(timeline.mark);
document.documentElement.dataset.ready = "yes";
