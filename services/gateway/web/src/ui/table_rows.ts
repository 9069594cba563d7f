// What a table does to its rows: filter, sort, write as CSV, and which of them to draw.
export type Value = string | number | bigint | boolean | Date | undefined;

/** Of one row: what a column sorts and filters by, and exports. */
export type ValueOf<Row> = (row: Row) => Value;

export interface Order {
  /** Index of the column. */
  column: number;
  descending: boolean;
}

function textOf(value: Value): string {
  return value instanceof Date ? value.toISOString() : String(value ?? '');
}

/** The rows of which some column has every word of `query`, whatever the case. */
export function filtered<Row>(rows: readonly Row[], columns: ValueOf<Row>[], query: string): Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...rows];
  return rows.filter((row) => {
    const text = columns.map((column) => textOf(column(row)).toLowerCase()).join('\n');
    return words.every((word) => text.includes(word));
  });
}

/** Sorted, what is empty last; equal rows stay in their order. */
export function sorted<Row>(rows: readonly Row[], columns: ValueOf<Row>[], order?: Order): Row[] {
  const column = order && columns[order.column];
  if (!column) return [...rows];
  const sign = order.descending ? -1 : 1;
  const compareTexts = new Intl.Collator(undefined, { numeric: true }).compare;
  const keyed = rows.map((row) => ({ row, value: column(row) }));
  keyed.sort((one, other) => {
    const [a, b] = [one.value, other.value];
    if (isEmpty(a) || isEmpty(b)) return Number(isEmpty(a)) - Number(isEmpty(b));
    if (typeof a === 'string' || typeof b === 'string') {
      return sign * compareTexts(textOf(a), textOf(b));
    }
    return a! < b! ? -sign : a! > b! ? sign : 0;
  });
  return keyed.map(({ row }) => row);
}

const isEmpty = (value: Value) => value === undefined || value === '';

/** RFC 4180, with a header. */
export function csvOf<Row>(
  titles: string[],
  rows: readonly Row[],
  columns: ValueOf<Row>[],
): string {
  const lines = rows.map((row) => columns.map((column) => csvCell(column(row))).join(','));
  return [titles.map(csvCell).join(','), ...lines, ''].join('\r\n');
}

// A spreadsheet would calculate what begins like a formula: texts come from anywhere.
function csvCell(value: Value): string {
  let text = textOf(value);
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The rows [from, to) to draw of `count` rows, of which the window shows some, and some around. */
export function visibleRange(scrollTop: number, height: number, rowHeight: number, count: number) {
  const around = 12;
  const first = Math.floor(scrollTop / rowHeight);
  const last = Math.ceil((scrollTop + height) / rowHeight);
  const from = Math.max(0, Math.min(first - around, count - 1));
  return { from, to: Math.min(count, Math.max(last, first) + around) };
}
