// What a page costs: bytes, the time to the first card, the time from a key to the next card, and
// the memory that cards leave behind.
//   WINNOW_CARDS   so many cards instead of 500
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, browserTest, openQueue, profile } from './harness/browser.mjs';
import { examples, Winnow } from './harness/winnow.mjs';

const limitBytes = 200 * 1024;
/** By when everything is loaded, and the lists of what was answered are full. */
const settled = 100;
const cards = Math.max(Number(process.env.WINNOW_CARDS ?? 500), settled);
/** What may be left of all cards after these. */
const limitGrowth = { heap: 4 * 1024 * 1024, nodes: 500 };

browserTest('the card is small and there at once', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles();
  if (cards > 1000) await winnow.addTexts('raw', moreTexts());
  // The queue is open then, as it is for everybody but the first.
  await winnow.call('AnnotationService/GetQueue', { name: 'titles', wait: true });
  // What a service worker fetches meanwhile comes out of the same cache, and would be missing here.
  const context = await profile(browser, { name: 'anna', serviceWorkers: 'block' });
  const page = await context.newPage();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Performance.enable');
  let bytes = 0;
  const own = new Set();
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (!new URL(response.url).pathname.startsWith('/rpc/')) own.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (own.has(requestId)) bytes += encodedDataLength;
  });
  const begin = performance.now();
  await openQueue(page, winnow.url, 'titles');
  const first = performance.now() - begin;
  t.diagnostic(
    `${(bytes / 1024).toFixed(0)} KiB for the card, first card in ${first.toFixed(0)} ms`,
  );
  assert.ok(bytes < limitBytes, `${bytes} bytes`);

  const times = [];
  let early;
  for (let n = 0; n < cards; ++n) {
    if (n === settled) early = await memoryOf(session);
    times.push(await keyToNextCard(page, n % 3 ? 'a' : 'x'));
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  t.diagnostic(
    `key press to next card over ${cards} cards: median ${at(0.5)} ms, p95 ${at(0.95)} ms`,
  );
  const late = await memoryOf(session);
  early ??= late;
  t.diagnostic(`after ${settled} cards: ${inWords(early)}; after ${cards}: ${inWords(late)}`);
  assert.ok(late.heap - early.heap < limitGrowth.heap, 'cards leave too much memory behind');
  assert.ok(late.nodes - early.nodes < limitGrowth.nodes, 'cards leave elements behind');
  await answer(page, 'a');
});

/** The examples' texts, each in three more forms. */
function moreTexts() {
  const rows = readFileSync(join(examples, 'job_titles_raw.jsonl'), 'utf8').trim().split('\n');
  const texts = rows.map((row) => JSON.parse(row).text);
  return ['now', 'soon', 'today'].flatMap((when) => texts.map((text) => `${text}, ${when}`));
}

/** What lives in the tab after everything that nobody needs is gone. */
async function memoryOf(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const valueOf = (name) => metrics.find((metric) => metric.name === name).value;
  return {
    heap: valueOf('JSHeapUsedSize'),
    nodes: valueOf('Nodes'),
    listeners: valueOf('JSEventListeners'),
  };
}

const inWords = ({ heap, nodes, listeners }) =>
  `${(heap / 1048576).toFixed(1)} MiB, ${nodes} nodes, ${listeners} listeners`;

/** From the key press until the frame with the next card is painted. */
function keyToNextCard(page, key) {
  return page.evaluate(async (pressed) => {
    const task = () => document.querySelector('[data-task]')?.dataset.task;
    const old = task();
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const begin = performance.now();
    document.dispatchEvent(
      new KeyboardEvent('keydown', { key: pressed, bubbles: true, cancelable: true }),
    );
    do await frame();
    while (task() === undefined || task() === old);
    return performance.now() - begin;
  }, key);
}
