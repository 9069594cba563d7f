// What tests of the dashboard do in it.
import { cardOf, answer } from './browser.mjs';

/** Opens a page, and waits until what it shows is there. */
export async function openPage(page, address) {
  await page.goto(address);
  await page.waitForSelector('h1');
  await page.waitForFunction(() => !document.querySelector('.loading'));
}

/** Gives a file to the upload that is shown, and sends it. */
export async function upload(page, ...files) {
  await page.setInputFiles('input[type=file]', ...files);
  await page.click('button:text-is("Upload")');
}

/** Answers so many cards as the gold annotations have it. */
export async function teachTruthfully(page, gold, count) {
  const right = new Map(gold.map(({ text, spans = [] }) => [text, spans]));
  for (let n = 0; n < count; ++n) {
    const { text, spans } = await cardOf(page);
    const wanted = right.get(text);
    const isRight = wanted?.some(
      ({ start, end }) => start === spans[0].start && end === spans[0].end,
    );
    await answer(page, wanted ? (isRight ? 'a' : 'x') : 'Space');
  }
}

/** Runs what a click on `name` asks, in the dialog that it opens. */
export async function confirm(page, name, action = name) {
  await page.click(`button:text-is("${name}")`);
  await page.click(`dialog button:text-is("${action}")`);
  await page.waitForSelector('dialog', { state: 'detached' });
}

export async function signIn(page, url, token) {
  await page.goto(url);
  await page.fill('input[type=password]', token);
  await page.click('button[type=submit]');
  await page.waitForSelector('h1');
}
