// How an event's fields are grouped and read.
import type { Event, Field, FieldContent } from '@/lib/api/types';
import type { Mark } from '../RawLine';

export type Group = Field['group'];
export const groups: readonly Group[] = ['who', 'from', 'to', 'what', 'network', 'device', 'detection', 'time', 'other'];

export function contentText(content: FieldContent | undefined): string {
  if (content === undefined) return '';
  return Array.isArray(content) ? content.join(', ') : String(content);
}

export interface FieldRow { name: string; content: FieldContent; group: Group }

/** The event's fields by group, the catalogue's order inside each, without the raw line itself. */
export function groupFields(event: Event, catalogue: Map<string, Field>): Map<Group, FieldRow[]> {
  const order = new Map([...catalogue.keys()].map((name, i) => [name, i]));
  const result = new Map<Group, FieldRow[]>(groups.map((group) => [group, []]));
  for (const [name, content] of Object.entries(event)) {
    if (name === 'event.original' || name === 'event.original_base64' || content === undefined) continue;
    const group = catalogue.get(name)?.group ?? (name.startsWith('shuwei.') ? 'detection' : 'other');
    result.get(group)!.push({ name, content, group });
  }
  for (const rows of result.values()) rows.sort((a, b) => (order.get(a.name) ?? 1e6) - (order.get(b.name) ?? 1e6) || a.name.localeCompare(b.name));
  return result;
}

/** Where the fields' values stand in the raw line. Short values would mark half the line. */
export function fieldMarks(event: Event, label: (name: string) => string): Mark[] {
  const marks: Mark[] = [];
  for (const [name, content] of Object.entries(event)) {
    if (name.startsWith('event.original') || name.startsWith('shuwei.') || name === '@timestamp' || name === 'event.ingested' || name === 'message') continue;
    const text = contentText(content);
    if (text.length >= 3 && text.length <= 200) marks.push({ text, kind: 'field', title: `${label(name)} ${name}` });
  }
  return marks;
}

/** The one line that says what an event is, for lists. */
export function eventSummary(event: Event): string {
  const message = event['message'] ?? event['event.reason'] ?? event['event.original'];
  return contentText(message);
}
