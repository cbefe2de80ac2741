import { useMemo, useRef, type KeyboardEvent } from 'react';
import { useT } from '@/lib/i18n';
import type { PackTrialLine } from '@/lib/api/types';
import { placesOf } from './pack-text';

export interface Picked { index: number; begin: number; end: number }  // characters of the line
interface Part { begin: number; end: number; name?: string; tone?: number }

/** What stands where: values of fields, else of the pack's own names; the header is dimmed. */
export function partsOf(line: PackTrialLine, toneOf: (name: string) => number): Part[] {
  const place = placesOf(line.line);
  const parts: Part[] = [];
  for (const value of [...line.fields.filter((f) => f.name !== 'message' && !f.name.startsWith('log.syslog.') && f.name !== 'event.original'), ...line.names.filter((n) => n.name !== '_message' && n.name !== '_text')]) {
    if (value.begin === undefined || value.end === undefined || value.end <= value.begin) continue;
    const [begin, end] = [place(value.begin), place(value.end)];
    if (parts.some((p) => p.begin < end && begin < p.end)) continue;
    parts.push({ begin, end, name: value.name, tone: toneOf(value.name) });
  }
  return parts.sort((a, b) => a.begin - b.begin);
}

/** Where the caret of the browser stands, in characters of the line. */
export function offsetIn(element: Element, node: Node, offset: number): number {
  const range = document.createRange();
  range.setStart(element, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

const isWord = (sign: string | undefined): boolean => sign !== undefined && /[\p{L}\d_.:-]/u.test(sign);

/** One sample: its values in colours, text chosen by mouse, finger or keys. */
export function SampleLine({ index, line, picked, active, toneOf, onPick, onActivate, onMark, onRemove }: {
  index: number; line: PackTrialLine; picked: Picked | undefined; active: boolean; toneOf: (name: string) => number;
  onPick: (picked: Picked | undefined) => void; onActivate: () => void; onMark: () => void; onRemove: () => void;
}) {
  const t = useT();
  const anchor = useRef(0);
  const text = line.line;
  const parts = useMemo(() => partsOf(line, toneOf), [line, toneOf]);
  const messageBegin = useMemo(() => (line.message_begin === undefined ? 0 : placesOf(text)(line.message_begin)), [line, text]);
  const cuts = new Set([0, text.length, messageBegin, ...parts.flatMap((p) => [p.begin, p.end])]);
  if (picked) { cuts.add(picked.begin); cuts.add(picked.end); }
  const places = [...cuts].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b);
  const state = line.slow ? 'bad' : line.parsed ? 'good' : 'warn';
  const word = t(line.slow ? 'pack_edit.slow' : line.parsed ? (line.recognised ? 'pack_edit.parsed' : 'pack_edit.bound_only') : 'pack_edit.unmatched');

  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && picked) { event.preventDefault(); onMark(); return; }
    if (event.key === 'Escape') { onPick(undefined); return; }
    if (event.key === 'Delete' && !picked) { onRemove(); return; }
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    const step = event.key === 'ArrowLeft' ? -1 : 1;
    const from = picked ? (anchor.current === picked.begin ? picked.end : picked.begin) : messageBegin;
    if (event.shiftKey) {
      if (!picked) anchor.current = from;
      const to = Math.min(text.length, Math.max(messageBegin, from + step));
      onPick({ index, begin: Math.min(anchor.current, to), end: Math.max(anchor.current, to) });
      return;
    }
    // Without Shift from word to word.
    let begin = step > 0 ? (picked?.end ?? messageBegin) : (picked?.begin ?? text.length) - 1;
    while (begin >= messageBegin && begin < text.length && !isWord(text[begin])) begin += step;
    if (begin < messageBegin || begin >= text.length) return;
    let end = begin;
    if (step > 0) while (end < text.length && isWord(text[end])) end += 1;
    else { end += 1; while (begin > messageBegin && isWord(text[begin - 1])) begin -= 1; }
    anchor.current = begin;
    onPick({ index, begin, end });
  };

  return (
    <li className={`sample ${active ? 'active' : ''}`} onFocus={onActivate} onClick={onActivate}>
      <span className={`dot ${state}`} role="img" title={word} aria-label={word} />
      <div className="sample-text mono" data-sample={index} tabIndex={0} role="textbox" aria-readonly="true" aria-label={t('pack_edit.line_n', { n: index + 1 })} onKeyDown={keys}>
        {places.slice(0, -1).map((begin, i) => {
          const end = places[i + 1]!;
          const part = parts.find((p) => p.begin <= begin && end <= p.end);
          const chosen = picked !== undefined && picked.begin <= begin && end <= picked.end;
          const look = `${chosen ? 'picked ' : ''}${part ? `tone tone-${part.tone}` : end <= messageBegin ? 'faint' : ''}`;
          return look === '' ? text.slice(begin, end) : <span key={begin} className={look} title={part?.name}>{text.slice(begin, end)}</span>;
        })}
      </div>
      {!line.parsed && <span className={`chip ${state}`}>{word}</span>}
      {line.parsed && line.others !== undefined && <span className="chip" title={t('pack_edit.others_say')}>{t('pack_edit.others', { pack: line.others })}</span>}
      {line.slow && line.parsed && <span className="chip bad">{word}</span>}
    </li>
  );
}
