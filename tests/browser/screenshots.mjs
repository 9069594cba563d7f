// Takes the pictures of docs/web.md from the running system, into docs/web/.
//   WINNOW_BUILD=build/dev node tests/browser/screenshots.mjs
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answer, launch, openQueue, profile } from './harness/browser.mjs';
import { makeComparisons, makeReview } from './harness/situations.mjs';
import { Winnow } from './harness/winnow.mjs';

const directory = new URL('../../docs/web/', import.meta.url).pathname;
const wide = { viewport: { width: 1280, height: 720 } };
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

// The first text of the queue for a third person: "We are recruiting for a Senior Software ..."
const seniorSoftwareEngineer = [
  ...Array(6).fill('ArrowRight'),
  ...Array(2).fill('Shift+ArrowRight'),
];

// Of a queue, or of the tutorial.
const pictures = [
  { name: 'tutorial', keys: ['a', 'x'], last: ['x', 'Shift+Alt+ArrowLeft'] },
  { name: 'teach', queue: 'titles', keys: ['a', 'x', 'a', 'a'] },
  { name: 'teach-dark', queue: 'titles', theme: 'dark', keys: ['x'], last: ['Shift+ArrowLeft'] },
  { name: 'teach-phone', queue: 'titles', device: phone, keys: ['a'] },
  { name: 'mark', queue: 'marking', last: [...seniorSoftwareEngineer, '1'] },
  { name: 'compare', queue: 'comparing' },
  { name: 'review', queue: 'deciding', last: ['w'] },
];

const cleanups = [];
const scope = { after: (cleanup) => cleanups.unshift(cleanup) };
try {
  mkdirSync(directory, { recursive: true });
  const winnow = await Winnow.start(scope);
  await winnow.teachJobTitles();
  await makeReview(winnow);
  await makeComparisons(winnow);
  const browser = await launch();
  scope.after(() => browser.close());
  for (const { name, queue, theme = 'light', device = wide, keys = [], last = [] } of pictures) {
    const context = await profile(browser, { name: 'anna', ...device });
    await context.addInitScript((chosen) => {
      localStorage.setItem('winnow.theme', JSON.stringify(chosen));
    }, theme);
    const page = await context.newPage();
    if (queue) await openQueue(page, winnow.url, queue);
    else await page.goto(`${winnow.url}/tutorial`);
    await page.waitForSelector('[data-task]');
    for (const key of keys) await answer(page, key);
    for (const key of last) await page.keyboard.press(key);
    await page.screenshot({ path: join(directory, `${name}.png`), animations: 'disabled' });
    await page.goto('about:blank');
    await context.close();
  }
} finally {
  for (const cleanup of cleanups) await cleanup();
}
