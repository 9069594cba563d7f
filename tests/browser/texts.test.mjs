// Spans in texts of all scripts, marked by keys, mouse and finger, are exact to the character.
import assert from 'node:assert/strict';
import { allStored, answer, browserTest, openQueue, profile } from './harness/browser.mjs';
import { Winnow } from './harness/winnow.mjs';

const labels = Array.from({ length: 12 }, (_, index) => `label_${index + 1}`);

async function markQueue(winnow, name, texts, queueLabels = labels) {
  await winnow.addTexts(name, texts);
  await winnow.createQueue({
    name,
    kind: 'TASK_KIND_MANUAL',
    source: name,
    dataset: `${name}_marked`,
    labels: queueLabels,
    checkShare: 0,
  });
}

/** The middle of the words on the screen. */
function pointOf(page, words, at = 0.5) {
  return page.evaluate(
    ([sought, share]) => {
      const walker = document.createTreeWalker(
        document.querySelector('.editor'),
        NodeFilter.SHOW_TEXT,
      );
      while (walker.nextNode()) {
        const from = walker.currentNode.data.indexOf(sought);
        if (from < 0 || !walker.currentNode.parentElement.matches('[data-at]')) continue;
        const range = document.createRange();
        range.setStart(walker.currentNode, from);
        range.setEnd(walker.currentNode, from + sought.length);
        const box = range.getBoundingClientRect();
        return { x: box.left + box.width * share, y: box.top + box.height / 2 };
      }
      return undefined;
    },
    [words, at],
  );
}

async function drag(page, from, to) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
  await page.mouse.move(to.x, to.y);
  await page.mouse.up();
}

const wordsOf = ({ text, spans }) =>
  spans.map(({ start, end, label }) => `${[...text].slice(start, end).join('')}=${label}`);

browserTest('marking by keyboard and mouse in every script', async (t, browser) => {
  const winnow = await Winnow.start(t);
  const texts = {
    plain: 'Ada Lovelace met Charles Babbage. Ada wrote.',
    hebrew: 'שלום עולם, אני גר בתל אביב 😀 היום',
    arabic: 'مرحبا بالعالم من مدينة القاهرة',
    chinese: '我在北京大学学习。',
    thai: 'น้ำใจงามที่กรุงเทพ',
    emoji: '👩‍👩‍👧 family 🇩🇪 in Berlin e\u0301te\u0301',
    html: '<b>bold</b> &amp; <img src=x onerror=alert(1)> end',
    control: 'a\u0001b \u202eevil\u202c text\tend',
  };
  await markQueue(winnow, 'scripts', Object.values(texts));
  const context = await profile(browser, { name: 'anna' });
  const page = await context.newPage();
  await openQueue(page, winnow.url, 'scripts');
  const textNow = () => page.textContent('.editor');

  await t.test('a drag marks whole words; a word is marked with all its like', async () => {
    assert.match(await textNow(), /Lovelace/);
    await drag(page, await pointOf(page, 'Ada'), await pointOf(page, 'Lovelace', 0.3));
    await page.mouse.click(
      ...Object.values((await pointOf(page, 'Berlin')) ?? (await pointOf(page, 'Charles'))),
    );
    await page.keyboard.press('2');
    await answer(page, 'Enter');
  });

  await t.test('arrows go where they point, in text from the right to the left', async () => {
    await page.keyboard.press('ArrowLeft');
    for (let n = 0; n < 5; ++n) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('3');
    await answer(page, 'Enter');
    await page.mouse.click(...Object.values(await pointOf(page, 'القاهرة')));
    await answer(page, 'Enter');
  });

  await t.test('every character is a token where there are no spaces', async () => {
    await drag(page, await pointOf(page, '北'), await pointOf(page, '京'));
    await answer(page, 'Enter');
    await drag(page, await pointOf(page, 'น้ำ'), await pointOf(page, 'จ'));
    await answer(page, 'Enter');
  });

  await t.test('emoji and combining marks stay whole, by character too', async () => {
    await page.mouse.click(...Object.values(await pointOf(page, 'Berlin')));
    await page.keyboard.press('c');
    await page.mouse.click(...Object.values(await pointOf(page, '🇩🇪')));
    await answer(page, 'Enter');
  });

  await t.test('HTML and control characters are text', async () => {
    assert.equal(await page.locator('.editor b, .editor img').count(), 0);
    await page.mouse.click(...Object.values(await pointOf(page, 'bold')));
    await answer(page, 'Enter');
    await page.mouse.click(...Object.values(await pointOf(page, 'end')));
    // The list has what is beyond the ninth key.
    await page.keyboard.press('l');
    await page.keyboard.type('12');
    await page.keyboard.press('Enter');
    await answer(page, 'Enter');
  });

  await allStored(page);
  const rows = await winnow.rowsOf('scripts_marked');
  const marked = Object.fromEntries(rows.map((row) => [row.text, wordsOf(row)]));
  assert.deepEqual(marked[texts.plain], ['Ada Lovelace=label_1', 'Charles=label_2']);
  assert.deepEqual(marked[texts.hebrew], ['בתל אביב=label_3']);
  assert.deepEqual(marked[texts.arabic], ['القاهرة=label_3']);
  assert.deepEqual(marked[texts.chinese], ['北京=label_3']);
  assert.deepEqual(marked[texts.thai], ['น้ำใจ=label_3']);
  assert.deepEqual(marked[texts.emoji], ['🇩🇪=label_3', 'Berlin=label_3']);
  assert.deepEqual(marked[texts.html], ['bold=label_3']);
  assert.deepEqual(marked[texts.control], ['end=label_12']);
});

