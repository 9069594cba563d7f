// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { kindOf, nameOf } from './sniff';

const file = (content: string, name = 'x.jsonl') => new File([content], name);

describe('a file', () => {
  it('is taken for annotations where it has some', async () => {
    expect(await kindOf(file('{"text": "a", "spans": []}'))).toBe('annotations');
    expect(await kindOf(file('{"text": "a", "entities": [[0, 1, "x"]]}'))).toBe('annotations');
    expect(await kindOf(file('EU B-ORG\nrejects O\n', 'train.tsv'))).toBe('annotations');
    expect(await kindOf(file('whatever', 'eng.conllu.gz'))).toBe('annotations');
  });

  it('is taken for texts otherwise', async () => {
    expect(await kindOf(file('{"text": "The \\"label\\" is red"}'))).toBe('texts');
    expect(await kindOf(file('{"text": "HIAB-driver, BI-lingual"}'))).toBe('texts');
    expect(await kindOf(file('{"spans": 1}', 'notes.txt'))).toBe('texts');
    expect(await kindOf(file(''))).toBe('texts');
  });

  it('gives its name to what is made of it', () => {
    expect(nameOf(file('', 'job_titles.jsonl'))).toBe('job_titles');
    expect(nameOf(file('', 'Job titles (2).jsonl.gz'))).toBe('Job_titles_2_');
    expect(nameOf(file('', '职位.txt'))).toBe('职位');
    expect(nameOf(file('', '.jsonl'))).not.toBe('');
  });
});
