import { useEffect, useRef } from 'react';
import { useT } from '@/lib/i18n';
import type { PackProblem } from '@/lib/api/types';

/** The YAML itself, with numbered lines and the mistake at its place. */
export function YamlText({ text, problem, readOnly, onChange }: { text: string; problem: PackProblem | undefined; readOnly: boolean; onChange: (text: string) => void }) {
  const t = useT();
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split('\n');
  useEffect(() => { if (gutter.current && area.current) gutter.current.scrollTop = area.current.scrollTop; });
  const jump = (): void => {
    if (!area.current || !problem?.line) return;
    const begin = lines.slice(0, problem.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    area.current.focus();
    area.current.setSelectionRange(begin, begin + (lines[problem.line - 1]?.length ?? 0));
  };
  return (
    <div className="stack grow yaml-edit">
      {problem && <button type="button" className="plain problem" role="alert" onClick={jump}>{problem.line ? t('pack_edit.problem_at', { line: problem.line, column: problem.column ?? 1, reason: problem.reason }) : problem.reason}</button>}
      <div className="yaml-box">
        <div className="gutter mono" ref={gutter} aria-hidden="true">{lines.map((_, i) => <div key={i} className={problem?.line === i + 1 ? 'wrong' : ''}>{i + 1}</div>)}</div>
        <textarea ref={area} className="mono" value={text} readOnly={readOnly} spellCheck={false} autoCapitalize="none" wrap="off" aria-label={t('pack_edit.yaml')} aria-invalid={problem !== undefined} onChange={(event) => onChange(event.target.value)} onScroll={() => { if (gutter.current && area.current) gutter.current.scrollTop = area.current.scrollTop; }} />
      </div>
    </div>
  );
}
