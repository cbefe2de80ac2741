import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, AutoComplete, Button, Form, Input, InputNumber, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { errorText } from '@/components/errors';
import { Panel } from '@/components/Panel';
import { RawLine } from '@/components/RawLine';
import { Sparkarea } from '@/components/Sparkline';
import { Bones, Empty, Failed } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { call } from '@/lib/api/client';
import { usePacks, useTenantName } from '@/lib/api/queries';
import type { Source, SourceUpdate } from '@/lib/api/types';
import { formatCount, formatRate, formatShare } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { condition } from '@/lib/kql';
import { useHref } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { formatDuration } from '@/lib/time';
import { AlertLink, Conditions, Drift } from './condition';
import { Proposal } from './Proposal';
import { useAssets } from './queries';

const zones = ['Asia/Shanghai', 'UTC', 'Asia/Tokyo', 'Asia/Singapore', 'Asia/Kolkata', 'Europe/London', 'Europe/Berlin', 'America/New_York', 'America/Los_Angeles'];

function sourceQuery(source: Source): string { return condition('shuwei.source', source.name); }

export function SourceDetail({ source }: { source: Source }) {
  const { t, language } = useI18n();
  const me = useMe();
  const href = useHref();
  const tenantName = useTenantName();
  const client = useQueryClient();
  const { message } = App.useApp();
  const update = useMutation({
    mutationFn: (body: SourceUpdate) => call('patch', '/api/v1/sources/{source_id}', { path: { source_id: source.id }, body }),
    onSuccess: () => { void client.invalidateQueries({ queryKey: ['sources'] }); void client.invalidateQueries({ queryKey: ['assets'] }); void message.success(t('act.saved')); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const sample = useQuery({ queryKey: ['events', 'of_source', source.name, source.tenant], queryFn: ({ signal }) => call('post', '/api/v1/events/search', { query: { tenant: source.tenant }, body: { query: sourceQuery(source), limit: 3 }, signal }) });
  return (
    <div className="stack" style={{ gap: 14 }}>
      <Conditions source={source} />
      {!source.confirmed && source.proposal && <Proposal key={source.id} source={source} proposal={source.proposal} />}
      <Silence source={source} update={update.mutate} busy={update.isPending} />
      <Clock source={source} update={update.mutate} busy={update.isPending} />
      {source.rate_series && <div><div className="section-title">{t('source.rate_hour')}</div><Sparkarea values={source.rate_series} width={440} height={56} /></div>}
      <dl className="facts" style={{ margin: 0 }}>
        <dt>{t('tenant.title')}</dt><dd>{tenantName(source.tenant)}</dd>
        {source.asset && <><dt>{t('source.asset')}</dt><dd>{source.asset.name}</dd></>}
        <dt>{t('source.peer')}</dt><dd className="mono">{source.peer}</dd>
        {source.host && <><dt>{t('source.host')}</dt><dd className="mono">{source.host}</dd></>}
        <dt>{t('source.listener')}</dt><dd>{source.listener}</dd>
        <dt>{t('source.rate')}</dt><dd>{formatRate(source.events_per_second)} {t('unit.eps')}</dd>
        <dt>{t('source.total')}</dt><dd><Link to={href('/investigate', { q: sourceQuery(source) })}>{formatCount(source.total)}</Link></dd>
        <dt>{t('source.unparsed')}</dt><dd><Link to={href('/investigate', { q: `${sourceQuery(source)} and not shuwei.pack:*`, mode: 'raw' })}>{formatShare(source.unparsed_share)}</Link></dd>
        <dt>{t('source.drift')}</dt><dd><Drift source={source} /></dd>
        {source.silence.usual_pause_s !== undefined && <><dt>{t('source.usual_pause')}</dt><dd>{formatDuration(source.silence.usual_pause_s, language)}</dd></>}
        <dt>{t('source.first_seen')}</dt><dd><Time at={source.first_seen} /></dd>
        <dt>{t('source.last_seen')}</dt><dd><Time at={source.last_seen} /> <span className="faint small">(<Age at={source.last_seen} />)</span></dd>
      </dl>
      {me.canJudge && <Settings source={source} update={update.mutate} busy={update.isPending} />}
      <Panel title={t('source.latest')}>
        {sample.error ? <Failed inline error={sample.error} what={t('source.latest')} retry={() => void sample.refetch()} /> : !sample.data ? <Bones rows={3} /> : sample.data.events.length === 0 ? <Empty inline say={t('source.no_lines')} /> : <div className="stack">{sample.data.events.map((event) => <div key={event['shuwei.seq']}><div className="faint small"><Time at={event['@timestamp']} precision="ms" /></div><RawLine bare line={event['event.original']} marks={[]} /></div>)}</div>}
      </Panel>
    </div>
  );
}

interface Part { source: Source; update: (body: SourceUpdate) => void; busy: boolean }

function Told({ say, children }: { say: string; children?: ReactNode }) {
  return <div className="source-told" role="status"><p>{say}</p>{children && <div className="row">{children}</div>}</div>;
}

function Silence({ source, update, busy }: Part) {
  const { t, language } = useI18n();
  const me = useMe();
  const href = useHref();
  const { silence } = source;
  if (silence.since === undefined) return null;
  return (
    <Told say={t('source.silent_say', { since: formatDuration((Date.now() - Date.parse(silence.since)) / 1000, language), after: silence.after_s === undefined ? '—' : formatDuration(silence.after_s, language) })}>
      {silence.alert_id !== undefined && <AlertLink id={silence.alert_id} to={href(`/alerts/${silence.alert_id}`)} />}
      {me.canJudge && <Button size="small" loading={busy} onClick={() => update({ silence_rule: 'allowed' })}>{t('source.allow_silence')}</Button>}
    </Told>
  );
}

function Clock({ source, update, busy }: Part) {
  const { t, language } = useI18n();
  const me = useMe();
  const { clock } = source;
  if (clock.verdict === 'unknown' || clock.verdict === 'right') return null;
  const drift = formatDuration(clock.drift_s ?? 0, language);
  return (
    <Told say={t(`source_clock.${clock.verdict}`, { drift, zone: clock.zone ?? '' })}>
      {clock.zone !== undefined && me.canJudge && <Button size="small" type="primary" loading={busy} onClick={() => update({ zone: clock.zone! })}>{t('source.apply_zone', { zone: clock.zone })}</Button>}
    </Told>
  );
}

function Settings({ source, update, busy }: Part) {
  const { t, language } = useI18n();
  const packs = usePacks();
  const assets = useAssets(source.tenant, source.confirmed);
  const [name, setName] = useState(source.name);
  const [zone, setZone] = useState(source.zone ?? '');
  const [minutes, setMinutes] = useState<number | null>(source.silence.own_s === undefined ? null : source.silence.own_s / 60);
  const [rule, setRule] = useState(source.silence.rule);
  const learned = source.silence.rule === 'learned' && source.silence.after_s !== undefined ? `（${formatDuration(source.silence.after_s, language)}）` : '';
  return (
    <Form layout="vertical" className="source-settings" onFinish={() => update({ name: name.trim() })}>
      <Form.Item label={t('source.name')} htmlFor="source-name"><div className="row"><Input id="source-name" value={name} maxLength={128} onChange={(event) => setName(event.target.value)} /><Button htmlType="submit" disabled={!name.trim() || name.trim() === source.name} loading={busy}>{t('act.save')}</Button></div></Form.Item>
      <Form.Item label={t('source.bind')}>
        <Select
          showSearch optionFilterProp="label" style={{ width: '100%' }} value={source.pack_bound ? source.pack ?? '' : ''} loading={packs.isPending} onChange={(pack: string) => update({ pack })} aria-label={t('source.bind')}
          options={[{ value: '', label: t('source.bind_auto') }, ...(packs.data?.items ?? []).map((p) => ({ value: p.name, label: `${language === 'zh' ? p.title_zh : p.title_en} (${p.name})` }))]}
        />
      </Form.Item>
      <div className="two">
        <Form.Item label={t('source.charset')}><Select value={source.charset} aria-label={t('source.charset')} onChange={(charset) => update({ charset })} options={[{ value: 'auto', label: t('source.charset_auto') }, { value: 'utf-8', label: 'UTF-8' }, { value: 'gb18030', label: 'GB18030 / GBK' }]} /></Form.Item>
        <Form.Item label={t('source.zone')} extra={t('source.zone_say')}>
          <div className="row"><AutoComplete aria-label={t('source.zone')} value={zone} onChange={(value: string) => setZone(value ?? '')} allowClear placeholder={t('source.zone_input')} style={{ flex: 1, minWidth: 0 }} options={zones.filter((z) => z.toLowerCase().includes(zone.toLowerCase()) || zone === source.zone).map((value) => ({ value }))} /><Button disabled={zone.trim() === (source.zone ?? '')} loading={busy} onClick={() => update({ zone: zone.trim() })}>{t('act.save')}</Button></div>
        </Form.Item>
      </div>
      <Form.Item label={t('source.silence')} extra={rule === 'own' ? undefined : t(`source_silence_say.${rule}`)}>
        <div className="row">
          <Select style={{ flex: 1 }} value={rule} aria-label={t('source.silence')} onChange={(next) => { setRule(next); if (next !== 'own' || source.silence.own_s !== undefined) update({ silence_rule: next }); }} options={(['learned', 'own', 'allowed'] as const).map((value) => ({ value, label: t(`source_silence.${value}`) + (value === 'learned' ? learned : '') }))} />
          {rule === 'own' && <><InputNumber aria-label={t('source.minutes')} min={1} max={43200} value={minutes} onChange={setMinutes} addonAfter={t('source.minutes')} style={{ width: 150 }} /><Button disabled={minutes === null || minutes * 60 === source.silence.own_s} loading={busy} onClick={() => update({ silent_after_s: Math.round(minutes! * 60) })}>{t('act.save')}</Button></>}
        </div>
      </Form.Item>
      {source.confirmed && (
        <Form.Item label={t('source.asset')} extra={t('source.asset_say')} style={{ marginBottom: 0 }}>
          <Select showSearch optionFilterProp="label" aria-label={t('source.asset')} value={source.asset?.id} loading={assets.isPending} onChange={(asset_id: number) => update({ asset_id })} options={(assets.data?.items ?? []).map((a) => ({ value: a.id, label: `${a.name}（${a.addresses.join('、')}）` }))} />
        </Form.Item>
      )}
    </Form>
  );
}
