import { describe, expect, it } from 'vitest';
import { layOut } from './lineage_layout';

const place = (versions: [name: string, parent: string][]) => {
  const { nodes, edges, columns, rows } = layOut(
    versions.map(([name, parent]) => ({ name, parent })),
  );
  return {
    at: Object.fromEntries(nodes.map(({ name, column, row }) => [name, [column, row]])),
    edges: edges.map(({ from, to }) => `${from.name} ${to.name}`),
    columns,
    rows,
  };
};

describe('the lineage of a model', () => {
  it('goes to the right, and branches downwards', () => {
    const lineage = place([
      ['m@1', ''],
      ['m@2', 'm@1'],
      ['m@3', 'm@1'],
      ['m@4', 'm@2'],
    ]);
    expect(lineage.at).toEqual({ 'm@1': [0, 0], 'm@2': [1, 0], 'm@3': [1, 1], 'm@4': [2, 0] });
    expect(lineage.edges).toEqual(['m@1 m@2', 'm@1 m@3', 'm@2 m@4']);
    expect(lineage).toMatchObject({ columns: 3, rows: 2 });
  });

  it('shows parents of other models, and new beginnings on lines of their own', () => {
    const lineage = place([
      ['m@1', 'other@7'],
      ['m@2', ''],
    ]);
    expect(lineage.at).toEqual({ 'other@7': [0, 0], 'm@1': [1, 0], 'm@2': [0, 1] });
    expect(layOut([])).toMatchObject({ columns: 0, rows: 0 });
  });

  it('puts no two versions in one place', () => {
    const names = Array.from({ length: 40 }, (_, index) => `m@${index + 1}`);
    const { nodes } = layOut(
      names.map((name, index) => ({ name, parent: index ? names[(index * 7) % index]! : '' })),
    );
    expect(new Set(nodes.map(({ column, row }) => `${column} ${row}`)).size).toBe(40);
  });
});
