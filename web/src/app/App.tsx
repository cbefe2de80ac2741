import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { useState, type ReactNode } from 'react';
import { createBrowserRouter, RouterProvider } from 'react-router-dom';
import { ApiError } from '@/lib/api/client';
import { I18nProvider, useI18n } from '@/lib/i18n';
import { ThemeProvider, useTheme } from '@/lib/theme';
import { antdTheme } from '@/lib/theme/antd';
import { routes } from './routes';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000, gcTime: 120_000, refetchOnWindowFocus: false,
      // What the server refused stays refused; what it could not do is tried once more.
      retry: (count, error) => count < 1 && (!(error instanceof ApiError) || error.status === 0 || error.status === 502 || error.status === 503),
    },
  },
});

function Dressed({ children }: { children: ReactNode }) {
  const { language } = useI18n();
  const { name } = useTheme();
  return (
    <ConfigProvider theme={antdTheme(name)} locale={language === 'zh' ? zhCN : enUS} button={{ autoInsertSpace: false }} wave={{ disabled: true }}>
      <AntApp className="ant-root" message={{ maxCount: 3 }}>{children}</AntApp>
    </ConfigProvider>
  );
}

export function Providers({ path, children }: { path: string; children: ReactNode }) {
  return <I18nProvider><ThemeProvider path={path}><Dressed>{children}</Dressed></ThemeProvider></I18nProvider>;
}

export function App() {
  const [router] = useState(() => createBrowserRouter(routes, { future: { v7_relativeSplatPath: true, v7_fetcherPersist: true, v7_normalizeFormMethod: true, v7_partialHydration: true, v7_skipActionErrorRevalidation: true } }));
  return <QueryClientProvider client={client}><RouterProvider router={router} future={{ v7_startTransition: true }} /></QueryClientProvider>;
}
