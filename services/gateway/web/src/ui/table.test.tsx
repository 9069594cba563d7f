import { render } from 'preact';
import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { chosenLanguage } from '../i18n/language';
import { DataTable, type Column } from './table';

interface Row {
  name: string;
  size: number;
}

const columns: Column<Row>[] = [
  { title: 'Name', value: ({ name }) => name },
  { title: 'Size', number: true, value: ({ size }) => size },
];
let root: HTMLElement;

function show(rows: Row[]) {
  act(() =>
    render(
      <DataTable name="things" columns={columns} rows={rows} keyOf={({ name }) => name} />,
      root,
    ),
  );
}
const names = () => [...root.querySelectorAll('tbody th')].map(({ textContent }) => textContent);
const header = (title: string) =>
  [...root.querySelectorAll('thead button')].find((button) =>
    button.textContent!.startsWith(title),
  ) as HTMLButtonElement;
const many = Array.from({ length: 100_000 }, (_, index) => ({ name: `row ${index}`, size: index }));

beforeEach(() => {
  chosenLanguage.value = 'en';
  document.body.innerHTML = '<div id="root"></div>';
  root = document.getElementById('root')!;
});

describe('a table', () => {
  it('is sorted by its headers, numbers from the largest, and says so', () => {
    show([
      { name: 'a', size: 1 },
      { name: 'c', size: 30 },
      { name: 'b', size: 4 },
    ]);
    act(() => header('Size').click());
    expect(names()).toEqual(['c', 'b', 'a']);
    expect(header('Size').closest('th')!.getAttribute('aria-sort')).toBe('descending');
    act(() => header('Size').click());
    expect(names()).toEqual(['a', 'b', 'c']);
    act(() => header('Name').click());
    expect(header('Size').closest('th')!.hasAttribute('aria-sort')).toBe(false);
  });

  it('draws a few of 100,000 rows, and tells how many there are', () => {
    show(many);
    expect(names().length).toBeLessThan(100);
    expect(root.querySelector('table')!.getAttribute('aria-rowcount')).toBe('100001');
    expect(root.querySelector('[role=status]')!.textContent).toBe('100,000 rows');
  });

  it('shows what is searched for, and says when there is nothing', () => {
    show(many);
    const input = root.querySelector('input')!;
    const search = (text: string) =>
      act(() => {
        input.value = text;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      });
    search('row 9999');
    expect(names()).toHaveLength(19);
    expect(root.querySelector('[role=status]')!.textContent).toBe('19 rows of 100,000');
    search('nowhere');
    expect(root.textContent).toContain('Nothing matches “nowhere”.');
  });

  it('exports what it shows, with further columns, also where it has no search', async () => {
    let saved: Blob | undefined;
    const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue();
    vi.stubGlobal('URL', {
      createObjectURL: (blob: Blob) => {
        saved = blob;
        return 'blob:';
      },
    });
    const more = [{ title: 'Half', value: ({ size }: Row) => size / 2 }];
    const [name, size] = columns;
    act(() =>
      render(
        <DataTable
          plain
          name="things"
          columns={[name!, { ...size!, more }]}
          rows={[{ name: 'a', size: 3 }]}
          keyOf={(row) => row.name}
        />,
        root,
      ),
    );
    expect(root.querySelector('input')).toBeNull();
    act(() => root.querySelector<HTMLButtonElement>('.table-foot button')!.click());
    expect(click).toHaveBeenCalled();
    const reader = new FileReader();
    const text = new Promise((resolve) => (reader.onload = () => resolve(reader.result)));
    reader.readAsText(saved!);
    expect(await text).toBe('Name,Size,Half\r\na,3,1.5\r\n');
    vi.unstubAllGlobals();
    click.mockRestore();
  });
});
