/* The page in Chromium: that it works, by pointer and by keyboard, fetches nothing, and takes no name
   for markup. PAGES is the folder of the pages, CHROMIUM the browser. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { PAGES, CHROMIUM } = process.env;
const PATIENCE_MS = 30000;
let browser;

/* Root, as whom containers test, has no sandbox; the only pages are our own. */
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});

after(() => browser.close());

/* Opens a page and lets a test look at it. Whatever it complains of or fetches is a failure. */
async function look(name, options, check) {
  // A page that scrolls smoothly moves away under a click.
  const context = await browser.newContext(
    { viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage(), faults = [], url = `file://${PAGES}/${name}.html`;
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.stack}`));
  page.on("request", (request) => { if (request.url() !== url) faults.push(request.url()); });
  try {
    await page.goto(url);
    await page.waitForSelector("html[data-ready=yes]", { timeout: PATIENCE_MS });
    await check(page);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

const view = (page) => page.evaluate(() => timeline.view());
const now = (page) => page.locator("#lanes-now").textContent();
const column = (page, number) => page.locator(`#calls tbody td:nth-child(${number})`).allTextContents();

/* What the canvas shows. */
const picture = (page) => page.evaluate(() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() =>
    done(document.getElementById("lanes-canvas").toDataURL())));
}));

/* A point in the middle of the lane in this row. */
async function middle(page, row) {
  await page.locator("#lanes").scrollIntoViewIfNeeded();
  const box = await page.locator("#lanes").boundingBox();
  return { x: box.x + box.width / 2, y: box.y + 24 + row * 20 + 10, box };
}

test("the headline names what serialized the run, and by how much", () =>
  look("held-up", {}, async (page) => {
    const headline = await page.locator("h1").textContent();
    assert.match(headline, /^about 1\.40 s of 1\.95 s could be saved: __recv_chk at program\+0x3f held up other connections for 1\.20 s$/);
    assert.match(await page.locator("#estimate").textContent(), /about \d.*an estimate/);
    assert.match(await page.title(), /program --serial/);
    await page.screenshot({ path: "held-up.png", fullPage: true });
  }));

test("all sections have content, landmarks and names", () =>
  look("held-up", {}, async (page) => {
    for (const role of ["banner", "main", "navigation"])
      assert.equal(await page.getByRole(role).count(), 1, role);
    for (const body of ["figures", "calls", "legend", "flame", "what-if-body", "patterns-body",
      "trust-body"])
      assert.notEqual((await page.locator(`#${body}`).textContent()).trim(), "", body);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, select, input, section, table, [role=region]")]
        .filter((each) => !(each.getAttribute("aria-label") || each.labels?.length || each.caption ||
          each.id === "lane-table" || each.hidden || each.textContent.trim() ||
          document.getElementById(each.getAttribute("aria-labelledby"))))
        .map((each) => each.outerHTML));
    assert.deepEqual(nameless, []);
    assert.match(await page.locator("#what-if-body").textContent(), /estimate/);
  }));

test("parts that the program has named have a table, and without any there is none", async () => {
  await look("held-up", {}, async (page) => {
    const cells = await page.locator("#mark-table tbody td").allTextContents();
    assert.deepEqual(cells.slice(0, 4), ["orders <now>", "1", "1.70 s", "1.70 s"]);
    assert.ok(await page.locator("#marks-link").isVisible());
  });
  await look("empty", {}, async (page) => {
    assert.ok(!await page.locator("#marks").isVisible());
    assert.ok(!await page.locator("#marks-link").isVisible());
  });
});

