// The pages of the dashboard, as such: no page breaks a rule of axe-core in any theme or is wider
// than a phone; tables stay quick at 100,000 rows; what is exported is what is there.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tooWide, violations } from './harness/axe.mjs';
import { browserTest, profile, watchErrors } from './harness/browser.mjs';
import { openPage } from './harness/manager.mjs';
import { examples, Winnow } from './harness/winnow.mjs';

const paths = [
  '/',
  '/start',
  '/queues',
  '/queues/titles',
  '/models',
  '/models/jobs_model',
  '/jobs',
  '/data',
  '/data/gold',
  '/sources',
  '/comparisons',
  '/people',
  '/audit',
];

/** Buttons of pages, and the dialogs that they open. */
const dialogs = [
  ['/queues', 'New queue'],
  ['/queues/titles', 'Delete'],
  ['/models', 'Import'],
  ['/models/jobs_model', 'Measure'],
  ['/jobs', 'Train'],
  ['/data', 'Upload'],
  ['/data/gold', 'Export'],
  ['/sources', 'Erase texts'],
  ['/comparisons', 'New comparison'],
  ['/people', 'Add the first admin'],
];

browserTest('axe finds nothing, and nothing is wider than the window', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles();
  const page = await (await profile(browser, { name: 'maria' })).newPage();
  const errors = watchErrors(page);
  for (const theme of ['light', 'dark', 'contrast']) {
    await t.test(theme, async () => {
      await page.goto(winnow.url);
      await page.evaluate((name) => {
        localStorage.setItem('winnow.theme', JSON.stringify(name));
      }, theme);
      for (const path of paths) {
        await openPage(page, winnow.url + path);
        assert.deepEqual(await violations(page), [], path);
      }
      for (const [path, button] of dialogs) {
        await openPage(page, winnow.url + path);
        await page.click(`main button:text-is("${button}")`);
        await page.waitForFunction(() => !document.querySelector('dialog .loading'));
        assert.deepEqual(await violations(page), [], `${path} ${button}`);
      }
    });
  }

  for (const language of ['en', 'de']) {
    await t.test(`at 320 pixels, ${language}`, async () => {
      await page.setViewportSize({ width: 320, height: 640 });
      await page.evaluate((chosen) => {
        localStorage.setItem('winnow.language', JSON.stringify(chosen));
      }, language);
      for (const path of paths) {
        await openPage(page, winnow.url + path);
        assert.equal(await page.getAttribute('html', 'lang'), language);
        assert.equal(await tooWide(page), 0, path);
      }
    });
    await t.test(`what is done with a row is in reach of a thumb, ${language}`, async () => {
      await page.setViewportSize({ width: 390, height: 780 });
      for (const path of ['/queues', '/sources']) {
        await openPage(page, winnow.url + path);
        const ends = await page.$$eval('tbody .actions .button', (all) =>
          all.map((button) => button.getBoundingClientRect().right),
        );
        assert.ok(ends.length > 0, path);
        assert.ok(Math.max(...ends) <= 390, path);
      }
    });
  }
  assert.deepEqual(errors, []);
});

/** The file that a click brings. */
async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFileSync(await file.path(), 'utf8');
}

