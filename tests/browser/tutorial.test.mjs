// The tutorial: ten cards as in real work, of which nothing is stored.
import assert from 'node:assert/strict';
import { tooWide, violations } from './harness/axe.mjs';
import { answer, browserTest, cardOf, profile } from './harness/browser.mjs';
import { Winnow } from './harness/winnow.mjs';

const driver = ['ArrowRight', '1'];
const warehouseAssistant = ['ArrowRight', 'ArrowRight', 'Shift+ArrowRight', '1'];

/** What each card wants; the sixth wants the one before it back first. */
const rightKeys = [
  ['a'],
  ['x'],
  ['x'],
  ['Shift+Alt+ArrowLeft', 'a'],
  ['a'],
  ['Backspace'],
  ['a'],
  ['a'],
  ['a'],
  [...driver, ...warehouseAssistant, 'Enter'],
  ['2'],
  ['2'],
];

browserTest('a newcomer learns by keyboard, and leaves no trace', async (t, browser) => {
  const winnow = await Winnow.start(t);
  const page = await (await profile(browser, { name: 'anna' })).newPage();
  const calls = [];
  await page.goto(winnow.url);
  await page.click('text=Learn it in ten cards');
  await page.waitForSelector('[data-task]');
  page.on('request', (request) => calls.push(new URL(request.url()).pathname));

  const { task } = await cardOf(page);
  await page.keyboard.press('x');
  await page.waitForSelector('.hint:has-text("It is one")');
  assert.equal((await cardOf(page)).task, task);
  for (const keys of rightKeys) await answer(page, ...keys);
  await page.waitForSelector('text=That is all');

  assert.deepEqual(
    calls.filter((path) => path.startsWith('/rpc/')),
    [],
  );
  assert.deepEqual(await page.evaluate(() => indexedDB.databases()), []);

  await page.click('text=Go to the home page');
  await page.keyboard.press('?');
  await page.click('dialog >> text=Learn it in ten cards');
  await page.waitForSelector('[data-task]');
});

browserTest('the tutorial is for a thumb, too, and for everybody', async (t, browser) => {
  const winnow = await Winnow.start(t);
  const page = await (
    await profile(browser, {
      name: 'anna',
      hasTouch: true,
      isMobile: true,
      viewport: { width: 390, height: 780 },
    })
  ).newPage();
  const tap = (name) => page.tap(`.card .button:has-text("${name}")`);
  for (const theme of ['light', 'dark', 'contrast']) {
    await page.goto(winnow.url);
    await page.evaluate((name) => {
      localStorage.setItem('winnow.theme', JSON.stringify(name));
    }, theme);
    await page.goto(`${winnow.url}/tutorial`);
    await page.waitForSelector('[data-task]');
    assert.deepEqual(await violations(page), [], `${theme}, a question`);
    for (const name of ['Accept', 'Reject', 'Reject']) await tap(name);
    await page.locator('.grip').first().focus();
    await page.keyboard.press('ArrowLeft');
    for (const name of ['Accept as mended', 'Accept', 'Take back', 'Accept', 'Accept', 'Accept']) {
      await tap(name);
    }
    assert.deepEqual(await violations(page), [], `${theme}, a text to mark`);
    await page.tap('button:text-is("Skip")');
    assert.deepEqual(await violations(page), [], `${theme}, a comparison`);
    await tap('Second is better');
    assert.deepEqual(await violations(page), [], `${theme}, a review`);
    assert.equal(await tooWide(page), 0);
    await page.tap('.versions li:nth-child(2) .button:has-text("Take")');
    await page.waitForSelector('text=That is all');
    assert.deepEqual(await violations(page), [], `${theme}, the end`);
  }
});
