import { useQuery } from '@tanstack/react-query';
import { Input } from 'antd';
import { CalendarClock, Columns3, Hash, MinusCircle, Network, Pin, PlusCircle, ToggleLeft, Type, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { Bones, Failed } from '@/components/States';
import { call } from '@/lib/api/client';
import { useFields } from '@/lib/api/queries';
import type { Field } from '@/lib/api/types';
import { formatCompact, formatShare } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { usePreference } from '@/lib/preferences';
import type { Range } from '@/lib/time';

const icons: Record<Field['type'], LucideIcon> = { keyword: Type, text: Type, ip: Network, long: Hash, double: Hash, date: CalendarClock, boolean: ToggleLeft };

interface Props { query: string; tenant: string | undefined; range: Range; columns: readonly string[]; onFilter: (field: string, value: string, exclude: boolean) => void; onColumn: (field: string) => void }

/** The fields of this result with their shares; one opened shows its most frequent values. */
export function FieldSidebar({ query, tenant, range, columns, onFilter, onColumn }: Props) {
  const { t, language } = useI18n();
  const { byName } = useFields();
  const [wanted, setWanted] = useState('');
  const [opened, setOpened] = useState<string>();
  const [pinned, setPinned] = usePreference<string[]>('fields.pinned', ['source.ip', 'destination.ip', 'user.name', 'event.action', 'event.outcome', 'shuwei.pack']);
  const stats = useQuery({ queryKey: ['field_stats', query, tenant, range], queryFn: ({ signal }) => call('post', '/api/v1/events/field_stats', { query: { tenant }, body: { query, ...range }, signal }), placeholderData: (before) => before });
  const label = (name: string): string => { const f = byName.get(name); return f ? (language === 'zh' ? f.label_zh : f.label_en) : name; };
  if (stats.error && !stats.data) return <Failed inline error={stats.error} what={t('what.fields')} retry={() => void stats.refetch()} />;
  if (!stats.data) return <Bones rows={10} />;
  const { sampled } = stats.data;
  const text = wanted.trim().toLowerCase();
  const present = (stats.data.fields ?? []).filter((f) => f.name !== 'event.original' && (text === '' || f.name.toLowerCase().includes(text) || label(f.name).toLowerCase().includes(text)));
  const top = present.filter((f) => pinned.includes(f.name)).sort((a, b) => pinned.indexOf(a.name) - pinned.indexOf(b.name));
  const rest = present.filter((f) => !pinned.includes(f.name));
  const one = (f: { name: string; count: number }) => {
    const Icon = icons[byName.get(f.name)?.type ?? 'keyword'];
    const open = opened === f.name;
    return (
      <div key={f.name} className={`side-field${open ? ' open' : ''}`}>
        <div className="side-head">
          <button type="button" className="plain row grow tight" aria-expanded={open} onClick={() => setOpened(open ? undefined : f.name)} title={f.name}>
            <Icon size={12} className="faint" /><span className="cut">{label(f.name)}</span>{byName.has(f.name) && <code className="faint cut side-name">{f.name}</code>}
          </button>
          <button type="button" className={`icon-button tiny side-act${pinned.includes(f.name) ? ' on' : ''}`} title={t('field.pin')} aria-pressed={pinned.includes(f.name)} onClick={() => setPinned(pinned.includes(f.name) ? pinned.filter((n) => n !== f.name) : [...pinned, f.name])}><Pin size={12} /></button>
          <button type="button" className={`icon-button tiny side-act${columns.includes(f.name) ? ' on' : ''}`} title={t('act.column')} aria-pressed={columns.includes(f.name)} onClick={() => onColumn(f.name)}><Columns3 size={12} /></button>
          <span className="side-share">{sampled > 0 ? formatShare(f.count / sampled) : ''}</span>
        </div>
        {open && <TopOfField field={f.name} query={query} tenant={tenant} range={range} onFilter={onFilter} />}
      </div>
    );
  };
  return (
    <div className="sidebar-inside">
      <div style={{ padding: 8 }}><Input size="small" allowClear value={wanted} onChange={(event) => setWanted(event.target.value)} placeholder={t('field.search')} aria-label={t('field.search')} /></div>
      <div className="side-list">
        {top.length > 0 && <><div className="side-title">{t('field.pinned')}</div>{top.map(one)}</>}
        {rest.length > 0 && <><div className="side-title">{t('field.present', { n: rest.length })}</div>{rest.map(one)}</>}
        {present.length === 0 && <div className="secondary small" style={{ padding: 12 }}>{t('field.none')}</div>}
        {sampled > 0 && <div className="faint small" style={{ padding: '8px 12px' }}>{t('field.sampled', { n: formatCompact(sampled, language) })}</div>}
      </div>
    </div>
  );
}

function TopOfField({ field, query, tenant, range, onFilter }: { field: string; query: string; tenant: string | undefined; range: Range; onFilter: Props['onFilter'] }) {
  const { t, language } = useI18n();
  const stats = useQuery({ queryKey: ['field_stats', query, tenant, range, field], queryFn: ({ signal }) => call('post', '/api/v1/events/field_stats', { query: { tenant }, body: { query, ...range, field, top: 8 }, signal }) });
  if (stats.error) return <Failed inline error={stats.error} what={field} retry={() => void stats.refetch()} />;
  if (!stats.data) return <Bones rows={4} height={10} gap={8} />;
  const values = stats.data.values ?? [];
  if (values.length === 0) return <div className="secondary small" style={{ padding: '2px 8px 6px' }}>{t('field.no_values')}</div>;
  return (
    <div className="side-values">
      {values.map((v) => (
        <div key={v.value} className="side-value">
          <button type="button" className="bar-row" style={{ '--share': `${(v.count / Math.max(1, stats.data.sampled)) * 100}%` } as React.CSSProperties} title={`${v.value}\n${t('field.click_hint')}`} onClick={(event) => onFilter(field, v.value, event.altKey)}>
            <span className="value cut">{v.value === '' ? '""' : v.value}</span><span className="count">{formatShare(v.count / Math.max(1, stats.data.sampled))}</span>
          </button>
          <button type="button" className="icon-button tiny side-act" title={t('act.filter_for')} onClick={() => onFilter(field, v.value, false)}><PlusCircle size={12} /></button>
          <button type="button" className="icon-button tiny side-act" title={t('act.filter_out')} onClick={() => onFilter(field, v.value, true)}><MinusCircle size={12} /></button>
        </div>
      ))}
      {stats.data.distinct !== undefined && stats.data.distinct > values.length && <div className="faint small" style={{ padding: '2px 6px' }}>{t('field.distinct', { n: formatCompact(stats.data.distinct, language) })}</div>}
    </div>
  );
}
