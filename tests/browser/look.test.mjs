// No page of the annotating side breaks a rule of axe-core, in any theme; nor does it at 400 %.
import assert from 'node:assert/strict';
import { tooWide, violations } from './harness/axe.mjs';
import { browserTest, openQueue, profile } from './harness/browser.mjs';
import { Winnow } from './harness/winnow.mjs';

const themes = ['light', 'dark', 'contrast'];
browserTest('axe finds nothing', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles();
  const markup = {
    kind: 'TASK_KIND_MANUAL',
    source: 'raw',
    labels: ['job_title', 'place'],
  };
  await winnow.createQueue({ name: 'mark', dataset: 'marked', ...markup });
  await winnow.createQueue({
    name: 'judge',
    dataset: 'judged',
    ...markup,
    labels: [],
  });
  const context = await profile(browser, { name: 'anna' });
  const page = await context.newPage();
  for (const theme of themes) {
    await t.test(theme, async () => {
      await page.goto(winnow.url);
      await page.evaluate((name) => {
        localStorage.setItem('winnow.theme', JSON.stringify(name));
      }, theme);
      for (const queue of ['titles', 'mark', 'judge']) {
        await openQueue(page, winnow.url, queue);
        assert.deepEqual(await violations(page), [], queue);
      }
      await page.keyboard.press('?');
      assert.deepEqual(await violations(page), [], 'shortcuts');
      await page.goto(`${winnow.url}/settings`);
      await page.waitForSelector('h1');
      assert.deepEqual(await violations(page), [], 'settings');
    });
  }

  await t.test('nothing is cut off at 400 %', async () => {
    await page.setViewportSize({ width: 320, height: 256 });
    for (const queue of ['titles', 'mark']) {
      await openQueue(page, winnow.url, queue);
      assert.equal(await tooWide(page), 0, queue);
    }
  });
});
