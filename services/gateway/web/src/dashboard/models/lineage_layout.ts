// Where the versions of a model stand in the drawing of their lineage.
import type { ModelVersion } from '@gen/winnow/training/v1/training_pb';

export interface Node {
  /** "name@N" */
  name: string;
  /** Steps from a version that was made from nothing. */
  column: number;
  row: number;
  /** Of another model: the parent of a first version here. */
  foreign: boolean;
}

export interface Lineage {
  nodes: Node[];
  /** From the parent to what was made of it. */
  edges: { from: Node; to: Node }[];
  columns: number;
  rows: number;
}

type Made = Pick<ModelVersion, 'name' | 'parent'>;

/** Each version right of its parent, and on its line if it is the first that was made of it. */
export function layOut(versions: readonly Made[]): Lineage {
  const nodes = new Map<string, Node>();
  const edges: Lineage['edges'] = [];
  const used = new Set<string>();
  let rows = 0;
  const place = (name: string, column: number, wanted: number | undefined, foreign: boolean) => {
    let row = wanted ?? rows;
    while (used.has(`${column} ${row}`)) row = rows;
    rows = Math.max(rows, row + 1);
    used.add(`${column} ${row}`);
    const node = { name, column, row, foreign };
    nodes.set(name, node);
    return node;
  };
  for (const { name, parent } of versions) {
    const from = parent ? (nodes.get(parent) ?? place(parent, 0, undefined, true)) : undefined;
    const to = place(name, from ? from.column + 1 : 0, from?.row, false);
    if (from) edges.push({ from, to });
  }
  const all = [...nodes.values()];
  return { nodes: all, edges, rows, columns: 1 + Math.max(-1, ...all.map(({ column }) => column)) };
}
