import { catalogue } from './catalogue';

/** Strings of tables and charts. */
export const t = catalogue({
  en: {
    search: 'Search {name}',
    rows: { one: '{n} row', other: '{n} rows' },
    rowsOf: { one: '{n} row of {all}', other: '{n} rows of {all}' },
    csv: 'Export CSV',
    noMatch: 'Nothing matches “{text}”.',
    asTable: 'As a table',
  },
  de: {
    search: '{name} durchsuchen',
    rows: { one: '{n} Zeile', other: '{n} Zeilen' },
    rowsOf: { one: '{n} Zeile von {all}', other: '{n} Zeilen von {all}' },
    csv: 'CSV exportieren',
    noMatch: 'Nichts passt zu „{text}“.',
    asTable: 'Als Tabelle',
  },
});
