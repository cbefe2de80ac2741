import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useEffect, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { ApiError, call, setCsrfToken } from '@/lib/api/client';
import { useI18n } from '@/lib/i18n';
import { sessionKey } from '@/lib/session';
import './signin.css';

/** Only a path of this site may follow signing in. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/signin') ? next : '/watch';
}

export default function SignInPage() {
  const { t, language, setLanguage } = useI18n();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const about = useQuery({ queryKey: ['about'], staleTime: Infinity, queryFn: ({ signal }) => call('get', '/api/v1/about', { signal }) });
  useEffect(() => { document.title = `${t('session.sign_in')} · ${t('product')}`; }, [t]);
  const enter = useMutation({
    mutationFn: () => call('post', '/api/v1/session', { body: { name: name.trim(), password } }),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      client.clear();
      client.setQueryData(sessionKey, session);
      navigate(safeNext(params.get('next')), { replace: true });
    },
    onError: () => setPassword(''),
  });
  const error = enter.error instanceof ApiError ? enter.error : undefined;
  const said = !error ? undefined : error.status === 401 ? t('session.wrong') : error.status === 429 ? t('session.too_many', { s: error.retryAfter ?? 60 }) : error.code === 'network' ? t('error.network') : error.message;
  return (
    <div className="signin">
      <button type="button" className="bar-button ghost signin-language" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>{language === 'zh' ? 'English' : '中文'}</button>
      <form className="signin-box" onSubmit={(event) => { event.preventDefault(); if (name.trim() && password && !enter.isPending) enter.mutate(); }}>
        <div className="row" style={{ gap: 12, marginBottom: 4 }}><img src="/mark.svg" alt="" width="36" height="36" /><h1>{t('product')}</h1></div>
        <label>{t('session.name')}<Input size="large" autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={64} value={name} onChange={(event) => setName(event.target.value)} /></label>
        <label>{t('session.password')}<Input.Password size="large" autoComplete="current-password" maxLength={256} value={password} onChange={(event) => setPassword(event.target.value)} /></label>
        {said && <div role="alert" className="signin-error">{said}{error?.requestId && error.status >= 500 && <div className="small">{t('error.request')} <code>{error.requestId}</code></div>}</div>}
        <Button size="large" type="primary" htmlType="submit" loading={enter.isPending} disabled={!name.trim() || !password}>{t('session.sign_in')}</Button>
      </form>
      <div className="signin-foot faint small">{about.data ? `${about.data.product} ${about.data.version}` : ' '}</div>
    </div>
  );
}
