import { catalogue } from './catalogue';

/** Strings of the design system, and words that every feature uses. */
export const t = catalogue({
  en: { close: 'Close', cancel: 'Cancel', save: 'Save', loading: 'Loading …' },
  de: { close: 'Schließen', cancel: 'Abbrechen', save: 'Speichern', loading: 'Wird geladen …' },
});