browserTest('100,000 rows', async (t, browser) => {
  const winnow = await Winnow.start(t);
  const file = join(winnow.directory, 'many.jsonl');
  const rows = Array.from({ length: 100_000 }, (_, index) =>
    JSON.stringify({
      text: `Chef number ${index}`,
      spans: [{ start: 0, end: 4, label: 'job' }],
      answer: index % 4 ? 'accept' : 'reject',
    }),
  );
  writeFileSync(file, rows.join('\n'));
  await winnow.cli(['db-in', 'many', file, '--binary']);
  const page = await (await profile(browser, { name: 'maria' })).newPage();
  await openPage(page, `${winnow.url}/data/many`);
  await page.waitForSelector('text=100,000 rows', { timeout: 60_000 });

  await t.test('are drawn as far as they are seen, to the last', async () => {
    const drawn = () => page.$$eval('tbody tr', (all) => all.length);
    assert.ok((await drawn()) < 100);
    await page.$eval('.table-scroll', (box) => box.scrollTo(0, box.scrollHeight));
    await page.waitForSelector('text=Chef number 99999');
    assert.ok((await drawn()) < 100);
  });

  await t.test('are filtered and sorted while one waits', async () => {
    const start = Date.now();
    await page.selectOption('select[aria-label=Verdict]', { label: 'reject' });
    await page.waitForSelector('text=25,000 rows');
    await page.fill('input[type=search]', 'number 9999');
    await page.waitForSelector('text=2 rows of 25,000');
    await page.click('th button:has-text("Text")');
    await page.click('th button:has-text("Text")');
    await page.waitForSelector('tr[aria-rowindex="2"]:has-text("Chef number 99996")');
    t.diagnostic(`filtered, searched and sorted in ${Date.now() - start} ms`);
    assert.ok(Date.now() - start < 10_000);
  });

  await t.test('are exported as they are shown', async () => {
    const csv = await download(page, () => page.click('button:text-is("Export CSV")'));
    const lines = csv.trimEnd().split('\r\n');
    assert.equal(lines.length, 3);
    assert.match(lines[1], /^Chef number 99996,reject,/);
  });

  await t.test('come back to the byte as the data set', async () => {
    await page.click('button:text-is("Export")');
    const jsonl = await download(page, () => page.click('button:text-is("Save the file")'));
    assert.equal(jsonl, await winnow.cli(['db-out', 'many']));
  });
});

browserTest('one answer, and who agrees', async (t, browser) => {
  const winnow = await Winnow.start(t);
  const gold = readFileSync(join(examples, 'job_titles_gold.jsonl'), 'utf8').split('\n');
  const by = (person, flip) =>
    gold.slice(0, 60).map((line, index) => {
      const row = JSON.parse(line);
      const answer = index % flip ? 'accept' : 'reject';
      return JSON.stringify({
        ...row,
        answer,
        _annotator_id: person,
        _view_id: 'ner',
      });
    });
  const file = join(winnow.directory, 'two.jsonl');
  writeFileSync(file, [...by('anna', 7), ...by('ben', 9)].join('\n'));
  await winnow.cli(['db-in', 'two', file, '--binary']);
  const page = await (await profile(browser, { name: 'maria' })).newPage();
  await openPage(page, `${winnow.url}/data/two`);
  await page.click('.answer-text >> nth=0');
  await page.waitForSelector('dialog mark');
  await page.click('dialog button[aria-label=Close]');

  await page.click('button:text-is("Agreement")');
  await page.waitForSelector('dialog >> text=2 people');
  assert.deepEqual(await violations(page), []);
  const pair = await page.textContent('dialog tr:has(th:text-is("anna"))');
  assert.match(pair, /ben/);
  await page.click('dialog button[aria-label=Close]');

  await t.test('what they differ in is put before a reviewer', async () => {
    await page.click('button:text-is("Review differences")');
    await page.click('dialog button:text-is("Create")');
    await page.waitForSelector('h1:text-is("two_reviewed.review")');
    await page.click('a:text-is("Answer")');
    await page.waitForSelector('[data-task]');
  });

  await t.test('and what they answered is completed', async () => {
    await winnow.teachJobTitles();
    await openPage(page, `${winnow.url}/queues`);
    await page.click('button:text-is("New queue")');
    await page.click('dialog label:has-text("Complete")');
    await page.click('dialog .many label:has-text("two") >> nth=0');
    await page.click('dialog button:text-is("Create")');
    await page.waitForSelector('h1:text-is("two_completed.complete")');
    await page.waitForSelector('.badge:text-is("open")');
  });
});
