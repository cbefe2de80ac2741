// Expert SQL: one SELECT over the events that the account sees; docs/formats/expert-sql.md.
import { useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useRef, useState } from 'react';
import { Empty, Failed } from '@/components/States';
import type { SearchJob } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { usePreference } from '@/lib/preferences';
import { useZone } from '@/lib/scope';
import { formatTime } from '@/lib/time';
import { JobBar } from './JobBar';
import { runSql, type JobProgress } from './jobs';

const example = "SELECT user.name, source.ip, count(*) AS n\nFROM events\nWHERE event.outcome = 'failure'\nGROUP BY user.name, source.ip\nORDER BY n DESC\nLIMIT 50";

export function SqlPanel({ tenant, range }: { tenant: string | undefined; range: { since?: string; until?: string } }) {
  const { t } = useI18n();
  const client = useQueryClient();
  const [zone] = useZone();
  const [sql, setSql] = usePreference<string>('investigate.sql', example);
  const [job, setJob] = useState<JobProgress>();
  const [answer, setAnswer] = useState<SearchJob['rows']>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController>();
  const run = async (): Promise<void> => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setBusy(true);
    setProblem(undefined);
    try {
      const done = await runSql(sql, range, tenant, mine.signal, setJob);
      setAnswer(done.rows);
      void client.invalidateQueries({ queryKey: ['search_jobs'] });
    } catch (error) {
      if (!mine.signal.aborted) setProblem(error);
    } finally {
      if (running.current === mine) setBusy(false);
    }
  };
  const shown = (value: unknown, type: string): string => (value === null || value === undefined ? '–' : type === 'time' ? formatTime(String(value), zone, 'ms') : String(value));
  return (
    <div className="sql-panel">
      <div className="sql-edit">
        <Input.TextArea
          value={sql} onChange={(event) => setSql(event.target.value)} autoSize={{ minRows: 4, maxRows: 14 }} spellCheck={false} maxLength={16384} aria-label={t('sql.title')} className="mono"
          onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void run(); } }}
        />
        <div className="row wrap"><Button type="primary" loading={busy && !job} onClick={() => void run()}>{t('sql.run')}</Button><span className="faint small">{t('sql.hint')}</span></div>
      </div>
      {job && <JobBar job={job} onStop={() => running.current?.abort()} />}
      {problem !== undefined ? <Failed inline error={problem} what={t('sql.title')} retry={() => void run()} />
        : !answer ? <Empty say={t('sql.empty')} />
          : (
            <div className="table-scroll">
              <div className="row small" style={{ padding: '4px 10px' }}><b>{formatCount(answer.rows.length)}</b><span className="secondary">{t('sql.rows')}{answer.more ? ` · ${t('sql.more')}` : ''}</span><span className="faint">{t('search.took', { ms: Math.round(answer.took_ms) })}</span></div>
              <table className="figures">
                <thead><tr>{answer.columns.map((column, i) => <th key={i} className={column.type === 'number' ? 'number' : ''}>{column.name}</th>)}</tr></thead>
                <tbody>{answer.rows.map((row, n) => <tr key={n}>{row.map((value, i) => <td key={i} className={answer.columns[i]?.type === 'number' ? 'number' : 'mono'}>{shown(value, answer.columns[i]?.type ?? 'text')}</td>)}</tr>)}</tbody>
              </table>
            </div>
          )}
    </div>
  );
}
