// Two people at one queue, and who may sign in.
import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  allStored,
  answer,
  browserTest,
  cardOf,
  openQueue,
  profile,
  watchErrors,
} from './harness/browser.mjs';
import { Winnow } from './harness/winnow.mjs';

/** Rejects what it is asked until the sign-in comes over the page. The number of answers. */
async function answerUntilSignedOut(page) {
  let given = 0;
  while ((await page.locator('dialog[open]').count()) === 0) {
    const { task } = await cardOf(page);
    await page.keyboard.press('x');
    await page.waitForFunction(
      (old) =>
        document.querySelector('dialog[open]') ||
        document.querySelector('[data-task]')?.dataset.task !== old,
      task,
    );
    if ((await cardOf(page))?.task !== task) ++given;
  }
  return given;
}

const tokenIn = (output) => output.match(/wnw_\S+/)[0];

async function signIn(page, url, token) {
  await page.goto(url);
  await page.fill('input[type=password]', token);
  await page.click('button[type=submit]');
}

/** A sign-in that began long ago: what the gateway would have sealed, which is over at a time. */
function cookieThatEnds(winnow, { name, token, time }) {
  const key = readFileSync(join(winnow.directory, 'data/gateway/cookie.key'));
  const signIn = { token, name, issued: (time - 12 * 3_600_000) * 1000, expires: time * 1000 };
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = [nonce, cipher.update(JSON.stringify(signIn)), cipher.final()];
  const value = Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url');
  return { name: 'winnow_session', value, url: winnow.url, httpOnly: true, sameSite: 'Strict' };
}

browserTest('two people and two tabs never have the same card', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles();
  const pages = [];
  for (const name of ['anna', 'ben']) {
    const context = await profile(browser, { name });
    pages.push(await context.newPage());
    if (name === 'anna') pages.push(await context.newPage());
  }
  const seen = [];
  for (const page of pages) await openQueue(page, winnow.url, 'titles');
  for (let round = 0; round < 12; ++round) {
    for (const page of pages) {
      seen.push((await cardOf(page)).task);
      await answer(page, round % 2 ? 'a' : 'x');
    }
  }
  assert.equal(new Set(seen).size, seen.length);
  for (const page of pages) await allStored(page);
  const rows = await winnow.rowsOf('titles_answers');
  assert.equal(rows.length, 36);
  const annotators = rows.map((row) => row._annotator_id ?? row._session_id);
  assert.equal(annotators.filter((name) => name.includes('anna')).length, 24);

  await t.test('and give back what they had in their hands', async () => {
    for (const page of pages) await page.goto('about:blank');
    const status = async () =>
      (await winnow.call('AnnotationService/GetQueue', { name: 'titles' })).status;
    for (let tries = 0; tries < 50 && Number((await status()).numLeased ?? 0) > 0; ++tries) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(Number((await status()).numLeased ?? 0), 0);
  });
});

browserTest('signing in, and what ends it', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles();
  winnow.token = tokenIn(await winnow.cli(['people', 'add', 'root', '--role', 'admin']));
  const anna = tokenIn(await winnow.cli(['people', 'add', 'anna', '--role', 'annotator']));
  const context = await profile(browser);
  const page = await context.newPage();
  const errors = watchErrors(page);

  await t.test('a token that nobody has is refused in words', async () => {
    await signIn(page, `${winnow.url}/annotate/titles`, 'wnw_nobody');
    await page.waitForSelector('.field .error');
    assert.match(await page.textContent('.field .error'), /Nobody has this token/);
  });

  await t.test('a good one leads to the page that was asked for', async () => {
    await signIn(page, `${winnow.url}/annotate/titles`, anna);
    await page.waitForSelector('[data-task]');
    const readable = await page.evaluate(() => document.cookie);
    assert.equal(readable, '');
    for (let n = 0; n < 5; ++n) await answer(page, 'a');
    await allStored(page);
  });

  let fresh;
  let given = 5;
  await t.test('a token that is revoked meanwhile keeps the answers, and asks again', async () => {
    fresh = tokenIn(await winnow.cli(['people', 'rotate', 'anna']));
    given += await answerUntilSignedOut(page);
    assert.match(await page.textContent('dialog'), /nothing that you did is lost/);
    await page.fill('dialog input[type=password]', fresh);
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('dialog', { state: 'detached' });
    await allStored(page);
    assert.equal((await winnow.rowsOf('titles_answers')).length, given);
  });

  await t.test('a sign-in that ends while somebody works keeps the answers, too', async () => {
    const time = Date.now() + 4000;
    await context.addCookies([cookieThatEnds(winnow, { name: 'anna', token: fresh, time })]);
    await openQueue(page, winnow.url, 'titles');
    await answer(page, 'x');
    ++given;
    await allStored(page);
    assert.ok(Date.now() < time, 'the sign-in was over before it was used');
    await new Promise((resolve) => setTimeout(resolve, time - Date.now()));
    given += await answerUntilSignedOut(page);
    await page.fill('dialog input[type=password]', fresh);
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('dialog', { state: 'detached' });
    await answer(page, 'x');
    ++given;
    await allStored(page);
    assert.equal((await winnow.rowsOf('titles_answers')).length, given);
  });

  await t.test('a killed and restarted server keeps people signed in', async () => {
    await winnow.kill();
    await winnow.restart();
    await openQueue(page, winnow.url, 'titles');
    await answer(page, 'a');
    await allStored(page);
  });

  await t.test('an annotator who opens a review is told why not', async () => {
    await winnow.createQueue({
      name: 'decide',
      kind: 'TASK_KIND_REVIEW',
      dataset: 'decided',
      inputDatasets: ['titles_answers'],
      labels: ['job_title'],
    });
    await page.goto(`${winnow.url}/annotate/decide`);
    await page.waitForSelector('.empty');
    assert.match(await page.textContent('.empty'), /cannot be worked on/);
  });

  await t.test('signing out ends it', async () => {
    await page.goto(`${winnow.url}/settings`);
    await page.click('text=Sign out');
    await page.waitForSelector('input[type=password]');
    await page.goto(`${winnow.url}/annotate/titles`);
    await page.waitForSelector('input[type=password]');
  });
  assert.deepEqual(errors, []);
});