test("the table is sorted by click and by keyboard, and says so", () =>
  look("held-up", {}, async (page) => {
    const head = page.locator("#calls thead th").nth(7);
    const byCount = (list) => [...list].sort((a, b) => a - b);
    assert.equal(await head.getAttribute("aria-sort"), null);
    await head.locator("button").click();
    assert.equal(await head.getAttribute("aria-sort"), "descending");
    const falling = (await column(page, 8)).map(Number);
    assert.deepEqual(falling, byCount(falling).reverse());
    assert.ok(new Set(falling).size > 1);
    await head.locator("button").focus();
    await page.keyboard.press("Enter");
    assert.equal(await head.getAttribute("aria-sort"), "ascending");
    const rising = (await column(page, 8)).map(Number);
    assert.deepEqual(rising, byCount(rising));
    await page.locator("#calls thead th").nth(0).locator("button").click();
    assert.equal(await head.getAttribute("aria-sort"), null);
    const names = await column(page, 1);
    assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b)));
  }));

test("a chosen call shows its stack and victims, and is marked in the lanes", () =>
  look("held-up", {}, async (page) => {
    const plain = await picture(page);
    await page.locator("#calls tbody tr").first().click();
    const detail = page.locator("#call-detail");
    assert.ok(await detail.isVisible());
    assert.match(await detail.textContent(), /program\+0x3f.*Who waited behind it.*connection \d/s);
    assert.equal((await view(page)).marked, 0);
    assert.notEqual(await picture(page), plain);
    const button = page.locator("#calls tbody tr").first().locator("button");
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await button.focus();
    await page.keyboard.press("Enter");
    assert.equal((await view(page)).marked, -1);
    assert.ok(!await detail.isVisible());
    assert.equal(await picture(page), plain);
  }));

test("hovering over a span tells what it is", () =>
  look("held-up", {}, async (page) => {
    const { x, y } = await middle(page, 7);
    await page.mouse.move(x, y);
    assert.match(await page.locator("#tip").textContent(),
      /^8 192.0.2.7:443\nwaiting for the program, held up by __recv_chk at program\+0x/);
    await page.mouse.move(5, 5);
    assert.ok(!await page.locator("#tip").isVisible());
  }));

test("the timeline is zoomed by wheel, buttons and keys, and dragged", () =>
  look("held-up", {}, async (page) => {
    const { x, y, box } = await middle(page, 1), whole = await view(page);
    const width = async () => { const { from, to } = await view(page); return to - from; };
    assert.equal(whole.to - whole.from, whole.whole);
    await page.mouse.move(x, y);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -240);
    await page.keyboard.up("Control");
    await page.waitForFunction(() => timeline.view().to - timeline.view().from < timeline.view().whole);
    const wheeled = await view(page);
    assert.ok(wheeled.from > 0 && wheeled.to < whole.to, "zoomed at the pointer");
    await page.mouse.down();
    await page.mouse.move(x + 100, y, { steps: 4 });
    await page.mouse.up();
    const dragged = await view(page);
    assert.ok(dragged.from < wheeled.from, "dragged to earlier times");
    assert.ok(Math.abs(dragged.to - dragged.from - (wheeled.to - wheeled.from)) < 1);
    assert.ok(Math.abs((wheeled.from - dragged.from) / (wheeled.to - wheeled.from) -
      100 / (box.width - 190)) < 0.02, "as far as the pointer went");
    await page.locator("#zoom-in").click();
    const half = await width();
    assert.ok(half < dragged.to - dragged.from);
    await page.locator("#lanes").focus();
    await page.keyboard.press("-");
    assert.ok(await width() > half);
    await page.keyboard.press("0");
    assert.equal(await width(), whole.whole);
  }));

test("two fingers zoom the timeline", () =>
  look("held-up", { hasTouch: true }, async (page) => {
    const { x, y } = await middle(page, 1);
    const client = await page.context().newCDPSession(page);
    const touch = (type, ...places) => client.send("Input.dispatchTouchEvent",
      { type, touchPoints: places.map((place, id) => ({ x: place, y, id })) });
    await touch("touchStart", x - 20, x + 20);
    for (const apart of [40, 80, 120]) await touch("touchMove", x - apart, x + apart);
    await touch("touchEnd");
    const { from, to, whole } = await view(page);
    assert.ok(to - from < whole / 2, `${from} to ${to} of ${whole}`);
  }));

