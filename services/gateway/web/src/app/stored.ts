import { effect, signal, type Signal } from '@preact/signals';

/**
 * A setting of this browser: a signal whose value is JSON under `winnow.NAME`, and lasts as long as
 * the browser keeps it.
 */
export function stored<Value>(name: string, initial: Value): Signal<Value> {
  const key = `winnow.${name}`;
  const setting = signal(read(key, initial));
  effect(() => {
    try {
      localStorage.setItem(key, JSON.stringify(setting.value));
    } catch {
      // The browser keeps nothing; the setting holds until the page is left.
    }
  });
  return setting;
}

function read<Value>(key: string, initial: Value): Value {
  try {
    const text = localStorage.getItem(key);
    return text === null ? initial : (JSON.parse(text) as Value);
  } catch {
    return initial;
  }
}
