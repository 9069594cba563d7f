import { effect } from '@preact/signals';
import { locale } from '../i18n/language';
import { stored } from './stored';

export type Theme = 'auto' | 'light' | 'dark' | 'contrast';

export const theme = stored<Theme>('theme', 'auto');

/** Keeps the document in the chosen colours, and marked with its language. */
export function startAppearance() {
  const root = document.documentElement;
  effect(() => {
    if (theme.value === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = theme.value;
  });
  effect(() => {
    root.lang = locale.value;
  });
}
