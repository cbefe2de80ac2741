import { TriangleAlert } from 'lucide-react';
import { Suspense, useCallback, useState } from 'react';
import { Link, Outlet, useLocation, useNavigation } from 'react-router-dom';
import { useT } from '@/lib/i18n';
import { LiveProvider, useHref, useLive, useTenant } from '@/lib/scope';
import { useConnectStream, useStream } from '@/lib/stream';
import { useMe } from '@/lib/session';
import { isActive, jobs, settingsJob, type Job } from './jobs';
import { CommandPalette } from './CommandPalette';
import { TopBar } from './TopBar';

function Jobs({ where }: { where: 'rail' | 'bottom' }) {
  const t = useT();
  const href = useHref();
  const { pathname } = useLocation();
  const me = useMe();
  const one = (job: Job, look: string) => {
    const Icon = job.icon;
    return (
      <Link key={job.path} to={href(job.path)} className={`${where === 'rail' ? 'job' : ''}${isActive(job, pathname) ? ' active' : ''}${look}`} aria-current={isActive(job, pathname) ? 'page' : undefined} title={t(job.key)}>
        <Icon size={18} strokeWidth={1.7} /><span>{t(job.key)}</span>
      </Link>
    );
  };
  if (where === 'bottom') return <nav className="bottom" aria-label={t('frame.jobs')}>{jobs.map((job) => one(job, ''))}</nav>;
  return (
    <div className="rail">
      <Link className="mark" to={href('/watch')} title={t('product')}><img src="/mark.svg" alt={t('product')} /></Link>
      <nav aria-label={t('frame.jobs')}>{jobs.map((job) => one(job, ''))}{me.isAdmin || me.canJudge ? one(settingsJob, ' last') : null}</nav>
    </div>
  );
}

/** What everybody has to know as long as it lasts. */
function Notices() {
  const t = useT();
  const { stats } = useStream();
  return <div className="notices" role="alert">{stats?.notices?.map((notice) => <div key={notice}><TriangleAlert size={16} />{t(`notice.${notice}`)}</div>)}</div>;
}

function Inside() {
  const [palette, setPalette] = useState(false);
  const close = useCallback(() => setPalette(false), []);
  const toggle = useCallback(() => setPalette((open) => !open), []);
  const { live } = useLive();
  const [tenant] = useTenant();
  const moving = useNavigation().state !== 'idle';
  useConnectStream(live, tenant);
  return (
    <div className="frame">
      <Jobs where="rail" />
      <TopBar onPalette={toggle} />
      <Notices />
      <main>{moving && <div className="progress-line" />}<Suspense fallback={null}><Outlet /></Suspense></main>
      <Jobs where="bottom" />
      <CommandPalette open={palette} onToggle={toggle} onClose={close} />
    </div>
  );
}

export function Frame() { return <LiveProvider><Inside /></LiveProvider>; }
