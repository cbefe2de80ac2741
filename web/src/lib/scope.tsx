// The scope that every page shares and the URL keeps: client, time range. Plus the live switch, which is this tab's.
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router-dom';
import { serverNow } from './api/client';
import { usePreference } from './preferences';
import { defaultRange, isRelative, resolve, type Range, type RangeSpec, type Zone } from './time';

const kept = ['since', 'until', 'tenant'] as const;
export type Params = Record<string, string | number | undefined>;

interface Live { live: boolean; setLive: (live: boolean) => void; tick: number; refresh: () => void }
const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const [live, setLive] = useState(true);
  const [tick, setTick] = useState(0);
  const refresh = useCallback(() => setTick((n) => n + 1), []);
  const value = useMemo(() => ({ live, setLive, tick, refresh }), [live, tick, refresh]);
  return <LiveContext.Provider value={value}>{children}</LiveContext.Provider>;
}
export function useLive(): Live {
  const value = useContext(LiveContext);
  if (!value) throw new Error('LiveProvider is missing');
  return value;
}

/** Moves a relative range along with the clock while the page is live and seen. */
export function useAutoRefresh(everyMs: number): void {
  const { live, refresh } = useLive();
  const { spec } = useRange();
  const moving = live && isRelative(spec);
  useEffect(() => {
    if (!moving) return undefined;
    const timer = setInterval(() => { if (!document.hidden) refresh(); }, everyMs);
    return () => clearInterval(timer);
  }, [moving, everyMs, refresh]);
}

export function useTenant(): [string | undefined, (tenant: string | undefined) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback((tenant: string | undefined) => setParams((before) => {
    const next = new URLSearchParams(before);
    if (tenant) next.set('tenant', tenant); else next.delete('tenant');
    return next;
  }), [setParams]);
  return [params.get('tenant') ?? undefined, set];
}

/** The range as the URL says it (`spec`) and as times (`range`), the latter fixed until the next refresh. */
export function useRange(): { spec: RangeSpec; range: Range; setRange: (spec: RangeSpec) => void } {
  const [params, setParams] = useSearchParams();
  const { tick, refresh } = useLive();
  const since = params.get('since') ?? defaultRange.since;
  const until = params.get('until') ?? undefined;
  const spec = useMemo<RangeSpec>(() => (until === undefined ? { since } : { since, until }), [since, until]);
  const range = useMemo(() => resolve(spec, serverNow()), [spec, tick]);
  const setRange = useCallback((next: RangeSpec) => {
    setParams((before) => {
      const result = new URLSearchParams(before);
      if (next.since === defaultRange.since && next.until === undefined) result.delete('since'); else result.set('since', next.since);
      if (next.until === undefined) result.delete('until'); else result.set('until', next.until);
      return result;
    });
    refresh();
  }, [setParams, refresh]);
  return { spec, range, setRange };
}

/** Makes links that keep the shared scope: `href('/alerts', {severity: 'high'})`. A param may override the scope. */
export function useHref(): (path: string, params?: Params) => string {
  const { search } = useLocation();
  return useCallback((path, params = {}) => {
    const now = new URLSearchParams(search);
    const next = new URLSearchParams();
    for (const name of kept) { const value = now.get(name); if (value) next.set(name, value); }
    // A range is one thing: giving its start says its end too.
    if ('since' in params && !('until' in params)) next.delete('until');
    for (const [name, value] of Object.entries(params)) {
      if (value === undefined || value === '') next.delete(name); else next.set(name, String(value));
    }
    const text = next.toString();
    return text ? `${path}?${text}` : path;
  }, [search]);
}

/** Page state in the URL. `push` puts a step into the history (opening a drawer); otherwise it is replaced. */
export function useParam(name: string): [string | undefined, (value: string | undefined, how?: 'push') => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback((value: string | undefined, how?: 'push') => setParams((before) => {
    const next = new URLSearchParams(before);
    if (value === undefined || value === '') next.delete(name); else next.set(name, value);
    return next;
  }, { replace: how !== 'push' }), [name, setParams]);
  return [params.get(name) ?? undefined, set];
}

export function useSetParams(): (changes: Params) => void {
  const [, setParams] = useSearchParams();
  return useCallback((changes) => setParams((before) => {
    const next = new URLSearchParams(before);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') next.delete(name); else next.set(name, String(value));
    }
    return next;
  }), [setParams]);
}

export function useGo(): (path: string, params?: Params) => void {
  const navigate = useNavigate();
  const href = useHref();
  return useCallback((path, params) => navigate(href(path, params)), [navigate, href]);
}

export function useZone(): [Zone, (zone: Zone) => void] { return usePreference<Zone>('zone', 'local'); }

/** The present by the server's clock, moving every `everyMs` while the page is seen. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) setNow(serverNow()); }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

const phoneQuery = '(max-width: 719px)';
/** True on a phone: lists become cards, the drawer becomes a page. */
export function usePhone(): boolean {
  const [phone, setPhone] = useState(() => matchMedia(phoneQuery).matches);
  useEffect(() => {
    const query = matchMedia(phoneQuery);
    const listener = (): void => setPhone(query.matches);
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  }, []);
  return phone;
}
