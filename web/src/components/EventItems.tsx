// Matched events as evidence: time, where they stand, and the raw line with what matched marked.
import { Link } from 'react-router-dom';
import type { AlertEvent } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { useHref } from '@/lib/scope';
import { rangeAround } from '@/lib/time';
import { contentText } from './event/fields';
import { useKnowledgeText } from './event/Knowledge';
import { RawLine } from './RawLine';
import { Time } from './Time';
import { matchMarks } from './WhyPanel';

export function EventItems({ items }: { items: readonly AlertEvent[] }) {
  const t = useT();
  const href = useHref();
  const text = useKnowledgeText();
  return (
    <div>
      {items.map(({ event, matches, knowledge }) => (
        <div className="event-item" key={event['shuwei.seq']}>
          <div className="event-item-head">
            <Time at={event['@timestamp']} precision="ms" />
            <span className="secondary cut">{contentText(event['host.name'] ?? event['observer.name'] ?? event['shuwei.source'])}</span>
            {event['shuwei.pack'] && <span className="faint cut">{contentText(event['shuwei.pack'])}</span>}
            <Link className="end nowrap" to={href('/investigate', { q: '', ...rangeAround(event['@timestamp'], 5), event: event['shuwei.seq'] })}>{t('event.context')}</Link>
          </div>
          {knowledge?.filter((entry) => entry.explains === 'event').map((entry) => <div key={`${entry.family} ${entry.code}`} className="small secondary" title={text(entry).meaning}><code>{entry.code}</code> {text(entry).name}</div>)}
          <RawLine bare line={event['event.original']} marks={matchMarks(matches)} />
        </div>
      ))}
    </div>
  );
}