browserTest('a finger marks a word by a touch, and swipes a verdict', async (t, browser) => {
  const winnow = await Winnow.start(t);
  await markQueue(winnow, 'touch', ['Ada Lovelace wrote']);
  await winnow.teachJobTitles();
  const context = await profile(browser, {
    name: 'anna',
    hasTouch: true,
    isMobile: true,
    viewport: { width: 390, height: 844 },
  });
  const page = await context.newPage();
  await openQueue(page, winnow.url, 'touch');
  await page.touchscreen.tap(...Object.values(await pointOf(page, 'Lovelace')));
  await page.tap('text=Done');
  await allStored(page);
  assert.deepEqual((await winnow.rowsOf('touch_marked')).map(wordsOf), [['Lovelace=label_1']]);

  await openQueue(page, winnow.url, 'titles');
  const session = await context.newCDPSession(page);
  const swipe = async (by) => {
    const task = await page.getAttribute('[data-task]', 'data-task');
    const box = await page.locator('.sheet').boundingBox();
    const y = box.y + box.height - 20;
    const touch = (type, x) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [{ x, y }],
      });
    const from = box.x + box.width / 2;
    await touch('touchStart', from);
    for (const share of [0.25, 0.5, 0.75, 1]) await touch('touchMove', from + by * share);
    await touch('touchEnd', from + by);
    await page.waitForFunction(
      (old) => document.querySelector('[data-task]')?.dataset.task !== old,
      task,
    );
  };
  await swipe(130);
  await swipe(-130);
  await allStored(page);
  const answers = (await winnow.rowsOf('titles_answers')).map((row) => row.answer);
  assert.deepEqual(answers, ['accept', 'reject']);
});

browserTest('a text of 20,000 characters stays smooth', async (t, browser) => {
  const winnow = await Winnow.start(t);
  const long = Array.from({ length: 3300 }, (_, n) => `word${n % 100}`).join(' ');
  await markQueue(winnow, 'long', [long]);
  const page = await (await profile(browser, { name: 'anna' })).newPage();
  await openQueue(page, winnow.url, 'long');
  await page.keyboard.press('ArrowRight');
  const times = [];
  for (let n = 0; n < 40; ++n) {
    times.push(
      await page.evaluate(async () => {
        const begin = performance.now();
        document.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }),
        );
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        return performance.now() - begin;
      }),
    );
  }
  times.sort((a, b) => a - b);
  t.diagnostic(`20,000 characters: a step of the cursor takes ${times[20].toFixed(1)} ms (median)`);
  await page.keyboard.press('1');
  await page.keyboard.press('s');
  await answer(page, 'Enter');
  await allStored(page);
  const [row] = await winnow.rowsOf('long_marked');
  assert.equal(row.spans.length, 33);
});
