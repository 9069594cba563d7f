import { useSignal } from '@preact/signals';
import { failureOf, type Failure } from '../../api/errors';

export interface Action<Args extends unknown[]> {
  /** Does it, unless it is being done. */
  run: (...args: Args) => void;
  busy: boolean;
  failure: Failure | undefined;
  forget: () => void;
}

/** Something that a person does by a button: one at a time, with what went wrong. */
export function useAction<Args extends unknown[]>(
  act: (...args: Args) => Promise<unknown>,
): Action<Args> {
  const busy = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  const run = async (...args: Args) => {
    if (busy.peek()) return;
    busy.value = true;
    failure.value = undefined;
    try {
      await act(...args);
    } catch (error) {
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  };
  return {
    run: (...args) => void run(...args),
    busy: busy.value,
    failure: failure.value,
    forget: () => (failure.value = undefined),
  };
}

/** What the service says of a field of the request: "labels" is "spec.labels", too. */
export function errorOf(failure: Failure | undefined, field: string): string | undefined {
  const found = failure?.violations.filter(
    (one) => one.field === field || one.field.endsWith(`.${field}`),
  );
  return found?.length ? found.map(({ description }) => description).join('; ') : undefined;
}
