import { describe, expect, it } from 'vitest';
import { graphemesOf, tokensOf, unitAt, unitsIn, type Range } from './units';

const formsOf = (text: string, units: Range[]) => {
  const characters = [...text];
  return units.map(({ start, end }) => characters.slice(start, end).join(''));
};
const tokens = (text: string) => formsOf(text, tokensOf(text));

// The same cases as those of the services' tokenizer.
describe('tokens', () => {
  it.each([
    ['Field Sales  Executive, 3rd floor', ['Field', 'Sales', 'Executive', ',', '3rd', 'floor']],
    ['Müller naïve Ångström №5 x²', ['Müller', 'naïve', 'Ångström', '№', '5', 'x²']],
    ['日本語 Привет', ['日', '本', '語', 'Привет']],
    ["Valium's don't", ['Valium', "'", 's', 'don', "'", 't']],
    ['a_b---c...', ['a', '_', 'b', '-', '-', '-', 'c', '.', '.', '.']],
    ['$25,000/C++', ['$', '25', ',', '000', '/', 'C', '+', '+']],
    ['hi😀😀', ['hi', '😀', '😀']],
    ['cafe\u0301s हिन्दी', ['cafe\u0301s', 'हिन्दी']],
    ['\u2764\uFE0Fyou', ['\u2764\uFE0F', 'you']],
    ['a \u0301b', ['a', '\u0301', 'b']],
    ['我在北京。', ['我', '在', '北', '京', '。']],
    ['東京タワーへ', ['東', '京', 'タ', 'ワ', 'ー', 'へ']],
    ['ｶﾞｽ', ['ｶﾞ', 'ｽ']],
    ['น้ำใจ', ['น้ำ', 'ใ', 'จ']],
    ['ນ້ຳ ໃຈ', ['ນ້ຳ', 'ໃ', 'ຈ']],
    ['ភ្នំ', ['ភ្', 'នំ']],
    ['ရန်ကုန်', ['ရ', 'န်', 'ကု', 'န်']],
    ['新iPhone15を2台、Müller社', ['新', 'iPhone15', 'を', '2', '台', '、', 'Müller', '社']],
    ['ปี ๒๕๖๗ที่', ['ปี', '๒๕๖๗', 'ที่']],
    ['서울에서 日本', ['서울에서', '日', '本']],
    [' \t\r\n\u00A0\u3000', []],
    ['a\u00A0b\u2028c\u0085d\u200Be', ['a', 'b', 'c', 'd', '\u200B', 'e']],
  ])('of %j', (text, expected) => {
    expect(tokens(text)).toEqual(expected);
  });

  it('count code points', () => {
    expect(tokensOf('é 😀x')).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 3 },
      { start: 3, end: 4 },
    ]);
  });
});

describe('graphemes', () => {
  it('are what people see as one character, white space left out', () => {
    const text = 'e\u0301 👩‍👩‍👧🇩🇪\nน้ำ';
    expect(formsOf(text, graphemesOf(text))).toEqual(['e\u0301', '👩‍👩‍👧', '🇩🇪', 'น้ำ']);
  });
});

describe('units', () => {
  const units = tokensOf('one  two   three');

  it('are found by a place in them, or the nearest', () => {
    expect([0, 2, 3, 4, 5, 8, 9, 10, 11, 99].map((place) => unitAt(units, place))).toEqual([
      0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
    ]);
    expect(unitAt([], 3)).toBe(-1);
  });

  it('are found by a range that touches them', () => {
    expect(unitsIn(units, { start: 1, end: 6 })).toEqual({ first: 0, last: 1 });
    expect(unitsIn(units, { start: 3, end: 5 })).toBeUndefined();
    expect(unitsIn(units, { start: 12, end: 99 })).toEqual({ first: 2, last: 2 });
  });
});
