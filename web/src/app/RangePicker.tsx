import { Button, Input, Popover, Segmented } from 'antd';
import { ChevronDown, Clock } from 'lucide-react';
import { useState } from 'react';
import { serverNow } from '@/lib/api/client';
import { useT, type Key } from '@/lib/i18n';
import { useRange, useZone } from '@/lib/scope';
import { formatShort, formatTime, instant, parseTyped, presets, zoneName, type RangeSpec, type Zone } from '@/lib/time';

export function useRangeLabel(): (spec: RangeSpec) => string {
  const t = useT();
  const [zone] = useZone();
  return (spec) => {
    const now = serverNow();
    const end = (text: string): string => {
      const preset = /^-(\d+)([smhd])$/.exec(text);
      if (preset) return t(`range.last_${preset[2]}` as Key, { n: preset[1]! });
      return text === 'today' ? t('range.today') : formatShort(text, zone, now, 'minute');
    };
    if (spec.until === undefined) return /^-|^today$/.test(spec.since) ? end(spec.since) : t('range.from', { at: end(spec.since) });
    return `${end(spec.since)} – ${end(spec.until)}`;
  };
}

/** The one time range of every page: presets, or two times as one writes them. */
export function RangePicker() {
  const t = useT();
  const { spec, range, setRange } = useRange();
  const [zone, setZone] = useZone();
  const label = useRangeLabel();
  const [open, setOpen] = useState(false);
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  const show = (next: boolean): void => {
    if (next) { setSince(formatTime(range.since, zone)); setUntil(spec.until === undefined ? '' : formatTime(range.until, zone)); }
    setOpen(next);
  };
  const choose = (next: RangeSpec): void => { setRange(next); setOpen(false); };
  const now = serverNow();
  const first = parseTyped(since, zone, now);
  const last = until.trim() === '' ? undefined : parseTyped(until, zone, now);
  const badOrder = first !== undefined && (instant(first, now) ?? 0) >= (last === undefined ? now : instant(last, now) ?? now);
  const wrong = first === undefined || (until.trim() !== '' && last === undefined) || badOrder;
  const content = (
    <div className="range-pick">
      <div className="presets">{presets.map((preset) => <button type="button" key={preset} className={spec.until === undefined && spec.since === preset ? 'on' : ''} onClick={() => choose({ since: preset })}>{label({ since: preset })}</button>)}</div>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); if (!wrong) choose(last === undefined ? { since: first } : { since: first, until: last }); }}>
        <Input addonBefore={t('range.since')} value={since} status={first === undefined ? 'error' : ''} onChange={(event) => setSince(event.target.value)} placeholder="2026-11-21 08:00" aria-label={t('range.since')} />
        <Input addonBefore={t('range.until')} value={until} status={wrong && first !== undefined ? 'error' : ''} onChange={(event) => setUntil(event.target.value)} placeholder={t('range.now')} aria-label={t('range.until')} />
        <div className="row"><Segmented<Zone> size="small" value={zone} onChange={setZone} options={[{ value: 'local', label: zoneName('local') === 'UTC' ? t('range.local') : zoneName('local') }, { value: 'utc', label: 'UTC' }]} /><Button className="end" type="primary" htmlType="submit" disabled={wrong}>{t('act.apply')}</Button></div>
      </form>
      <div className="faint small">{t('range.help')}</div>
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" arrow={false} open={open} onOpenChange={show} content={content}>
      <button type="button" className="bar-button" aria-label={t('range.title')}><Clock size={14} /><span className="cut">{label(spec)}</span><span className="faint small not-phone">{zoneName(zone)}</span><ChevronDown size={13} /></button>
    </Popover>
  );
}
