// What axe-core has against a page.
import { readFileSync } from 'node:fs';
import { axeSource } from './browser.mjs';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const axe = readFileSync(axeSource, 'utf8');

export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  return page.evaluate(async (only) => {
    // Colours on their way from one theme to another are none to judge.
    await Promise.all(document.getAnimations().map((animation) => animation.finished));
    const { violations: all } = await window.axe.run({ runOnly: only });
    return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }, tags);
}

/** How much wider than the window the page is, in pixels. */
export function tooWide(page) {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}
