// Whoever runs the work does all of it in the browser, without a command line.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allStored, browserTest, profile, watchErrors } from './harness/browser.mjs';
import { confirm, openPage, signIn, teachTruthfully, upload } from './harness/manager.mjs';
import { examples, Winnow } from './harness/winnow.mjs';

const gold = readFileSync(join(examples, 'job_titles_raw_gold.jsonl'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));

async function manager(t, browser) {
  const winnow = await Winnow.start(t);
  const context = await profile(browser, { name: 'maria' });
  const page = await context.newPage();
  return { winnow, page, errors: watchErrors(page) };
}

browserTest('from a file to a version that serves', async (t, browser) => {
  const { winnow, page, errors } = await manager(t, browser);
  const queue = 'job_titles_raw_answers.teach';
  const serving = async () =>
    (await winnow.call('TrainingService/GetModel', { name: 'job_titles_gold' })).aliases.serving;

  await t.test('a minute after the file there is the first card', async () => {
    const start = Date.now();
    await openPage(page, winnow.url);
    await page.click('text=Start with a file');
    await upload(page, join(examples, 'job_titles_gold.jsonl'));
    await page.waitForSelector('text=600 rows read as Prodigy');
    await page.click('button:text-is("Train")');
    await page.click('text=Go on to the questions', { timeout: 120_000 });
    await upload(page, join(examples, 'job_titles_raw.jsonl'));
    await page.waitForSelector('text=1,500 texts are there now.');
    await page.click('button:text-is("Start annotating")');
    await page.waitForSelector('[data-task]');
    const seconds = (Date.now() - start) / 1000;
    t.diagnostic(`first card after ${seconds.toFixed(1)} s`);
    assert.ok(seconds < 60, `first card after ${seconds} s`);
  });

  await t.test('it is taught, and its page tells how far it is', async () => {
    await teachTruthfully(page, gold, 60);
    await allStored(page);
    await openPage(page, `${winnow.url}/queues/${queue}`);
    await page.waitForSelector('.facts dd:text-is("60")');
    await page.waitForSelector('th:text-is("maria")');
  });

  await t.test('a version is trained from the answers', async () => {
    await openPage(page, winnow.url);
    await page.click('.needs a:text-is("Train")');
    await page.waitForSelector('dialog form');
    await page.selectOption('dialog select', 'job_titles_gold');
    assert.equal(await page.inputValue('dialog input[required]'), 'job_titles_gold');
    await page.click('dialog button:text-is("Train")');
    await page.waitForSelector('h2:text-is("The gate")', { timeout: 120_000 });
    assert.match(await page.textContent('main'), /job_titles_gold@2 (serves now|does not serve)/);
    assert.match(await page.textContent('main'), /hold-out of job_titles_gold/);
  });

  await t.test('it is promoted, whatever the gate said, and taken back', async () => {
    await winnow.call('TrainingService/PromoteModel', {
      requestId: crypto.randomUUID(),
      version: 'job_titles_gold@1',
    });
    await openPage(page, `${winnow.url}/models/job_titles_gold?version=2`);
    await confirm(page, 'Promote');
    await page.waitForSelector('h2:has-text("job_titles_gold@2") .badge:text-is("serves")');
    assert.equal(await serving(), '2');
    await confirm(page, 'Roll back');
    await page.waitForSelector('.toast:has-text("job_titles_gold@1 serves now.")');
    assert.equal(await serving(), '1');
  });

  await t.test('the two are compared blindly', async () => {
    await openPage(page, `${winnow.url}/models/job_titles_gold?version=2`);
    await page.click('text=A/B with what serves');
    await page.waitForSelector('dialog form');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('dialog input')].some(({ value }) => value === 'job_title'),
    );
    await page.click('dialog button:text-is("Compare")');
    await page.click('text=Judge', { timeout: 60_000 });
    await page.waitForSelector('[data-task]');
  });
  assert.deepEqual(errors, []);
});

