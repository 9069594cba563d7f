import { describe, expect, it } from 'vitest';
import { callsOf, textsOf } from './erasing';

describe('texts to erase', () => {
  it('are lines, each once', () => {
    expect(textsOf(' Anna called\n\nBen called\r\nAnna called')).toEqual([
      'Anna called',
      'Ben called',
    ]);
    expect(textsOf(' \n')).toEqual([]);
  });

  it('go in calls that the service takes, and none is lost', () => {
    expect(callsOf([])).toEqual([]);
    const many = Array.from({ length: 2500 }, (_, index) => `text ${index}`);
    expect(callsOf(many).map(({ length }) => length)).toEqual([1000, 1000, 500]);
    const long = 'x'.repeat(700_000);
    expect(callsOf([long, long, 'a', 'b'.repeat(2_000_000)]).map(({ length }) => length)).toEqual([
      1, 2, 1,
    ]);
    expect(callsOf(many).flat()).toEqual(many);
  });
});
