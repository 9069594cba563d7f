// A person teaches by keyboard, and whatever breaks meanwhile, every answer counts exactly once.
import assert from 'node:assert/strict';
import {
  allStored,
  answer,
  browserTest,
  cardOf,
  openQueue,
  profile,
  watchErrors,
} from './harness/browser.mjs';
import { Gateway } from './harness/gateway.mjs';
import { assertExported, teach } from './harness/given.mjs';
import { Winnow } from './harness/winnow.mjs';

browserTest('a hundred cards by keyboard, with everything that may break', async (t, browser) => {
  const winnow = await Winnow.start(t);
  // Whole texts, as the export has them.
  await winnow.teachJobTitles('titles', { unsegmented: true });
  const context = await profile(browser, { name: 'anna' });
  const page = await context.newPage();
  const errors = watchErrors(page);
  const given = [];
  await openQueue(page, winnow.url, 'titles');

  await t.test('twenty cards', () => teach(page, 20, given));

  await t.test('one boundary is mended', async () => {
    const before = await cardOf(page);
    // Where the span reaches the end of the text, its end comes in.
    const key = before.spans[0].end < before.text.length ? 'ArrowRight' : 'ArrowLeft';
    await page.keyboard.press(`Shift+${key}`);
    const { spans } = await cardOf(page);
    assert.notDeepEqual(spans, before.spans);
    await answer(page, 'a');
    given.push({ ...before, spans: [...before.spans, ...spans], answer: 'reject' });
  });

  await t.test('an answer is taken back, and given again', async () => {
    const before = await cardOf(page);
    await answer(page, 'x');
    await allStored(page);
    await answer(page, 'Backspace');
    const again = await cardOf(page);
    assert.equal(again.task, before.task);
    await answer(page, 'a');
    given.push({ ...before, answer: 'accept' });
  });

  await t.test('the page is loaded again in the middle', async () => {
    await teach(page, 9, given);
    await page.reload();
    await page.waitForSelector('[data-task]');
    await teach(page, 10, given);
  });

  await t.test('the server is killed in the middle, and comes back', async () => {
    await teach(page, 3, given);
    await winnow.kill();
    const open = await page.evaluate(() => document.querySelector('[data-task]') !== null);
    if (open) await teach(page, 3, given);
    await page.waitForSelector('.banner');
    assert.match(await page.textContent('.banner'), /kept here/);
    await winnow.restart();
    await page.waitForSelector('.banner', { state: 'detached', timeout: 30_000 });
    await page.waitForSelector('[data-task]');
    await teach(page, 10, given);
  });

  await t.test('the page is closed while the server is away, and opened again', async () => {
    await winnow.kill();
    await teach(page, 2, given);
    await page.close({ runBeforeUnload: false });
    await winnow.restart();
  });

  const second = await context.newPage();
  await t.test('the network is gone for 20 s', async () => {
    await openQueue(second, winnow.url, 'titles');
    await teach(second, 5, given);
    await context.setOffline(true);
    await teach(second, 3, given);
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    await context.setOffline(false);
    await allStored(second);
    await teach(second, 100 - given.length, given);
    await allStored(second);
  });

  await t.test('the export has every answer exactly once', async () => {
    assert.equal(given.length, 100);
    await assertExported(winnow, 'titles_answers', given);
  });
  assert.deepEqual(errors, []);
});

browserTest('a gateway apart is killed, and comes back', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles('titles', { unsegmented: true });
  const gateway = await Gateway.start(t, winnow);
  const page = await (await profile(browser, { name: 'anna' })).newPage();
  const given = [];
  await openQueue(page, gateway.url, 'titles');
  await teach(page, 5, given);
  await allStored(page);
  await gateway.kill();
  await teach(page, 3, given);
  await page.waitForSelector('.banner:has-text("3 answers are kept here")');
  await gateway.restart();
  await page.waitForSelector('.banner', { state: 'detached' });
  await teach(page, 7, given);
  await allStored(page);
  await assertExported(winnow, 'titles_answers', given);
});

browserTest('the bar tells how good the model is, as soon as it can', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles('titles', { auditShare: 1 });
  const page = await (await profile(browser, { name: 'anna' })).newPage();
  await openQueue(page, winnow.url, 'titles');
  await page.waitForSelector('.quality:has-text("F1 not yet (0 of 20)")');
  await teach(page, 8, []);
  await page.waitForSelector('.quality:text-matches("[5-8] of 20")');
  await teach(page, 30, []);
  await allStored(page);
  await page.waitForSelector('.quality:text-matches("F1 [0-9]+% \\\\([0-9]+% to [0-9]+%\\\\)")');
  const { figure } = await winnow.call('EvaluationService/EstimateFromAudit', { queue: 'titles' });
  assert.equal(figure.sample, 'SAMPLE_KIND_AUDIT');
  await page.click('.quality');
  assert.match(await page.textContent('.toasts'), /F1 of jobs_model@1, .* drawn at random/);
});

browserTest('a browser that keeps nothing: one answer at a time', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles('titles', { unsegmented: true });
  const context = await profile(browser, { name: 'anna' });
  await context.addInitScript(() => {
    indexedDB.open = () => {
      throw new DOMException('forbidden', 'SecurityError');
    };
  });
  const page = await context.newPage();
  const given = [];
  await openQueue(page, winnow.url, 'titles');
  await page.waitForSelector('.banner');
  assert.match(await page.textContent('.banner'), /keeps nothing/);
  await teach(page, 5, given);
  const { task } = await cardOf(page);
  await winnow.kill();
  // The next card does not come before this one's answer is stored.
  await page.keyboard.press('a');
  await page.keyboard.press('x');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const card = await cardOf(page);
  assert.equal(card.task, task);
  given.push({ ...card, answer: 'accept' });
  await winnow.restart();
  await page.waitForFunction(
    (old) => document.querySelector('[data-task]')?.dataset.task !== old,
    task,
    { timeout: 30_000 },
  );
  await assertExported(winnow, 'titles_answers', given);
});
