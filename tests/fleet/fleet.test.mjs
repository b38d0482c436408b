/* The queries of docs/fleet.md, over reports.jsonl in the current directory: traces.c says what is in them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const count = Number(process.env.COUNT);
const document = readFileSync(process.env.DOCUMENT, "utf8");

/* The SQL below a heading. */
function sql(heading) {
  const section = document.split(/^## /m).find((each) => each.startsWith(heading));
  assert(section, `no section ${heading}`);
  const block = /^```sql\n([^]*?)^```/m.exec(section);
  assert(block, `no SQL in ${heading}`);
  return block[1];
}

function near(value, expected) {
  assert(Math.abs(value - expected) < 1e-6 * expected, `${value}, not ${expected}`);
}

const connection = await (await DuckDBInstance.create(":memory:")).connect();
for (const statement of sql("DuckDB").split(/;\s*$/m))
  if (statement.trim()) await connection.run(statement);

async function rows(heading) {
  return (await connection.runAndReadAll(sql(heading))).getRowObjectsJson();
}

const half = count / 2, lastDay = count / 10; // runs of each program, and of its last day
const [worst, next, ...rest] = await rows("The worst call sites");
assert.deepEqual([worst.program, worst.place], ["/nowhere/mail", "mail+0x3f"]);
near(Number(worst.held_up_s), half * 0.15);
assert.equal(Number(worst.hosts), 10);
assert.equal(Number(worst.runs), half);
assert.equal(next.program, "/nowhere/orders");
near(Number(next.held_up_s), (half - lastDay) * 0.06 + lastDay * 0.3);
assert.deepEqual(rest, []);

const worse = await rows("What became worse");
assert.deepEqual(worse.map((row) => row.program), ["/nowhere/orders"]);
near(Number(worse[0].before_s), 0.06);
near(Number(worse[0].last_s), 0.3);
assert.equal(worse[0].fingerprint, next.fingerprint);

const over = await rows("Runs over budget");
assert.deepEqual(over.map((row) => [row.program, Number(row.runs)]),
  [["/nowhere/orders", half], ["/nowhere/mail", half]]);
near(Number(over[0].share_over), lastDay / half);
assert.equal(Number(over[1].share_over), 0);

console.log(`${count} reports: ${worst.held_up_s} s behind the worst call site`);
