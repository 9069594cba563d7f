// What a file seems to be, from its name and its beginning; the person decides, the server reads.
export type FileKind = 'texts' | 'annotations';

const keys = /"(spans|entities|labels?|annotations|completions|ner_tags|tags|answer)"\s*:/;
// A token and its tag, as CoNLL has them.
const tagged = /^[^{[\s]\S*[\t ](?:\S+[\t ]+)*[BI]-\w+\s*$/m;

export async function kindOf(file: File): Promise<FileKind> {
  if (/\.(txt|md)$/i.test(file.name)) return 'texts';
  if (/\.(conll\w*|iob2?|bio|ann|spacy)(\.(gz|zst))?$/i.test(file.name)) return 'annotations';
  const beginning = await file.slice(0, 65_536).text();
  return keys.test(beginning) || tagged.test(beginning) ? 'annotations' : 'texts';
}

/** "job_titles" of "Job titles.jsonl.gz". */
export function nameOf(file: File): string {
  const stem = file.name.replace(/(\.[a-z0-9]{1,6}){1,2}$/i, '') || file.name;
  return stem.trim().replace(/[^\p{L}\p{N}_-]+/gu, '_') || 'texts';
}
