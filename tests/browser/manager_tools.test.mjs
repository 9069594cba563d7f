// What a manager does now and then: erases, moves models, trains with all that there is to know.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { violations } from './harness/axe.mjs';
import { browserTest, profile, watchErrors } from './harness/browser.mjs';
import { openPage, signIn } from './harness/manager.mjs';
import { examples, Winnow } from './harness/winnow.mjs';

async function manager(t, browser) {
  const winnow = await Winnow.start(t);
  const page = await (await profile(browser, { name: 'maria' })).newPage();
  return { winnow, page, errors: watchErrors(page) };
}

const tokenIn = (output) => output.match(/wnw_\S+/)[0];

browserTest('looking at queues opens none', async (t, browser) => {
  const { winnow, page, errors } = await manager(t, browser);
  await winnow.teachJobTitles();
  const standing = async (token) => {
    const request = { withStatus: true };
    return (await winnow.call('AnnotationService/ListQueues', request, token)).queues[0].status;
  };
  await winnow.kill();
  await winnow.restart();

  await t.test('however long somebody does', async () => {
    await openPage(page, winnow.url);
    await page.waitForSelector('.queue-card .badge:text-is("resting")');
    await openPage(page, `${winnow.url}/queues`);
    await page.waitForSelector('tr .badge:text-is("resting")');
    // The lists are asked for anew every five seconds.
    const again = () => page.waitForResponse(/ListQueues/, { timeout: 15_000 });
    await again();
    await again();
    assert.equal((await standing()).state, 'QUEUE_STATE_CLOSED');
  });

  await t.test('and who works is seen in the list', async () => {
    await page.click('a:text-is("Answer")');
    await page.waitForSelector('[data-task]');
    await openPage(page, `${winnow.url}/queues`);
    await page.waitForSelector('tr .badge:text-is("open")');
    assert.equal((await standing()).state, 'QUEUE_STATE_OPEN');
  });

  await t.test('where annotators see only themselves', async () => {
    const { tasks } = await winnow.call('AnnotationService/LeaseTasks', {
      queue: 'titles',
      annotator: 'ben',
    });
    const { taskId, fencingToken } = tasks[0];
    await winnow.call('AnnotationService/SubmitAnswers', {
      queue: 'titles',
      annotator: 'ben',
      answers: [{ answerId: crypto.randomUUID(), taskId, fencingToken, verdict: 'VERDICT_ACCEPT' }],
    });
    const add = async (name, role) =>
      tokenIn(await winnow.cli(['people', 'add', name, '--role', role]));
    winnow.token = await add('root', 'admin');
    const anna = await add('anna', 'annotator');
    const namesIn = ({ people = [] }) => people.map(({ name }) => name);
    assert.ok(namesIn(await standing()).includes('ben'));
    assert.ok(!namesIn(await standing(anna)).includes('ben'));
  });
  assert.deepEqual(errors, []);
});

browserTest('the page of a queue says what its audit questions say', async (t, browser) => {
  const { winnow, page, errors } = await manager(t, browser);
  await winnow.teachJobTitles('titles', { auditShare: 0.5 });
  await winnow.cli([
    'db-in',
    'raw_gold',
    join(examples, 'job_titles_raw_gold.jsonl'),
    '--complete',
  ]);
  const answer = (count) =>
    winnow.cli(['answer', 'titles', '--oracle', 'raw_gold', '--answers', String(count)]);
  const estimate = () => winnow.call('EvaluationService/EstimateFromAudit', { queue: 'titles' });
  const panel = '.panel:has(h2:text-is("What the audit questions say"))';
  await answer(10);
  await openPage(page, `${winnow.url}/queues/titles`);
  await page.waitForSelector(`${panel} >> text=of the ${(await estimate()).minAnswers} answers`);
  await answer(150);
  await page.waitForSelector(`${panel} dt:text-is("Recall")`, { timeout: 30_000 });
  assert.deepEqual(await violations(page), []);
  await openPage(page, `${winnow.url}/queues/titles`);
  await page.waitForSelector(`${panel} dt:text-is("F1")`);
  const { figure } = await estimate();
  const shown = await page.textContent(`${panel} dd >> nth=0`);
  assert.ok(shown.startsWith(`${(100 * figure.f1.value).toFixed(1)}%`), shown);
  assert.deepEqual(errors, []);
});

