// What a selection snaps to: the tokens of the services, or characters as people see them.

/** A part of a text, half-open, in code points. */
export interface Range {
  start: number;
  end: number;
}

// Scripts without spaces between words: every letter is a token (common/text/scripts.cc).
// prettier-ignore
const unspaced = [
  [0x0e01, 0x0e3a], [0x0e40, 0x0e4e], [0x0e80, 0x0ecf], [0x0edc, 0x0edf], [0x1000, 0x103f],
  [0x1050, 0x108f], [0x109a, 0x109d], [0x1780, 0x17d3], [0x17d7, 0x17d7], [0x17dc, 0x17dd],
  [0x1950, 0x197f], [0x1980, 0x19cf], [0x1a20, 0x1a7f], [0x1aa7, 0x1aa7], [0x3005, 0x3007],
  [0x3021, 0x3029], [0x3031, 0x3035], [0x3038, 0x303c], [0x3041, 0x309f], [0x30a1, 0x30fa],
  [0x30fc, 0x30ff], [0x3105, 0x312f], [0x31a0, 0x31bf], [0x31f0, 0x31ff], [0x3400, 0x4dbf],
  [0x4e00, 0x9fff], [0xa9e0, 0xa9ef], [0xa9fa, 0xa9fe], [0xaa60, 0xaa7f], [0xaa80, 0xaadd],
  [0xf900, 0xfaff], [0xff66, 0xff9f], [0x1aff0, 0x1b000], [0x1b001, 0x1b11f],
  [0x1b120, 0x1b122], [0x1b132, 0x1b152], [0x1b155, 0x1b167], [0x20000, 0x3ffff],
] as const;

const isUnspaced = (codePoint: number) =>
  codePoint >= 0x0e01 && unspaced.some(([first, last]) => first <= codePoint && codePoint <= last);

// Letters that are written as one with the character before: the vowel AM of Thai and Lao, and the
// half-width sound marks.
const extending = new Set([0x0e33, 0x0eb3, 0xff9e, 0xff9f]);

type Kind = 'space' | 'word' | 'mark' | 'other';

function kindOf(character: string): Kind {
  if (/^\p{White_Space}$/u.test(character)) return 'space';
  if (/^[\p{M}\u200c\u200d]$/u.test(character)) return 'mark';
  if (!/^[\p{L}\p{N}]$/u.test(character)) return 'other';
  const codePoint = character.codePointAt(0)!;
  if (!isUnspaced(codePoint)) return 'word';
  return extending.has(codePoint) ? 'mark' : 'other';
}

/**
 * The tokens of a text as the services cut it (common/text/tokenizer.h): words, numbers, single
 * other characters; marks belong to the token before. White space lies between them.
 */
export function tokensOf(text: string): Range[] {
  const tokens: Range[] = [];
  let open: Kind = 'space';
  let position = 0;
  for (const character of text) {
    const kind = kindOf(character);
    const joins = open !== 'space' && (kind === 'mark' || (kind === 'word' && open === 'word'));
    if (joins) tokens[tokens.length - 1]!.end = position + 1;
    else if (kind !== 'space') tokens.push({ start: position, end: position + 1 });
    if (!joins) open = kind;
    ++position;
  }
  return tokens;
}

/** The characters of a text as people see them (grapheme clusters), without white space. */
export function graphemesOf(text: string): Range[] {
  const graphemes: Range[] = [];
  let position = 0;
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(
    text,
  )) {
    const end = position + [...segment].length;
    if (segment.trim()) graphemes.push({ start: position, end });
    position = end;
  }
  return graphemes;
}

/**
 * The index of the unit at a place in the text, or of the nearest one; -1 where there is none.
 * Units are ascending and do not overlap.
 */
export function unitAt(units: readonly Range[], place: number): number {
  let low = 0;
  let high = units.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (units[middle]!.end <= place) low = middle + 1;
    else high = middle;
  }
  const after = units[low];
  const before = units[low - 1];
  if (!after) return units.length - 1;
  if (!before || after.start <= place) return low;
  return place - before.end < after.start - place ? low - 1 : low;
}

/** The indices [first, last] of the units that a range touches; undefined where it touches none. */
export function unitsIn(
  units: readonly Range[],
  range: Range,
): { first: number; last: number } | undefined {
  const first = units.findIndex((unit) => unit.end > range.start);
  if (first < 0 || units[first]!.start >= range.end) return undefined;
  let last = first;
  while (last + 1 < units.length && units[last + 1]!.start < range.end) ++last;
  return { first, last };
}
