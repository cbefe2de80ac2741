// Questions that several pages ask. What only one feature asks lives in that feature.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call } from './client';
import type { Field } from './types';

const long = 10 * 60_000;

export function useTenants() {
  return useQuery({ queryKey: ['tenants'], staleTime: long, queryFn: ({ signal }) => call('get', '/api/v1/tenants', { signal }) });
}
export function useTenantName(): (name: string) => string {
  const tenants = useTenants();
  return (name) => tenants.data?.items.find((tenant) => tenant.name === name)?.display_name ?? name;
}
export function useFields(): { list: Field[]; byName: Map<string, Field> } {
  const query = useQuery({ queryKey: ['fields'], staleTime: long, queryFn: ({ signal }) => call('get', '/api/v1/fields', { signal }) });
  return useMemo(() => {
    const list = query.data?.items ?? [];
    return { list, byName: new Map(list.map((field) => [field.name, field])) };
  }, [query.data]);
}
export function usePacks() {
  return useQuery({ queryKey: ['packs'], staleTime: long, queryFn: ({ signal }) => call('get', '/api/v1/packs', { signal }) });
}
export function useAssignees(tenant: string | undefined, enabled: boolean) {
  return useQuery({ queryKey: ['assignees', tenant], staleTime: long, enabled, queryFn: ({ signal }) => call('get', '/api/v1/assignees', { query: { tenant }, signal }) });
}
export function useAlert(id: number | undefined) {
  return useQuery({
    queryKey: ['alerts', 'one', id], enabled: id !== undefined,
    queryFn: ({ signal }) => call('get', '/api/v1/alerts/{alert_id}', { path: { alert_id: id! }, signal }),
  });
}
export function useAlertEvents(id: number | undefined, limit: number) {
  return useQuery({
    queryKey: ['alerts', 'events', id, limit], enabled: id !== undefined,
    queryFn: ({ signal }) => call('get', '/api/v1/alerts/{alert_id}/events', { path: { alert_id: id! }, query: { limit }, signal }),
  });
}
export function useCase(number: string | undefined) {
  return useQuery({
    queryKey: ['cases', 'one', number], enabled: number !== undefined,
    queryFn: ({ signal }) => call('get', '/api/v1/cases/{number}', { path: { number: number! }, signal }),
  });
}
export function useTimeline(number: string | undefined) {
  return useQuery({
    queryKey: ['cases', 'timeline', number], enabled: number !== undefined,
    queryFn: ({ signal }) => call('get', '/api/v1/cases/{number}/timeline', { path: { number: number! }, signal }),
  });
}
export function useCaseAlerts(number: string | undefined) {
  return useQuery({
    queryKey: ['cases', 'alerts', number], enabled: number !== undefined,
    queryFn: ({ signal }) => call('get', '/api/v1/cases/{number}/alerts', { path: { number: number! }, signal }),
  });
}
