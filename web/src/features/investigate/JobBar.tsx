import { Button, Progress } from 'antd';
import { formatCompact } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import type { JobProgress } from './jobs';

/** How far a long question is, with a way to stop it. */
export function JobBar({ job, onStop }: { job: JobProgress; onStop: () => void }) {
  const { t, language } = useI18n();
  return (
    <div className="job-bar" role="status">
      <span className="secondary small">{t('job.running')}</span>
      <Progress percent={Math.round(job.progress * 100)} size="small" style={{ flex: 1, margin: 0 }} />
      {job.rowsRead > 0 && <span className="faint small not-narrow">{t('job.rows', { n: formatCompact(job.rowsRead, language) })}</span>}
      <Button size="small" onClick={onStop}>{t('act.stop')}</Button>
    </div>
  );
}
