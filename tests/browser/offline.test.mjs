// The application opens without a network too, by the service worker that keeps it.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  allStored,
  browserTest,
  cardOf,
  eventually,
  openQueue,
  profile,
} from './harness/browser.mjs';
import { assertExported, teach } from './harness/given.mjs';
import { Winnow } from './harness/winnow.mjs';

/** Opens the queue, and waits until the browser keeps the application. */
async function openKept(page, winnow) {
  await openQueue(page, winnow.url, 'titles');
  await page.evaluate(() => navigator.serviceWorker.ready);
}

const waitingOf = (page, n) =>
  page.waitForSelector(`text=/${n} answers?( of yours)? (is|are) kept/`);

async function goesOnWithoutNetwork(context, page, given, away, back) {
  await teach(page, 4, given);
  await allStored(page);
  await away();
  await teach(page, 2, given);
  await waitingOf(page, 2);
  const { task } = await cardOf(page);

  await page.reload();
  await page.waitForSelector('[data-task]');
  assert.equal((await cardOf(page)).task, task);
  await waitingOf(page, 2);
  await teach(page, 1, given);

  const address = page.url();
  await page.close();
  const reopened = await context.newPage();
  await reopened.goto(new URL('/', address).href);
  await waitingOf(reopened, 3);
  await reopened.goto(address);
  await reopened.waitForSelector('[data-task]');
  await teach(reopened, 1, given);
  await waitingOf(reopened, 4);

  await back();
  await allStored(reopened);
  await teach(reopened, 10, given);
  await allStored(reopened);
}

browserTest('a reload without a network shows the cards at hand', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles('titles', { unsegmented: true });
  const context = await profile(browser, { name: 'anna' });
  const page = await context.newPage();
  const given = [];
  await openKept(page, winnow);
  await goesOnWithoutNetwork(
    context,
    page,
    given,
    () => context.setOffline(true),
    () => context.setOffline(false),
  );
  await assertExported(winnow, 'titles_answers', given);
});

browserTest('a reload while the server is away shows the cards at hand', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await winnow.teachJobTitles('titles', { unsegmented: true });
  const context = await profile(browser, { name: 'anna' });
  const page = await context.newPage();
  const given = [];
  await openKept(page, winnow);
  await goesOnWithoutNetwork(
    context,
    page,
    given,
    () => winnow.kill(),
    () => winnow.restart(),
  );
  await assertExported(winnow, 'titles_answers', given);
});

browserTest(
  'a newer application is there at once, and one without a worker',
  async (t, browser) => {
    const winnow = await Winnow.start(t);
    await winnow.teachJobTitles();
    const page = await (await profile(browser, { name: 'anna' })).newPage();
    await openKept(page, winnow);
    const built = winnow.webFiles;
    const exchange = async (change) => {
      const files = join(winnow.directory, 'web');
      cpSync(built, files, { recursive: true });
      for (const name of ['index.html', 'service_worker.js']) {
        const content = readFileSync(join(files, name), 'utf8');
        for (const form of ['', '.gz', '.br']) rmSync(join(files, name + form), { force: true });
        change(join(files, name), content);
      }
      winnow.webFiles = files;
      await winnow.kill();
      await winnow.restart();
    };
    const versionOf = () => page.textContent('noscript');
    const keptVersions = () => page.evaluate(() => caches.keys());
    const [first] = await keptVersions();

    await exchange((file, content) => {
      writeFileSync(file, content.replace('needs JavaScript', 'two').replace('"digest":"', '$&2'));
    });
    await page.reload();
    assert.match(await versionOf(), /two/);
    await eventually(async () => {
      const [version, ...others] = await keptVersions();
      return version !== first && others.length === 0;
    }, 'the new version is not kept in place of the old one');
    await winnow.kill();
    await page.reload();
    assert.match(await versionOf(), /two/);

    await winnow.restart();
    await exchange((file, content) => {
      // An application that asks for none.
      if (file.endsWith('.html')) writeFileSync(file, content.replace(/<script.*<\/script>/, ''));
    });
    await page.reload();
    const workers = () =>
      page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
    await eventually(async () => (await workers()) === 0, 'the worker is still there');
    assert.deepEqual(await keptVersions(), []);
  },
);
