// What a person chose on this browser: language, theme, columns, widths. Never anything of a client's data.
import { useSyncExternalStore } from 'react';

const prefix = 'shuwei.';
const listeners = new Set<() => void>();
const cache = new Map<string, unknown>();

function read<T>(name: string, fallback: T): T {
  if (cache.has(name)) return cache.get(name) as T;
  let value = fallback;
  try {
    const text = localStorage.getItem(prefix + name);
    if (text !== null) value = JSON.parse(text) as T;
  } catch { /* a damaged or forbidden store gives the fallback */ }
  cache.set(name, value);
  return value;
}

export function setPreference<T>(name: string, value: T): void {
  cache.set(name, value);
  try { localStorage.setItem(prefix + name, JSON.stringify(value)); } catch { /* kept for this page alone */ }
  for (const listener of listeners) listener();
}

export function usePreference<T>(name: string, fallback: T): [T, (value: T) => void] {
  const value = useSyncExternalStore(
    (listener) => { listeners.add(listener); return () => { listeners.delete(listener); }; },
    () => read(name, fallback),
  );
  return [value, (next) => setPreference(name, next)];
}
