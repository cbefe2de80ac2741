// The query bar: what is typed is marked up, completed from fields and values seen, and checked while it is typed.
import { useQuery } from '@tanstack/react-query';
import { Button, Popover } from 'antd';
import { History, Search, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { call } from '@/lib/api/client';
import { useFields } from '@/lib/api/queries';
import type { Field } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { completionAt, quote, tokenize } from '@/lib/kql';
import { formatCompact } from '@/lib/format';
import type { Range } from '@/lib/time';
import { useHistory } from './views';

interface Offer { insert: string; title: string; hint?: string; start: number; end: number }

const ordered = new Set<Field['type']>(['long', 'double', 'date']);

function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => { const timer = setTimeout(() => setSettled(value), ms); return () => clearTimeout(timer); }, [value, ms]);
  return settled;
}

/** True once something has gone on for a while: only then is there a button to stop it. */
function useSlow(busy: boolean, ms: number): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!busy) { setSlow(false); return undefined; }
    const timer = setTimeout(() => setSlow(true), ms);
    return () => clearTimeout(timer);
  }, [busy, ms]);
  return slow;
}

export function QueryBar({ query, onRun, tenant, range, busy, onStop }: { query: string; onRun: (query: string) => void; tenant: string | undefined; range: Range; busy: boolean; onStop: () => void }) {
  const { t, language } = useI18n();
  const { list } = useFields();
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [history, remember] = useHistory();
  const [showHistory, setShowHistory] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const marks = useRef<HTMLDivElement>(null);
  useEffect(() => { setText(query); }, [query]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === '/' && !(event.target instanceof HTMLElement && /^(INPUT|TEXTAREA)$/.test(event.target.tagName))) { event.preventDefault(); input.current?.focus(); }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  const completion = useMemo(() => completionAt(text, caret), [text, caret]);
  const wanted = useSettled(completion.kind === 'value' && open ? `${completion.field ?? ''}\n${completion.prefix}` : '', 150);
  const [wantedField = '', wantedPrefix = ''] = wanted.split('\n');
  const values = useQuery({
    queryKey: ['suggest', tenant, wantedField, wantedPrefix], enabled: wantedField !== '', staleTime: 30_000,
    queryFn: ({ signal }) => call('get', '/api/v1/events/suggest', { query: { tenant, field: wantedField, prefix: wantedPrefix.replace(/\*.*$/, ''), limit: 12, ...range }, signal }),
  });
  const slow = useSlow(busy, 1500);
  const settled = useSettled(text, 400);
  const check = useQuery({ queryKey: ['query_check', tenant, settled], enabled: settled.trim() !== '', staleTime: Infinity, queryFn: ({ signal }) => call('post', '/api/v1/events/query_check', { query: { tenant }, body: { query: settled }, signal }) });
  const wrong = check.data && !check.data.ok && settled === text && text.trim() !== '' ? check.data : undefined;
  const unknown = check.data?.ok && settled === text ? check.data.unknown_fields ?? [] : [];

  const offers = useMemo<Offer[]>(() => {
    const { start, end, prefix } = completion;
    const typed = prefix.toLowerCase();
    if (completion.kind === 'value') {
      return (values.data?.values ?? []).map((v) => ({ insert: `${prefix.startsWith('@') ? v.value : quote(v.value)} `, title: v.value, hint: formatCompact(v.count, language), start, end }));
    }
    if (completion.kind === 'keyword') return ['and', 'or', 'and not'].map((word) => ({ insert: `${word} `, title: word, start, end }));
    // A name that is whole already: what can stand behind it.
    const whole = list.find((field) => field.name.toLowerCase() === typed);
    const operators = !whole ? [] : ([[':', 'is'], [':*', 'there'], ...(ordered.has(whole.type) ? [[' >= ', 'at_least'], [' <= ', 'at_most'], [' > ', 'more'], [' < ', 'less']] as const : [])] as const)
      .map(([sign, key]) => ({ insert: `${whole.name}${sign}${sign === ':*' ? ' ' : ''}`, title: `${whole.name}${sign}`.trim(), hint: t(`query.op_${key}`), start, end }));
    const scored = list.flatMap((field) => {
      const label = language === 'zh' ? field.label_zh : field.label_en;
      const name = field.name.toLowerCase();
      const rank = typed === '' ? (field.standard ? 0 : 9) : name.startsWith(typed) ? 0 : label.toLowerCase().startsWith(typed) ? 1 : name.includes(typed) ? 2 : label.toLowerCase().includes(typed) ? 3 : 9;
      return rank === 9 ? [] : [{ rank, offer: { insert: `${field.name}:`, title: field.name, hint: label, start, end } }];
    });
    return [...operators, ...scored.sort((a, b) => a.rank - b.rank).map(({ offer }) => offer).filter((offer) => offer.title !== whole?.name)].slice(0, 10);
  }, [completion, values.data, list, language, t]);
  const shown = open && offers.length > 0 && !showHistory;

  const apply = (offer: Offer): void => {
    const next = text.slice(0, offer.start) + offer.insert + text.slice(offer.end);
    const position = offer.start + offer.insert.length;
    setText(next);
    setAt(-1);
    requestAnimationFrame(() => { input.current?.focus(); input.current?.setSelectionRange(position, position); setCaret(position); });
  };
  const run = (what: string): void => { setOpen(false); setShowHistory(false); setText(what); remember(what); onRun(what); };
  const sync = (): void => { if (marks.current && input.current) marks.current.scrollLeft = input.current.scrollLeft; };
  const points = [...text];
  const wrongStart = wrong?.position === undefined ? undefined : points.slice(0, wrong.position).join('').length;
  const wrongEnd = wrongStart === undefined ? undefined : wrongStart + Math.max(1, points.slice(wrong!.position!, wrong!.position! + (wrong!.length ?? 1)).join('').length);

  return (
    <div className="query-bar">
      <div className={`query-field${wrong ? ' wrong' : ''}`}>
        <Search size={15} className="query-icon" />
        <div className="query-edit">
          <div className="query-marks" ref={marks} aria-hidden="true">
            {tokenize(text).map((token) => <span key={token.start} className={`k-${token.kind}${wrongStart !== undefined && token.end > wrongStart && token.start < wrongEnd! ? ' k-wrong' : ''}`}>{token.text}</span>)}
          </div>
          <input
            ref={input} value={text} spellCheck={false} autoComplete="off" autoCapitalize="none" maxLength={8192} placeholder={t('query.placeholder')} aria-label={t('query.title')}
            role="combobox" aria-expanded={shown} aria-controls="query-offers" aria-invalid={wrong !== undefined}
            onChange={(event) => { setText(event.target.value); setCaret(event.target.selectionStart ?? 0); setOpen(true); setAt(-1); }}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)} onScroll={sync} onFocus={() => setOpen(true)} onBlur={() => setTimeout(() => setOpen(false), 150)}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing) return;
              if (event.key === 'ArrowDown' && shown) { event.preventDefault(); setAt((at + 1) % offers.length); }
              else if (event.key === 'ArrowUp' && shown) { event.preventDefault(); setAt((at - 1 + offers.length) % offers.length); }
              else if (event.key === 'Tab' && shown && !event.shiftKey) { event.preventDefault(); apply(offers[Math.max(at, 0)]!); }
              else if (event.key === 'Enter') { event.preventDefault(); const offer = shown && at >= 0 ? offers[at] : undefined; if (offer) apply(offer); else run(text); }
              else if (event.key === 'Escape') { event.preventDefault(); if (shown) setOpen(false); else input.current?.blur(); }
            }}
          />
        </div>
        {text && <button type="button" className="icon-button tiny" title={t('act.clear')} onClick={() => { run(''); input.current?.focus(); }}><X size={14} /></button>}
        <Popover
          trigger="click" placement="bottomRight" arrow={false} open={showHistory} onOpenChange={setShowHistory}
          content={history.length === 0 ? <div className="secondary">{t('query.no_history')}</div> : <ul className="query-history">{history.map((q) => <li key={q}><button type="button" onClick={() => run(q)}>{q}</button></li>)}</ul>}
        >
          <button type="button" className="icon-button tiny" title={t('query.history')}><History size={15} /></button>
        </Popover>
      </div>
      {slow ? <Button onClick={onStop}>{t('act.stop')}</Button> : <Button type="primary" onClick={() => run(text)}>{t('act.search')}</Button>}
      {shown && (
        <ul className="query-offers" id="query-offers" role="listbox">
          {offers.map((offer, i) => (
            <li key={offer.title} role="option" aria-selected={i === at} className={i === at ? 'on' : ''} onMouseDown={(event) => { event.preventDefault(); apply(offer); }}>
              <code className="cut">{offer.title}</code>{offer.hint && <span className="hint">{offer.hint}</span>}
            </li>
          ))}
          <li className="foot" role="presentation"><span className="kbd">Tab</span> {t('query.complete')} <span className="kbd">Enter</span> {t('act.search')} <span className="kbd">/</span> {t('query.focus')}</li>
        </ul>
      )}
      {wrong && !shown && <div className="query-note bad" role="alert">{wrong.position !== undefined && t('query.at', { n: wrong.position + 1 })}{wrong.message}{wrong.hint && <> — {wrong.hint}</>}</div>}
      {unknown.length > 0 && !shown && <div className="query-note">{t('query.unknown', { fields: unknown.join(', ') })}</div>}
    </div>
  );
}
