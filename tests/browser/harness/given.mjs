// What a test answers, to be compared with what the export has of it.
import assert from 'node:assert/strict';
import { answer, cardOf } from './browser.mjs';

const verdicts = { a: 'accept', x: 'reject', ' ': 'ignore' };

/** Answers so many cards, and adds what the export must have of them. */
export async function teach(page, count, given) {
  for (let n = 0; n < count; ++n) {
    const card = await cardOf(page);
    const key = 'aaxx a'[given.length % 6];
    await answer(page, key === ' ' ? 'Space' : key);
    given.push({ ...card, answer: verdicts[key] });
  }
}

const lineOf = ({ text, spans, answer: verdict }) =>
  `${text} [${spans.map(({ start, end }) => `${start}-${end}`)}] ${verdict}`;

/** What the first list has more often than the second. */
function differenceOf(lines, others) {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Throws unless the data set has every answer, exactly once, and no other. */
export async function assertExported(winnow, dataset, given) {
  const exported = (await winnow.rowsOf(dataset)).map(lineOf);
  const expected = given.map(lineOf);
  const invented = differenceOf(exported, expected);
  const lost = differenceOf(expected, exported);
  assert.deepEqual({ invented, lost }, { invented: [], lost: [] });
}
