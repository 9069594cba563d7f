// A reviewer decides between people, somebody compares two outputs, and a new version is noticed.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allStored, answer, browserTest, openQueue, profile } from './harness/browser.mjs';
import { makeComparisons, makeReview } from './harness/situations.mjs';
import { Winnow, examples } from './harness/winnow.mjs';

browserTest('deciding by one key', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.cli(['source', 'add', 'raw', join(examples, 'job_titles_raw.jsonl')]);
  await makeReview(winnow);
  await makeComparisons(winnow);
  const context = await profile(browser, { name: 'rita' });
  const page = await context.newPage();

  await t.test('a reviewer takes a version, or mends one', async () => {
    await openQueue(page, winnow.url, 'deciding');
    assert.doesNotMatch(await page.textContent('.versions'), /ben|cara/);
    await page.keyboard.press('w');
    assert.match(await page.textContent('.versions'), /ben/);
    const versions = () =>
      page.$$eval('.versions .reading', (all) =>
        all.map((one) => [...one.querySelectorAll('mark [data-at]')].map((m) => m.textContent)),
      );
    const taken = await versions();
    await answer(page, '2');
    await answer(page, '1');
    await page.keyboard.press('m');
    await page.waitForSelector('.editor');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Delete');
    await answer(page, 'Enter');
    await allStored(page);
    const rows = await winnow.rowsOf('decided');
    const words = ({ text, spans }) => spans.map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(words(rows[0]), taken[1]);
    assert.equal(rows.length, 3);
    assert.ok(rows.every((row) => row.answer === 'accept'));
  });

  await t.test('what is left comes from the others, and then there is nothing', async () => {
    await answer(page, 'x');
    await answer(page, 'Space');
    await page.waitForSelector('.empty:has-text("All done here")');
  });

  await t.test('two outputs are compared without telling whose they are', async () => {
    await openQueue(page, winnow.url, 'comparing');
    assert.doesNotMatch(await page.textContent('#main'), /jobs_model/);
    await page.keyboard.press('d');
    assert.match(await page.textContent('.difference'), /Only the first/);
    await page.keyboard.press('d');
    const first = await page.textContent('.sides .sheet');
    await answer(page, '1');
    await answer(page, '2');
    await answer(page, 't');
    await allStored(page);
    const { entries } = await winnow.call('AnnotationService/ListAnswers', {
      dataset: 'preferred',
    });
    const preferences = entries.map(({ answer: { comparison } }) => comparison.preference);
    const isA = !first.includes('place');
    assert.equal(preferences[0], isA ? 'PREFERENCE_A' : 'PREFERENCE_B');
    assert.equal(preferences[2], 'PREFERENCE_TIE');
  });
});

/**
 * The comparison that is shown, at one moment, since the verdict may take its place at any:
 * "0-20,31-37" for each of the two outputs, their text, and all that is written around.
 */
const comparisonOn = (page) =>
  page.evaluate(() => ({
    sides: [...document.querySelectorAll('.sides .sheet')].map((sheet) =>
      [...sheet.querySelectorAll('mark [data-at]')]
        .map(({ dataset, textContent }) => [Number(dataset.at), [...textContent].length])
        .map(([start, length]) => `${start}-${start + length}`)
        .join(),
    ),
    text: document.querySelector('.sides .sheet .reading')?.textContent,
    around: document.querySelector('#main').textContent,
  }));

browserTest('a comparison is judged until its verdict stands', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles();
  const few = join(winnow.directory, 'few.jsonl');
  const gold = readFileSync(join(examples, 'job_titles_gold.jsonl'), 'utf8').split('\n');
  writeFileSync(few, gold.slice(0, 40).join('\n') + '\n');
  await winnow.cli(['db-in', 'few', few, '--complete']);
  const weak = join(winnow.directory, 'weak');
  await winnow.cli(['ner.batch-train', '-l', 'job_title', 'few', 'blank:en', '-o', weak]);
  await winnow.call('EvaluationService/CreateComparison', {
    requestId: randomUUID(),
    spec: {
      name: 'ab',
      modelA: 'weak',
      modelB: 'jobs_model',
      source: 'raw',
      dataset: 'judged',
      labels: ['job_title'],
    },
  });
  const readingOf = async (text) => {
    const request = { model: 'jobs_model', texts: [text] };
    const { predictions } = await winnow.call('EvaluationService/Predict', request);
    const spans = predictions[0].spans ?? [];
    return spans.map(({ start = 0, end }) => `${start}-${end}`).join();
  };
  const page = await (await profile(browser, { name: 'anna' })).newPage();
  await openQueue(page, winnow.url, 'ab');
  const isDecided = async () => (await page.locator('.decided').count()) > 0;
  for (let n = 0; n < 60 && !(await isDecided()); ++n) {
    const { sides, text, around } = await comparisonOn(page);
    if (sides.length === 0) {
      await page.waitForTimeout(200);
      continue;
    }
    assert.doesNotMatch(around, /jobs_model|weak/);
    const reading = await readingOf(text.replaceAll('job_title', ''));
    await page.keyboard.press(sides[0] === reading ? '1' : '2');
    await allStored(page);
    await page.waitForTimeout(50);
  }

  await page.waitForSelector('.decided .sheet:has-text("B is better")');
  const shown = await page.textContent('.decided');
  const { result } = await winnow.call('EvaluationService/GetComparison', { name: 'ab' });
  assert.equal(result.verdict, 'COMPARISON_VERDICT_B');
  assert.match(shown, /jobs_model@1 is preferred/);
  assert.match(
    shown,
    new RegExp(`${result.numPreferB}\\s*B preferred|B preferred\\s*${result.numPreferB}`),
  );
  assert.match(shown, /B preferred in\s*100\.0% \[\d+\.\d, 100\.0\]/);

  await t.test('and is no work any more', async () => {
    await page.click('text=Other queues');
    await page.waitForSelector('.queue-card:has-text("titles")');
    assert.equal(await page.locator('.queue-card').count(), 1);
  });
});

browserTest('a new version that serves rings the bell', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles();
  const page = await (await profile(browser, { name: 'anna' })).newPage();
  await openQueue(page, winnow.url, 'titles');
  await answer(page, 'a');
  await page.waitForFunction(() => /1 in the queue/.test(document.body.innerText));
  assert.equal(await page.locator('.bell').count(), 0);
  const output = join(winnow.directory, 'again', 'jobs_model');
  await winnow.cli(['ner.batch-train', '-l', 'job_title', 'gold', 'blank:en', '-o', output]);
  await winnow.cli(['models', 'promote', 'jobs_model@2']);
  await page.click('.bell');
  assert.match(await page.textContent('.toasts'), /jobs_model@2/);
  await answer(page, 'a');
});
