import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { errorText } from '@/components/errors';
import { call } from '@/lib/api/client';
import type { Source, SourceConfirmation } from '@/lib/api/types';
import { useT } from '@/lib/i18n';

export function useSources(tenant: string | undefined, every?: number) {
  return useQuery({ queryKey: ['sources', tenant], refetchInterval: every ?? 15_000, queryFn: ({ signal }) => call('get', '/api/v1/sources', { query: { tenant }, signal }) });
}

export function useAssets(tenant: string, enabled: boolean) {
  return useQuery({ queryKey: ['assets', tenant], enabled, queryFn: ({ signal }) => call('get', '/api/v1/assets', { query: { tenant }, signal }) });
}

export function useConfirm(onDone?: () => void) {
  const t = useT();
  const client = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: (items: SourceConfirmation[]) => call('post', '/api/v1/sources/confirm', { body: { items } }),
    onSuccess: (done) => {
      void client.invalidateQueries({ queryKey: ['sources'] });
      void client.invalidateQueries({ queryKey: ['assets'] });
      void message.success(t('source.confirmed_n', { n: done.items.length }));
      onDone?.();
    },
    onError: (error) => void message.error(errorText(t, error)),
  });
}

/** The proposal as it stands, taken over. */
export function asProposed(source: Source): SourceConfirmation {
  const { name, kind = '', vendor = '', product = '', pack = '', bind_pack, asset } = source.proposal ?? { name: source.name };
  return { id: source.id, name, kind, vendor, product, pack: bind_pack ? pack : '', ...(asset ? { asset_id: asset.id } : {}) };
}
