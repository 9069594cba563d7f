import { signal, type Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';

/** State that begins anew with every other `key`, while the elements on the page stay. */
export function useFresh<State>(key: unknown, make: () => State): Signal<State> {
  return useMemo(() => signal(make()), [key]);
}
