import { describe, expect, it } from 'vitest';
import { catalogues, catalogue, type Message } from './catalogue';
import { chosenLanguage } from './language';

// Each file that makes a catalogue.
import.meta.glob(['./*.ts', '!./*.test.ts'], { eager: true });

const textOf = (message: Message) =>
  typeof message === 'string' ? [message] : Object.values(message);
const parameters = (text: string) =>
  [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('every catalogue', () => {
  it('says the same things in each language, with the same parameters', () => {
    expect(catalogues.length).toBeGreaterThan(1);
    for (const { en, de } of catalogues) {
      expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
      for (const key of Object.keys(en)) {
        const english = textOf(en[key]!);
        const german = textOf(de[key]!);
        expect(german.length, key).toBe(english.length);
        german.forEach((text, index) => {
          expect(text.trim(), key).not.toBe('');
          expect(parameters(text), key).toEqual(parameters(english[index]!));
        });
      }
    }
  });
});

describe('a catalogue', () => {
  const t = catalogue({
    en: { texts: { one: '{n} text', other: '{n} texts' }, hello: 'Hello {name}' },
    de: { texts: { one: '{n} Text', other: '{n} Texte' }, hello: 'Hallo {name}' },
  });

  it('fills in parameters and chooses the form by the number', () => {
    chosenLanguage.value = 'en';
    expect(t('hello', { name: 'Anna' })).toBe('Hello Anna');
    expect(t('texts', { n: 1 })).toBe('1 text');
    expect(t('texts', { n: 1200 })).toBe('1,200 texts');
    chosenLanguage.value = 'de';
    expect(t('texts', { n: 1200 })).toBe('1.200 Texte');
  });
});
