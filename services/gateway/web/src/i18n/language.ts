// The language of the application, and numbers and times as it writes them.
import { computed } from '@preact/signals';
import { stored } from '../app/stored';

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

/** What was chosen in the settings; "" is the browser's own. */
export const chosenLanguage = stored<Language | ''>('language', '');

export const locale = computed<Language>(() => {
  const wanted = chosenLanguage.value || navigator.language;
  return wanted.startsWith('de') ? 'de' : 'en';
});

export function formatNumber(value: number, maximumFractionDigits = 2): string {
  return new Intl.NumberFormat(locale.value, { maximumFractionDigits }).format(value);
}

/** 0.834 is "83 %" (with one digit: "83.4 %"). */
export function formatPercent(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale.value, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

export function formatTime(time: Date): string {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(
    time,
  );
}

/** In a column; to the second ("medium") of events that follow each other closely. */
export function formatMoment(time: Date, timeStyle: 'short' | 'medium'): string {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: 'short', timeStyle }).format(time);
}

/** "3 minutes ago", "in 2 days". */
export function formatRelative(time: Date, now = new Date()): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto' });
  const units = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(Math.round(seconds), 'second');
}

/** "45 s", "12 min", "3 h 5 min". */
export function formatSpan(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
