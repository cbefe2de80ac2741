import { NavLink } from 'react-router-dom';
import { useT } from '@/lib/i18n';
import { useHref } from '@/lib/scope';

/** The two lists of the job Respond. */
export function RespondTabs({ count, of }: { count?: string; of: 'alerts' | 'cases' }) {
  const t = useT();
  const href = useHref();
  return (
    <h1 className="page-tabs">
      <NavLink to={href('/alerts')}>{t('alert.list')}{of === 'alerts' && count !== undefined && <span className="count">{count}</span>}</NavLink>
      <NavLink to={href('/cases')}>{t('case.list')}{of === 'cases' && count !== undefined && <span className="count">{count}</span>}</NavLink>
    </h1>
  );
}
