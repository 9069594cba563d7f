// How good the version that asks is, as far as the answers to audit questions tell.
import type { Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import type { EstimateFromAuditResponse } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { basisOf, steps, type Basis } from '../../annotate/quality_watch';
import { evaluation } from '../../api/evaluation';
import { t as tm } from '../../i18n/models';
import { t } from '../../i18n/queues';
import { Panel } from '../../ui/page';
import { notesOn, Share } from '../common/figures';
import { useLoaded } from '../common/load';
import { Caveats, Facts, Show } from '../common/parts';

export function AuditPanel({ queue }: { queue: Queue }) {
  const basis = basisOf(queue);
  if (!basis || basis.auditAnswers === 0) return null;
  return (
    <Panel title={t('auditTitle')}>
      <Estimate name={queue.spec!.name} {...basis} />
    </Panel>
  );
}

function Estimate({ name, version, auditAnswers }: Basis & { name: string }) {
  const estimate = useLoaded(
    () => evaluation.estimateFromAudit({ queue: name }),
    [name, version, Math.floor(auditAnswers / steps.later)],
  );
  return <Show of={estimate}>{(value) => <Figures of={value} />}</Show>;
}

function Figures({ of: { figure, numAnswers, minAnswers } }: { of: EstimateFromAuditResponse }) {
  if (!figure) {
    const counts = { n: Number(numAnswers), all: Number(minAnswers) };
    return <p class="soft">{t(numAnswers < minAnswers ? 'auditFew' : 'auditElsewhere', counts)}</p>;
  }
  return (
    <div class="stack">
      <Facts
        of={[
          [tm('f1'), <Share key="f1" of={figure.f1} />],
          [tm('precision'), <Share key="precision" of={figure.precision} />],
          [tm('recall'), <Share key="recall" of={figure.recall} />],
        ]}
      />
      <p class="soft">
        {t('auditOf', { version: figure.modelVersion, n: Number(figure.numItems) })}
      </p>
      <Caveats of={notesOn([figure])} />
    </div>
  );
}
