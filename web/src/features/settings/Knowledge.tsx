// The codes that the product can explain: by family, by type, by words.
import { Input, Select } from 'antd';
import { useCallback, useEffect, useState } from 'react';
import { DataList, type Column } from '@/components/DataList';
import { Drawer } from '@/components/Drawer';
import { KnowledgeText, useKnowledgeText } from '@/components/event/Knowledge';
import { usePages } from '@/components/pages';
import { SeverityMark } from '@/components/Severity';
import { Bones, Empty, Failed } from '@/components/States';
import { call } from '@/lib/api/client';
import type { KnowledgeEntry } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { inLanguage } from '@/lib/rule-text';
import { useParam, useSetParams } from '@/lib/scope';
import '@/components/list.css';

const keyOf = (entry: KnowledgeEntry): string => `${entry.family} ${entry.code}`;

export function Knowledge() {
  const { t, language } = useI18n();
  const text = useKnowledgeText();
  const setParams = useSetParams();
  const [q] = useParam('q');
  const [family] = useParam('family');
  const [type] = useParam('type');
  const [opened, setOpened] = useParam('code');
  const [typed, setTyped] = useState(q ?? '');
  useEffect(() => {
    if (typed === (q ?? '')) return undefined;
    const timer = setTimeout(() => setParams({ q: typed || undefined }), 300);
    return () => clearTimeout(timer);
  }, [typed, q, setParams]);
  const { query, rows, first, more } = usePages(['knowledge', q, family, type], (cursor, signal) => call('get', '/api/v1/knowledge', { query: { q, family, type, limit: 200, cursor }, signal }));
  const close = useCallback(() => setOpened(undefined), [setOpened]);
  const shown = rows.find((entry) => keyOf(entry) === opened);
  const columns: Column<KnowledgeEntry>[] = [
    { key: 'code', title: t('knowledge.code'), width: 'minmax(130px, 1.1fr)', render: (e) => <code className="cut" title={e.symbol}>{e.code}</code> },
    { key: 'name', title: t('knowledge.name'), width: 'minmax(200px, 2.4fr)', render: (e) => text(e).name },
    { key: 'family', roomy: 2, title: t('knowledge.family'), width: 'minmax(130px, 1fr)', render: (e) => <span className="secondary">{text(e).family}</span> },
    { key: 'type', roomy: 3, title: t('knowledge.type'), width: '116px', render: (e) => <span className="secondary">{text(e).type}</span> },
    { key: 'severity', roomy: 1, title: t('knowledge.severity'), width: '96px', render: (e) => <SeverityMark severity={e.severity} word /> },
  ];
  const options = (groups: typeof first extends undefined ? never : NonNullable<typeof first>['families'] | undefined) => (groups ?? []).filter((g) => g.entries > 0).map((g) => ({ value: g.name, label: `${inLanguage(language, g.title_en, g.title_zh)} ${formatCount(g.entries)}` }));
  return (
    <>
      <div className="settings-head">
        <h2>{t('settings.knowledge')}</h2><span className="secondary">{first && formatCount(first.total)}</span>
        <Select style={{ width: 200 }} allowClear showSearch optionFilterProp="label" value={family} onChange={(value?: string) => setParams({ family: value })} placeholder={t('knowledge.every_family')} aria-label={t('knowledge.family')} options={options(first?.families)} />
        <Select style={{ width: 140 }} allowClear showSearch optionFilterProp="label" value={type} onChange={(value?: string) => setParams({ type: value })} placeholder={t('knowledge.every_type')} aria-label={t('knowledge.type')} options={options(first?.types)} />
        <Input className="end" style={{ flex: '1 1 160px', maxWidth: 240 }} allowClear value={typed} onChange={(event) => setTyped(event.target.value)} placeholder={t('knowledge.search')} aria-label={t('knowledge.search')} />
      </div>
      <div className="split settings-list">
        <div className="main" style={{ position: 'relative' }}>
          {query.isFetching && !query.isFetchingNextPage && <div className="progress-line" />}
          {query.isPending ? <Bones rows={12} /> : query.error && rows.length === 0 ? <Failed error={query.error} what={t('settings.knowledge')} retry={() => void query.refetch()} /> : (
            <DataList<KnowledgeEntry> label={t('settings.knowledge')} rows={rows} columns={columns} rowKey={keyOf} rowHeight={32} selected={opened} onSelect={(key) => setOpened(key)} onEnd={more} cardHeight={64} card={(e) => <div className="stack" style={{ gap: 2 }}><div className="row"><SeverityMark severity={e.severity} /><span className="grow cut">{text(e).name}</span><code className="secondary small cut">{e.code}</code></div><span className="small secondary">{text(e).family} · {text(e).type}</span></div>} empty={<Empty say={t('knowledge.none')} />} />
          )}
        </div>
        {opened && <Drawer name="knowledge" label={t('knowledge.title')} title={<b className="cut">{shown ? `${shown.code} ${text(shown).name}` : opened}</b>} onClose={close} wide={460}>{shown && <KnowledgeText entry={shown} />}</Drawer>}
      </div>
    </>
  );
}
