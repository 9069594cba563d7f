import { expect, it } from 'vitest';
import { printable } from './printable';

it('shows control characters, and keeps all offsets', () => {
  expect(printable('a\u0000b\u001b[31m\r\n\tc')).toBe('a\u2400b\u241b[31m\u240d\n\tc');
  expect(printable('x\u007f\u0085\u202ey\u2066')).toBe('x\u2421\ufffd\ufffdy\ufffd');
  expect(printable('<b>&amp; 😀 é')).toBe('<b>&amp; 😀 é');
});
