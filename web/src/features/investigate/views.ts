// Saved views and the query history of this browser.
import { setPreference, usePreference } from '@/lib/preferences';

export interface View { id: string; name: string; q: string; columns: string[]; raw: boolean }
export const defaultColumns = ['source.ip', 'destination.ip', 'user.name', 'event.action', 'event.outcome', 'message'];
const historyLength = 40;

export function useViews() {
  const [views, setViews] = usePreference<View[]>('views', []);
  return {
    views,
    save: (view: View) => setViews([...views.filter((v) => v.id !== view.id), view]),
    remove: (id: string) => setViews(views.filter((v) => v.id !== id)),
  };
}

export function useHistory(): [string[], (query: string) => void] {
  const [history] = usePreference<string[]>('history', []);
  return [history, (query) => { if (query.trim()) setPreference('history', [query, ...history.filter((q) => q !== query)].slice(0, historyLength)); }];
}
