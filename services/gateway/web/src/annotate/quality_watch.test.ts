import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { EstimateFromAuditResponseSchema } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { isDue } from './quality_watch';

const basis = (auditAnswers: number, version = 'm@1') => ({ version, auditAnswers });
const none = create(EstimateFromAuditResponseSchema, { minAnswers: 20n });
const some = create(EstimateFromAuditResponseSchema, { minAnswers: 20n, figure: {} });

it('a figure is asked for at the beginning, after some answers, and for a new version', () => {
  expect(isDue(basis(0), undefined, undefined)).toBe(true);
  expect(isDue(basis(4), basis(0), none)).toBe(false);
  expect(isDue(basis(5), basis(0), none)).toBe(true);
  expect(isDue(basis(29), basis(20), some)).toBe(false);
  expect(isDue(basis(30), basis(20), some)).toBe(true);
  expect(isDue(basis(20, 'm@2'), basis(20), some)).toBe(true);
});

it('a question that failed is not asked again with each answer', () => {
  expect(isDue(basis(1), basis(0), undefined)).toBe(false);
  expect(isDue(basis(5), basis(0), undefined)).toBe(true);
});
