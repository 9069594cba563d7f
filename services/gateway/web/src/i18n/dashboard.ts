import { catalogue } from './catalogue';

/** Words that all pages of the dashboard use. Each group of pages has a file of its own. */
export const t = catalogue({
  en: {
    failed: 'That did not work.',
    tryAgain: 'Try again',
    delete: 'Delete',
    create: 'Create',
    name: 'Name',
    labels: 'Labels',
    labelsHint: 'Separated by commas: job_title, company',
    more: 'More settings',
    none: 'None',
    made: 'Made',
    model: 'Model',
    dataset: 'Data set',
    source: 'Source',
    seed: 'Seed',
    seedHint: 'The same seed and the same answers give the same result.',
  },
  de: {
    failed: 'Das ist nicht gelungen.',
    tryAgain: 'Noch einmal',
    delete: 'Löschen',
    create: 'Anlegen',
    name: 'Name',
    labels: 'Labels',
    labelsHint: 'Durch Kommas getrennt: job_title, company',
    more: 'Weitere Einstellungen',
    none: 'Keine',
    made: 'Angelegt',
    model: 'Modell',
    dataset: 'Datensatz',
    source: 'Quelle',
    seed: 'Startwert',
    seedHint: 'Derselbe Startwert und dieselben Antworten geben dasselbe Ergebnis.',
  },
});
