// The guide's own check: Promise.all(fetch), at most N at once as its users would limit it.
import { readFileSync } from "node:fs";
const [file, atOnce] = process.argv.slice(2);
const targets = readFileSync(file, "utf8").trim().split("\n");
const times = [];
let next = 0, good = 0;
async function worker() {
  while (next < targets.length) {
    const url = targets[next++];
    const start = performance.now();
    const response = await fetch(url, { headers: { connection: "close" } });
    await response.text();
    times.push(performance.now() - start);
    if (response.ok) good++;
  }
}
await Promise.all(Array.from({ length: Number(atOnce) }, worker));
console.log(JSON.stringify({ good, times }));
