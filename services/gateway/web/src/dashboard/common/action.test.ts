import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { errorOf } from './action';

describe('what is wrong with a field', () => {
  const failure = {
    code: Code.InvalidArgument,
    message: 'no',
    reason: 'INVALID_INPUT',
    violations: [
      { field: 'spec.labels', description: 'must name at least one label' },
      { field: 'overlap', description: 'is 3' },
      { field: 'overlap', description: 'is odd' },
    ],
  };

  it('is found by its name, wherever it stands in the request', () => {
    expect(errorOf(failure, 'labels')).toBe('must name at least one label');
    expect(errorOf(failure, 'overlap')).toBe('is 3; is odd');
    expect(errorOf(failure, 'name')).toBeUndefined();
    expect(errorOf(undefined, 'labels')).toBeUndefined();
  });
});
