import { App } from 'antd';
import { Copy, WrapText } from 'lucide-react';
import { useMemo } from 'react';
import { useT } from '@/lib/i18n';
import { usePreference } from '@/lib/preferences';
import { copyText } from './copy';

export interface Mark { text: string; kind: 'match' | 'field'; title?: string }
export interface Span { text: string; kind?: 'match' | 'field'; title?: string }

/** Cuts a line at its marks: every occurrence, letter case ignored, matches before fields, longer before shorter. */
export function cutLine(line: string, marks: readonly Mark[]): Span[] {
  const lower = line.toLowerCase();
  const taken: { start: number; end: number; mark: Mark }[] = [];
  // Lower-casing may change the length of exotic text: then nothing is marked rather than the wrong thing.
  if (lower.length === line.length) {
    const order = [...marks].filter((mark) => mark.text.length > 1).sort((a, b) => (a.kind === b.kind ? b.text.length - a.text.length : a.kind === 'match' ? -1 : 1));
    for (const mark of order) {
      const wanted = mark.text.toLowerCase();
      for (let at = lower.indexOf(wanted), n = 0; at >= 0 && n < 50; at = lower.indexOf(wanted, at + wanted.length), n += 1) {
        const end = at + wanted.length;
        if (!taken.some((other) => at < other.end && end > other.start)) taken.push({ start: at, end, mark });
      }
    }
  }
  taken.sort((a, b) => a.start - b.start);
  const spans: Span[] = [];
  let at = 0;
  for (const { start, end, mark } of taken) {
    if (start > at) spans.push({ text: line.slice(at, start) });
    spans.push({ text: line.slice(start, end), kind: mark.kind, title: mark.title });
    at = end;
  }
  if (at < line.length) spans.push({ text: line.slice(at) });
  return spans;
}

const shownAtMost = 20_000;

export function MarkedText({ line, marks }: { line: string; marks: readonly Mark[] }) {
  const spans = useMemo(() => cutLine(line.slice(0, shownAtMost), marks), [line, marks]);
  return <>{spans.map((span, i) => (span.kind === 'match' ? <mark key={i} title={span.title}>{span.text}</mark> : span.kind === 'field' ? <span key={i} className="field-span" title={span.title}>{span.text}</span> : <span key={i}>{span.text}</span>))}{line.length > shownAtMost && '…'}</>;
}

/** A raw line as it came, with what matched marked; wrapped on demand. */
export function RawLine({ line, marks, bare = false }: { line: string; marks: readonly Mark[]; bare?: boolean }) {
  const t = useT();
  const { message } = App.useApp();
  const [wrapped, setWrapped] = usePreference('raw.wrapped', true);
  const text = <div className={`raw${wrapped ? ' wrapped' : ''}`} tabIndex={0} aria-label={t('event.raw')}><MarkedText line={line} marks={marks} /></div>;
  if (bare) return text;
  return (
    <div>
      <div className="section-title">
        {t('event.raw')}
        <span className="end row tight">
          <button type="button" className={`icon-button tiny${wrapped ? ' on' : ''}`} title={t('event.wrap')} aria-pressed={wrapped} onClick={() => setWrapped(!wrapped)}><WrapText size={14} /></button>
          <button type="button" className="icon-button tiny" title={t('act.copy')} onClick={() => void copyText(line).then(() => message.success(t('act.copied')))}><Copy size={14} /></button>
        </span>
      </div>
      {text}
    </div>
  );
}