test("the lanes are gone through by keyboard, and what has the focus is said", () =>
  look("held-up", {}, async (page) => {
    await page.locator("#lanes").focus();
    assert.match(await now(page), /^Connection lane 1 /);
    await page.keyboard.press("ArrowDown");
    assert.match(await now(page), /^Connection lane 2 .*waited for the program/);
    await page.keyboard.press("ArrowRight");
    assert.match(await now(page), /opening/);
    await page.keyboard.press("ArrowRight");
    assert.match(await now(page),
      /waiting for the program, held up by __recv_chk at program\+0x3f.*: \d+ ms, from /);
    await page.keyboard.press("Enter");
    const { from, to, whole } = await view(page);
    assert.ok(to - from < whole / 2, "zoomed to the span");
    await page.keyboard.press("End");
    assert.match(await now(page), /^(Thread|Task) lane/);
  }));

test("lanes are filtered and ordered, and there is a table of them", () =>
  look("held-up", {}, async (page) => {
    const all = (await view(page)).lanes;
    assert.equal(all, 9);
    await page.locator("#show-1").uncheck();
    assert.equal((await view(page)).lanes, 8);
    await page.locator("#lane-filter").fill("5432");
    assert.equal((await view(page)).lanes, 4);
    await page.locator("#lane-filter").fill("");
    await page.locator("#lane-order").selectOption("waited");
    await page.locator("#lane-details summary").click();
    const rows = page.locator("#lane-table tbody tr");
    await rows.first().waitFor();
    assert.equal(await rows.count(), 8);
    assert.match(await rows.first().textContent(), /^8 198\.51|^8 192\.0/);
    assert.match(await rows.first().textContent(), /__recv_chk at program/);
  }));

test("the flame graph is zoomed and searched, by pointer and by keyboard", () =>
  look("held-up", {}, async (page) => {
    const frames = page.locator("#flame button"), count = await frames.count();
    assert.equal(count, 6, "all, the caller, two places, the call from each");
    assert.match(await frames.first().getAttribute("aria-label"), /^all: 1\.\d\d s, 100 %/);
    await page.locator("#flame-search").fill("0x3f");
    assert.equal(await page.locator("#flame button.match").count(), 1);
    assert.match(await page.locator("#flame-found").textContent(), /^\d\d % matches/);
    await page.locator("#flame button.match").click();
    assert.equal(await frames.count(), 4);
    await page.locator("#flame-reset").click();
    assert.equal(await frames.count(), count);
    await frames.first().focus();
    await page.keyboard.press("ArrowDown");
    assert.match(await page.locator("#flame-now").textContent(), /^program\+0x7f/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    const second = await page.locator("#flame-now").textContent();
    await page.keyboard.press("Enter");
    assert.equal(await frames.count(), 4);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), second);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    assert.equal(await frames.count(), count);
  }));

test("it is light or dark as the system is, or as one likes", async () => {
  const paper = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  let light;
  await look("held-up", { colorScheme: "light" }, async (page) => {
    light = await paper(page);
    const lanes = await picture(page);
    await page.locator("#theme").click();
    assert.notEqual(await paper(page), light);
    assert.notEqual(await picture(page), lanes);
    assert.equal(await page.locator("#theme").getAttribute("aria-pressed"), "true");
  });
  await look("held-up", { colorScheme: "dark" }, async (page) => {
    assert.notEqual(await paper(page), light);
    await page.screenshot({ path: "held-up-dark.png", fullPage: true });
    await page.emulateMedia({ colorScheme: "light" });
    await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
    assert.equal(await paper(page), light);
  });
});

