import type { ModelVersion } from '@gen/winnow/training/v1/training_pb';
import { training } from '../../api/training';
import { formatNumber } from '../../i18n/language';
import { t } from '../../i18n/models';
import { Plot, rangeAround, type Point } from '../../ui/charts';
import { Panel } from '../../ui/page';
import { sampleName, shareText } from '../common/figures';
import { useLoaded } from '../common/load';
import { listVersions } from '../common/names';
import { count } from '../common/parts';
import { comparable, type Measured } from './quality';
import { numberOf, reportOf } from './versions';

const mostVersions = 12;

/** The learning curve of a model: F1 of its last versions, with what each learnt from. */
export function Quality({ versions }: { versions: readonly ModelVersion[] }) {
  const shown = versions.slice(-mostVersions).map(({ name }) => name);
  const reports = useLoaded(
    () =>
      Promise.all(
        shown.map((name) => training.getModelVersion({ name }).then(reportOf, () => undefined)),
      ),
    [shown.join()],
  );
  const measured = comparable((reports.value ?? []).filter((report) => report !== undefined));
  if (measured.length < 2) return null;
  return (
    <Panel title={t('learningCurve')}>
      <Curve measured={measured} />
    </Panel>
  );
}

/** The same, of the model that a job has given a version. */
export function QualityOf({ model }: { model: string }) {
  const versions = useLoaded(() => listVersions(model), [model]);
  return versions.value ? <Quality versions={versions.value} /> : null;
}

function Curve({ measured }: { measured: readonly Measured[] }) {
  const points: Point[] = measured.map(({ report, figure: { f1 } }) => ({
    x: numberOf(report.modelVersion),
    y: f1!.value,
    low: f1!.low,
    high: f1!.high,
    label: `${report.modelVersion}: ${shareText(f1)}`,
  }));
  const sample = sampleName(measured[0]!.figure.sample);
  return (
    <Plot
      title={t('qualityByVersion', { sample })}
      description={t('qualityText', {
        sample,
        points: points.map(({ label }) => label).join('; '),
      })}
      height={200}
      xTitle={t('version')}
      yTitle={t('f1')}
      xRange={[points[0]!.x - 0.5, points.at(-1)!.x + 0.5]}
      yRange={rangeAround(points)}
      xTicks={points.map(({ x }) => ({ at: x, label: formatNumber(x) }))}
      points={points}
      columns={[t('version'), t('f1'), t('items'), t('replayedTexts')]}
      rows={measured.map(({ report, figure }) => [
        report.modelVersion,
        shareText(figure.f1),
        count(report.numTexts),
        count(report.numReplayed),
      ])}
    />
  );
}
