// What there is to choose from in forms.
import type { Dataset, Source } from '@gen/winnow/annotation/v1/annotation_pb';
import type { Model } from '@gen/winnow/training/v1/training_pb';
import { annotation } from '../../api/annotation';
import { training } from '../../api/training';
import { allPages } from './load';

export interface Names {
  sources: Source[];
  datasets: Dataset[];
  models: Model[];
  /** "name@N" of every model, the newest of each first. */
  versions: string[];
}

export const listSources = () =>
  allPages(
    (page) => annotation.listSources(page),
    ({ sources }) => sources,
  );

export const listDatasets = () =>
  allPages(
    (page) => annotation.listDatasets(page),
    ({ datasets }) => datasets,
  );

export const listModels = () =>
  allPages(
    (page) => training.listModels(page),
    ({ models }) => models,
  );

/** With how each stands; no queue is opened for it. */
export const listQueues = () =>
  allPages(
    (page) => annotation.listQueues({ ...page, withStatus: true }),
    ({ queues }) => queues,
  );

export const listVersions = (model: string) =>
  allPages(
    (page) => training.listModelVersions({ ...page, model }),
    ({ versions }) => versions,
  );

export async function listNames(): Promise<Names> {
  const [sources, datasets, models] = await Promise.all([
    listSources(),
    listDatasets(),
    listModels(),
  ]);
  const sound = models.filter(({ problem }) => !problem);
  const versions = await Promise.all(sound.map(({ name }) => listVersions(name)));
  return {
    sources,
    datasets,
    models,
    versions: versions.flatMap((all) =>
      all
        .filter(({ problem }) => !problem)
        .map(({ name }) => name)
        .reverse(),
    ),
  };
}

/** Models of which a version serves. */
export const servingModels = ({ models }: Names) =>
  models.filter(({ aliases }) => aliases['serving'] !== undefined).map(({ name }) => name);