browserTest('a text is erased wherever it stands', async (t, browser) => {
  const { winnow, page, errors } = await manager(t, browser);
  const row = (text) => ({ text, spans: [{ start: 0, end: 4, label: 'job' }], answer: 'accept' });
  const texts = ['Chef for Anna Smith', 'Cook in Paris', 'Chef in Rome'];
  const file = join(winnow.directory, 'gold.jsonl');
  writeFileSync(file, texts.map((text) => JSON.stringify(row(text))).join('\n'));
  await winnow.cli(['db-in', 'gold', file, '--complete']);
  await winnow.cli(['db-in', 'more', file, '--binary']);
  await winnow.addTexts('raw', texts);
  const stored = async (dataset) => (await winnow.rowsOf(dataset)).map(({ text }) => text);

  await t.test('nothing goes before it is confirmed', async () => {
    await openPage(page, `${winnow.url}/data/gold`);
    await page.click('.answer-text:text-is("Chef for Anna Smith")');
    await page.click('dialog button:has-text("Erase this text")');
    await page.waitForSelector('h2:text-is("Erase for good?")');
    assert.deepEqual(await violations(page), []);
    await page.click('dialog dialog button:text-is("Cancel")');
    assert.deepEqual(await stored('gold'), texts);
  });

  await t.test('its answers go from every data set, and its row from the source', async () => {
    await page.click('dialog button:has-text("Erase this text")');
    await page.click('dialog dialog button:text-is("Erase this text")');
    await page.waitForSelector('text=1 text is erased, with 2 answers, 1 rows of sources');
    await page.click('dialog dialog footer button:text-is("Close")');
    await page.waitForSelector('text=2 rows');
    await page.waitForSelector('.facts dd:text-is("2")');
    assert.equal(await page.$('.answer-text:text-is("Chef for Anna Smith")'), null);
    for (const dataset of ['gold', 'more']) {
      assert.deepEqual(await stored(dataset), texts.slice(1), dataset);
    }
  });

  await t.test('others are typed, in any spelling', async () => {
    await openPage(page, `${winnow.url}/sources`);
    await page.click('button:text-is("Erase texts")');
    assert.deepEqual(await violations(page), []);
    await page.fill('dialog textarea', 'cook  in PARIS\nNobody ever wrote this');
    await page.click('dialog button:text-is("Erase 2 texts")');
    await page.waitForSelector('text=1 text is erased');
    await page.click('dialog footer button:text-is("Close")');
    await page.waitForSelector('tr:has(th:text-is("raw")) td:text-is("1")');
    assert.deepEqual(await stored('gold'), texts.slice(2));
    await page.click('button:text-is("Erase texts")');
    await page.fill('dialog textarea', 'Nobody ever wrote this');
    await page.click('dialog button:text-is("Erase this text")');
    await page.waitForSelector('text=No such text was found.');
  });

  await t.test('by admins alone', async () => {
    winnow.token = tokenIn(await winnow.cli(['people', 'add', 'root', '--role', 'admin']));
    const token = tokenIn(await winnow.cli(['people', 'add', 'mia', '--role', 'manager']));
    const other = await (await profile(browser)).newPage();
    await signIn(other, winnow.url, token);
    await openPage(other, `${winnow.url}/sources`);
    assert.equal(await other.isVisible('button:text-is("Erase texts")'), false);
    await openPage(other, `${winnow.url}/data/gold`);
    await other.click('.answer-text >> nth=0');
    await other.waitForSelector('dialog mark');
    assert.equal(await other.isVisible('button:has-text("Erase this text")'), false);
  });
  assert.deepEqual(errors, []);
});

browserTest('a version goes out and comes back, and is measured', async (t, browser) => {
  const { winnow, page, errors } = await manager(t, browser);
  await winnow.teachJobTitles();
  const digestOf = async (name) =>
    (await winnow.call('TrainingService/GetModelVersion', { name })).digest;
  const tar = join(winnow.directory, 'jobs_model@1.tar');

  await t.test('as a file that tar unpacks and the command line imports', async () => {
    await openPage(page, `${winnow.url}/models/jobs_model`);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.click('button:text-is("Export")'),
    ]);
    assert.equal(file.suggestedFilename(), 'jobs_model@1.tar');
    await file.saveAs(tar);
    execFileSync('tar', ['xf', tar], { cwd: winnow.directory });
    await winnow.cli(['models', 'import', join(winnow.directory, 'jobs_model@1'), 'by_cli']);
    assert.equal(await digestOf('by_cli@1'), await digestOf('jobs_model@1'));
  });

  await t.test('which comes back under another name', async () => {
    await openPage(page, `${winnow.url}/models`);
    await page.click('button:text-is("Import")');
    await page.setInputFiles('dialog input[type=file]', tar);
    const name = 'dialog input[required]';
    await page.waitForFunction((input) => document.querySelector(input).value !== '', name);
    assert.equal(await page.inputValue(name), 'jobs_model');
    assert.deepEqual(await violations(page), []);
    await page.fill(name, 'copy');
    await page.click('dialog button:text-is("Import")');
    await page.waitForSelector('h2:has-text("copy@1")');
    assert.equal(await digestOf('copy@1'), await digestOf('jobs_model@1'));
    const { aliases } = await winnow.call('TrainingService/GetModel', { name: 'copy' });
    assert.equal(aliases, undefined, 'it serves although nobody has said so');
  });

  await t.test('and nothing comes of what is no model', async () => {
    await openPage(page, `${winnow.url}/models`);
    await page.click('button:text-is("Import")');
    const files = ['job_titles_raw.jsonl', 'job_titles_gold.jsonl'];
    await page.setInputFiles(
      'dialog input[type=file]',
      files.map((file) => join(examples, file)),
    );
    await page.fill('dialog input[required]', 'none');
    await page.click('dialog button:text-is("Import")');
    const alert = await page.waitForSelector('dialog [role=alert]');
    assert.match(await alert.textContent(), /manifest/);
    const { models } = await winnow.call('TrainingService/ListModels', {});
    assert.ok(!models.some((model) => model.name === 'none'));
  });

  await t.test('it is measured on texts that it has not seen', async () => {
    const gold = join(examples, 'job_titles_raw_gold.jsonl');
    await winnow.cli(['db-in', 'raw_gold', gold, '--complete']);
    await openPage(page, `${winnow.url}/models/jobs_model`);
    await page.click('button:text-is("Measure")');
    await page.selectOption('dialog select', 'raw_gold');
    await page.click('dialog button:text-is("Measure")');
    await page.waitForSelector('dialog dt:text-is("Recall")');
    assert.deepEqual(await violations(page), []);
    const { figure } = await winnow.call('EvaluationService/Evaluate', {
      model: 'jobs_model@1',
      dataset: 'raw_gold',
    });
    const shown = await page.textContent('dialog dd >> nth=0');
    assert.ok(shown.startsWith(`${(100 * figure.f1.value).toFixed(1)}%`), shown);
  });
  assert.deepEqual(errors, []);
});

