// Who is signed in. One query holds it; signing in and out write it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, type ReactNode } from 'react';
import { ApiError, call, onSignedOut, setCsrfToken } from './api/client';
import type { Account, Session } from './api/types';

export const sessionKey = ['session'] as const;

export function useSessionQuery() {
  const client = useQueryClient();
  useEffect(() => onSignedOut(() => client.setQueryData(sessionKey, null)), [client]);
  return useQuery<Session | null>({
    queryKey: sessionKey,
    staleTime: Infinity,
    gcTime: Infinity,
    queryFn: async () => {
      try {
        const session = await call('get', '/api/v1/session');
        setCsrfToken(session.csrf_token);
        return session;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
}

const Context = createContext<Account | null>(null);
export function AccountProvider({ account, children }: { account: Account; children: ReactNode }) {
  return <Context.Provider value={account}>{children}</Context.Provider>;
}

export interface Me extends Account { isAdmin: boolean; canJudge: boolean }
/** The account signed in. `canJudge`: may give verdicts and change cases (a client may not). */
export function useMe(): Me {
  const account = useContext(Context);
  if (!account) throw new Error('AccountProvider is missing');
  return { ...account, isAdmin: account.role === 'admin', canJudge: account.role !== 'client' };
}
