// What people have done before a test, or a picture, begins.
import { randomUUID } from 'node:crypto';

/** Ben and Cara have marked the same job titles differently; `deciding` asks which is right. */
export async function makeReview(winnow) {
  const spec = { kind: 'TASK_KIND_MANUAL', source: 'raw', labels: ['job_title', 'place'] };
  await winnow.createQueue({
    ...spec,
    name: 'marking',
    dataset: 'marked',
    overlap: 2,
    checkShare: 0,
  });
  for (const [annotator, words] of [
    ['ben', 2],
    ['cara', 3],
  ]) {
    const lease = { queue: 'marking', annotator, maxTasks: 5 };
    const { tasks } = await winnow.call('AnnotationService/LeaseTasks', lease);
    const answers = tasks.map(({ taskId, fencingToken, text }) => ({
      answerId: randomUUID(),
      taskId,
      fencingToken,
      verdict: 'VERDICT_ACCEPT',
      spans: [{ start: 0, end: text.split(' ', words).join(' ').length, label: 'job_title' }],
    }));
    const submission = { queue: 'marking', annotator, answers };
    await winnow.call('AnnotationService/SubmitAnswers', submission);
  }
  await winnow.createQueue({
    name: 'deciding',
    kind: 'TASK_KIND_REVIEW',
    dataset: 'decided',
    inputDatasets: ['marked'],
    labels: ['job_title', 'place'],
  });
}

/** Two models' readings of the same texts, to be compared in `comparing`. */
export async function makeComparisons(winnow, places = ['Berlin', 'London', 'Paris']) {
  await winnow.createQueue({ name: 'comparing', kind: 'TASK_KIND_COMPARE', dataset: 'preferred' });
  const tasks = places.map((place) => ({
    text: `Senior Java Engineer wanted in ${place}`,
    comparison: {
      modelA: 'jobs_model@1',
      modelB: 'jobs_model@2',
      spansA: [{ start: 0, end: 20, label: 'job_title' }],
      spansB: [
        { start: 7, end: 20, label: 'job_title' },
        { start: 31, end: 31 + place.length, label: 'place' },
      ],
    },
  }));
  await winnow.call('AnnotationService/AddComparisons', {
    requestId: randomUUID(),
    queue: 'comparing',
    tasks,
  });
}