browserTest('a training knows what the command line could tell it', async (t, browser) => {
  const { winnow, page, errors } = await manager(t, browser);
  await winnow.teachJobTitles();
  const write = (name, text) => {
    const path = join(winnow.directory, name);
    writeFileSync(path, text);
    return path;
  };
  const words = readFileSync(join(examples, 'job_titles_raw.jsonl'), 'utf8').match(/[a-z]{3,}/g);
  const rows = [...new Set(words)].map(
    (word, at) => `${word} ${Math.sin(at).toFixed(4)} ${Math.cos(at).toFixed(4)}`,
  );
  const field = (label) => `dialog .field:has(label:text-is("${label}")) input`;
  const fill = async (label, value) => page.fill(field(label), value);

  await openPage(page, `${winnow.url}/models/jobs_model`);
  await page.click('.page-head button:text-is("Train") >> nth=0');
  await page.click('dialog summary');
  await page.click('dialog .many label:has-text("gold") >> nth=0');
  await page.waitForFunction(() =>
    [...document.querySelectorAll('dialog input')].some(({ value }) => value === 'job_title'),
  );

  await t.test('a file that has no vectors is refused, and nothing is begun', async () => {
    await page.setInputFiles(field('Word vectors'), write('none.vec', 'one two three\nfour\n'));
    await page.click('dialog button:text-is("Train")');
    const alert = await page.waitForSelector('dialog [role=alert]');
    assert.match(await alert.textContent(), /none\.vec:1: has no values/);
    const { jobs } = await winnow.call('TrainingService/ListTrainingJobs', {});
    assert.equal(jobs.length, 1);
  });

  await t.test('patterns, vectors and numbers reach it', async () => {
    const pattern = { label: 'job_title', pattern: [{ lower: 'engineer' }] };
    const patterns = write('patterns.jsonl', JSON.stringify(pattern));
    const vectors = write('good.vec', `${rows.length} 2\n${rows.join('\n')}\n`);
    await page.setInputFiles(field('Patterns or word lists'), patterns);
    await page.setInputFiles(field('Word vectors'), vectors);
    await fill('Seed', '7');
    await fill('Pull to the parent', '0.1');
    await fill('Right spans rejected by mistake', '4');
    assert.deepEqual(await violations(page), []);
    await page.click('dialog button:text-is("Train")');
    await page.waitForURL(/\/jobs\//);
    await page.waitForSelector('h2:text-is("The gate")', { timeout: 120_000 });
    const { jobs } = await winnow.call('TrainingService/ListTrainingJobs', {});
    const [ours, theirs] = ['ours', 'theirs'].map((name) => join(winnow.directory, name));
    await winnow.cli(['models', 'export', jobs[0].report.modelVersion, ours]);
    const knowledge = ['--patterns', patterns, '--vectors', vectors];
    const numbers = ['--seed', '7', '--prior', '0.1', '--reject-error', '0.04'];
    const what = ['-l', 'job_title', 'gold', 'jobs_model@1', '-o', theirs];
    await winnow.cli(['ner.batch-train', ...what, ...knowledge, ...numbers]);
    const bytes = (directory) => readFileSync(join(directory, 'model.bin'));
    assert.ok(bytes(ours).equals(bytes(theirs)), 'the command line makes another model');
    await winnow.cli(['ner.batch-train', ...what, ...numbers]);
    assert.ok(!bytes(ours).equals(bytes(theirs)), 'what it knows makes no difference');
  });

  await t.test('the curve of its versions stands beneath the report', async () => {
    await page.waitForSelector('h2:text-is("Learning curve")');
    await page.click('.chart:has-text("F1 by version") summary');
    await page.waitForSelector(
      '.chart td:text-is("jobs_model@2"), .chart th:text-is("jobs_model@2")',
    );
  });
  assert.deepEqual(errors, []);
});
