import { useQuery } from '@tanstack/react-query';
import { Input } from 'antd';
import { useCallback, useEffect, useState } from 'react';
import { Link } from 'react-router-dom';
import { techniques } from '@/components/alert/parts';
import { DataList, type Column } from '@/components/DataList';
import { Drawer } from '@/components/Drawer';
import { usePages } from '@/components/pages';
import { SeverityMark } from '@/components/Severity';
import { parseSeverities, SeverityFilter } from '@/components/SeverityFilter';
import { Bones, Empty, Failed, Loaded } from '@/components/States';
import { Age } from '@/components/Time';
import { Yaml } from '@/components/Yaml';
import { call } from '@/lib/api/client';
import type { Rule } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useHref, useParam, useSetParams, useTenant } from '@/lib/scope';
import { inLanguage, ruleTitle } from '@/lib/rule-text';
import '@/components/list.css';

export function Rules() {
  const { t, language } = useI18n();
  const href = useHref();
  const [tenant] = useTenant();
  const setParams = useSetParams();
  const [q] = useParam('q');
  const [levelText] = useParam('level');
  const [opened, setOpened] = useParam('rule');
  const [typed, setTyped] = useState(q ?? '');
  useEffect(() => {
    if (typed === (q ?? '')) return undefined;
    const timer = setTimeout(() => setParams({ q: typed || undefined }), 300);
    return () => clearTimeout(timer);
  }, [typed, q, setParams]);
  const level = parseSeverities(levelText);
  const { query, rows, first, more } = usePages(['rules', 'list', tenant, q, levelText], (cursor, signal) => call('get', '/api/v1/rules', { query: { tenant, q, level, limit: 200, cursor }, signal }));
  const shown = rows.find((r) => r.id === opened);
  const close = useCallback(() => setOpened(undefined), [setOpened]);
  const columns: Column<Rule>[] = [
    { key: 'level', title: t('alert.severity'), width: '88px', render: (r) => <SeverityMark severity={r.level} word /> },
    { key: 'title', title: t('rule.title'), width: 'minmax(240px, 3fr)', render: (r) => <span style={r.enabled ? {} : { opacity: 0.5 }}>{ruleTitle(r, language)}</span> },
    { key: 'logsource', roomy: 3, title: t('rule.logsource'), width: 'minmax(140px, 1.2fr)', render: (r) => <span className="secondary">{r.logsource}</span> },
    { key: 'tags', roomy: 2, title: 'ATT&CK', width: 'minmax(90px, 1fr)', render: (r) => <span className="mono secondary">{techniques(r.tags).join(' ')}</span> },
    { key: 'status', roomy: 4, title: t('rule.status'), width: '96px', render: (r) => <span className="secondary">{r.status}</span> },
    { key: 'matches', title: t('rule.matches'), width: '96px', numeric: true, render: (r) => (r.matches > 0 ? <Link to={href('/alerts', { rule: r.id, state: 'all', since: '-30d' })} onClick={(event) => event.stopPropagation()}>{formatCount(r.matches)}</Link> : <span className="faint">0</span>) },
    { key: 'last', roomy: 1, title: t('rule.last_match'), width: '100px', numeric: true, render: (r) => (r.last_match ? <Age at={r.last_match} /> : <span className="faint">—</span>) },
  ];
  return (
    <>
      <div className="settings-head">
        <h2>{t('settings.rules')}</h2><span className="secondary">{first && formatCount(first.total)}</span>
        <SeverityFilter value={level} onChange={(next) => setParams({ level: next.join(',') || undefined })} />
        <Input className="end" style={{ width: 240 }} allowClear value={typed} onChange={(event) => setTyped(event.target.value)} placeholder={t('rule.search')} aria-label={t('rule.search')} />
      </div>
      <div className="split settings-list">
        <div className="main" style={{ position: 'relative' }}>
          {query.isFetching && !query.isFetchingNextPage && <div className="progress-line" />}
          {query.isPending ? <Bones rows={12} /> : query.error && rows.length === 0 ? <Failed error={query.error} what={t('settings.rules')} retry={() => void query.refetch()} /> : (
            <DataList<Rule> label={t('settings.rules')} rows={rows} columns={columns} rowKey={(r) => r.id} rowHeight={32} selected={opened} onSelect={(key) => setOpened(key)} onEnd={more} cardHeight={64} card={(r) => <div className="stack" style={{ gap: 2 }}><div className="row"><SeverityMark severity={r.level} /><span className="grow">{ruleTitle(r, language)}</span><span className="secondary small">{formatCount(r.matches)}</span></div><span className="small secondary">{r.logsource}</span></div>} empty={<Empty say={t('rule.none')} />} />
          )}
        </div>
        {opened && <Drawer name="rule" label={t('alert.rule')} title={<b className="cut">{shown ? ruleTitle(shown, language) : opened}</b>} onClose={close} wide={620}><RuleText id={opened} /></Drawer>}
      </div>
    </>
  );
}

function RuleText({ id }: { id: string }) {
  const { t, language } = useI18n();
  const href = useHref();
  const rule = useQuery({ queryKey: ['rules', 'one', id], queryFn: ({ signal }) => call('get', '/api/v1/rules/{rule_id}', { path: { rule_id: id }, signal }) });
  return (
    <Loaded query={rule} what={t('alert.rule')}>
      {(data) => (
        <div className="stack" style={{ gap: 10 }}>
          <div className="row wrap"><SeverityMark severity={data.rule.level} word />{techniques(data.rule.tags).map((tag) => <span key={tag} className="chip quiet mono">{tag}</span>)}<Link className="end" to={href('/alerts', { rule: id, state: 'all', since: '-30d' })}>{t('rule.its_alerts')}</Link></div>
          {(data.description ?? data.description_zh) && <p style={{ whiteSpace: 'pre-wrap' }}>{inLanguage(language, data.description, data.description_zh)}</p>}
          {data.file && <div className="faint small mono" style={{ overflowWrap: 'anywhere' }}>{data.file}</div>}
          <Yaml text={data.yaml} />
        </div>
      )}
    </Loaded>
  );
}
