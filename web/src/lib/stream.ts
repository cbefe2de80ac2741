// The live stream: one EventSource a tab. It marks what changed as stale, at most once in two seconds for each kind,
// so that a flood of alerts costs two requests a second and not a thousand.
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { call } from './api/client';
import type { Alert, StreamStats } from './api/types';

type State = 'connecting' | 'open' | 'closed';
export interface Note { alert: Alert; at: number }
interface Snapshot { state: State; stats: StreamStats | undefined; notes: Note[]; unread: number }

let snapshot: Snapshot = { state: 'closed', stats: undefined, notes: [], unread: 0 };
const listeners = new Set<() => void>();
function change(part: Partial<Snapshot>): void {
  snapshot = { ...snapshot, ...part };
  for (const listener of listeners) listener();
}
export function useStream(): Snapshot {
  return useSyncExternalStore((listener) => { listeners.add(listener); return () => { listeners.delete(listener); }; }, () => snapshot);
}
export function markNotesRead(): void { if (snapshot.unread > 0) change({ unread: 0 }); }

const settleMs = 2000;
const maxNotes = 30;

export function connectStream(client: QueryClient, tenant: string | undefined, live: () => boolean): () => void {
  const stale = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  let ended = false;
  let wait = 1000;

  const touch = (...keys: string[]): void => {
    if (!live()) return;
    for (const key of keys) stale.add(key);
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const key of stale) void client.invalidateQueries({ queryKey: [key] });
      stale.clear();
    }, settleMs);
  };
  const open = (): void => {
    change({ state: 'connecting' });
    source = new EventSource(`/api/v1/stream${tenant ? `?tenant=${encodeURIComponent(tenant)}` : ''}`);
    source.onopen = () => { wait = 1000; change({ state: 'open' }); };
    source.onerror = () => {
      if (ended) return;
      change({ state: 'connecting' });
      if (source?.readyState !== EventSource.CLOSED) return;
      // Refused for good: the session may be gone; ask (a 401 leads to the sign-in page), then try again, slower each time.
      retry = setTimeout(() => {
        call('get', '/api/v1/tenants').catch(() => undefined).finally(() => { if (!ended) open(); });
      }, wait);
      wait = Math.min(wait * 2, 60_000);
    };
    source.addEventListener('alert', (message) => {
      const alert = JSON.parse((message as MessageEvent<string>).data) as Alert;
      touch('alerts', 'overview');
      const known = snapshot.notes.some((note) => note.alert.id === alert.id);
      if (!known && alert.state === 'open' && (alert.severity === 'critical' || alert.severity === 'high')) {
        change({ notes: [{ alert, at: Date.now() }, ...snapshot.notes].slice(0, maxNotes), unread: snapshot.unread + 1 });
      }
    });
    source.addEventListener('case', () => touch('cases', 'overview'));
    source.addEventListener('source', () => touch('sources'));
    source.addEventListener('stats', (message) => change({ stats: JSON.parse((message as MessageEvent<string>).data) as StreamStats }));
    source.addEventListener('resync', () => touch('alerts', 'cases', 'sources', 'overview'));
  };
  open();
  return () => {
    ended = true;
    source?.close();
    clearTimeout(timer);
    clearTimeout(retry);
    change({ state: 'closed', stats: undefined });
  };
}

/** Connected also while live refreshing is paused, for the notices. */
export function useConnectStream(live: boolean, tenant: string | undefined): void {
  const client = useQueryClient();
  const now = useRef(live);
  now.current = live;
  useEffect(() => connectStream(client, tenant, () => now.current), [client, tenant]);
}
