import { useAlertEvents } from '@/lib/api/queries';
import type { Alert, AlertEvent } from '@/lib/api/types';

/** First events with the reasons of the alert: the evidence that outlives retention. */
export function copies(alert: Alert): AlertEvent[] {
  const matches = alert.reason?.matches ?? [];
  return [...(alert.first_events ?? []), ...(alert.last_events ?? [])].map((event) => ({ event, matches }));
}

/** What to show as proof: of a correlation the latest events that it counted, else the alert's own copies. */
export function useEvidence(alert: Alert, limit: number): AlertEvent[] {
  const counted = useAlertEvents(alert.reason?.correlation ? alert.id : undefined, limit);
  return counted.data?.items.length ? counted.data.items : copies(alert).slice(0, limit);
}
