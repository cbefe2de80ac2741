// One event: its marked raw line, its alerts with their reasons, its fields grouped, and where to go from it.
import { App } from 'antd';
import { BarChart3, BellRing, Columns3, Copy, MinusCircle, PlusCircle, Server } from 'lucide-react';
import { Link } from 'react-router-dom';
import { useFields, useTenantName } from '@/lib/api/queries';
import type { Event, EventDetail, MatchReason } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { condition, literals } from '@/lib/kql';
import { useHref, useZone } from '@/lib/scope';
import { formatTime, rangeAround } from '@/lib/time';
import { ruleTitle } from '@/lib/rule-text';
import { copyText } from '../copy';
import { RawLine } from '../RawLine';
import { SeverityMark } from '../Severity';
import { Time } from '../Time';
import { matchMarks, Matches } from '../WhyPanel';
import { EventKnowledge } from './Knowledge';
import { Surroundings } from './Surroundings';
import { contentText, fieldMarks, groupFields, groups } from './fields';

export interface EventActions { filter: (field: string, value: string, exclude: boolean) => void; column?: (field: string) => void; columns?: readonly string[] }

interface Props { event: Event; detail?: EventDetail; matches?: readonly MatchReason[]; query?: string; actions?: EventActions }

// Fields that alerts name as who did it or whom it hit, and fields that name what sent it.
const entityFields = new Set(['source.ip', 'destination.ip', 'host.name', 'host.ip', 'user.name', 'user.target.name']);
const sourceFields = new Set(['log.source.address', 'shuwei.source']);

export function EventView({ event, detail, matches, query = '', actions }: Props) {
  const { t, language } = useI18n();
  const { byName } = useFields();
  const href = useHref();
  const [zone] = useZone();
  const tenantName = useTenantName();
  const { message } = App.useApp();
  const label = (name: string): string => { const f = byName.get(name); return f ? (language === 'zh' ? f.label_zh : f.label_en) : name; };
  const ingested = contentText(event['event.ingested']);
  const late = ingested !== '' && Math.abs(Date.parse(ingested) - Date.parse(event['@timestamp'])) > 60_000;
  const allMatches = matches ?? detail?.alerts.flatMap((alert) => alert.matches ?? []) ?? [];
  const marks = [...matchMarks(allMatches), ...literals(query).map((text) => ({ text, kind: 'match' as const })), ...fieldMarks(event, label)];
  const rows = groupFields(event, byName);
  const around = rangeAround(event['@timestamp'], 5);
  const pivots = ['source.ip', 'destination.ip', 'host.name', 'user.name'].flatMap((name) => {
    const value = contentText(event[name]);
    return value === '' ? [] : [{ name, value }];
  });
  return (
    <div>
      <div className="row wrap" style={{ marginBottom: 10 }}>
        <span><span className="secondary small">{t('event.produced')} </span><Time at={event['@timestamp']} precision="ms" /></span>
        {late && <span><span className="secondary small">{t('event.received')} </span><Time at={ingested} precision="ms" /></span>}
        <span className="chip quiet">{tenantName(event['shuwei.tenant'])}</span>
        {event['shuwei.pack'] ? <span className="chip quiet">{contentText(event['shuwei.pack'])}</span> : <span className="chip warn">{t('event.unrecognised')}</span>}
        <span className="faint small">#{event['shuwei.seq']}</span>
      </div>
      <RawLine line={event['event.original']} marks={marks} />
      {detail && <EventKnowledge entries={detail.knowledge} />}
      {detail && detail.alerts.length > 0 && (
        <>
          <div className="section-title">{t('event.alerts')}</div>
          {detail.alerts.map((alert) => (
            <div key={alert.id} className="panel" style={{ padding: '6px 10px', marginBottom: 6 }}>
              <Link className="row" to={href(`/alerts/${alert.id}`)}><SeverityMark severity={alert.severity} /><span className="cut">{ruleTitle(alert, language)}</span></Link>
              {alert.matches && <Matches matches={alert.matches} />}
            </div>
          ))}
        </>
      )}
      <div className="section-title">{t('event.around')}</div>
      <div className="row wrap tight">
        <Link className="chip" to={href('/investigate', { q: '', ...around, event: event['shuwei.seq'] })}>{t('event.around_all')}</Link>
        {pivots.map(({ name, value }) => <Link key={name} className="chip" to={href('/investigate', { q: condition(name, value), ...around, event: event['shuwei.seq'] })}>{label(name)} <code className="cut">{value}</code></Link>)}
      </div>
      <div className="section-title">{t('around.title')}</div>
      <Surroundings key={event['shuwei.seq']} event={event} />
      <div className="section-title">{t('event.fields')}</div>
      {groups.map((group) => {
        const list = rows.get(group)!;
        if (list.length === 0) return null;
        return (
          <div className="field-group" key={group}>
            <div className="faint small" style={{ padding: '0 4px 2px' }}>{t(`group.${group}`)}</div>
            {list.map(({ name, content }) => {
              const text = contentText(content);
              const known = byName.get(name);
              const shown = known?.type === 'date' ? formatTime(text, zone, 'ms') : text;
              return (
                <div className={`field-row${known ? '' : ' unknown'}`} key={name} title={known?.description ?? name}>
                  {known && <div className="name">{label(name)}</div>}
                  <div className="code">{name}</div>
                  <div className="content">{shown}</div>
                  <div className="acts">
                    {actions && <>
                      <button type="button" className="icon-button tiny" title={t('act.filter_for')} onClick={() => actions.filter(name, text, false)}><PlusCircle size={13} /></button>
                      <button type="button" className="icon-button tiny" title={t('act.filter_out')} onClick={() => actions.filter(name, text, true)}><MinusCircle size={13} /></button>
                      {actions.column && <button type="button" className={`icon-button tiny${actions.columns?.includes(name) ? ' on' : ''}`} title={t('act.column')} onClick={() => actions.column!(name)}><Columns3 size={13} /></button>}
                    </>}
                    <Link className="icon-button tiny" title={t('act.statistics')} to={href('/investigate', { q: query, mode: 'statistics', stat: JSON.stringify({ groups: [name], measures: [{ kind: 'count' }], top: 10, byTime: false }) })}><BarChart3 size={13} /></Link>
                    {entityFields.has(name) && <Link className="icon-button tiny" title={t('act.alerts_of')} to={href('/alerts', { entity: text })}><BellRing size={13} /></Link>}
                    {sourceFields.has(name) && <Link className="icon-button tiny" title={t('act.source_of')} to={href('/sources', { q: text })}><Server size={13} /></Link>}
                    <button type="button" className="icon-button tiny" title={t('act.copy')} onClick={() => void copyText(text).then(() => message.success(t('act.copied')))}><Copy size={13} /></button>
                  </div>
                </div>
              );
            })}
          </div>
        );
      })}
    </div>
  );
}
