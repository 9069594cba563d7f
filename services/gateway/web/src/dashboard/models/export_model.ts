import { training } from '../../api/training';
import { saveFile } from '../../ui/save_file';
import { tarOf } from './tar';

/** Saves the files of a version as "name@N.tar", when all are there. */
export async function exportModel(version: string) {
  const files: { name: string; parts: BlobPart[] }[] = [];
  for await (const { part } of training.exportModel({ name: version })) {
    if (part.case === 'file') {
      files.push({ name: part.value.name, parts: [] });
    } else if (part.case === 'chunk') {
      files.at(-1)?.parts.push(part.value as BlobPart);
    }
  }
  const named = files.map(({ name, parts }) => ({ name, content: new Blob(parts) }));
  saveFile(`${version}.tar`, 'application/x-tar', tarOf(version, named));
}
