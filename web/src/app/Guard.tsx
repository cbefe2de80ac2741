import type { ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router-dom';
import { Bones, Failed } from '@/components/States';
import { useT } from '@/lib/i18n';
import { AccountProvider, useSessionQuery } from '@/lib/session';

/** Lets only somebody signed in pass; leads back here after signing in. */
export function Guard({ children }: { children: ReactNode }) {
  const t = useT();
  const session = useSessionQuery();
  const { pathname, search } = useLocation();
  if (session.isPending) return <Bones rows={8} />;
  if (session.data) return <AccountProvider account={session.data.account}>{children}</AccountProvider>;
  if (session.error) return <Failed error={session.error} what={t('what.session')} retry={() => void session.refetch()} />;
  const next = `${pathname}${search}`;
  return <Navigate to={next === '/' || next === '/watch' ? '/signin' : `/signin?next=${encodeURIComponent(next)}`} replace />;
}
