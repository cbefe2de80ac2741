import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { call } from '@/lib/api/client';
import type { Case, CaseUpdate } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { errorText } from '../errors';

/** Changes a case; the answer is shown at once, lists follow. */
export function useCaseUpdate(number: string) {
  const client = useQueryClient();
  const t = useT();
  const { message } = App.useApp();
  return useMutation<Case, unknown, CaseUpdate>({
    mutationFn: (body) => call('patch', '/api/v1/cases/{number}', { path: { number }, body }),
    onSuccess: (answer) => {
      client.setQueryData(['cases', 'one', number], answer);
      void client.invalidateQueries({ queryKey: ['cases'] });
      void client.invalidateQueries({ queryKey: ['overview'] });
    },
    onError: (error) => { void message.error(errorText(t, error)); void client.invalidateQueries({ queryKey: ['cases'] }); },
  });
}
