import { Button } from 'antd';
import { CircleAlert } from 'lucide-react';
import { Link, useRouteError } from 'react-router-dom';
import { useT } from '@/lib/i18n';

/** A page that does not exist or fell over: says so and leads on; never blank. */
export function Broken({ missing = false }: { missing?: boolean }) {
  const t = useT();
  const error = useRouteError();
  // After an update of the server the old page's parts are gone: reading the page again brings the new ones.
  const outdated = error instanceof Error && /dynamically imported module|module script/i.test(error.message);
  return (
    <div className="state" role="alert">
      <CircleAlert size={28} strokeWidth={1.4} />
      <div className="say">{missing ? t('broken.missing') : outdated ? t('broken.outdated') : t('broken.failed')}</div>
      {!missing && !outdated && error instanceof Error && <code className="small">{error.message}</code>}
      <div className="row">
        {!missing && <Button onClick={() => location.reload()}>{t('act.reload')}</Button>}
        <Link to="/watch">{t('broken.home')}</Link>
      </div>
    </div>
  );
}
