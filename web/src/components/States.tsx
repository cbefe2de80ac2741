// Loading, empty and failed: each says what to do next.
import { Button } from 'antd';
import { CircleAlert, Inbox } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError } from '@/lib/api/client';
import { useT, type Key } from '@/lib/i18n';

export function Bones({ rows = 6, height = 14, gap = 14 }: { rows?: number; height?: number; gap?: number }) {
  const t = useT();
  return (
    <div role="status" aria-label={t('state.loading')} style={{ display: 'flex', flexDirection: 'column', gap, padding: 12 }}>
      {Array.from({ length: rows }, (_, i) => <span key={i} className="bone" style={{ height, width: `${[92, 78, 86, 64, 90, 71][i % 6]}%` }} />)}
    </div>
  );
}

export function Empty({ say, action, inline = false }: { say: ReactNode; action?: ReactNode; inline?: boolean }) {
  return <div className={`state${inline ? ' inline' : ''}`}>{!inline && <Inbox size={28} strokeWidth={1.4} />}<div className="say">{say}</div>{action}</div>;
}

const known: Record<string, Key> = {
  network: 'error.network', unavailable: 'error.unavailable', timeout: 'error.timeout', not_found: 'error.not_found',
  permission_denied: 'error.permission_denied', rate_limited: 'error.rate_limited', internal: 'error.internal', unimplemented: 'error.unimplemented',
};

export function Failed({ error, what, retry, inline = false }: { error: unknown; what: string; retry?: () => void; inline?: boolean }) {
  const t = useT();
  const api = error instanceof ApiError ? error : undefined;
  const key = api ? known[api.code] : undefined;
  return (
    <div className={`state${inline ? ' inline' : ''}`} role="alert">
      {!inline && <CircleAlert size={28} strokeWidth={1.4} />}
      <div className="say">
        <div><b>{t('error.what', { what })}</b></div>
        <div>{key ? t(key) : api ? api.message : String(error)}</div>
        {key && api && api.message && api.code !== 'network' && <div className="small secondary">{api.message}</div>}
      </div>
      {api?.requestId && <div className="small">{t('error.request')} <code>{api.requestId}</code></div>}
      {retry && <Button onClick={retry}>{t('act.retry')}</Button>}
    </div>
  );
}

/** The answer of a query, or its bones, or what failed. Old data stays while new data is on its way. */
export function Loaded<T>({ query, what, bones, children }: {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  what: string; bones?: ReactNode; children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failed error={query.error} what={what} retry={() => void query.refetch()} />;
  return <>{bones ?? <Bones />}</>;
}
