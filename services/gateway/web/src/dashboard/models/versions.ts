// Models and their versions, as the pages need them.
import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { TrainingReportSchema, type TrainingReport } from '@gen/winnow/training/v1/training_pb';
import type { Model, ModelVersion } from '@gen/winnow/training/v1/training_pb';
import { training } from '../../api/training';
import { t } from '../../i18n/models';
import { listVersions } from '../common/names';

export interface Versions {
  model: Model;
  versions: ModelVersion[];
}

export async function loadVersions(name: string): Promise<Versions> {
  const [model, versions] = await Promise.all([training.getModel({ name }), listVersions(name)]);
  return { model, versions };
}

export type Alias = 'serving' | 'previous' | 'candidate';

/** "name@N" of what an alias points to. */
export function versionAt({ name, aliases }: Model, alias: Alias): string | undefined {
  const number = aliases[alias];
  return number === undefined ? undefined : `${name}@${number}`;
}

/** What each version is called by: "serves". */
export function aliasNames(model: Model): Record<string, string> {
  const aliases: Alias[] = ['previous', 'candidate', 'serving'];
  return Object.fromEntries(
    aliases.flatMap((alias) => {
      const version = versionAt(model, alias);
      return version ? [[version, t(alias)]] : [];
    }),
  );
}

export const numberOf = (version: string) => Number(version.slice(version.lastIndexOf('@') + 1));

function parsed(json: string): JsonValue {
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return {};
  }
}

type Fields = { [name: string]: JsonValue };

function fieldsOf(json: JsonValue | undefined): Fields {
  return typeof json === 'object' && json && !Array.isArray(json) ? json : {};
}

// The file holds the report as it is stored: the gate's measurement is not apart, and a duration is
// a number of seconds.
function asSent(stored: Fields): JsonValue {
  const { gate, train_seconds: seconds } = stored;
  const measured = 'sample' in fieldsOf(gate);
  return {
    ...stored,
    ...(gate && { gate: { ...fieldsOf(gate), ...(measured && { measurement: gate }) } }),
    ...(typeof seconds === 'number' && { train_duration: `${seconds.toFixed(3)}s` }),
  };
}

function readReport(json: JsonValue): TrainingReport | undefined {
  try {
    return fromJson(TrainingReportSchema, json, { ignoreUnknownFields: true });
  } catch {
    // Of an imported version the file may be anything.
    return undefined;
  }
}

/** What a version's training said, from the file that stands with it. */
export function reportOf({ name, metricsJson }: ModelVersion): TrainingReport | undefined {
  if (!metricsJson) return undefined;
  const report = readReport(asSent(fieldsOf(parsed(metricsJson))));
  if (!report) return undefined;
  // It was written before the version had its number.
  report.modelVersion = name;
  for (const figure of report.after) figure.modelVersion = name;
  return report;
}

export interface Origin {
  datasets: string[];
  jobId: string;
}

/** What a version was made from; nothing of an imported one that does not tell. */
export function originOf({ lineageJson }: ModelVersion): Origin {
  const { datasets, job_id: jobId } = fieldsOf(parsed(lineageJson || '{}'));
  return {
    datasets: Array.isArray(datasets) ? datasets.map(String) : [],
    jobId: typeof jobId === 'string' ? jobId : '',
  };
}
