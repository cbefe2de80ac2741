import { Suspense } from 'react';
import { Navigate, NavLink, Route, Routes } from 'react-router-dom';
import { Bones } from '@/components/States';
import { useTitle } from '@/components/title';
import { useT, type Key } from '@/lib/i18n';
import { useHref } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { AboutSection } from './About';
import { Accounts } from './Accounts';
import { Audit } from './Audit';
import { Inputs } from './Inputs';
import { Knowledge } from './Knowledge';
import { Forwarding } from './Forwarding';
import { Me } from './Me';
import { Packs } from './Packs';
import { Proof } from './Proof';
import { Resources } from './Resources';
import { Rules } from './Rules';
import { Tenants } from './Tenants';
import './settings.css';

interface Section { path: string; key: Key; who: 'all' | 'staff' | 'admin'; element: JSX.Element }
const sections: Section[] = [
  { path: 'me', key: 'settings.me', who: 'all', element: <Me /> },
  { path: 'inputs', key: 'settings.inputs', who: 'staff', element: <Inputs /> },
  { path: 'rules', key: 'settings.rules', who: 'staff', element: <Rules /> },
  { path: 'packs', key: 'settings.packs', who: 'staff', element: <Packs /> },
  { path: 'resources', key: 'settings.resources', who: 'all', element: <Resources /> },
  { path: 'knowledge', key: 'settings.knowledge', who: 'all', element: <Knowledge /> },
  { path: 'forward', key: 'settings.forward', who: 'staff', element: <Forwarding /> },
  { path: 'accounts', key: 'settings.accounts', who: 'admin', element: <Accounts /> },
  { path: 'tenants', key: 'settings.tenants', who: 'admin', element: <Tenants /> },
  { path: 'proof', key: 'settings.proof', who: 'all', element: <Proof /> },
  { path: 'audit', key: 'settings.audit', who: 'admin', element: <Audit /> },
  { path: 'about', key: 'settings.about', who: 'all', element: <AboutSection /> },
];

export default function SettingsPage() {
  const t = useT();
  useTitle(t('job.settings'));
  const me = useMe();
  const href = useHref();
  const mine = sections.filter((s) => s.who === 'all' || (s.who === 'staff' ? me.canJudge : me.isAdmin));
  return (
    <div className="settings">
      <nav className="settings-nav" aria-label={t('job.settings')}>
        <h1>{t('job.settings')}</h1>
        {mine.map((s) => <NavLink key={s.path} to={href(`/settings/${s.path}`)}>{t(s.key)}</NavLink>)}
      </nav>
      <div className="settings-body">
        <Suspense fallback={<Bones />}>
          <Routes>
            {mine.map((s) => <Route key={s.path} path={s.path} element={s.element} />)}
            <Route path="*" element={<Navigate to={href(me.canJudge ? '/settings/rules' : '/settings/me')} replace />} />
          </Routes>
        </Suspense>
      </div>
    </div>
  );
}
