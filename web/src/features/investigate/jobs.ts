// Long questions: a job is asked for, waited for, and removed when the page does not want its answer any more.
import { call, ApiError } from '@/lib/api/client';
import type { SearchJob } from '@/lib/api/types';

export interface JobProgress { id: string; progress: number; rowsRead: number }
type Body = NonNullable<Parameters<typeof call<'/api/v1/search_jobs', 'post'>>[2]>['body'];

/** How long an answer is waited for before there is a progress bar. */
const patienceMs = 2000;

async function followed(created: SearchJob, tenant: string | undefined, signal: AbortSignal, onProgress: (now: JobProgress | undefined) => void): Promise<SearchJob> {
  let job = created;
  const path = { job_id: job.id };
  const forget = (): void => { void call('delete', '/api/v1/search_jobs/{job_id}', { path, query: { tenant } }).catch(() => { /* it is over already */ }); };
  try {
    while (job.state === 'waiting' || job.state === 'running') {
      onProgress({ id: job.id, progress: job.progress, rowsRead: job.rows_read });
      job = await call('get', '/api/v1/search_jobs/{job_id}', { path, query: { tenant, wait_ms: 1000 }, signal });
    }
  } catch (error) {
    if (signal.aborted) forget();
    throw error;
  } finally {
    onProgress(undefined);
  }
  if (job.state === 'failed') throw new ApiError(504, 'timeout', job.error ?? '');
  if (job.state === 'stopped') throw new DOMException('stopped', 'AbortError');
  return job;
}

export async function runJob(body: Body, tenant: string | undefined, signal: AbortSignal, onProgress: (now: JobProgress | undefined) => void): Promise<SearchJob> {
  const job = await call('post', '/api/v1/search_jobs', { query: { tenant }, body: { ...body, wait_ms: patienceMs }, signal });
  return followed(job, tenant, signal, onProgress);
}

export async function runSql(sql: string, range: { since?: string; until?: string }, tenant: string | undefined, signal: AbortSignal, onProgress: (now: JobProgress | undefined) => void): Promise<SearchJob> {
  const job = await call('post', '/api/v1/search_jobs/sql', { query: { tenant }, body: { sql, ...range, wait_ms: patienceMs }, signal });
  return followed(job, tenant, signal, onProgress);
}