browserTest('files that are not right', async (t, browser) => {
  const { winnow, page } = await manager(t, browser);
  const bad = join(winnow.directory, 'bad.jsonl');
  writeFileSync(
    bad,
    '{"text": "A chef", "spans": [{"start": 2, "end": 60, "label": "job"}]}\n{"spans": []}\n',
  );
  await openPage(page, `${winnow.url}/start`);
  await upload(page, bad);
  const alert = await page.waitForSelector('[role=alert]');
  assert.match(await alert.textContent(), /line 1/);
  assert.match(await alert.textContent(), /line 2/);
  assert.deepEqual(await winnow.call('AnnotationService/ListDatasets', {}), {});

  await t.test('another file is sent in its place', async () => {
    await page.click('text=Another file');
    await upload(page, join(examples, 'job_titles_raw.jsonl'));
    await page.waitForSelector('text=1,500 texts are there now.');
  });
});

browserTest('a queue is made, stopped, changed and deleted', async (t, browser) => {
  const { winnow, page, errors } = await manager(t, browser);
  await winnow.addTexts('texts', ['Chef in Paris', 'Nurse in Rome', 'Cook']);
  await openPage(page, `${winnow.url}/queues`);
  await page.click('button:text-is("New queue")');
  await page.click('dialog label:has-text("Mark all")');

  await page.fill('dialog .field:has(label:text-is("Labels")) input', 'job, city');

  await t.test('what the service has against it stands at its field', async () => {
    const overlap = 'dialog .field:has(label:text-is("People for each task"))';
    await page.click('dialog summary');
    await page.fill(`${overlap} input`, '0');
    await page.click('dialog button:text-is("Create")');
    await page.waitForSelector(`${overlap} .error`);
    await page.fill(`${overlap} input`, '1');
  });
  await page.click('dialog button:text-is("Create")');
  await page.waitForSelector('h1:text-is("texts_answers.manual")');
  await page.waitForSelector('.facts dd:text-is("3")');

  await t.test('it stops and goes on', async () => {
    await page.click('button:text-is("Pause")');
    await page.waitForSelector('.badge:text-is("paused")');
    assert.equal(await page.isVisible('a:text-is("Answer")'), false);
    await page.click('button:text-is("Resume")');
    await page.waitForSelector('.badge:text-is("open")');
  });

  await t.test('people and overlap are changed', async () => {
    await page.fill('.field:has(label:text-is("People")) input', 'anna, ben');
    await page.fill('.field:has(label:text-is("People for each task")) input', '2');
    await page.click('button:text-is("Save")');
    await page.waitForSelector('.toast:has-text("are changed")');
    const { spec } = await winnow.call('AnnotationService/GetQueue', {
      name: 'texts_answers.manual',
    });
    assert.deepEqual(spec.people, ['anna', 'ben']);
    assert.equal(spec.overlap, 2);
  });

  await t.test('an answer is seen at once', async () => {
    const { tasks } = await winnow.call('AnnotationService/LeaseTasks', {
      queue: 'texts_answers.manual',
      annotator: 'anna',
    });
    const answers = [
      {
        answerId: crypto.randomUUID(),
        taskId: tasks[0].taskId,
        fencingToken: tasks[0].fencingToken,
        verdict: 'VERDICT_ACCEPT',
      },
    ];
    await winnow.call('AnnotationService/SubmitAnswers', {
      queue: 'texts_answers.manual',
      annotator: 'anna',
      answers,
    });
    await page.waitForSelector('th:text-is("anna")', { timeout: 5000 });
  });

  await confirm(page, 'Delete');
  await page.waitForSelector('h1:text-is("Queues")');
  assert.deepEqual(await winnow.call('AnnotationService/ListQueues', {}), {});
  assert.deepEqual(errors, []);
});

const tokenOf = (page) => page.inputValue('dialog input[readonly]');

async function addPerson(page, name, role) {
  await page.click('button:text-is("Add a person")');
  await page.fill('dialog input[required]', name);
  await page.click(`dialog .choices b:text-is("${role}")`);
  await page.click('dialog button:text-is("Add")');
  await page.waitForSelector(`h2:text-is("The token of ${name}")`);
  const token = await tokenOf(page);
  await page.click('dialog button:text-is("Done")');
  await page.waitForSelector(`th:text-is("${name}")`);
  return token;
}

