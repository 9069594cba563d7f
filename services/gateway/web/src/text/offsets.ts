// The services count code points, strings and the DOM count UTF-16 units. Offsets of one text are
// translated here, and nowhere else.

export interface Offsets {
  /** Of the text, in code points. */
  length: number;
  /** Code points to UTF-16 units; beyond the end is the end. */
  toUnits(codePoint: number): number;
  /** UTF-16 units to code points; inside a surrogate pair is before it. */
  toCodePoints(unit: number): number;
}

export function offsetsOf(text: string): Offsets {
  // Code points in front of which there are n + 1 surrogate pairs, at index n.
  const afterPairs: number[] = [];
  for (let unit = 0; unit < text.length; ++unit) {
    if (text.codePointAt(unit)! > 0xffff) afterPairs.push(++unit - afterPairs.length);
  }
  const length = text.length - afterPairs.length;
  return {
    length,
    toUnits: (codePoint) => {
      const within = Math.min(codePoint, length);
      return within + countUpTo(afterPairs, within);
    },
    toCodePoints: (unit) => {
      const within = Math.min(unit, text.length);
      // Pair number n begins at unit afterPairs[n] + n - 1, and ends at afterPairs[n] + n + 1.
      let pairs = 0;
      let high = afterPairs.length;
      while (pairs < high) {
        const middle = (pairs + high) >> 1;
        if (afterPairs[middle]! + middle + 1 <= within) pairs = middle + 1;
        else high = middle;
      }
      const codePoint = within - pairs;
      const inside = pairs < afterPairs.length && afterPairs[pairs]! + pairs === within;
      return inside ? codePoint - 1 : codePoint;
    },
  };
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
