import { useMutation } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { ShieldCheck, ShieldX } from 'lucide-react';
import { useState } from 'react';
import { DataList, type Column } from '@/components/DataList';
import { errorText } from '@/components/errors';
import { usePages } from '@/components/pages';
import { Bones, Empty, Failed } from '@/components/States';
import { Time } from '@/components/Time';
import { call } from '@/lib/api/client';
import type { components } from '@/lib/api/schema.gen';
import { formatCount } from '@/lib/format';
import { useT } from '@/lib/i18n';
import { useRange } from '@/lib/scope';

type Entry = components['schemas']['AuditEntry'];
const tone: Record<Entry['result'], string> = { ok: 'quiet', denied: 'warn', failed: 'bad' };

export function Audit() {
  const t = useT();
  const { range } = useRange();
  const [actor, setActor] = useState('');
  const [asked, setAsked] = useState('');
  const { query, rows, more } = usePages(['audit', asked, range], (cursor, signal) => call('get', '/api/v1/audit', { query: { actor: asked || undefined, ...range, limit: 200, cursor }, signal }));
  const verify = useMutation({ mutationFn: () => call('get', '/api/v1/audit/verify') });
  const columns: Column<Entry>[] = [
    { key: 'at', title: t('audit.at'), width: '160px', render: (e) => <span className="secondary"><Time at={e.at} /></span> },
    { key: 'actor', title: t('audit.actor'), width: 'minmax(90px, 1fr)', render: (e) => e.actor || '—' },
    { key: 'action', title: t('audit.action'), width: 'minmax(140px, 1.2fr)', render: (e) => <code>{e.action}</code> },
    { key: 'object', title: t('audit.object'), width: 'minmax(160px, 2fr)', render: (e) => e.object ?? '' },
    { key: 'result', title: t('audit.result'), width: '84px', render: (e) => <span className={`chip ${tone[e.result]}`}>{t(`audit_result.${e.result}`)}</span> },
    { key: 'peer', roomy: 1, title: t('audit.peer'), width: '130px', render: (e) => <span className="mono secondary">{e.peer}</span> },
    { key: 'detail', roomy: 2, title: t('audit.detail'), width: 'minmax(120px, 2fr)', render: (e) => <span className="secondary" title={e.detail}>{e.detail}</span> },
  ];
  return (
    <>
      <div className="settings-head">
        <h2>{t('settings.audit')}</h2>
        <Input.Search style={{ width: 200 }} allowClear value={actor} onChange={(event) => { setActor(event.target.value); if (event.target.value === '') setAsked(''); }} onSearch={(text) => setAsked(text.trim())} placeholder={t('audit.actor_filter')} aria-label={t('audit.actor_filter')} />
        <span className="end row">
          {verify.data && <span className="row tight" style={{ color: verify.data.ok ? 'var(--good)' : 'var(--critical)' }}>{verify.data.ok ? <ShieldCheck size={16} /> : <ShieldX size={16} />}{verify.data.ok ? t('audit.whole', { n: formatCount(verify.data.entries) }) : t('audit.broken', { id: verify.data.first_bad_id ?? '?' })}</span>}
          {verify.error && <span style={{ color: 'var(--critical)' }}>{errorText(t, verify.error)}</span>}
          <Button loading={verify.isPending} onClick={() => verify.mutate()}>{t('audit.verify')}</Button>
        </span>
      </div>
      <div className="settings-list">
        {query.isPending ? <Bones rows={12} /> : query.error && rows.length === 0 ? <Failed error={query.error} what={t('settings.audit')} retry={() => void query.refetch()} /> : (
          <DataList<Entry> label={t('settings.audit')} rows={rows} columns={columns} rowKey={(e) => String(e.id)} rowHeight={30} onSelect={() => undefined} onEnd={more} cardHeight={56} card={(e) => <div className="stack" style={{ gap: 2 }}><div className="row small"><Time at={e.at} /><b>{e.actor}</b><code className="end">{e.action}</code></div><span className="small secondary cut">{e.object} {e.detail}</span></div>} empty={<Empty say={t('audit.none')} />} />
        )}
      </div>
    </>
  );
}
