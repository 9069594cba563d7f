import type { Range } from '../text/units';

export interface Marked {
  text: string;
  spans: Range[];
}

/** "a [b c] d" is the text "a b c d" with one span, in code points. */
export function marked(written: string): Marked {
  const spans: Range[] = [];
  let text = '';
  let start = 0;
  for (const piece of written.split(/([[\]])/)) {
    const length = [...text].length;
    if (piece === '[') start = length;
    else if (piece === ']') spans.push({ start, end: length });
    else text += piece;
  }
  return { text, spans };
}
