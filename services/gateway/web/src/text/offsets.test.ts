import { describe, expect, it } from 'vitest';
import { offsetsOf } from './offsets';

describe('offsets', () => {
  it('agree with counting, for any text', () => {
    for (const text of ['', 'plain', 'é日本', '😀', 'a😀b', '😀😀x😀', '👩‍👩‍👧 and 🇩🇪', 'e\u0301𝒳']) {
      const offsets = offsetsOf(text);
      const characters = [...text];
      expect(offsets.length).toBe(characters.length);
      for (let point = 0; point <= characters.length; ++point) {
        const unit = characters.slice(0, point).join('').length;
        expect(offsets.toUnits(point), `${text} ${point}`).toBe(unit);
        expect(offsets.toCodePoints(unit), `${text} ${unit}`).toBe(point);
      }
    }
  });

  it('inside a surrogate pair are before it', () => {
    expect(offsetsOf('a😀b').toCodePoints(2)).toBe(1);
    expect(offsetsOf('😀😀').toCodePoints(3)).toBe(1);
  });

  it('beyond the end are the end', () => {
    expect(offsetsOf('a😀').toUnits(9)).toBe(3);
    expect(offsetsOf('a😀').toCodePoints(9)).toBe(2);
  });
});
