import { describe, expect, it } from 'vitest';
import { changesOf } from './queue_settings';

const before = {
  people: 'anna, bert',
  quota: '0',
  overlap: '1',
  overlapShare: '100',
  checkShare: '4',
  minAgreement: '0',
  auditShare: '15',
};

describe('settings of a queue', () => {
  it('are sent where they differ only', () => {
    expect(changesOf(before, before)).toEqual({});
    expect(changesOf(before, { ...before, overlap: '3', overlapShare: '50' })).toEqual({
      overlap: 3,
      overlapShare: 0.5,
    });
  });

  it('open the queue to everybody when the names are taken out, and keep what is emptied', () => {
    expect(changesOf(before, { ...before, people: '', checkShare: '' })).toEqual({
      people: { names: [] },
    });
  });
});
