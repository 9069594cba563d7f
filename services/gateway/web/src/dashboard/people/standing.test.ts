import { create } from '@bufbuild/protobuf';
import { QueueSchema } from '@gen/winnow/annotation/v1/annotation_pb';
import { describe, expect, it } from 'vitest';
import { standingOf } from './standing';

describe('how somebody fares', () => {
  it('is told by all open queues together', () => {
    const queues = [
      create(QueueSchema, {
        status: {
          people: [
            { name: 'anna', numAnswers: 10n, numOwnChecks: 3n, numOwnAgreed: 2n },
            { name: 'ben', numAnswers: 1n },
          ],
        },
      }),
      create(QueueSchema, {}),
      create(QueueSchema, {
        status: {
          people: [
            { name: 'anna', numAnswers: 5n, numGoldChecks: 4n, numGoldAgreed: 4n, drifted: true },
          ],
        },
      }),
    ];
    const standing = standingOf(queues);
    expect(standing.get('anna')).toEqual({
      answers: 15,
      checks: 7,
      agreed: 6,
      drifted: true,
      belowBar: false,
    });
    expect(standing.get('ben')).toMatchObject({ answers: 1, checks: 0, drifted: false });
    expect(standing.has('cora')).toBe(false);
  });
});
