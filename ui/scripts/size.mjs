// What a browser downloads on the way to the inbox: the entry and the inbox page with everything they import
// statically, JS and CSS, brotli as served. Fails above the budget.
import { readFileSync, statSync } from 'node:fs';

const BUDGET = 100 * 1024;
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));
const files = new Set();

function add(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`not in the manifest: ${key}`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const dependency of chunk.imports ?? []) add(dependency);
}

add('index.html');
add('src/features/inbox/InboxPage.svelte');
files.add('theme.js');
files.add('check.js');

let total = 0;
for (const file of files) {
  const bytes = statSync(`dist/${file}.br`).size;
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  of ${BUDGET} bytes (brotli) on the way to the inbox`);
if (total > BUDGET) {
  console.error('The way to the inbox is over its budget.');
  process.exit(1);
}