test("texts can be read: their contrast is at least 4.5", async () => {
  for (const colorScheme of ["light", "dark"])
    await look("held-up", { colorScheme }, async (page) => {
      const poor = await page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        const light = (name) => {
          const parts = style.getPropertyValue(name).match(/[0-9a-f]{2}/gi).map((hex) => {
            const share = parseInt(hex, 16) / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const pairs = [];
        for (const ink of ["--ink", "--dim", "--accent", "--bad", "--good"])
          for (const paper of ["--paper", "--card", "--soft"])
            if (contrast(light(ink), light(paper)) < 4.5) pairs.push(`${ink} on ${paper}`);
        return pairs;
      });
      assert.deepEqual(poor, [], colorScheme);
    });
});

test("it fits into 360 pixels, and moves nothing for those who asked for that", () =>
  look("held-up", { viewport: { width: 360, height: 740 }, reducedMotion: "reduce" },
    async (page) => {
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
      assert.equal(await page.evaluate(() =>
        getComputedStyle(document.documentElement).scrollBehavior), "auto");
      await page.screenshot({ path: "held-up-360.png", fullPage: true });
    }));

test("names are text, whatever they hold", () =>
  look("hostile", {}, async (page) => {
    await page.locator("#calls tbody tr").first().click();
    await page.locator("#lane-details summary").click();
    const { x, y } = await middle(page, 1);
    await page.mouse.move(x, y);
    assert.equal(await page.evaluate(() => typeof hacked), "undefined");
    assert.equal(await page.locator("script").count(), 3);
    assert.equal(await page.locator("img, b").count(), 0);
    assert.match(await page.locator("#program").textContent(),
      /^a<\/script><script>hacked=4<\/script><!-- <script> @report@ \\" &lt;$/);
    assert.match(await page.locator("#lane-table").textContent(),
      /<img src=x onerror=hacked=2>/);
    assert.match(await page.locator("#call-detail").textContent(), /<b onclick=hacked=3>/);
  }));

test("a run in which nothing happened has a page too", () =>
  look("empty", {}, async (page) => {
    assert.match(await page.locator("h1").textContent(), /nothing was held up$/);
    assert.match(await page.locator("#calls-more").textContent(), /No calls/);
    assert.match(await page.locator("#flame").textContent(), /nothing to show/);
    await page.locator("#lanes").focus();
    for (const key of ["ArrowDown", "ArrowRight", "Enter", "+", "0"]) await page.keyboard.press(key);
    await page.locator("#flame-search").fill("x");
    assert.equal(await page.locator("#flame-found").textContent(), "");
  }));

test("scripts and requests of anybody else are refused", () =>
  look("hostile", {}, async (page) => {
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.hacked = 5";
      document.body.append(script);
    });
    assert.equal(await page.evaluate(() => typeof hacked), "undefined");
  }).then(() => assert.fail("the browser did not complain"), (fault) =>
    assert.match(fault.message, /Content Security Policy/)));

test("ten thousand connections can be used", async (test) => {
  const begin = performance.now();
  await look("many", {}, async (page) => {
    const loaded = (performance.now() - begin) / 1000;
    const size = statSync(`${PAGES}/many.html`).size / 1e6;
    test.diagnostic(`${size.toFixed(1)} MB, usable after ${loaded.toFixed(1)} s`);
    assert.ok(size < 8 && loaded < 15, `${size} MB, ${loaded} s`);
    assert.equal((await view(page)).lanes, 10000 + 500 + 1);
    const frames = await page.evaluate(async () => {
      const lanes = document.getElementById("lanes"), times = [];
      for (let step = 0; step <= 20; step++) {
        const start = performance.now();
        lanes.scrollTop = lanes.scrollHeight * step / 20;
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b);
    });
    test.diagnostic(`a scroll is drawn within ${frames[10].toFixed(0)} ms, at worst ` +
      `${frames[20].toFixed(0)} ms`);
    assert.ok(frames[10] < 250, String(frames));
    await page.locator("#lanes").focus();
    await page.keyboard.press("End");
    assert.match(await now(page), /^Task lane task 500/);
    await page.locator("#lane-details summary").click();
    await page.locator("#lanes-page:not(:empty)").waitFor(); // it is told of the click later
    assert.equal(await page.locator("#lanes-page").textContent(), "1 of 211");
    await page.locator("#lanes-after").click();
    assert.equal(await page.locator("#lane-table tbody tr").count(), 50);
    await page.screenshot({ path: "many.png" });
  });
});