browserTest('people are added, do what their role may, and are shut out', async (t, browser) => {
  const { winnow, page, errors } = await manager(t, browser);
  await winnow.addTexts('texts', ['Chef in Paris', 'Nurse in Rome']);
  await winnow.createQueue({
    name: 'mark',
    kind: 'TASK_KIND_MANUAL',
    source: 'texts',
    dataset: 'marked',
    labels: ['job'],
  });

  await t.test('the first admin closes the system', async () => {
    await openPage(page, `${winnow.url}/people`);
    await page.click('button:text-is("Add the first admin")');
    await page.fill('dialog input[required]', 'root');
    await page.click('dialog button:text-is("Add")');
    const token = await tokenOf(page);
    assert.match(token, /^wnw_/);
    await page.click('dialog button:text-is("Done")');
    await page.fill('input[type=password]', token);
    await page.click('button[type=submit]');
    await page.waitForSelector('th:text-is("root")');
    assert.equal((await page.content()).includes(token), false);
  });

  const token = await addPerson(page, 'anna', 'annotator');
  const context = await profile(browser);
  const anna = await context.newPage();
  await signIn(anna, winnow.url, token);

  await t.test('an annotator sees their queues, and nothing of a manager', async () => {
    await anna.waitForSelector('.queue-card:has-text("mark")');
    const links = await anna.$$eval('nav a', (all) => all.map(({ textContent }) => textContent));
    assert.deepEqual(links, ['Home', 'Settings']);
    assert.equal(await anna.isVisible('text=Needs you'), false);
    const pages = ['queues', 'queues/mark', 'models', 'jobs', 'data', 'sources', 'people', 'audit'];
    for (const path of [...pages, 'comparisons', 'start']) {
      await openPage(anna, `${winnow.url}/${path}`);
      assert.equal(await anna.textContent('h1'), 'Your role does not see this page', path);
      assert.equal(await anna.$$eval('main button', (all) => all.length), 0, path);
    }
  });

  await t.test('a reviewer sees, and changes nothing', async () => {
    const reviewer = await (await profile(browser)).newPage();
    await signIn(reviewer, winnow.url, await addPerson(page, 'rita', 'reviewer'));
    await openPage(reviewer, `${winnow.url}/queues/mark`);
    await reviewer.waitForSelector('a:text-is("Answer")');
    for (const name of ['Pause', 'Archive', 'Delete', 'Save']) {
      assert.equal(await reviewer.isVisible(`button:text-is("${name}")`), false, name);
    }
  });

  await t.test('who is disabled is out, and goes on when enabled', async () => {
    await page.click('tr:has(th:text-is("anna")) button:text-is("Disable")');
    await page.waitForSelector('tr:has(th:text-is("anna")) .badge:text-is("disabled")');
    await anna.goto(winnow.url);
    await anna.waitForSelector('input[type=password]', { timeout: 10_000 });
    await page.click('tr:has(th:text-is("anna")) button:text-is("Enable")');
    await page.waitForSelector('tr:has(th:text-is("anna")) .badge:text-is("active")');
    await anna.goto(winnow.url);
    await anna.waitForSelector('.queue-card');
  });

  await t.test('a new token makes the old one nobody’s, and who is removed is gone', async () => {
    await page.click('tr:has(th:text-is("anna")) button:text-is("New token")');
    await page.click('dialog button:text-is("New token")');
    await page.waitForSelector('h2:text-is("The token of anna")');
    assert.notEqual(await tokenOf(page), token);
    await page.click('dialog button:text-is("Done")');
    await page.click('tr:has(th:text-is("anna")) button:text-is("Remove")');
    await page.click('dialog button:text-is("Remove")');
    await page.waitForSelector('th:text-is("anna")', { state: 'detached' });
  });

  await t.test('the audit log has all of it', async () => {
    await openPage(page, `${winnow.url}/audit`);
    for (const method of ['CreatePerson', 'UpdatePerson', 'RotateToken', 'RemovePerson']) {
      await page.waitForSelector(`td:text-is("${method}")`);
    }
    await page.fill('.field:has(label:text-is("Call, as PromoteModel")) input', 'RotateToken');
    await page.click('button:text-is("Filter")');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  });
  assert.deepEqual(errors, []);
});
