import { Navigate, Outlet, useLocation, type RouteObject } from 'react-router-dom';
import { Providers } from './App';
import { Broken } from './Broken';
import { Frame } from './Frame';
import { Guard } from './Guard';

function Root() {
  const { pathname } = useLocation();
  return <Providers path={pathname}><Outlet /></Providers>;
}
function RootBroken() {
  const { pathname } = useLocation();
  return <Providers path={pathname}><Broken /></Providers>;
}
function Home() {
  const { search } = useLocation();
  return <Navigate to={`/watch${search}`} replace />;
}

/** One chunk a page; a page is the default export of its feature's entry. */
function page(load: () => Promise<{ default: React.ComponentType }>): Pick<RouteObject, 'lazy'> {
  return { lazy: async () => ({ Component: (await load()).default }) };
}

export const routes: RouteObject[] = [{
  element: <Root />, errorElement: <RootBroken />,
  hydrateFallbackElement: <></>,
  children: [
    { path: '/signin', ...page(() => import('@/features/signin/SignInPage')) },
    {
      element: <Guard><Frame /></Guard>, errorElement: <Broken />,
      children: [
        { path: '/', element: <Home /> },
        {
          errorElement: <Broken />,
          children: [
            { path: '/watch', ...page(() => import('@/features/watch/WatchPage')) },
            { path: '/investigate', ...page(() => import('@/features/investigate/InvestigatePage')) },
            { path: '/alerts', ...page(() => import('@/features/alerts/AlertsPage')) },
            { path: '/alerts/:id', ...page(() => import('@/features/alerts/AlertPage')) },
            { path: '/cases', ...page(() => import('@/features/cases/CasesPage')) },
            { path: '/cases/:number', ...page(() => import('@/features/cases/CasePage')) },
            { path: '/sources', ...page(() => import('@/features/sources/SourcesPage')) },
            { path: '/settings/*', ...page(() => import('@/features/settings/SettingsPage')) },
            { path: '*', element: <Broken missing /> },
          ],
        },
      ],
    },
  ],
}];
