// Saved views, kept by the server, and the query history of this browser.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '@/lib/api/client';
import type { SavedView, SavedViewInput } from '@/lib/api/types';
import { setPreference, usePreference } from '@/lib/preferences';

export const defaultColumns = ['source.ip', 'destination.ip', 'user.name', 'event.action', 'event.outcome', 'message'];
const historyLength = 40;

export function useViews(tenant: string | undefined) {
  const client = useQueryClient();
  const list = useQuery({ queryKey: ['views', tenant], staleTime: 60_000, queryFn: ({ signal }) => call('get', '/api/v1/views', { query: { tenant }, signal }) });
  const changed = (): void => { void client.invalidateQueries({ queryKey: ['views'] }); };
  const save = useMutation({ mutationFn: ({ id, view }: { id?: number; view: SavedViewInput }) => (id === undefined
    ? call('post', '/api/v1/views', { query: { tenant }, body: view })
    : call('put', '/api/v1/views/{view_id}', { path: { view_id: id }, query: { tenant }, body: view })), onSuccess: changed });
  const remove = useMutation({ mutationFn: (view: SavedView) => call('delete', '/api/v1/views/{view_id}', { path: { view_id: view.id }, query: { tenant } }), onSuccess: changed });
  return { views: list.data?.items ?? [], save, remove };
}

export function useHistory(): [string[], (query: string) => void] {
  const [history] = usePreference<string[]>('history', []);
  return [history, (query) => { if (query.trim()) setPreference('history', [query, ...history.filter((q) => q !== query)].slice(0, historyLength)); }];
}
