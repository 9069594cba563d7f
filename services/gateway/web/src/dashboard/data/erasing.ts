// Erases texts wherever they stand: in the corpus, and in what models keep of it.
import { annotation } from '../../api/annotation';
import { uuid } from '../../api/ids';
import { training } from '../../api/training';

export interface Erased {
  texts: number;
  answers: number;
  sourceRows: number;
  tasks: number;
  /** Copies of the corpus that may hold the texts until what reads them has ended. */
  snapshots: number;
  /** Versions whose replay held one of the texts, "name@N". */
  versions: string[];
}

const textsPerCall = 1000;
const charactersPerCall = 1 << 20;

/** The texts of each call: as many as one takes, and at least one. */
export function callsOf(texts: readonly string[]): string[][] {
  const calls: string[][] = [];
  let characters = Infinity;
  for (const text of texts) {
    characters += text.length;
    if (characters > charactersPerCall || calls.at(-1)!.length === textsPerCall) {
      calls.push([]);
      characters = text.length;
    }
    calls.at(-1)!.push(text);
  }
  return calls;
}

/** The texts that somebody typed, one a line; each once. */
export const textsOf = (lines: string) => [
  ...new Set(
    lines
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean),
  ),
];

export async function erase(texts: readonly string[]): Promise<Erased> {
  const sum: Erased = { texts: 0, answers: 0, sourceRows: 0, tasks: 0, snapshots: 0, versions: [] };
  const versions = new Set<string>();
  for (const some of callsOf(texts)) {
    const corpus = await annotation.eraseTexts({ requestId: uuid(), texts: some });
    const replays = await training.eraseTexts({ requestId: uuid(), texts: some });
    sum.texts += Number(corpus.numTexts);
    sum.answers += Number(corpus.numAnswers);
    sum.sourceRows += Number(corpus.numSourceRows);
    sum.tasks += Number(corpus.numTasks);
    sum.snapshots = Math.max(sum.snapshots, Number(corpus.numSnapshots));
    for (const { name } of replays.versions) versions.add(name);
  }
  return { ...sum, versions: [...versions] };
}
