// Takes the pictures of the dashboard in docs/web.md from the running system, into docs/web/.
//   WINNOW_BUILD=build/dev node tests/browser/screenshots_manager.mjs
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, profile } from './harness/browser.mjs';
import { openPage, signIn } from './harness/manager.mjs';
import { examples, Winnow } from './harness/winnow.mjs';

const directory = new URL('../../docs/web/', import.meta.url).pathname;
const wide = { viewport: { width: 1280, height: 720 } };
const small = { viewport: { width: 1140, height: 600 } };
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

const tokenIn = (output) => output.match(/wnw_\S+/)[0];

/** A team that has taught a model for a while; the token of its manager. */
async function makeTeam(winnow) {
  const rawGold = join(examples, 'job_titles_raw_gold.jsonl');
  await winnow.teachJobTitles('titles', { overlap: 2, overlapShare: 0.3, checkShare: 0.1 });
  await winnow.cli(['db-in', 'raw_gold', rawGold, '--complete']);
  winnow.token = tokenIn(await winnow.cli(['people', 'add', 'root', '--role', 'admin']));
  const add = async (name, role) =>
    tokenIn(await winnow.cli(['people', 'add', name, '--role', role]));
  const train = (datasets, parent) =>
    winnow.cli(['ner.batch-train', '-l', 'job_title', datasets, parent, '-o', 'jobs_model']);
  const work = async (name, answers) => {
    // Annotators may not read the gold that answers here in their place.
    const token = await add(name, 'reviewer');
    await winnow.cli(['answer', 'titles', '--oracle', 'raw_gold', '--answers', answers], token);
    await winnow.cli(['people', 'role', name, '--role', 'annotator']);
  };
  await work('anna', '160');
  await train('titles_answers', 'jobs_model@1');
  await work('ben', '120');
  await train('titles_answers', 'jobs_model@1');
  await work('cora', '40');
  await add('rita', 'reviewer');
  await makeComparison(winnow);
  return add('maria', 'manager');
}

async function makeComparison(winnow) {
  const models = ['jobs_model@1', 'jobs_model@3'];
  const oracle = ['--oracle', 'raw_gold'];
  const data = ['titles_eval', ...models, 'raw'];
  await winnow.cli(['ner.eval-ab', '-l', 'job_title', ...data, ...oracle]);
}

async function comparisonName(winnow) {
  const { comparisons } = await winnow.call('EvaluationService/ListComparisons', {});
  return comparisons[0].spec.name;
}

const pictures = (comparison) => [
  { name: 'home', path: '/' },
  { name: 'start', path: '/start' },
  { name: 'queue', path: '/queues/titles' },
  { name: 'queue-phone', path: '/queues/titles', device: phone },
  { name: 'model', path: '/models/jobs_model' },
  { name: 'version-dark', path: '/models/jobs_model?version=2', theme: 'dark' },
  { name: 'data', path: '/data/titles_answers', device: small },
  { name: 'comparison', path: `/comparisons/${comparison}` },
  { name: 'people', path: '/people', admin: true },
];

const cleanups = [];
const scope = { after: (cleanup) => cleanups.unshift(cleanup) };
try {
  mkdirSync(directory, { recursive: true });
  const winnow = await Winnow.start(scope);
  const manager = await makeTeam(winnow);
  const browser = await launch();
  scope.after(() => browser.close());
  for (const picture of pictures(await comparisonName(winnow))) {
    const { name, path, theme = 'light', device = wide, admin = false } = picture;
    const context = await profile(browser, device);
    await context.addInitScript((chosen) => {
      localStorage.setItem('winnow.theme', JSON.stringify(chosen));
    }, theme);
    const page = await context.newPage();
    await signIn(page, winnow.url, admin ? winnow.token : manager);
    await openPage(page, winnow.url + path);
    await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => undefined);
    await page.screenshot({ path: join(directory, `${name}.png`), animations: 'disabled' });
    await context.close();
  }
} finally {
  for (const cleanup of cleanups) await cleanup();
}
