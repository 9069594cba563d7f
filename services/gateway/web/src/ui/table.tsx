// Tables that sort, filter and export, and draw only what is seen when they are long.
import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/table';
import { Button } from './button';
import { saveFile } from './save_file';
import { csvOf, filtered, sorted, visibleRange, type Order, type Value } from './table_rows';
import './table.css';

interface Exported<Row> {
  title: string;
  value: (row: Row) => Value;
}

export interface Column<Row> extends Exported<Row> {
  /** Sorted and filtered by, exported, and shown where there is no `cell`. */
  value: (row: Row) => Value;
  /** Further columns of the exported file. */
  more?: Exported<Row>[];
  cell?: (row: Row) => ComponentChildren;
  /** Aligned as numbers are. */
  number?: boolean;
  /** Left out on a phone. */
  wideOnly?: boolean;
  /** "30%", on a screen that is wider than a phone. */
  width?: string;
}

interface Props<Row> {
  /** What the rows are: names the table and the exported file. */
  name: string;
  /** The first one names its row. */
  columns: Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  initialOrder?: Order;
  /** Further filters, beside the search. */
  filters?: ComponentChildren;
  /** Without a search: of what is searched elsewhere, or short for ever. */
  plain?: boolean;
  actions?: ((row: Row) => ComponentChildren) | undefined;
}

const rowHeight = 44;
const manyRows = 150;

export function DataTable<Row>(props: Props<Row>) {
  const { name, columns, rows, filters, plain = false } = props;
  const [query, setQuery] = useState('');
  const [order, setOrder] = useState(props.initialOrder);
  const shown = useMemo(() => {
    const values = columns.map(({ value }) => value);
    return sorted(filtered(rows, values, query), values, order);
  }, [rows, columns, query, order]);
  const save = () => {
    const exported = columns.flatMap((column) => [column, ...(column.more ?? [])]);
    const titles = exported.map(({ title }) => title);
    const values = exported.map(({ value }) => value);
    saveFile(`${name}.csv`, 'text/csv', csvOf(titles, shown, values));
  };
  return (
    <div>
      {!plain && (
        <div class="table-tools">
          <input
            type="search"
            class="input"
            aria-label={t('search', { name })}
            placeholder={t('search', { name })}
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
          {filters}
          <div class="found">
            <span class="soft small number" role="status">
              {shown.length === rows.length
                ? t('rows', { n: rows.length })
                : t('rowsOf', { n: shown.length, all: rows.length })}
            </span>
            <Button kind="quiet" onClick={save}>
              {t('csv')}
            </Button>
          </div>
        </div>
      )}
      {shown.length === 0 && query ? (
        <p class="soft">{t('noMatch', { text: query })}</p>
      ) : (
        <Rows {...props} shown={shown} order={order} onOrder={setOrder} />
      )}
      {plain && (
        <div class="table-foot">
          <Button kind="quiet" onClick={save}>
            {t('csv')}
          </Button>
        </div>
      )}
    </div>
  );
}

type RowsProps<Row> = Props<Row> & {
  shown: Row[];
  order: Order | undefined;
  onOrder: (order: Order) => void;
};

// Roles are said although they are those of the elements: a table that a phone lays out as a grid
// loses them in some browsers.
function Rows<Row>({ name, columns, shown, keyOf, order, onOrder, actions }: RowsProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const isLong = shown.length > manyRows;
  const kind = isLong ? 'virtual' : actions ? 'acting' : '';
  const { from, to } = isLong
    ? visibleRange(top, scroller.current?.clientHeight ?? 700, rowHeight, shown.length)
    : { from: 0, to: shown.length };
  return (
    <div
      ref={scroller}
      class="table-scroll"
      role="region"
      aria-label={name}
      tabIndex={0}
      onScroll={isLong ? (event) => setTop(event.currentTarget.scrollTop) : undefined}
    >
      <table
        class={`table ${kind}`}
        style={{ '--columns': columns.filter(({ wideOnly }) => !wideOnly).length }}
        role="table"
        aria-label={name}
        aria-rowcount={shown.length + 1}
      >
        <Head columns={columns} order={order} onOrder={onOrder} hasActions={!!actions} />
        <tbody role="rowgroup">
          <Spacer rows={from} />
          {shown.slice(from, to).map((row, index) => (
            <tr key={keyOf(row)} role="row" aria-rowindex={from + index + 2}>
              {columns.map((column, place) => (
                <Cell key={column.title} column={column} row={row} isName={place === 0} />
              ))}
              {actions && (
                <td role="cell" class="actions">
                  {actions(row)}
                </td>
              )}
            </tr>
          ))}
          <Spacer rows={shown.length - to} />
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<Row> {
  columns: Column<Row>[];
  order: Order | undefined;
  onOrder: (order: Order) => void;
  hasActions: boolean;
}

function Head<Row>({ columns, order, onOrder, hasActions }: HeadProps<Row>) {
  return (
    <thead role="rowgroup">
      <tr role="row" aria-rowindex={1}>
        {columns.map((column, index) => {
          const isOrder = order?.column === index;
          const descending = isOrder ? !order.descending : !!column.number;
          return (
            <th
              key={column.title}
              scope="col"
              role="columnheader"
              class={classOf(column)}
              style={column.width ? { '--width': column.width } : undefined}
              aria-sort={isOrder ? (order.descending ? 'descending' : 'ascending') : undefined}
            >
              <button type="button" onClick={() => onOrder({ column: index, descending })}>
                {column.title}
                {isOrder && <span aria-hidden="true">{order.descending ? '↓' : '↑'}</span>}
              </button>
            </th>
          );
        })}
        {hasActions && <td role="cell" class="actions" />}
      </tr>
    </thead>
  );
}

const classOf = <Row,>({ number, wideOnly }: Column<Row>) =>
  `${number ? 'number' : ''} ${wideOnly ? 'wide-only' : ''}`;

function Cell<Row>(props: { column: Column<Row>; row: Row; isName: boolean }) {
  const { column, row, isName } = props;
  const content = column.cell ? column.cell(row) : String(column.value(row) ?? '');
  return isName ? (
    <th scope="row" role="rowheader" class={classOf(column)}>
      {content}
    </th>
  ) : (
    <td role="cell" class={classOf(column)}>
      {content}
    </td>
  );
}

// In the place of rows that are not drawn.
function Spacer({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="spacer" aria-hidden="true" style={{ '--height': `${rows * rowHeight}px` }}>
      <td />
    </tr>
  );
}
