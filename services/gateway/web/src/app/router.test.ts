import { describe, expect, it } from 'vitest';
import { href, match } from './router';

describe('addresses', () => {
  it('are matched with their parameters', () => {
    expect(match('/')).toMatchObject({ name: 'home', params: {} });
    expect(match('/queues')).toMatchObject({ name: 'queues' });
    expect(match('/queues/')).toMatchObject({ name: 'queues' });
    expect(match('/annotate/a%2Fb%20c')).toMatchObject({
      name: 'annotate',
      params: { queue: 'a/b c' },
    });
    expect(match('/data/x', '?label=y').query.get('label')).toBe('y');
  });

  it('that are none of ours are unknown', () => {
    for (const path of ['/nothing', '/queues/a/b', '/annotate/%E0%A4%A', '/constructor']) {
      expect(match(path).name).toBe('unknown');
    }
  });

  it('are written so that they match again, whatever the name', () => {
    for (const name of ['a', 'a b', 'ä/ö?x=1#y', '职位', '%']) {
      expect(match(new URL(href('queue', { name }), 'http://x').pathname)).toMatchObject({
        name: 'queue',
        params: { name },
      });
    }
    expect(href('dataset', { name: 'd' }, { label: 'x y' })).toBe('/data/d?label=x+y');
  });
});
