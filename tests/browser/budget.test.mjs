// What a page costs: bytes, the time to the first card, the time from a key to the next card.
import assert from 'node:assert/strict';
import { answer, browserTest, openQueue, profile } from './harness/browser.mjs';
import { Winnow } from './harness/winnow.mjs';

const limitBytes = 200 * 1024;

browserTest('the card is small and there at once', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles();
  // The queue is open then, as it is for everybody but the first.
  await winnow.call('AnnotationService/GetQueue', { name: 'titles', wait: true });
  const page = await (await profile(browser, { name: 'anna' })).newPage();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
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
  for (let n = 0; n < 500; ++n) {
    times.push(await keyToNextCard(page, n % 3 ? 'a' : 'x'));
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  t.diagnostic(`key press to next card over 500 cards: median ${at(0.5)} ms, p95 ${at(0.95)} ms`);
  const heap = await session.send('Runtime.getHeapUsage');
  t.diagnostic(`memory after 500 cards: ${(heap.usedSize / 1048576).toFixed(1)} MiB`);
  await answer(page, 'a');
});

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
