// Chromium, headless, and what tests do in it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

// The packages are those of the application.
const web = new URL('../../../services/gateway/web/package.json', import.meta.url);
const require = createRequire(web);
const { chromium } = require('playwright-core');
export const axeSource = require.resolve('axe-core/axe.min.js');

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

/** Why these tests cannot run here; false if they can. */
function missing() {
  if (!process.env.WINNOW_DATA) return 'WINNOW_DATA is not set';
  if (!executable) return 'chromium is not installed (apt-get install chromium)';
  return false;
}

export function launch() {
  return chromium.launch({
    executablePath: executable,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A test with a browser; skipped, and ctest says so, where there is none. */
export function browserTest(name, body) {
  const skip = missing();
  if (skip) console.log(`browser test skipped: ${skip}`);
  test(name, { skip }, async (t) => {
    const browser = await launch();
    t.after(() => browser.close());
    await body(t, browser);
  });
}

/** A browser profile of its own; `name` is who works in an open system. */
export async function profile(browser, { name, ...options } = {}) {
  const context = await browser.newContext({ locale: 'en', ...options });
  if (name) {
    await context.addInitScript((own) => localStorage.setItem('winnow.name', own), name);
  }
  return context;
}

/** Throws when the page has logged an error, or thrown one, that no test expects. */
export function watchErrors(page, expected = /Failed to load resource|net::ERR/) {
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) errors.push(message.text());
  });
  return errors;
}

/** Opens a queue, and waits for its first card. */
export async function openQueue(page, url, queue) {
  await page.goto(`${url}/annotate/${queue}`);
  await page.waitForSelector('[data-task]');
}

/** What the card shows: its task, the text, and the spans that are marked. */
export function cardOf(page) {
  return page.evaluate(() => {
    const card = document.querySelector('[data-task]');
    if (!card) return undefined;
    const pieces = [...card.querySelectorAll('.sheet [data-at]')];
    const spans = [...card.querySelectorAll('.sheet mark')].map((mark) => {
      const piece = mark.querySelector('[data-at]');
      const start = Number(piece.dataset.at);
      return { start, end: start + [...piece.textContent].length };
    });
    const text = pieces.map((piece) => piece.textContent).join('');
    return { task: card.dataset.task, text, spans };
  });
}

/** Presses keys, and waits until another card, or none, is there. */
export async function answer(page, ...keys) {
  const { task } = await cardOf(page);
  for (const key of keys) await page.keyboard.press(key);
  await page.waitForFunction(
    (old) => document.querySelector('[data-task]')?.dataset.task !== old,
    task,
  );
}

/** Whether the service has acknowledged, or refused, every answer of this browser. */
function isAllSettled(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        if (Object.keys(localStorage).some((key) => key.startsWith('winnow.answer.'))) {
          resolve(false);
          return;
        }
        const opening = indexedDB.open('winnow');
        opening.onsuccess = () => {
          const all = opening.result.transaction('answers').objectStore('answers').getAll();
          all.onsuccess = () => {
            opening.result.close();
            resolve(all.result.every(({ state }) => state !== 'pending'));
          };
        };
      }),
  );
}

/** Asks until the answer is yes. Waits for promises of a page, as waitForFunction does not. */
export async function eventually(ask, otherwise, timeout = 30_000) {
  const end = Date.now() + timeout;
  while (!(await ask())) {
    assert.ok(Date.now() < end, otherwise);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until every answer of this browser is acknowledged. */
export function allStored(page) {
  return eventually(() => isAllSettled(page), 'answers are still not acknowledged');
}
