// What the same source, host or client wrote just before and after an event.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { call } from '@/lib/api/client';
import type { Event } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { useHref } from '@/lib/scope';
import { rangeAround } from '@/lib/time';
import { Bones, Failed } from '../States';
import { Time } from '../Time';

const steps = [5, 20, 100];

export function Surroundings({ event }: { event: Event }) {
  const { t } = useI18n();
  const href = useHref();
  const hasHost = event['host.name'] !== undefined;
  const [same, setSame] = useState<'source' | 'host' | 'client'>();
  const [count, setCount] = useState(5);
  const seq = event['shuwei.seq'];
  const answer = useQuery({
    queryKey: ['events', 'surrounding', seq, same, count], enabled: same !== undefined, placeholderData: keepPreviousData,
    queryFn: ({ signal }) => call('get', '/api/v1/events/{seq}/surrounding', { path: { seq }, query: { same: same!, count }, signal }),
  });
  return (
    <>
      <div className="row wrap">
        <Segmented
          size="small" value={same ?? ''} onChange={(value) => setSame(value as 'source' | 'host' | 'client')} aria-label={t('around.title')}
          options={[...(event['log.source.address'] !== undefined ? [{ value: 'source', label: t('around.source') }] : []), ...(hasHost ? [{ value: 'host', label: t('around.host') }] : []), { value: 'client', label: t('around.client') }]}
        />
        {same && <Segmented size="small" value={count} onChange={(value) => setCount(Number(value))} options={steps.map((n) => ({ value: n, label: t('around.more', { n }) }))} />}
      </div>
      {same && (answer.error ? <Failed inline error={answer.error} what={t('around.title')} retry={() => void answer.refetch()} />
        : !answer.data ? <Bones rows={6} />
          : (
            <div className="around-list">
              {answer.data.events.map((one, i) => (
                <Link key={one['shuwei.seq']} className={`around-row${i === answer.data.position ? ' on' : ''}`} to={href('/investigate', { ...rangeAround(one['@timestamp'], 5), q: '', event: one['shuwei.seq'] })} aria-current={i === answer.data.position}>
                  <span className="faint"><Time short at={one['@timestamp']} precision="ms" /></span><code className="cut">{one['event.original']}</code>
                </Link>
              ))}
            </div>
          ))}
    </>
  );
}
