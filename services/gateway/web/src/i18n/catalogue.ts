// The strings of a feature in every language, with typed keys and typed access:
//   export const t = catalogue({ en: { greet: 'Hello {name}' }, de: { greet: 'Hallo {name}' } });
//   t('greet', { name: 'Anna' })
// A string with forms for numbers is chosen by the parameter `n`: { one: '{n} text', other: ... }.
import { locale, formatNumber, type Language } from './language';

export type Message = string | { one: string; other: string };
export type Params = Record<string, string | number>;

type Translated<Messages> = {
  [Key in keyof Messages]: Messages[Key] extends string ? string : { one: string; other: string };
};

/** Every catalogue that there is, for the test that each is complete. */
export const catalogues: Record<Language, Record<string, Message>>[] = [];

export function catalogue<const Messages extends Record<string, Message>>(languages: {
  en: Messages;
  de: Translated<Messages>;
}) {
  catalogues.push(languages as Record<Language, Record<string, Message>>);
  return (key: keyof Messages, params: Params = {}): string => {
    const message = languages[locale.value][key] as Message;
    return fill(typeof message === 'string' ? message : message[form(params)], params);
  };
}

function form({ n }: Params): 'one' | 'other' {
  const rule = new Intl.PluralRules(locale.value).select(Number(n));
  return rule === 'one' ? 'one' : 'other';
}

function fill(message: string, params: Params): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? formatNumber(value) : value;
  });
}
