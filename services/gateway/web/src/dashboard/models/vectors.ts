// Files of word vectors, of which a training takes no more than the most frequent words.
import { ConnectError } from '@connectrpc/connect';
import { makeLexicon } from '../../api/upload';

/** Rows that are sent: the files are sorted by falling frequency, and may be gigabytes long. */
const mostRows = 100_000;

const newline = 10;

/** The beginning of a file up to so many lines; the file itself where it has no more. */
export async function linesOf(file: Blob, count: number): Promise<Blob> {
  const reader = file.stream().getReader();
  let lines = 0;
  for (let at = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return file;
    for (let end = value.indexOf(newline); end >= 0; end = value.indexOf(newline, end + 1)) {
      if (++lines < count) continue;
      await reader.cancel();
      return file.slice(0, at + end + 1);
    }
    at += value.length;
  }
}

/** The rows of the most frequent words, without the line that tells how many the whole file has. */
export async function frequentRows(file: Blob, most = mostRows): Promise<Blob> {
  const beginning = await linesOf(file, most + 1);
  if (beginning === file) return file;
  const first = await linesOf(beginning, 1);
  const isCount = /^\d+ \d+\s*$/.test(await first.text());
  return isCount ? beginning.slice(first.size) : linesOf(beginning, most);
}

// The service knows a file as "vectors".
function inFile(file: File, error: unknown): ConnectError {
  const { rawMessage, code } = ConnectError.from(error);
  return new ConnectError(rawMessage.replace(/^vectors(?=:)/, file.name), code);
}

// The same file need not be sent again when the training is refused for another reason.
const made = new WeakMap<File, Map<bigint, Uint8Array>>();

/** The classes of the words, as the service makes them of vectors. */
export async function lexiconOf(file: File, seed: bigint): Promise<Uint8Array> {
  const bySeed = made.get(file) ?? new Map<bigint, Uint8Array>();
  const known = bySeed.get(seed);
  if (known) return known;
  try {
    const { lexicon } = await makeLexicon(await frequentRows(file), seed);
    made.set(file, bySeed.set(seed, lexicon));
    return lexicon;
  } catch (error) {
    throw inFile(file, error);
  }
}
